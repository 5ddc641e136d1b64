"""A neuron with one input: the weight turns its S-curve, the bias shifts it."""

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line


def first_neuron(**start: object) -> Explorer:
    """Return a neuron with one input: drag the weight and the bias and see the S-curve turn and shift."""
    picture, ax = figure(width=6.5, height=3.4)
    x = np.linspace(-6.0, 6.0, 241)
    (curve,) = ax.plot(x, x, color=COLOURS["blue"], linewidth=2.5, animated=True)
    middle = ax.axvline(0.0, color=COLOURS["red"], linestyle="--", animated=True)
    ax.set(xlim=(-6, 6), ylim=(-0.05, 1.05), xlabel="input x", ylabel="output of the neuron")

    def update(w: float, b: float) -> str:
        curve.set_ydata(output(x, w, b))
        crossing = (0.0 - b) / w if w else np.nan
        middle.set_xdata([crossing, crossing])
        where = f"It crosses one half at x = {crossing:.2f}." if w else "It is the same for every x."
        direction = "rises" if w > 0 else "falls" if w < 0 else "is flat"
        return f"The output sigmoid({w:g} x {b:+g}) {direction} with x. {where}"

    def switched(w: float, b: float) -> tuple[bool, str]:
        low, high = output(np.array([1.0, 3.0]), w, b)
        return bool(low < 0.05 and high > 0.95), f"at x = 1 it is {low:.2f}, at x = 3 it is {high:.2f}."

    controls = {"w": slider("weight w", -5, 5, 1, 0.1), "b": slider("bias b", -12, 12, 0, 0.1)}
    return Explorer(
        picture,
        controls,
        update,
        hands=[
            line(
                ax,
                lambda: np.column_stack([middle.get_xdata(), ax.get_ylim()]),
                lambda k, x, y: {"b": -controls["w"].value * x},
                "where it crosses one half",
            )
        ],
        tries="move the weight through 0; then take the dashed line and pull it aside.",
        goal=goal("below 0.05 at x = 1, above 0.95 at x = 3.", switched),
        code=[output, sigmoid],
        start=start,
    )


def output(x: np.ndarray, w: float, b: float) -> np.ndarray:
    """Return what the neuron answers to inputs x (N,), (N,)."""
    return sigmoid(w * x + b)
