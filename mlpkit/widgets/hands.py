"""What a reader can take hold of in a picture: points, lines, and an Axes in which any place can be pressed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

Values = dict[str, object]


@dataclass(frozen=True)
class Hand:
    """A thing to take: where it is now, in data coordinates of `ax`, and which controls a move of it sets.

    `where()` returns (M, 2) points, or for a line its two ends (2, 2); an area has none. `move(k, x, y)` takes the
    number of the point (0 for a line or an area) and the place in the Axes. `take(k)` follows the first press, before
    any move; `add(x, y)` and `remove(k)` are there where points can be made and taken away. `name` says what it is,
    to those who hear the page.
    """

    kind: str
    ax: Axes
    name: str
    move: Callable[[int, float, float], Values]
    where: Callable[[], np.ndarray] | None = None
    take: Callable[[int], Values] | None = None
    add: Callable[[float, float], Values] | None = None
    remove: Callable[[int], Values] | None = None

    def described(self, width: int, height: int) -> dict:
        """Return the thing's kind, name and place for the page, in fractions of the picture from its upper left."""
        corners = np.reshape(self.ax.bbox.extents, (2, 2)) / [width, height]
        said = {"kind": self.kind, "name": self.name, "panel": _from_above(corners)}
        said |= {"can_add": self.add is not None, "can_remove": self.remove is not None}
        if self.where is not None:
            places = np.asarray(self.where(), dtype=float).reshape(-1, 2)
            said["places"] = _from_above(self.ax.transData.transform(places) / [width, height])
        return said

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Return the data coordinates of a place in the picture, kept inside the Axes."""
        width, height = self.ax.figure.canvas.get_width_height()
        x, y = self.ax.transData.inverted().transform((across * width, (1.0 - down) * height))
        (left, right), (low, high) = sorted(self.ax.get_xlim()), sorted(self.ax.get_ylim())
        return float(np.clip(x, left, right)), float(np.clip(y, low, high))


def _from_above(places: np.ndarray) -> list[list[float | None]]:
    """Return fractions counted from the upper edge, rounded to what an eye can tell; None where there is nothing."""
    turned = np.round(places * [1.0, -1.0] + [0.0, 1.0], 4)
    return [[value if np.isfinite(value) else None for value in place] for place in turned.tolist()]


def point(
    ax: Axes,
    where: Callable[[], np.ndarray],
    move: Callable[[int, float, float], Values],
    name: str = "point",
    take: Callable[[int], Values] | None = None,
    add: Callable[[float, float], Values] | None = None,
    remove: Callable[[int], Values] | None = None,
) -> Hand:
    """Return points that can be taken, each by itself: `where()` is (M, 2), `move(k, x, y)` moves number k."""
    return Hand("point", ax, name, move, where, take, add, remove)


def line(
    ax: Axes,
    where: Callable[[], np.ndarray],
    move: Callable[[int, float, float], Values],
    name: str = "line",
    take: Callable[[int], Values] | None = None,
) -> Hand:
    """Return a line that can be taken anywhere: `where()` is its two ends (2, 2), `move(0, x, y)` brings it there."""
    return Hand("line", ax, name, move, where, take)


def area(ax: Axes, move: Callable[[float, float], Values], name: str = "place") -> Hand:
    """Return an Axes that can be pressed anywhere: `move(x, y)` sets the controls to that place."""
    return Hand("area", ax, name, lambda k, x, y: move(x, y))
