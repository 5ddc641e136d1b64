"""An editor of half-planes: one layer of step units cuts, a second makes AND or OR of the cuts, a third a union."""

import numpy as np
from matplotlib.patches import Polygon

from mlpkit.arguments import floats
from mlpkit.plotting import figure, points
from mlpkit.plotting.points import PROBABILITY_MAP
from mlpkit.widgets.controls import choice, slider
from mlpkit.widgets.explorer import Explorer

_LIMIT = 2.0
_START = [[-1.7, 0.0, 0], [-0.4, 0.6, 240], [-0.4, -0.6, 120], [1.7, -1.2, 180], [0.4, -0.6, 300], [0.4, -1.6, 60]]
_TOPS = {"1 layer": "cut", "2 layers: AND": "and", "2 layers: OR": "or", "3 layers: two ANDs, OR": "union"}
_WHAT = {
    "cut": "Half-plane {n} alone",
    "and": "AND of half-planes 1 to 3",
    "or": "OR of half-planes 1 to 3",
    "union": "(1 AND 2 AND 3) OR (4 AND 5 AND 6)",
}


class _Editor(Explorer):
    """An Explorer whose sliders show the chosen half-plane: choosing another one sets them to it."""

    lines: np.ndarray

    def _on_change(self, change: dict) -> None:
        if change["owner"] is self.controls["which"]:
            x, y, angle = self.lines[change["new"]]
            self.set(x=x, y=y, angle=angle)
        else:
            super()._on_change(change)


def half_planes(X: np.ndarray, y: np.ndarray) -> Explorer:
    """Return an editor of six half-planes over labelled points X (N, 2), y (N,) of 0 and 1, within -2 and 2.

    A half-plane is given by a point of its edge and the direction that it faces. Press or drag in the picture to put
    the edge there. The shaded region is where the network of step units says 1.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    picture, ax = figure(width=5.6, height=5.4)
    ax.set_aspect("equal")  # or a right angle would not look like one
    ax.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT))
    square = _LIMIT * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    zero, one = PROBABILITY_MAP(0.0), PROBABILITY_MAP(1.0)
    ground = ax.add_patch(Polygon(square, animated=True, zorder=0))
    parts = [ax.add_patch(Polygon(square, animated=True, zorder=0.5)) for _ in range(2)]
    (first,) = ax.plot([], [], "-", color="0.35", linewidth=1.2, animated=True, label="1 to 3")
    (second,) = ax.plot([], [], "--", color="0.35", linewidth=1.2, animated=True, label="4 to 6")
    (chosen,) = ax.plot([], [], "-", color="black", linewidth=3, animated=True, label="chosen; the tick is inside")
    points(X, y, ax)
    for scatter in ax.collections:
        scatter.set_animated(True)
    picture.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    lines = np.array(_START)

    def update(top: str, which: int, x: float, y_: float, angle: float) -> str:
        lines[which] = x, y_, angle
        normals, offsets = weights(lines)
        used = {"cut": [[which]], "union": [[0, 1, 2], [3, 4, 5]]}.get(top, [[0, 1, 2]])
        # An OR of half-planes is all but the AND of their other sides.
        turn, inside, outside = (-1.0, zero, one) if top == "or" else (1.0, one, zero)
        ground.set_facecolor(outside)
        for n, part in enumerate(parts):
            shape = square if n < len(used) else square[:0]
            for k in used[n] if n < len(used) else ():
                shape = clip(shape, turn * normals[k], turn * offsets[k])
            part.set(xy=shape if len(shape) else square[:1], facecolor=inside)
        first.set_data(_strokes(lines[:3] if top != "cut" else lines[:0]))
        second.set_data(_strokes(lines[3:] if top == "union" else lines[:0]))
        chosen.set_data(_strokes(lines[which : which + 1], tick=0.35))
        right = np.mean((network(X, normals, offsets, top, which) == 1) == (y == 1))
        unit = f"{normals[which][0]:+.2f} x1 {normals[which][1]:+.2f} x2 {offsets[which]:+.2f} > 0"
        return (
            f"{_WHAT[top].format(n=which + 1)}: {right:.0%} of the {len(y)} points are on their side. "
            f"Half-plane {which + 1}, chosen, is {unit}: through ({x:.2f}, {y_:.2f}), facing {angle:.0f} degrees."
        )

    controls = {
        "top": choice("network", _TOPS, "and"),
        "which": choice("half-plane", {str(k + 1): k for k in range(6)}, 0),
        "x": slider("edge at x₁", -_LIMIT, _LIMIT, lines[0][0], 0.05),
        "y": slider("edge at x₂", -_LIMIT, _LIMIT, lines[0][1], 0.05),
        "angle": slider("faces (degrees)", 0, 360, lines[0][2], 5),
    }
    editor = _Editor(picture, controls, lambda y, **values: update(y_=y, **values), drag=(ax, "x", "y"))
    editor.lines = lines
    return editor


def weights(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return normals (M, 2) and offsets (M,), normal . x + offset > 0, of lines (M, 3): x, y, degrees."""
    angle = np.deg2rad(lines[:, 2])
    normals = np.column_stack([np.cos(angle), np.sin(angle)])
    return normals, -np.sum(normals * lines[:, :2], axis=1)


def network(X: np.ndarray, normals: np.ndarray, offsets: np.ndarray, top: str, which: int) -> np.ndarray:
    """Return what the step units say of X (N, 2), (N,) of 0 and 1: one of them, their AND, OR, or two ANDs' OR."""
    h = (X @ normals.T + offsets > 0).astype(float)
    both = np.column_stack([h[:, :3].sum(axis=1) > 2.5, h[:, 3:].sum(axis=1) > 2.5])
    said = {"cut": h[:, which], "and": both[:, 0], "or": h[:, :3].sum(axis=1) > 0.5, "union": both.sum(axis=1) > 0.5}
    return said[top].astype(float)


def clip(polygon: np.ndarray, normal: np.ndarray, offset: float) -> np.ndarray:
    """Return the part of a convex polygon (K, 2) where normal . x + offset > 0 (Sutherland and Hodgman 1974)."""
    kept, z = [], polygon @ normal + offset
    for k in range(len(polygon)):
        if z[k - 1] * z[k] < 0:
            kept.append(polygon[k - 1] + z[k - 1] / (z[k - 1] - z[k]) * (polygon[k] - polygon[k - 1]))
        if z[k] > 0:
            kept.append(polygon[k])
    return np.array(kept).reshape(-1, 2)


def _strokes(lines: np.ndarray, tick: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the edges, each with a short tick towards its inside, parted by NaN."""
    normals, _ = weights(lines)
    drawn = [np.empty((0, 2))]
    for at, normal in zip(lines[:, :2], normals, strict=True):
        along = 4.0 * _LIMIT * np.array([-normal[1], normal[0]])
        drawn.append(np.array([at - along, at + along, at, at + tick * normal, [np.nan, np.nan]]))
    return tuple(np.concatenate(drawn).T)
