"""The generalised rectifier max(0, z) + a min(0, z): one slope leads from the absolute value to a straight line."""

import numpy as np

from mlpkit.activations import leaky_relu, leaky_relu_derivative
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line, point

_NAMED = {
    -1.0: "the absolute value |z| (Jarrett et al. 2009)",
    0.0: "ReLU",
    0.01: "the leaky ReLU (Maas et al. 2013)",
    0.25: "where the parametric ReLU starts to learn (He et al. 2015)",
    1.0: "no unit at all, but the straight line z",
}


def rectifier(**start: object) -> Explorer:
    """Return the rectifier with the slope a on its left; drag a, and the z at which it is looked at.

    Left the value with its tangent, right the derivative.
    """
    picture, (value, slope) = figure(1, 2, width=9.0, height=3.6)
    z_all = np.array([-3.0, 0.0, 3.0])
    value.plot(z_all, np.maximum(z_all, 0), ":", color="black", linewidth=1.5, label="ReLU")
    (curve,) = value.plot(z_all, z_all, color=COLOURS["blue"], linewidth=2.5, animated=True)
    (tangent,) = value.plot([], [], "--", color=COLOURS["orange"], linewidth=2, animated=True)
    (here,) = value.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=10, animated=True)
    value.set(xlim=(-3, 3), ylim=(-3.2, 3.2), xlabel="z", ylabel="g(z)", title="value; dotted: ReLU, dashed: tangent")
    (left,) = slope.plot([-3, 0], [0, 0], color=COLOURS["blue"], linewidth=2.5, animated=True)
    slope.plot([0, 3], [1, 1], color=COLOURS["blue"], linewidth=2.5)
    slope.axhline(0, color="black", linewidth=0.8)
    (there,) = slope.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=10, animated=True)
    slope.set(xlim=(-3, 3), ylim=(-1.7, 1.7), xlabel="z", ylabel="g'(z)", title="derivative")

    def update(a: float, z: float) -> str:
        curve.set_ydata(leaky_relu(z_all, a))
        g, dg = float(leaky_relu(z, a)) + 0.0, float(leaky_relu_derivative(z, a))  # + 0.0 makes -0.0 a 0.0
        here.set_data([z], [g])
        tangent.set_data([z - 1, z + 1], [g - dg, g + dg])
        left.set_ydata([a, a])
        there.set_data([z], [dg])
        return f"Slope a = {a:.2f}: {name(a)}. At z = {z:.1f} its value is {g:.2f} and its derivative {dg:.2f}."

    controls = {"a": slider("slope a", -1.5, 1.5, 0.0, 0.01), "z": slider("z", -3, 3, -1.0, 0.1)}

    def symmetric(a: float, z: float) -> tuple[bool, str]:
        return abs(a + 1.0) < 1e-9, f"g(z) = {leaky_relu(z, a) + 0.0:.2f}, g(−z) = {leaky_relu(-z, a) + 0.0:.2f}."

    def marks(dot: object) -> np.ndarray:
        return np.transpose(dot.get_data())

    def ends() -> np.ndarray:
        return np.transpose(left.get_data())

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(value, lambda: marks(here), lambda k, x, y: {"z": x}, "z"),
            point(slope, lambda: marks(there), lambda k, x, y: {"z": x}, "z"),
            line(slope, ends, lambda k, x, y: {"a": y}, "slope on the left"),
        ],
        tries="take the slope on the left, in the right-hand picture, and pull it down below 0.",
        goal=goal("find the slope that gives z and −z the same output.", symmetric),
        code=[leaky_relu, leaky_relu_derivative],
        start=start,
    )


def name(a: float) -> str:
    """Return what the rectifier with the slope `a` is called."""
    for slope, said in _NAMED.items():
        if abs(a - slope) < 1e-9:
            return said
    if 1 / 8 <= a <= 1 / 3:
        return "within the slopes that the randomised ReLU draws (Xu et al. 2015)"
    if a > 1:
        return "steeper on the left, so the smaller of z and a z and no longer the larger"
    return "not monotonic" if a < 0 else "a leaky ReLU"
