"""A network as a drawing: a column of units for each layer, an edge for each weight."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import whole
from mlpkit.plotting.style import COLOURS, new_axes


def architecture(sizes: list[int], ax: Axes | None = None) -> Axes:
    """Draw a fully connected network with `sizes` units a layer, inputs first, from left to right."""
    sizes = [whole(f"sizes[{n}]", size, 1) for n, size in enumerate(sizes)]
    ax = new_axes(ax, 1.2 + 1.6 * len(sizes), 3.2)
    columns = [np.column_stack([np.full(size, n), np.arange(size) - (size - 1) / 2]) for n, size in enumerate(sizes)]
    arrow = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 11, "shrinkB": 11}
    for left, right in pairwise(columns):
        for start in left:
            for end in right:
                ax.annotate("", end, start, arrowprops=arrow)
    bottom = -max(sizes) / 2 - 0.3
    for n, column in enumerate(columns):
        kind = "inputs" if n == 0 else "output layer" if n == len(sizes) - 1 else f"hidden layer {n}"
        colour = COLOURS["sky"] if n == 0 else COLOURS["orange"] if n == len(sizes) - 1 else "white"
        ax.plot(*column.T, "o", color=colour, markeredgecolor="black", markersize=20)
        ax.text(n, bottom, f"{kind}\nwidth {sizes[n]}", ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.6, len(sizes) - 0.4), ylim=(bottom - 0.9, max(sizes) / 2 + 0.1))
    ax.set_axis_off()
    return ax
