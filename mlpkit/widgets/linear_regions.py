"""The exact regions of a network of two inputs in the plane, over the steps of its training."""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from mlpkit.arguments import floats
from mlpkit.geometry import Regions, linear_regions, network_output
from mlpkit.plotting import COLOURS, figure, points
from mlpkit.plotting.points import PROBABILITY_MAP
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

Network = tuple[list[np.ndarray], list[np.ndarray]]
_BENDS = 3


def regions(X: np.ndarray, y: np.ndarray, networks: list[Network], every: int = 1, **start: object) -> Explorer:
    """Return the regions of networks (weights, biases), kept at each `every` steps of training on X (N, 2), y (N,).

    The output is a logit of class 1. In each region the network is one plane; shaded by its value in the middle. The
    crease of the chosen unit, where that unit begins, is thick; pressing the picture chooses a place and the unit
    whose crease is nearest to it.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    reach = float(np.ceil(1.1 * np.abs(X).max() * 4) / 4)
    window = (-reach, reach, -reach, reach)
    cells = [linear_regions(*network, window) for network in networks]
    counts = [len(found) for found in cells]
    sizes = [len(b) for b in networks[0][1][:-1]]
    names = [(layer, unit) for layer, size in enumerate(sizes) for unit in range(size)]

    picture, (plane, course) = figure(1, 2, width=9.0, height=4.4)
    plane.set(xlim=window[:2], ylim=window[2:], xlabel="$x_1$", ylabel="$x_2$")
    plane.set_title("regions; thick: a unit's crease")
    course.set(
        xlim=(0, 1.03 * every * max(len(networks) - 1, 1)), ylim=(0, 1.15 * max(counts)), xlabel="step of training"
    )
    course.set(ylabel="regions in the window", title="how many there are")
    course.plot(every * np.arange(len(counts)), counts, color=COLOURS["blue"])
    ground = plane.add_collection(PolyCollection([], edgecolor="0.4", linewidth=0.5, animated=True, zorder=0.5))
    (border,) = plane.plot([], [], "--", color="black", linewidth=1.5, animated=True, zorder=1.5, label="logit 0")
    crease = plane.add_collection(
        LineCollection([], color=COLOURS["green"], linewidth=3.5, animated=True, zorder=2, label="crease of the unit")
    )
    (place,) = plane.plot([], [], "P", color="black", markeredgecolor="white", markersize=10, animated=True, zorder=4)
    (now,) = course.plot([], [], "o", color=COLOURS["red"], markersize=8, animated=True)
    points(X, y, plane)
    for scatter in plane.collections[2:]:
        scatter.set(animated=True, alpha=0.7, zorder=3)
    picture.legend(handles=[border, crease], loc="outside lower center", ncols=2, fontsize=9)

    def update(step: int, unit: int, x1: float, x2: float) -> str:
        network, found = networks[step], cells[step]
        corners, sizes = np.concatenate(found.polygons), np.array([len(polygon) for polygon in found.polygons])
        middles = np.add.reduceat(corners, np.cumsum(sizes) - sizes) / sizes[:, None]
        logits = (middles * found.slopes).sum(axis=1) + found.offsets
        ground.set(verts=found.polygons, facecolor=PROBABILITY_MAP(0.5 * (1 + np.tanh(logits / 2))))
        border.set_data(*zero_line(found))
        segments = found.creases.get(names[unit - 1], np.empty((0, 2, 2)))
        crease.set_segments(segments)
        place.set_data([x1], [x2])
        now.set_data([every * step], [counts[step]])
        slope = found.slopes[cell_at(found, network, np.array([x1, x2]))]
        right = np.mean((network_output(*network, X) > 0) == (y == 1))
        layer, number = names[unit - 1]
        shown = (
            f"has a crease in {len(segments)} straight part{'s' if len(segments) > 1 else ''}"
            if len(segments)
            else "has no crease here"
        )
        return (
            f"Step {every * step}: {counts[step]} regions, {right:.0%} of the points right. Unit {number + 1} of "
            f"layer {layer + 1} {shown}. At ({x1:.2f}, {x2:.2f}) the slope is ({slope[0]:.2f}, {slope[1]:.2f})."
        )

    controls = {
        "step": whole_slider(f"step of training (times {every})", 0, len(networks) - 1, 0),
        "unit": whole_slider("unit", 1, len(names), 1),
        "x1": slider("place x₁", -reach, reach, 0.0, 0.05),
        "x2": slider("place x₂", -reach, reach, 0.0, 0.05),
    }

    def press(x: float, y: float) -> dict[str, object]:
        found = cells[controls["step"].value]
        away = {name: distance(np.array([x, y]), found.creases[name]) for name in names if name in found.creases}
        nearest = {"unit": names.index(min(away, key=away.get)) + 1} if away else {}
        return {"x1": x, "x2": y, **nearest}

    def bent(step: int, unit: int, **others: object) -> tuple[bool, str]:
        layer, _ = names[unit - 1]
        pieces = len(cells[step].creases.get(names[unit - 1], ()))
        return layer > 0 and pieces > _BENDS, f"layer {layer + 1}, {pieces} so far."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(plane, press, "place and nearest crease")],
        play="step",
        tries="press Play; then press on a crease, and see where a deeper unit's bends.",
        goal=goal(f"Find a unit beyond layer 1 whose crease has more than {_BENDS} straight parts.", bent),
        code="""
        for each layer:
            for each region so far:            # every unit below is on or off all over it
                z = x @ slopes + offsets       # so the units of this layer are planes
                cut the region where a z is 0  # a straight cut: a crease
                slopes, offsets = those of relu(z) in each part
        """,
        start=start,
    )


def cell_at(found: Regions, network: Network, x: np.ndarray) -> int:
    """Return the number of the cell that holds x (2,): the one with its pattern, or with the nearest middle."""
    h, on = x, []
    for W, b in zip(network[0][:-1], network[1][:-1], strict=True):
        z = h @ W + b
        on.append(z > 0)
        h = np.maximum(z, 0)
    same = np.flatnonzero((found.patterns == np.concatenate(on)).all(axis=1))
    if len(same):
        return int(same[0])
    return int(np.argmin([np.hypot(*(polygon.mean(axis=0) - x)) for polygon in found.polygons]))


def distance(x: np.ndarray, segments: np.ndarray) -> float:
    """Return how far x (2,) is from the nearest of segments (S, 2, 2)."""
    along = segments[:, 1] - segments[:, 0]
    t = ((x - segments[:, 0]) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12)
    return float(np.hypot(*(segments[:, 0] + t.clip(0, 1)[:, None] * along - x).T).min())


def zero_line(found: Regions) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the straight parts on which the output is 0, parted by NaN."""
    sizes = np.array([len(polygon) for polygon in found.polygons])
    corners, owner = np.concatenate(found.polygons), np.repeat(np.arange(len(sizes)), sizes)
    before = np.arange(len(corners)) - 1
    ends = np.cumsum(sizes)
    before[ends - sizes] = ends - 1  # the last corner of a polygon comes before its first
    z = (corners * found.slopes[owner]).sum(axis=1) + found.offsets[owner]
    crossed = np.flatnonzero((z > 0) != (z[before] > 0))  # two edges of a convex polygon, or none
    start = before[crossed]
    share = z[start] / (z[start] - z[crossed])
    cuts = corners[start] + share[:, None] * (corners[crossed] - corners[start])
    parts = np.concatenate([cuts.reshape(-1, 2, 2), np.full((len(cuts) // 2, 1, 2), np.nan)], axis=1)
    return tuple(parts.reshape(-1, 2).T)
