"""An editor of half-planes: one layer of step units cuts, a second makes AND or OR of the cuts, a third a union."""

import numpy as np
from matplotlib.patches import Polygon

from mlpkit.arguments import floats
from mlpkit.plotting import figure, points
from mlpkit.plotting.points import PROBABILITY_MAP
from mlpkit.widgets.controls import choice, kept, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line, point

_LIMIT = 2.0
_FAR = 2.8  # no edge farther from the middle meets the picture
_TICK = 0.35
_START = [[0.0, -1.7], [240.0, -0.3], [120.0, -0.3], [180.0, -1.7], [300.0, 0.7], [60.0, -1.2]]
_TOPS = {"1 layer": "cut", "2 layers: AND": "and", "2 layers: OR": "or", "3 layers: OR of two ANDs": "union"}
_WHAT = {
    "cut": "Half-plane {n} alone",
    "and": "AND of half-planes 1 to 3",
    "or": "OR of half-planes 1 to 3",
    "union": "(1 AND 2 AND 3) OR (4 AND 5 AND 6)",
}
_SQUARE = _LIMIT * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def half_planes(X: np.ndarray, y: np.ndarray, **start: object) -> Explorer:
    """Return an editor of six half-planes over labelled points X (N, 2), y (N,) of 0 and 1, within -2 and 2.

    A half-plane is given by the direction that it faces and its edge's distance from the middle in that direction.
    Take an edge to shift it, the end of the chosen one's tick to turn it. The shaded region is where the network of
    step units says 1.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    picture, ax = figure(width=5.4, height=5.2)
    ax.set_aspect("equal")  # or a right angle would not look like one
    ax.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT))
    zero, one = PROBABILITY_MAP(0.0), PROBABILITY_MAP(1.0)
    ground = ax.add_patch(Polygon(_SQUARE, animated=True, zorder=0))
    parts = [ax.add_patch(Polygon(_SQUARE, animated=True, zorder=0.5)) for _ in range(2)]
    (first,) = ax.plot([], [], "-", color="0.35", linewidth=1.2, animated=True, label="1 to 3")
    (second,) = ax.plot([], [], "--", color="0.35", linewidth=1.2, animated=True, label="4 to 6")
    (chosen,) = ax.plot([], [], "-", color="black", linewidth=3, animated=True, label="chosen; the tick is inside")
    points(X, y, ax)
    for scatter in ax.collections:
        scatter.set_animated(True)
    picture.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    def update(top: str, which: int, angle: float, distance: float, lines: list) -> str:
        normals, offsets = weights(np.array(lines))
        # An OR of half-planes is all but the AND of their other sides.
        turn, inside, outside = (-1.0, zero, one) if top == "or" else (1.0, one, zero)
        ground.set_facecolor(outside)
        groups = _groups(top, which)
        for n, part in enumerate(parts):
            shape = _SQUARE if n < len(groups) else _SQUARE[:0]
            for k in groups[n] if n < len(groups) else ():
                shape = clip(shape, turn * normals[k], turn * offsets[k])
            part.set(xy=shape if len(shape) else _SQUARE[:1], facecolor=inside)
        first.set_data(_strokes(lines[:3] if top != "cut" else []))
        second.set_data(_strokes(lines[3:] if top == "union" else []))
        chosen.set_data(_strokes([lines[which]], _TICK))
        right = np.mean((network(X, normals, offsets, top, which) == 1) == (y == 1))
        unit = f"{normals[which][0]:+.2f} x₁ {normals[which][1]:+.2f} x₂ {offsets[which]:+.2f} > 0"
        return (
            f"{_WHAT[top].format(n=which + 1)}: {right:.0%} of the {len(y)} points are on their side. "
            f"Half-plane {which + 1}, chosen, faces {angle:.0f} degrees: {unit}."
        )

    controls = {
        "top": choice("network", _TOPS, "and"),
        "which": choice("half-plane", {str(k + 1): k for k in range(6)}, 0),
        "angle": slider("faces (degrees)", 0, 355, _START[0][0], 5),
        "distance": slider("edge at", -_FAR, _FAR, _START[0][1], 0.05),
        "lines": kept(_START),
    }

    def settle(changed: set[str], top: str, which: int, angle: float, distance: float, lines: list) -> dict:
        """Let the sliders show the chosen half-plane, and choose one that the network uses."""
        if changed & {"angle", "distance"}:
            return {"lines": [[angle, distance] if k == which else one for k, one in enumerate(lines)]}
        if "top" in changed:
            which = {"union": max(which, 3), "cut": which}.get(top, min(which, 2))
        elif "which" in changed and which > 2 and top in ("and", "or"):
            top = "union"
        return {"top": top, "which": which, "angle": lines[which][0], "distance": lines[which][1]}

    def shift(k: int, x: float, y: float) -> dict[str, object]:
        normal = weights(np.array([controls["lines"].value[k]]))[0][0]
        return {"distance": float(normal @ [x, y])}

    def turn(k: int, x: float, y: float) -> dict[str, object]:
        """Turn the chosen edge about the foot of its tick until the tick points to (x, y)."""
        foot = _middle(controls["lines"].value[controls["which"].value])
        angle = np.round(np.rad2deg(np.arctan2(y - foot[1], x - foot[0])) / 5) * 5 % 360
        normal = weights(np.array([[angle, 0.0]]))[0][0]
        return {"angle": angle, "distance": float(np.clip(normal @ foot, -_FAR, _FAR))}

    def tip() -> np.ndarray:
        one = controls["lines"].value[controls["which"].value]
        return _middle(one) + _TICK * weights(np.array([one]))[0][0]

    def edge(k: int) -> np.ndarray:
        used = any(k in group for group in _groups(controls["top"].value, controls["which"].value))
        return _ends(controls["lines"].value[k]) if used else np.full((2, 2), np.nan)

    def surrounded(**values: object) -> tuple[bool, str]:
        normals, offsets = weights(np.array(values["lines"]))
        right = np.mean((network(X, normals, offsets, values["top"], values["which"]) == 1) == (y == 1))
        return bool(right == 1.0), f"{right:.0%} are."

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(ax, tip, turn, "end of the tick"),
            *(
                line(
                    ax,
                    lambda k=k: edge(k),
                    lambda _, x, y, k=k: shift(k, x, y),
                    f"half-plane {k + 1}",
                    take=lambda _, k=k: {"which": k},
                )
                for k in range(6)
            ),
        ],
        settle=settle,
        tries="take an edge and shift it; take the end of its tick and turn it.",
        goal=goal("every point on its own side.", surrounded),
        code=[network, clip],
        start=start,
    )


def weights(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return normals (M, 2) and offsets (M,), normal . x + offset > 0, of lines (M, 2): degrees and distance."""
    angle = np.deg2rad(lines[:, 0])
    return np.column_stack([np.cos(angle), np.sin(angle)]), -lines[:, 1]


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


def _groups(top: str, which: int) -> list[list[int]]:
    """Return the half-planes that are joined by AND (or, at the top of an OR, by OR), group by group."""
    return {"cut": [[which]], "union": [[0, 1, 2], [3, 4, 5]]}.get(top, [[0, 1, 2]])


def _ends(one: list[float]) -> np.ndarray:
    """Return the two ends of an edge at the picture's sides (2, 2), NaN where it passes outside."""
    normals, offsets = weights(np.array([one]))
    z = _SQUARE @ normals[0] + offsets[0]
    met = [
        _SQUARE[k - 1] + z[k - 1] / (z[k - 1] - z[k]) * (_SQUARE[k] - _SQUARE[k - 1])
        for k in range(4)
        if (z[k - 1] > 0) != (z[k] > 0)
    ]
    return np.array(met) if len(met) == 2 else np.full((2, 2), np.nan)


def _middle(one: list[float]) -> np.ndarray:
    """Return the middle of what can be seen of an edge, (2,): where its tick stands."""
    ends = _ends(one)
    normals, _ = weights(np.array([one]))
    return np.clip(one[1] * normals[0], -_LIMIT, _LIMIT) if np.isnan(ends).any() else ends.mean(axis=0)


def _strokes(lines: list, tick: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the edges, each with a short tick towards its inside, parted by NaN."""
    drawn = [np.empty((0, 2))]
    for one in lines:
        normal, at = weights(np.array([one]))[0][0], _middle(one)
        drawn += [_ends(one), [[np.nan, np.nan]], [at, at + tick * normal], [[np.nan, np.nan]]]
    return tuple(np.concatenate(drawn).T)
