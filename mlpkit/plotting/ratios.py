"""A table of ratios, with its border where the ratio is 1."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import new_axes


def ratios(
    values: np.ndarray, columns: list, rows: list, ax: Axes | None = None, *, xlabel: str, ylabel: str, title: str
) -> Axes:
    """Draw positive ratios (R, C) as numbers on colours; a broad line goes where they are 1."""
    (values,) = floats(values=(values, "R C"))
    ax = new_axes(ax, 5.6, 4.4)
    logs = np.log10(values)
    most = np.abs(logs).max() or 1.0
    ax.imshow(logs, cmap="PuOr", vmin=-1.1 * most, vmax=1.1 * most, origin="lower")
    ax.contour(logs, levels=[0], colors="0.2", linewidths=9, alpha=0.25)
    for (row, column), log in np.ndenumerate(logs):
        ink = "0.0" if abs(log) < 0.6 * most else "1.0"
        ax.text(column, row, f"{values[row, column]:.2g}", ha="center", va="center", fontsize=9, color=ink)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax
