"""A small graph as the explorers draw it: what stays is drawn once, numbers and the edge in use move."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from mlpkit.plotting import COLOURS
from mlpkit.plotting.numbers import Numbers

_RADIUS = 0.26


class GraphPicture:
    """Nodes `{name: (x, y, what it says)}` and edges `[(from, to)]`; a "to" that is no node is a point (x, y).

    Each edge carries two numbers, a blue one above and a red one below it; NaN shows nothing.
    """

    def __init__(self, ax: Axes, nodes: dict[str, tuple], edges: list[tuple]) -> None:
        ax.set_axis_off()
        at = {name: np.array(node[:2], dtype=float) for name, node in nodes.items()}
        ends = [(at[start], at.get(end) if isinstance(end, str) else np.array(end)) for start, end in edges]
        self._lines = []
        for (start, end), (_, to) in zip(ends, edges, strict=True):
            along = (end - start) / np.linalg.norm(end - start)
            shown = (start + _RADIUS * along, end - (_RADIUS if isinstance(to, str) else 0) * along)
            self._lines.append(shown)
            ax.annotate(
                "", shown[1], shown[0], arrowprops={"arrowstyle": "-|>", "color": "0.55", "shrinkA": 0, "shrinkB": 0}
            )
        for x, y, says in nodes.values():
            ax.text(x, y, says, ha="center", va="center", fontsize=11, zorder=4)
        ax.scatter(*np.array(list(at.values())).T, s=620, facecolor="white", edgecolor="0.3", zorder=3)
        self._edge = LineCollection([], linewidths=4, colors=COLOURS["orange"], animated=True, zorder=1)
        ax.add_collection(self._edge)
        middles = np.array([(a + b) / 2 for a, b in self._lines])
        # Aside of the edge, the further the steeper it is: numbers are wider than high.
        along = np.array([(b - a) / np.linalg.norm(b - a) for a, b in self._lines])
        lift = np.column_stack([-along[:, 1], along[:, 0]]) * (0.17 + 0.26 * np.abs(along[:, 1:]))
        self._values = Numbers(ax, middles + lift, [COLOURS["blue"]] * len(edges), animated=True, zorder=5)
        self._grads = Numbers(ax, middles - lift, [COLOURS["red"]] * len(edges), animated=True, zorder=5)

    def show(self, values: list[float], grads: list[float], edge: int | None = None) -> None:
        """Show a blue and a red number at each edge, and one edge (or none) as the one in use."""
        self._values.show(np.array(values))
        self._grads.show(np.array(grads))
        self._edge.set_segments([] if edge is None else [self._lines[edge]])
