"""The exact linear pieces of ReLU networks: intervals for one input, polygons for two, found without a grid.

A network is `(weights, biases)`: lists of W (n_in, n_out) and b (n_out,), hidden layers rectified, the last one
linear, with one output. Inside a piece every unit is on or off all over, so the network is one line or plane there. A
layer cuts each piece where one of its units, a line or plane itself inside that piece, crosses 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from mlpkit.activations import relu
from mlpkit.arguments import floats, number, whole

_SLACK = 1e-9  # in window sizes: what is closer together is one point
_SAME = 1e-9  # slopes that differ by less are one slope


@dataclass(frozen=True)
class Pieces:
    """The linear pieces of a one-input network on [low, high], from left to right.

    `edges` (P + 1,) holds low, the kinks and high; `slopes` (P,) and `offsets` (P,) give slope * x + offset on each.
    """

    edges: np.ndarray
    slopes: np.ndarray
    offsets: np.ndarray

    @property
    def kinks(self) -> np.ndarray:
        """Return the points strictly inside at which the slope changes, (P - 1,)."""
        return self.edges[1:-1]

    def __len__(self) -> int:
        return len(self.slopes)


@dataclass(frozen=True)
class Regions:
    """The cells of a two-input network in a window: in each, every unit is on or off all over.

    `polygons` holds R arrays of corners (k, 2), counter-clockwise; in cell r the network is
    `slopes[r] @ x + offsets[r]`, with slopes (R, 2) and offsets (R,). `patterns` (R, units) says which hidden units
    are on, layer by layer. `creases` maps (layer, unit), both from 0, to the segments (S, 2, 2) along which that unit
    cuts cells; one that lies on the crease of an earlier unit, or on an edge of the window, cuts nothing.
    """

    polygons: list[np.ndarray]
    slopes: np.ndarray
    offsets: np.ndarray
    patterns: np.ndarray
    creases: dict[tuple[int, int], np.ndarray]

    def __len__(self) -> int:
        return len(self.polygons)

    @cached_property
    def pieces(self) -> np.ndarray:
        """Return the linear piece to which each cell belongs, (R,): neighbours in one plane are one piece."""
        return _joined(self)

    @property
    def piece_count(self) -> int:
        """Return the number of linear pieces: at most the number of cells."""
        return int(self.pieces.max()) + 1


def network_output(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], X: np.ndarray) -> np.ndarray:
    """Return the output (N,) of a network with one output for inputs X (N, D), or (N,) for one input."""
    weights, biases = _network(weights, biases)
    X = np.asarray(X, dtype=float)
    (h,) = floats(X=(X[:, None] if X.ndim == 1 else X, f"N {weights[0].shape[0]}"))
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = relu(h @ W + b)
    return (h @ weights[-1] + biases[-1])[:, 0]


def linear_pieces(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], low: float, high: float) -> Pieces:
    """Return the maximal intervals of constant slope of a one-input network on [low, high].

    Kinks closer than 1e-9 of the interval count as one, and so do slopes within 1e-9 of the steepest (or of 1).
    Raises TypeError or ValueError for what is no such network, and for low >= high.
    """
    weights, biases = _network(weights, biases, inputs=1)
    low, high = _interval("low", low, "high", high)
    edges, slopes, offsets = np.array([low, high]), np.ones((1, 1)), np.zeros((1, 1))
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        slopes, offsets = slopes @ W, offsets @ W + b
        crossing = _crossings(edges, slopes, offsets)
        finer = _apart(np.concatenate([edges, crossing]), _SLACK * (high - low))
        middles = (finer[1:] + finer[:-1]) / 2
        parent = np.searchsorted(edges, middles) - 1
        edges, slopes, offsets = finer, slopes[parent], offsets[parent]
        on = slopes * middles[:, None] + offsets > 0
        slopes, offsets = slopes * on, offsets * on
    slopes, offsets = (slopes @ weights[-1])[:, 0], (offsets @ weights[-1] + biases[-1])[:, 0]
    bends = np.abs(np.diff(slopes)) > _SAME * max(1.0, np.abs(slopes).max())
    first = np.append(True, bends)
    return Pieces(np.append(edges[:-1][first], high), slopes[first], offsets[first])


def linear_regions(
    weights: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    window: tuple[float, float, float, float] = (-1.0, 1.0, -1.0, 1.0),
) -> Regions:
    """Return the cells of a two-input network in a window (left, right, low, high), exact but for rounding.

    What is narrower than 1e-9 of the window is no cell. Raises TypeError or ValueError for what is no such network or
    window.
    """
    weights, biases = _network(weights, biases, inputs=2)
    (window,) = floats(window=(window, "4"))
    left, right = _interval("window's left", window[0], "right", window[1])
    low, high = _interval("window's low", window[2], "high", window[3])
    slack = _SLACK * max(right - left, high - low)
    corners = np.array([[left, low], [right, low], [right, high], [left, high]])
    cells = [_Cell(corners, np.eye(2), np.zeros(2), np.empty(0, dtype=bool))]
    creases: dict[tuple[int, int], list] = {}
    for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1], strict=True)):
        cells = [part for cell in cells for part in _cut(cell, W, b, slack, layer, creases)]
    slopes = np.array([cell.slopes @ weights[-1][:, 0] for cell in cells])
    offsets = np.array([cell.offsets @ weights[-1][:, 0] + biases[-1][0] for cell in cells])
    return Regions(
        [cell.corners for cell in cells],
        slopes,
        offsets,
        np.array([cell.pattern for cell in cells]),
        {unit: np.array(segments) for unit, segments in creases.items()},
    )


def hyperplane_regions(n: int, d: int) -> int:
    """Return into how many regions n hyperplanes in general position cut R^d: C(n, 0) + ... + C(n, d).

    n is at least 0 and d at least 1; the whole number is exact. Source: Schläfli 1852; Zaslavsky 1975.
    """
    n, d = whole("n", n, 0), whole("d", d, 1)
    return sum(comb(n, k) for k in range(min(n, d) + 1))


@dataclass(frozen=True)
class _Cell:
    """A convex polygon in which the units of the layer so far are h = x @ slopes + offsets."""

    corners: np.ndarray  # (k, 2)
    slopes: np.ndarray  # (2, units of the layer)
    offsets: np.ndarray
    pattern: np.ndarray


def _cut(cell: _Cell, W: np.ndarray, b: np.ndarray, slack: float, layer: int, creases: dict) -> list[_Cell]:
    """Return the parts of a cell in which all units of the next layer are on or off, and note where they were cut."""
    slopes, offsets = cell.slopes @ W, cell.offsets @ W + b
    steepness = np.hypot(*slopes)
    bent = steepness > 1e-12 * np.abs(cell.slopes).sum(axis=0) @ np.abs(W)  # else the unit is level: rounding
    scale = np.where(bent, steepness, 1.0)
    heights = (cell.corners @ slopes + offsets) / scale  # signed distances from the creases
    crossing = bent & (heights.min(axis=0) < -slack) & (heights.max(axis=0) > slack)
    # Corners carry all heights with them: linear inside the cell, they are interpolated as the coordinates are.
    parts = [np.hstack([cell.corners, heights])]
    for unit in np.flatnonzero(crossing):
        halves = []
        for part in parts:
            above, below, segment = _halves(part, 2 + unit, slack)
            halves += [half for half in (above, below) if half is not None]
            if segment is not None:
                creases.setdefault((layer, int(unit)), []).append(segment)
        parts = halves
    found = []
    for part in parts:
        on = part[:, 2:].mean(axis=0) > 0
        found.append(_Cell(part[:, :2], slopes * on, offsets * on, np.append(cell.pattern, on)))
    return found


def _halves(part: np.ndarray, column: int, slack: float) -> tuple:
    """Return the parts of a polygon (k, 2 + H) above and below 0 in a column, None where empty, and the cut."""
    z = part[:, column].tolist()
    if min(z) >= -slack:
        return part, None, None
    if max(z) <= slack:
        return None, part, None
    above, below, cut = [], [], []
    for k, at in enumerate(z):
        before = z[k - 1]
        if (before > slack and at < -slack) or (before < -slack and at > slack):
            crossing = part[k - 1] + before / (before - at) * (part[k] - part[k - 1])
            above.append(crossing)
            below.append(crossing)
            cut.append(crossing[:2])
        if at >= -slack:
            above.append(part[k])
        if at <= slack:
            below.append(part[k])
        if -slack <= at <= slack:
            cut.append(part[k, :2])
    return np.array(above), np.array(below), cut[:2]


def _crossings(edges: np.ndarray, slopes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return where the lines slopes (P, H) * x + offsets (P, H) cross 0 inside their own pieces."""
    moving = slopes != 0
    roots = np.where(moving, -offsets / np.where(moving, slopes, 1.0), np.nan)
    return roots[(roots > edges[:-1, None]) & (roots < edges[1:, None])]


def _apart(points: np.ndarray, slack: float) -> np.ndarray:
    """Return the points in order, without those that are within slack of one before them or of the last."""
    points = np.sort(points)
    kept = np.append(True, np.diff(points) > slack)
    inner = points[kept & (points < points[-1] - slack)]
    return np.append(inner, points[-1])


def _joined(regions: Regions) -> np.ndarray:
    """Return the number of each cell's linear piece, from 0: cells that share an edge and a plane are joined."""
    owner = np.repeat(np.arange(len(regions)), [len(polygon) for polygon in regions.polygons])
    middles = np.concatenate([(polygon + np.roll(polygon, -1, axis=0)) / 2 for polygon in regions.polygons])
    reach = np.abs(middles).max() + 1.0
    # Cells meet edge to edge, so a shared edge is two equal middles: neighbours in any order that tells places apart.
    order = np.argsort(middles @ [1.0, np.sqrt(2.0)])
    planes = np.column_stack([regions.slopes, regions.offsets])
    tolerance = _SAME * max(1.0, np.abs(planes).max())
    root = np.arange(len(regions))
    for ahead in (1, 2, 3):
        one, other = order[:-ahead], order[ahead:]
        near = np.abs(middles[one] - middles[other]).max(axis=1) < 1e-7 * reach
        equal = np.abs(planes[owner[one]] - planes[owner[other]]).max(axis=1) <= tolerance
        for a, b in zip(owner[one[near & equal]], owner[other[near & equal]], strict=True):
            root[_top(root, a)] = _top(root, b)
    return np.unique([_top(root, cell) for cell in range(len(regions))], return_inverse=True)[1]


def _top(root: np.ndarray, cell: int) -> int:
    while root[cell] != cell:
        cell = root[cell]
    return int(cell)


def _network(weights: object, biases: object, inputs: int | None = None) -> tuple[list, list]:
    """Return the layers as float64 arrays that fit together, or say what is wrong with them."""
    if not isinstance(weights, (list, tuple)) or not isinstance(biases, (list, tuple)):
        raise TypeError(
            f"weights and biases must be lists, one array a layer, not {type(weights).__name__} and "
            f"{type(biases).__name__}"
        )
    if len(weights) != len(biases) or not weights:
        raise ValueError(
            f"weights and biases must hold one array for each of the same layers, but they hold {len(weights)} and "
            f"{len(biases)}"
        )
    found, n_in = ([], []), inputs
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        n_in = "n_in" if n_in is None else n_in
        n_out = "1" if layer == len(weights) - 1 else "n_out"
        names = {f"weights[{layer}]": (W, f"{n_in} {n_out}"), f"biases[{layer}]": (b, n_out)}
        for kept, array in zip(found, floats(**names), strict=True):
            kept.append(array.astype(np.float64))
        n_in = found[0][-1].shape[1]
    return found


def _interval(low_name: str, low: object, high_name: str, high: object) -> tuple[float, float]:
    low, high = number(low_name, low), number(high_name, high)
    if low >= high:
        raise ValueError(f"{low_name} must be less than {high_name}, but they are {low:g} and {high:g}")
    return low, high
