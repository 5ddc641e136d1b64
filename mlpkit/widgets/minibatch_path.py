"""Minibatch gradient descent on the loss surface of one neuron: batch size, rate, and what is counted."""

from functools import cache, lru_cache

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.plotting import COLOURS, figure, loss_surface
from mlpkit.widgets.controls import choice, log_slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal

_N, _TICKS, _SEEDS = 256, 60, 20
_W, _B = (-3.0, 5.0), (-4.0, 4.0)
_START = (-2.0, 3.0)
_NAMES = {"epochs": "a tenth of an epoch", "steps": "one step"}


def minibatch_path(**start: object) -> Explorer:
    """Return the path of minibatch gradient descent over weight and bias, and the loss on all 256 examples.

    Time is counted in epochs or in steps. `order` says whether X and y are shuffled together, or X alone.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.2)
    loss_surface(_losses, _W, _B, left, xlabel="weight w", ylabel="bias b")
    left.set_title("the loss on all examples")
    (path,) = left.plot([], [], ".-", color="white", linewidth=1.0, markersize=3, animated=True)
    (end,) = left.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=9, animated=True)
    left.plot(*_START, "s", color="white", markeredgecolor="black", markersize=8)
    left.plot(*_bottom()[0], "+", color="white", markersize=13, markeredgewidth=2)
    (curve,) = right.plot([], [], color=COLOURS["blue"], linewidth=1.2, animated=True)
    right.axhline(_bottom()[1], color=COLOURS["red"], linestyle="--", linewidth=1.2)
    right.set(xlim=(-1, _TICKS + 1), ylim=(0.3, 4.0), yscale="log", xlabel="time", ylabel="loss (nats)")
    right.set(
        title="loss; dashed: the smallest", yticks=[0.3, 0.5, 1, 2, 4], yticklabels=["0.3", "0.5", "1", "2", "4"]
    )
    right.minorticks_off()

    def update(time: int, size: int, rate: float, clock: str, order: str, seed: int) -> str:
        steps = _steps(time, size, clock)
        points = walk(size, rate, order, seed, _steps(_TICKS, size, clock))[: steps + 1]
        path.set_data(*points.T)
        end.set_data(*points[-1:].T)
        shown = _losses(*points.T)
        curve.set_data(np.linspace(0, time, len(shown)) if steps else [0], np.clip(shown, 0.01, 1e3))
        late = points[len(points) // 2 :]
        spread = float(np.sqrt(late.var(axis=0).sum()))
        wavers = f" Over the second half the point wavers by {spread:.2f}." if steps > 3 else ""
        apart = "" if order == "together" else " X is shuffled and y is not: labels belong to other examples."
        return (
            f"Batches of {size}, learning rate {rate:.3g}, shuffle {seed}: after {steps} steps, which are "
            f"{steps * size / _N:.1f} epochs, w is {points[-1, 0]:.2f}, b {points[-1, 1]:.2f} and the loss "
            f"{shown[-1]:.3f}; the smallest is {_bottom()[1]:.3f}.{wavers}{apart}"
        )

    controls = {
        "size": choice("batch size", {str(n): n for n in (1, 4, 16, 64, _N)}, 64),
        "rate": log_slider("learning rate", -2, 1, 0.5),
        "clock": choice("a tick of time is", {words: clock for clock, words in _NAMES.items()}, "epochs"),
        "order": choice("shuffled", {"X and y together": "together", "X alone": "apart"}, "together"),
        "seed": whole_slider("shuffle", 0, _SEEDS, 0),
        "time": whole_slider("time", 0, _TICKS, 0),
    }

    def close(time: int, size: int, rate: float, clock: str, order: str, seed: int) -> tuple[bool, str]:
        steps = _steps(time, size, clock)
        points = walk(size, rate, order, seed, _steps(_TICKS, size, clock))[: steps + 1]
        last, epochs = float(_losses(*points[-1:].T)[0]), steps * size / _N
        return bool(last < _bottom()[1] + 0.02 and epochs <= 2), f"loss {last:.3f} after {epochs:.1f} epochs."

    return Explorer(
        picture,
        controls,
        update,
        play="time",
        tries="play with batches of 64, of 1, and of all 256. Then count steps in place of epochs, and play again.",
        goal=goal("within two epochs, come within 0.02 of the smallest loss.", close),
        code=walk,
        start=start,
    )


def _steps(time: int, size: int, clock: str) -> int:
    return time if clock == "steps" else round(time / 10 * _N / size)


@cache
def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    y = np.arange(_N) % 2
    return rng.normal(size=_N) + 1.6 * y, y


@lru_cache(maxsize=8)
def walk(size: int, rate: float, order: str, seed: int, steps: int) -> np.ndarray:
    """Return the points (steps + 1, 2) of minibatch descent for p = sigmoid(w x + b) from w = -2, b = 3."""
    (x, y), rng = _data(), np.random.default_rng(seed)
    w, b = _START
    points, left = [(w, b)], []
    for _ in range(steps):
        if len(left) == 0:
            left, labels = rng.permutation(_N), rng.permutation(_N)
        batch, left = left[:size], left[size:]
        if order == "together":
            target = y[batch]
        else:
            target, labels = y[labels[:size]], labels[size:]
        error = (sigmoid(w * x[batch] + b) - target) / size
        w, b = w - rate * float(error @ x[batch]), b - rate * float(error.sum())
        points.append((w, b))
    return np.array(points)


def _losses(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = _data()
    z = np.clip(w, -1e3, 1e3)[..., None] * x + np.clip(b, -1e3, 1e3)[..., None]
    return np.mean(np.logaddexp(0.0, z) - y * z, axis=-1)


@cache
def _bottom() -> tuple[np.ndarray, float]:
    """Return the best weight and bias and their loss, by Newton's method."""
    x, y = _data()
    X1, theta = np.column_stack([x, np.ones(_N)]), np.zeros(2)
    for _ in range(20):
        p = sigmoid(X1 @ theta)
        theta = theta - np.linalg.solve(X1.T @ (X1 * (p * (1 - p))[:, None]), X1.T @ (p - y))
    return theta, float(_losses(*theta[:, None])[0])
