"""A bowl that is steep one way and flat the other: gradient descent, momentum and Adam on it."""

from functools import lru_cache

import numpy as np

from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_STEPS, _LIMIT, _FLOOR, _TOP = 100, 4.0, 1e-12, 1e6
_NAMES = {"plain": "gradient descent", "momentum": "momentum", "adam": "Adam"}


def bowl(**start: object) -> Explorer:
    """Return a quadratic loss with its contours, the path of one of three ways down, and the loss at each step.

    The loss is (u^2 / k + v^2) / 2: its second derivatives are 1 / k along u and 1 along v, and k is the condition
    number. Press in the map to choose the start.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.2)
    left.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), xlabel="u, the flat way", ylabel="v, the steep way")
    left.set_title("press to start there")
    rings = [left.plot([], [], color="0.6", linewidth=0.8, animated=True)[0] for _ in range(6)]
    (path,) = left.plot([], [], ".-", color=COLOURS["blue"], linewidth=1.2, markersize=5, animated=True)
    (end,) = left.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="0.2", markersize=9, animated=True)
    left.plot([0], [0], "+", color=COLOURS["red"], markersize=12, markeredgewidth=2)
    (measured,) = right.plot([], [], ".-", color=COLOURS["blue"], markersize=5, animated=True, label="loss")
    (promised,) = right.plot(
        [], [], "--", color=COLOURS["red"], linewidth=1.5, animated=True, label="what λ promises"
    )
    right.set(xlim=(-1, _STEPS + 1), ylim=(1e-9, 1e4), yscale="log", xlabel="step", title="loss at each step")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 181))

    def update(step: int, method: str, k: float, rate: float, momentum: float, u: float, v: float) -> str:
        points = descend(method, k, rate, momentum, u, v)[: step + 1]
        losses = 0.5 * (points[:, 0] ** 2 / k + points[:, 1] ** 2)
        for ring, level in zip(rings, np.geomspace(0.02, 8.0, 6), strict=True):
            radius = np.sqrt(2 * level)
            ring.set_data(radius * np.sqrt(k) * circle.real, radius * circle.imag)
        path.set_data(*np.clip(points, -1e3, 1e3).T)
        end.set_data(*np.clip(points[-1:], -1e3, 1e3).T)
        measured.set_data(np.arange(step + 1), np.clip(losses, _FLOOR, _TOP))
        factor = shrinks_by(method, k, rate, momentum)
        with np.errstate(over="ignore", under="ignore"):
            along = losses[0] * factor ** (2.0 * np.arange(_STEPS + 1))
        promised.set_data(*((np.arange(_STEPS + 1), np.clip(along, _FLOOR, _TOP)) if factor else ([], [])))
        kept = f", momentum {momentum:.2f}" if method == "momentum" else ""
        said = f"the distance goes by a factor of {factor:.4f} a step in the long run" if factor else _ADAM
        limit = 2 * (1 + (momentum if method == "momentum" else 0.0))
        bound = "" if method == "adam" else f" The rate's limit is {limit:.3g} / λ = {limit:.3g}."
        return (
            f"{_NAMES[method]}, condition number {k:.3g}, rate {rate:.3g}{kept}, from u {u:.1f}, v {v:.1f}: after "
            f"{step} steps the loss is {losses[-1]:.3g}, from {losses[0]:.3g}; {said}.{bound}"
        )

    controls = {
        "method": choice("way down", {name: method for method, name in _NAMES.items()}, "plain"),
        "k": log_slider("condition number", 0, 3, 100.0),
        "rate": log_slider("learning rate", -2, 1, 1.0),
        "momentum": slider("momentum", 0, 0.99, 0.8, 0.01),
        "u": slider("start u", -_LIMIT, _LIMIT, -3.5, 0.1),
        "v": slider("start v", -_LIMIT, _LIMIT, 2.0, 0.1),
        "step": whole_slider("step", 0, _STEPS, 0),
    }

    def quick(step: int, method: str, k: float, rate: float, momentum: float, u: float, v: float) -> tuple[bool, str]:
        u_end, v_end = descend(method, k, rate, momentum, u, v)[step]
        loss, first = 0.5 * (u_end**2 / k + v_end**2), 0.5 * (u * u / k + v * v)
        reached = k >= 99 and abs(u) >= 1 and loss < 1e-6 * first
        return bool(reached), f"condition number {k:.3g}, step {step}: loss {loss:.2g}, from {first:.2g}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(left, lambda x, y: {"u": x, "v": y}, "start")],
        play="step",
        tries="press Play; then rates just below and above 2. Then momentum, with its rate and share to find.",
        goal=goal("condition number 100 or more, and within 100 steps a millionth of the loss.", quick),
        code=[descend, shrinks_by],
        start=start,
    )


_ADAM = "Adam has no such factor, for its steps depend on all gradients before"


@lru_cache(maxsize=4)
def descend(method: str, k: float, rate: float, momentum: float, u: float, v: float) -> np.ndarray:
    """Return the points (101, 2) of 100 steps down (u^2 / k + v^2) / 2."""
    curvature, w = np.array([1 / k, 1.0]), np.array([u, v])
    points, velocity, square = [w], np.zeros(2), np.zeros(2)
    for t in range(1, _STEPS + 1):
        gradient = curvature * w
        if method == "plain":
            w = w - rate * gradient
        elif method == "momentum":
            velocity = momentum * velocity + gradient
            w = w - rate * velocity
        else:
            velocity = 0.9 * velocity + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            w = w - rate * velocity / (1 - 0.9**t) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        points.append(w)
    return np.array(points)


def shrinks_by(method: str, k: float, rate: float, momentum: float) -> float:
    """Return by which factor the distance shrinks each step in the long run (Polyak 1964); 0 for Adam."""
    if method == "adam":
        return 0.0
    beta = momentum if method == "momentum" else 0.0
    factors = []
    for curvature in (1 / k, 1.0):
        # w_next = (1 + beta - rate * curvature) w - beta w_before: its characteristic roots
        half = (1 + beta - rate * curvature) / 2
        root = np.sqrt(complex(half * half - beta))
        factors.append(max(abs(half + root), abs(half - root)))
    return float(max(factors))
