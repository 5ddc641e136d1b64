"""A cliff in the loss, as recurrent networks have it, and steps kept short there by clipping the gradient."""

import math
from functools import cache

import numpy as np

from mlpkit.plotting import COLOURS, figure, loss_surface
from mlpkit.widgets.controls import log_slider, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_TIMES, _TARGET, _STEPS = 50, 0.7, 60
_W, _B = (4.0, 8.0), (-4.0, -1.5)


def clipping(**start: object) -> Explorer:
    """Return gradient descent on the loss of one unit that is fed back to itself 50 times, over its weight and bias.

    Press in the map to choose the start. The norm of every gradient is on the right, with what is left of it.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.1)
    loss_surface(_losses, _W, _B, left, xlabel="weight w", ylabel="bias b", levels=12)
    left.set_title("the loss; press to start there")
    (path,) = left.plot([], [], ".-", color="white", linewidth=1.2, markersize=5, animated=True)
    (begin,) = left.plot([], [], "s", color="white", markeredgecolor="black", markersize=8, animated=True)
    (end,) = left.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=9, animated=True)
    (norms,) = right.plot([], [], "o", color=COLOURS["blue"], markersize=4, animated=True, label="gradient's norm")
    (used,) = right.plot([], [], "x", color=COLOURS["red"], markersize=6, animated=True, label="after clipping")
    right.set(xlim=(-1, _STEPS + 1), ylim=(1e-4, 1e2), yscale="log", xlabel="step", title="the gradient at each step")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    def update(step: int, rate: float, limit: float, w: float, b: float) -> str:
        points, lengths = descend(w, b, rate, limit)
        shown = points[: step + 1]
        path.set_data(*shown.T)
        begin.set_data([w], [b])
        end.set_data(*shown[-1:].T)
        steps = np.arange(step)
        norms.set_data(steps, lengths[:step])
        used.set_data(steps, np.minimum(lengths[:step], limit))
        now = loss(*shown[-1])[0]
        clipped = int(np.sum(lengths[:step] > limit))
        out = "" if _inside(shown[-1]) else " It has been thrown out of the map."
        longest = f" the largest gradient had norm {lengths[:step].max():.3g};" if step else ""
        return (
            f"Learning rate {rate:.3g}, gradients clipped at {limit:.3g}, from w {w:.2f}, b {b:.2f}: after {step} "
            f"steps at w {shown[-1][0]:.3g}, b {shown[-1][1]:.3g}, loss {loss(w, b)[0]:.4f} to {now:.4f};{longest} "
            f"{clipped} were clipped.{out}"
        )

    controls = {
        "limit": log_slider("clip at norm", -2, 2, 100.0),
        "rate": log_slider("learning rate", -1, 1, 10**0.5),
        "w": slider("start w", *_W, 6.8, 0.05),
        "b": slider("start b", *_B, -2.2, 0.05),
        "step": whole_slider("step", 0, _STEPS, 0),
    }

    def lands(step: int, rate: float, limit: float, w: float, b: float) -> tuple[bool, str]:
        points = descend(w, b, rate, limit)[0][: step + 1]
        far = math.hypot(w - controls["w"].first, b - controls["b"].first) < 0.03
        now = loss(*points[-1])[0]
        return bool(far and step == _STEPS and _inside(points[-1]) and now < 0.05), f"loss {now:.3f} at step {step}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(left, lambda x, y: {"w": x, "b": y}, "start")],
        play="step",
        tries="press Play: what happens at the foot of the cliff? Then clip at 0.05.",
        goal=goal("from the start given, be inside the map with a loss below 0.05 after 60 steps.", lands),
        code=descend,
        start=start,
    )


@cache
def descend(w: float, b: float, learning_rate: float, max_norm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (61, 2) of gradient descent with clipping from (w, b), and the gradients' norms (60,)."""
    points, norms = [(w, b)], []
    for _ in range(_STEPS):
        w, b = points[-1]
        _, dw, db = loss(w, b)
        norms.append(math.hypot(dw, db))
        scale = max_norm / norms[-1] if norms[-1] > max_norm else 1.0
        points.append((w - learning_rate * scale * dw, b - learning_rate * scale * db))
    return np.array(points), np.array(norms)


def loss(w: float, b: float) -> tuple[float, float, float]:
    """Return (s(h) - 0.7)^2 and its derivatives by w and b; h = w s(h) + b fifty times from 0.5, s the sigmoid."""
    h, by_w, by_b = 0.5, 0.0, 0.0
    for _ in range(_TIMES):
        s = _sigmoid(h)
        factor = w * s * (1.0 - s)
        h, by_w, by_b = w * s + b, s + factor * by_w, 1.0 + factor * by_b
    s = _sigmoid(h)
    slope = 2.0 * (s - _TARGET) * s * (1.0 - s)
    return (s - _TARGET) ** 2, slope * by_w, slope * by_b


def _sigmoid(h: float) -> float:
    return 1.0 / (1.0 + math.exp(-h)) if h > -700.0 else 0.0


def _inside(place: np.ndarray) -> bool:
    return bool(_W[0] <= place[0] <= _W[1] and _B[0] <= place[1] <= _B[1])


def _losses(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    h = np.full(w.shape, 0.5)
    for _ in range(_TIMES):
        h = w / (1.0 + np.exp(-h)) + b
    return (1.0 / (1.0 + np.exp(-h)) - _TARGET) ** 2
