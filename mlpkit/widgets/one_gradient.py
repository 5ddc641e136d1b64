"""The gradient of one example: error times input, as an arrow on the weights, and steps that follow it."""

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_RATE, _STEPS = 0.5, 20


def one_gradient(**start: object) -> Explorer:
    """Return one example and a neuron's weights as arrows in the plane, the push on the weights, and its parts."""
    picture, (plane, bars) = figure(1, 2, width=9.0, height=4.2)
    (line,) = plane.plot([], [], color="grey", linewidth=1.5, animated=True)
    (weights,) = plane.plot([], [], "-", color=COLOURS["blue"], linewidth=3, animated=True)
    (tip,) = plane.plot([], [], "s", color=COLOURS["blue"], markeredgecolor="black", markersize=9, animated=True)
    (path,) = plane.plot([], [], ".", color="black", markersize=5, animated=True)
    (push,) = plane.plot([], [], "--", color=COLOURS["red"], linewidth=2.5, animated=True)
    (example,) = plane.plot(
        [], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=11, animated=True
    )
    plane.axhline(0, color="grey", linewidth=0.5)
    plane.axvline(0, color="grey", linewidth=0.5)
    plane.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal", xlabel="x₁, w₁", ylabel="x₂, w₂")
    plane.set_title("circle: x, square: w, dashed: the push")
    parts = bars.bar(range(4), np.ones(4), color=COLOURS["red"], edgecolor="black", linewidth=0.8, animated=True)
    bars.axhline(0, color="grey", linewidth=0.8)
    bars.set(ylim=(-3.2, 3.2), xticks=range(4), xticklabels=["p − y", "∂L/∂w₁", "∂L/∂w₂", "∂L/∂b"])
    bars.set_title("the error, and error times input")

    def update(steps: int, x1: float, x2: float, w1: float, w2: float, y: int) -> str:
        x = np.array([x1, x2])
        walked, biases = descend(x, y, np.array([w1, w2]), steps)
        w, b = walked[-1], biases[-1]
        error, dw, db = gradient(x, y, w, b)
        weights.set_data([0, w[0]], [0, w[1]])
        tip.set_data([w1], [w2])
        path.set_data(*walked.T)
        push.set_data([w[0], w[0] - dw[0]], [w[1], w[1] - dw[1]])
        example.set_data([x1], [x2])
        line.set_data(*_edge(w, b))
        for bar, height in zip(parts, (error, *dw, db), strict=True):
            bar.set_height(height)
        return (
            f"Example x = ({x1:.1f}, {x2:.1f}) with label {y}; after {steps} steps w = ({w[0]:.2f}, {w[1]:.2f}), "
            f"b = {b:.2f}: p = {error + y:.3f}, error {error:+.3f}, gradient ({dw[0]:+.3f}, {dw[1]:+.3f}) for the "
            f"weights and {db:+.3f} for the bias."
        )

    controls = {
        "steps": whole_slider("steps", 0, _STEPS, 0),
        "x1": slider("input x₁", -3, 3, 1.5, 0.1),
        "x2": slider("input x₂", -3, 3, 0.5, 0.1),
        "w1": slider("weight w₁", -3, 3, -1.0, 0.1),
        "w2": slider("weight w₂", -3, 3, 1.0, 0.1),
        "y": choice("label y", {"y = 0": 0, "y = 1": 1}, 1),
    }

    def innocent(steps: int, x1: float, x2: float, w1: float, w2: float, y: int) -> tuple[bool, str]:
        error, dw, _ = gradient(np.array([x1, x2]), y, np.array([w1, w2]), 0.0)
        said = f"the error is {error:+.2f}, ∂L/∂w₁ is {dw[0]:+.2f}."
        return bool(abs(error) > 0.9 and abs(dw[0]) < 0.01), said

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(plane, lambda: [[controls["x1"].value, controls["x2"].value]],
                  lambda k, x, y: {"x1": x, "x2": y}, "the example x"),
            point(plane, lambda: [[controls["w1"].value, controls["w2"].value]],
                  lambda k, x, y: {"w1": x, "w2": y}, "the weights w"),
        ],
        play="steps",
        tries="press Play: in which direction does w go, seen from x? Then change the label, and play again.",
        goal=goal("an error beyond 0.9 of which w₁ gets nothing (∂L/∂w₁ = 0).", innocent),
        code=gradient,
        start=start,
    )  # fmt: skip


def gradient(x: np.ndarray, y: int, w: np.ndarray, b: float) -> tuple[float, np.ndarray, float]:
    """Return p - y, and the cross-entropy's gradients (p - y) x by w, (2,), and p - y by b, of one example x (2,)."""
    error = float(sigmoid(np.array([w @ x + b]))[0] - y)
    return error, error * x, error


def descend(x: np.ndarray, y: int, w: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights (steps + 1, 2) and biases (steps + 1,) of descent on one example, from w and bias 0."""
    b, walked, biases = 0.0, [w], [0.0]
    for _ in range(steps):
        _, dw, db = gradient(x, y, w, b)
        w, b = w - _RATE * dw, b - _RATE * db
        walked.append(w)
        biases.append(b)
    return np.array(walked), np.array(biases)


def _edge(w: np.ndarray, b: float) -> np.ndarray:
    """Return two points, (2, 2), of the line w . x + b = 0, far outside the picture; nothing where w is 0."""
    if not w.any():
        return np.full((2, 2), np.nan)
    foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
    return np.array([foot - 10 * along, foot + 10 * along]).T
