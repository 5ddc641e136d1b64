"""A neuron adds up evidence: a bar for each input's share of the log-odds, and what they say together."""

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_WEIGHTS = np.array([1.0, -2.0, 0.5])
_ROWS = ("bias", "x₁", "−2 x₂", "½ x₃")


def evidence(**start: object) -> Explorer:
    """Return a neuron with three inputs whose shares of the log-odds are laid end to end, and their probability."""
    picture, (bars, curve) = figure(1, 2, width=9.0, height=3.8)
    y = np.arange(len(_ROWS))
    shares = bars.barh(y, np.ones(4), height=0.6, edgecolor="black", linewidth=0.8, animated=True)
    (total,) = bars.plot([0, 0], [-0.5, 3.9], "--", color="black", linewidth=1.5, animated=True)
    (ends,) = bars.plot(np.zeros(4), y, "o", color="white", markeredgecolor="black", markersize=8, animated=True)
    bars.axvline(0.0, color="grey", linewidth=0.8)
    bars.set(xlim=(-9, 9), ylim=(3.9, -0.5), xlabel="log-odds, added up from above", yticks=y, yticklabels=_ROWS)
    bars.set_title("each input's share; dashed: the sum z")
    z_axis = np.linspace(-9, 9, 181)
    curve.plot(z_axis, sigmoid(z_axis), color=COLOURS["blue"], linewidth=2)
    (dot,) = curve.plot(
        [0], [0.5], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=10, animated=True
    )
    curve.set(xlim=(-9, 9), ylim=(-0.03, 1.03), xlabel="log-odds z", ylabel="probability p", title="what they say")

    def update(x1: float, x2: float, x3: float, b: float) -> str:
        parts = contributions(np.array([x1, x2, x3]), b) + 0.0  # no "-0.0"
        reached = np.cumsum(parts)
        for bar, part, end in zip(shares, parts, reached, strict=True):
            bar.set_x(end - part)
            bar.set_width(part)
            bar.set_facecolor(COLOURS["orange"] if part >= 0 else COLOURS["blue"])
        ends.set_xdata(reached)
        z = reached[-1]
        total.set_xdata([z, z])
        p = sigmoid(reached[-1:])[0]
        dot.set_data([z], [p])
        said = ", ".join(f"{row} {part:+.1f}" for row, part in zip(_ROWS, parts, strict=True))
        return f"Shares of the log-odds: {said}; sum z = {z:+.1f}, odds {np.exp(z):.3g} to 1, p = {p:.3f}."

    controls = {name: slider(f"input {name}", -3, 3, 0, 0.1) for name in ("x1", "x2", "x3")}
    controls["b"] = slider("bias b", -3, 3, -1, 0.1)

    def move(k: int, x: float, _: float) -> dict:
        before = 0.0 if k == 0 else ends.get_xdata()[k - 1]
        return {"b": x} if k == 0 else {f"x{k}": (x - before) / _WEIGHTS[k - 1]}

    def nine_to_one(x1: float, x2: float, x3: float, b: float) -> tuple[bool, str]:
        z = contributions(np.array([x1, x2, x3]), b).sum()
        return bool(x2 >= 1.0 and abs(z - np.log(9)) < 0.06), f"x₂ is {x2:.1f}, the odds are {np.exp(z):.2f} to 1."

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(bars, lambda: np.column_stack([ends.get_xdata(), y]), move, "the end of a bar")],
        tries="move one input by 1 and look at how far the dot goes; begin at p = 0.5, then at p = 0.95.",
        goal=goal("odds of 9 to 1 with x₂ at 1 or more: what has to make up for it?", nine_to_one),
        code=contributions,
        start=start,
    )


def contributions(x: np.ndarray, b: float) -> np.ndarray:
    """Return the bias and each input's share w_j x_j of the log-odds, (4,), for x (3,) and weights (1, -2, 0.5)."""
    return np.concatenate([[b], _WEIGHTS * x])
