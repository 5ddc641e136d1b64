"""Curves from many seeds: the mean as a line, and everything between the smallest and the largest as a band."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes

_LOOKS = (("blue", "-", "s"), ("red", "--", "^"), ("green", "-.", "D"), ("purple", ":", "o"), ("orange", "-", "v"))


def bands(
    x: np.ndarray, runs: dict[str, np.ndarray], ax: Axes | None = None, *, log: bool = False, marks: bool = False
) -> Axes:
    """Draw each kind of `runs` (S, n) over x (n,): the mean of S seeds, and their range behind it.

    With `log` the scale and the mean are logarithmic (all runs must be positive); `marks` shows the points.
    """
    (x,) = floats(x=(x, "n"))
    ax = new_axes(ax)
    for (name, values), (ink, style, mark) in zip(runs.items(), _LOOKS, strict=False):
        (values,) = floats(**{name: (values, "S n")})
        if values.shape[1] != len(x):
            raise ValueError(f"{name} must have a column for each of the {len(x)} x, but its shape is {values.shape}")
        if log and not (values > 0).all():
            raise ValueError(f"{name} must be positive for a logarithmic scale")
        middle = np.exp(np.log(values).mean(axis=0)) if log else values.mean(axis=0)
        ax.plot(x, middle, style, marker=mark if marks else None, color=COLOURS[ink], label=name)
        ax.fill_between(x, values.min(axis=0), values.max(axis=0), color=COLOURS[ink], alpha=0.18, linewidth=0)
    if log:
        ax.set_yscale("log")
    return ax


def legend_below(ax: Axes, columns: int = 3) -> None:
    """Put one legend, of the curves in `ax`, below all panels of its figure."""
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=columns, fontsize=9)
