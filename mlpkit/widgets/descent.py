"""Gradient descent on the loss surface of a neuron with one input: the learning rate decides where the path goes."""

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.arguments import floats
from mlpkit.losses import binary_cross_entropy_backward, binary_cross_entropy_forward
from mlpkit.plotting import COLOURS, figure, loss_surface
from mlpkit.widgets.controls import log_slider, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_LIMIT = 8.0


def descent(x: np.ndarray, y: np.ndarray, **start: object) -> Explorer:
    """Return the loss over weight and bias for x (N,), y (N,) of 0 and 1, with the path of gradient descent.

    Press or drag on the surface to choose the start. A learning rate that is too large is shown as what it does: the
    loss goes up and the path leaves the picture.
    """
    x, y = floats(x=(x, "N"), y=(y, "N"))
    picture, (surface, losses) = figure(1, 2, width=9.0, height=4.0)

    def loss(w: np.ndarray, b: np.ndarray) -> np.ndarray:
        z = w[..., None] * x + b[..., None]
        return np.mean(np.logaddexp(0.0, z) - y * z, axis=-1)

    loss_surface(loss, (-_LIMIT, _LIMIT), (-_LIMIT, _LIMIT), surface, xlabel="weight w", ylabel="bias b")
    surface.set_title("loss over weight and bias; press to start there")
    (path,) = surface.plot([], [], ".-", color="white", linewidth=1.2, markersize=4, animated=True)
    (begin,) = surface.plot([], [], "s", color="white", markeredgecolor="black", markersize=8, animated=True)
    (end,) = surface.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=9, animated=True)
    (curve,) = losses.plot([], [], color=COLOURS["blue"], animated=True)
    losses.set(xlabel="step", ylabel="loss (nats)", title="loss at each step")
    losses.set(xlim=(0, 100), ylim=(0.005, 20), yscale="log")

    def update(rate: float, steps: int, w: float, b: float) -> str:
        points, recorded = descend(x, y, w, b, rate, steps)
        path.set_data(*points.T)
        begin.set_data([w], [b])
        end.set_data(*points[-1:].T)
        curve.set_data(np.arange(len(recorded)), recorded)
        rises = int(np.sum(np.diff(recorded) > 1e-12))
        verdict = f"the loss rose in {rises} of {steps} steps: rate too large" if rises else "the loss never rose"
        here, there = steepest_rate(x, w, b), steepest_rate(x, *bottom)
        left = " The path left the picture." if np.abs(points[-1]).max() > _LIMIT else ""
        return (
            f"Gradient descent with learning rate {rate:.3g} from weight {w:.1f}, bias {b:.1f}: after {steps} steps "
            f"at weight {points[-1][0]:.2f}, bias {points[-1][1]:.2f}, loss {recorded[0]:.3f} to {recorded[-1]:.3f}; "
            f"{verdict}.{left} 2 / λ is {here:.1f} at the start and {there:.1f} at the bottom."
        )

    path_down, down = descend(x, y, 0.0, 0.0, 1.0, 3000)
    bottom, lowest = path_down[-1], down.min()
    controls = {
        "rate": log_slider("learning rate", -2, 2.5, 1.0),
        "steps": whole_slider("steps", 0, 100, 0),
        "w": slider("start w", -_LIMIT, _LIMIT, -6.0, 0.1),
        "b": slider("start b", -_LIMIT, _LIMIT, 5.0, 0.1),
    }

    def quick(rate: float, steps: int, w: float, b: float) -> tuple[bool, str]:
        away = np.hypot(w - controls["w"].first, b - controls["b"].first)
        last = descend(x, y, w, b, rate, steps)[1][-1]
        above = f"loss {last:.3f} after {steps} steps, the smallest is {lowest:.3f}."
        return bool(last < lowest + 0.01 and steps <= 20 and away < 0.05), above

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(surface, lambda x, y: {"w": x, "b": y}, "start")],
        play="steps",
        tries="press Play; then a rate ten times as large, and a hundred times.",
        goal=goal("from the start given, come within 0.01 of the smallest loss in 20 steps.", quick),
        code=descend,
        start=start,
    )


def steepest_rate(x: np.ndarray, w: float, b: float) -> float:
    """Return 2 / lambda for the largest second derivative lambda of the loss at (w, b): the limit if all were so."""
    p = sigmoid(w * x + b)
    X1 = np.column_stack([x, np.ones(len(x))])
    largest = np.linalg.eigvalsh(X1.T @ (X1 * (p * (1.0 - p))[:, None]) / len(x))[-1]
    return float(min(2.0 / max(largest, 1e-300), 1e6))


def descend(
    x: np.ndarray, y: np.ndarray, w: float, b: float, learning_rate: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (steps + 1, 2) of gradient descent from (w, b) and the loss at each, (steps + 1,)."""
    points, losses = np.empty((steps + 1, 2)), np.empty(steps + 1)
    for step in range(steps + 1):
        losses[step], cache = binary_cross_entropy_forward(w * x + b, y)
        points[step] = w, b
        dz = binary_cross_entropy_backward(cache)
        w, b = w - learning_rate * (dz @ x), b - learning_rate * dz.sum()
    return points, losses
