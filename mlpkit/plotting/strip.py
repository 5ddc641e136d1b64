"""Every run of an experiment as a dot, a row for each kind of run, with the mean beside them."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes


def strip(runs: dict[str, np.ndarray], ax: Axes | None = None, *, xlabel: str) -> Axes:
    """Draw the results (S,) of each kind of run as dots in a row, the first kind on top, and their mean as a bar."""
    ax = new_axes(ax)
    for row, (name, results) in enumerate(runs.items()):
        (results,) = floats(**{name: (results, "S")})
        ax.plot(results, np.full(len(results), row), "o", color=COLOURS["blue"], alpha=0.5, markersize=6)
        ax.plot(2 * [results.mean()], [row - 0.35, row + 0.35], color=COLOURS["red"], linewidth=2.5)
    ax.set(yticks=range(len(runs)), yticklabels=runs, ylim=(len(runs) - 0.4, -0.6), xlabel=xlabel)
    return ax
