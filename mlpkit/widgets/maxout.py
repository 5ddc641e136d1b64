"""A maxout unit learns its own shape: the largest of k straight lines, fitted by gradient descent."""

from functools import cache

import numpy as np

from mlpkit.layers import maxout_backward, maxout_forward
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_X = np.linspace(-2.0, 2.0, 81)
_TARGETS = {
    "parabola": _X**2 - 1.0,
    "|x|": np.abs(_X) - 0.5,
    "exponential": np.exp(_X) / 2.0 - 1.0,
    "sine (not convex)": np.sin(2.0 * _X),
}
_STEPS, _EVERY, _MOST, _RATE = 400, 10, 8, 0.1


def maxout(**start: object) -> Explorer:
    """Return a maxout unit of k pieces while it learns one of four functions of one input; drag k and the step.

    Left the function (dashed), the k lines and the largest of them; right the loss over the steps.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.9)
    (target,) = left.plot(_X, _X, "--", color=COLOURS["orange"], linewidth=2.5, animated=True, label="to be learned")
    (pieces,) = left.plot([], [], color=COLOURS["sky"], linewidth=1, animated=True, label="the k pieces")
    (unit,) = left.plot(_X, _X, color=COLOURS["blue"], linewidth=2.5, animated=True, label="the largest of them")
    left.set(xlim=(-2, 2), ylim=(-2, 3.5), xlabel="x", ylabel="output", title="one maxout unit")
    steps = np.arange(0, _STEPS + 1, _EVERY)
    (curve,) = right.plot(steps, steps, color=COLOURS["blue"], animated=True)
    (here,) = right.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=9, animated=True)
    right.set(xlim=(-5, _STEPS + 5), ylim=(1e-5, 10), yscale="log", xlabel="step", ylabel="mean squared error")
    right.set_title("loss while learning")
    picture.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    strokes = np.append(_X[[0, -1]], np.nan)

    def update(name: str, k: int, step: float) -> str:
        lines, losses = learn(name, k)
        t = round(step / _EVERY)
        z = np.outer(_X, lines[t, 0]) + lines[t, 1]
        target.set_ydata(_TARGETS[name])
        pieces.set_data(np.tile(strokes, k), (np.outer(lines[t, 0], strokes) + lines[t, 1][:, None]).ravel())
        unit.set_ydata(z.max(axis=1))
        curve.set_ydata(np.maximum(losses, 1e-5))
        here.set_data([steps[t]], [max(losses[t], 1e-5)])
        used = len(np.unique(z.argmax(axis=1)))
        return (
            f"Maxout with {k} pieces on the {name}, step {steps[t]}: mean squared error {losses[t]:.4f}. "
            f"{used} of the pieces {'is' if used == 1 else 'are'} somewhere the largest; the others get no gradient."
        )

    controls = {
        "name": choice("learns", {name: name for name in _TARGETS}, "parabola"),
        "k": whole_slider("pieces k", 1, _MOST, 4),
        "step": slider("step", 0, _STEPS, 0, _EVERY),
    }

    def few(name: str, k: int, step: float) -> tuple[bool, str]:
        loss = learn(name, k)[1][round(step / _EVERY)]
        return bool(loss < 0.01 and k <= 4), f"{k} pieces, error {loss:.4f}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(right, lambda: np.transpose(here.get_data()), lambda k, x, y: {"step": x}, "step")],
        play="step",
        tries="press Play; then the sine: no number of pieces learns it.",
        goal=goal("learn a curve to an error below 0.01 with four pieces or fewer.", few),
        code=learn,
        start=start,
    )


@cache
def learn(name: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes and offsets (T, 2, k) of k pieces at every tenth step of descent, and the losses (T,)."""
    y = _TARGETS[name][:, None]
    lines = np.random.default_rng(k).normal(size=(2, k))
    X1 = np.column_stack([_X, np.ones(len(_X))])
    kept, losses = [], []
    for step in range(_STEPS + 1):
        out, winners = maxout_forward(X1 @ lines, k)
        if step % _EVERY == 0:
            kept.append(lines)
            losses.append(np.mean((out - y) ** 2))
        lines = lines - _RATE * X1.T @ maxout_backward(2.0 * (out - y) / len(y), winners)
    return np.array(kept), np.array(losses)
