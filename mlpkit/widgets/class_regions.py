"""A linear softmax classifier over the plane: regions that fade with the temperature, and the chances at a point."""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from mlpkit.arguments import floats, labels
from mlpkit.layers import softmax_forward
from mlpkit.losses import softmax_cross_entropy_forward
from mlpkit.plotting import CLASS_COLOURS, figure, points
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import log_slider, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_PIXELS = 40


def class_regions(X: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray, **start: object) -> Explorer:
    """Return the classifier softmax((x W + b) / T) on labelled points X (N, 2), y (N,), with W (2, K) and b (K,).

    Left the plane in the classes' colours, mixed by their probabilities, with the lines where two classes tie; right
    the probabilities at the point that the reader presses or drags.
    """
    X, W, b = floats(X=(X, "N 2"), W=(W, "2 K"), b=(b, "K"))
    y, K = labels("y", y, len(X), len(b)), len(b)
    colours = np.array([to_rgb(CLASS_COLOURS[k]) for k in range(K)])
    pale = 0.35 + 0.65 * colours
    picture, (plane, chances) = figure(1, 2, width=9.0, height=4.0)
    reach = float(np.ceil(np.abs(X).max()))
    plane.set(xlim=(-reach, reach), ylim=(-reach, reach), title="classes; lines where two of them tie")
    points(X, y, plane)
    picture.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=K, fontsize=9)
    for scatter in plane.collections:
        scatter.set_animated(True)
    shade = Shading(plane)
    plane.plot(*ties(W, b, plane), color="black", linewidth=1.5, animated=True)
    (here,) = plane.plot([], [], "P", color="white", markeredgecolor="black", markersize=13, zorder=5, animated=True)
    bars = chances.bar(np.arange(K), np.ones(K), width=0.6, color=colours, edgecolor="black")
    for bar in bars:
        bar.set_animated(True)
    chances.set(ylim=(0, 1.02), xticks=range(K), xlabel="class", ylabel="probability", title="at the cross")
    logits = grid(-reach, reach, -reach, reach, _PIXELS) @ W + b
    right = np.mean((X @ W + b).argmax(axis=1) == y)

    def update(T: float, x1: float, x2: float) -> str:
        shade.show_colours((softmax_forward(logits, T)[0] @ pale).reshape(_PIXELS, _PIXELS, 3))
        here.set_data([x1], [x2])
        p = softmax_forward(np.array([x1, x2]) @ W + b, T)[0]
        for bar, height in zip(bars, p, strict=True):
            bar.set_height(height)
        loss = softmax_cross_entropy_forward((X @ W + b) / T, y)[0]
        said = ", ".join(f"{value:.3f}" for value in p)
        return (
            f"Temperature {T:.3g}: at ({x1:.1f}, {x2:.1f}) the classes have the probabilities {said}. On {len(y)} "
            f"points the accuracy is {right:.1%} and the loss {loss:.3f}."
        )

    controls = {
        "T": log_slider("temperature T", -1.5, 1.5, 1.0),
        "x1": slider("x₁", -reach, reach, 0.0, 0.1),
        "x2": slider("x₂", -reach, reach, 0.0, 0.1),
    }

    def undecided(T: float, x1: float, x2: float) -> tuple[bool, str]:
        p = softmax_forward(np.array([x1, x2]) @ W + b, T)[0]
        return bool(T <= 1.0 and p.max() < 1.15 / K), f"the likeliest class there has {p.max():.3f}, at T = {T:.2g}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(plane, lambda x, y: {"x1": x, "x2": y}, "place")],
        tries="put the cross on a line and heat: what stays, and what fades?",
        goal=goal("find a place where all classes are about equally likely, with T at most 1.", undecided),
        code=[softmax_forward, ties],
        start=start,
    )


def ties(W: np.ndarray, b: np.ndarray, ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of one stroke along all lines where two classes tie for the first place, parted by NaN."""
    strokes = [np.empty((0, 2))]
    for j, k in combinations(range(len(b)), 2):
        ends = np.transpose(boundary_line(W[:, j] - W[:, k], b[j] - b[k], ax))
        line = ends[0] + np.linspace(0.0, 1.0, 4001)[:, None] * (ends[1] - ends[0])
        z = line @ W + b
        ahead = line[z[:, j] >= z.max(axis=1) - 1e-9]  # elsewhere a third class is ahead of both
        if len(ahead):
            strokes += [ahead[[0, -1]], np.full((1, 2), np.nan)]
    return tuple(np.concatenate(strokes).T)
