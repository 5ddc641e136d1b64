"""A neuron on points in the plane: W turns its boundary, b shifts it; the loss and its gradient follow."""

import numpy as np
from matplotlib import colormaps

from mlpkit.activations import sigmoid
from mlpkit.arguments import floats
from mlpkit.losses import binary_cross_entropy_backward, binary_cross_entropy_forward
from mlpkit.plotting import COLOURS, figure, points
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer

_PIXELS = 40  # a side of the two shaded images: coarse enough to follow a drag, smoothed by interpolation


def first_neuron() -> Explorer:
    """Return a neuron with one input: drag the weight and the bias and see the S-curve turn and shift."""
    picture, ax = figure(width=6.5, height=3.4)
    x = np.linspace(-6.0, 6.0, 241)
    (curve,) = ax.plot(x, x, color=COLOURS["blue"], linewidth=2.5, animated=True)
    middle = ax.axvline(0.0, color=COLOURS["red"], linestyle="--", animated=True)
    ax.set(xlim=(-6, 6), ylim=(-0.05, 1.05), xlabel="input x", ylabel="output of the neuron")

    def update(w: float, b: float) -> str:
        curve.set_ydata(sigmoid(w * x + b))
        crossing = (0.0 - b) / w if w else np.nan
        middle.set_xdata([crossing, crossing])
        where = f"It crosses one half at x = {crossing:.2f}." if w else "It is the same for every x."
        direction = "rises" if w > 0 else "falls" if w < 0 else "is flat"
        return f"The output sigmoid({w:g} x {b:+g}) {direction} with x. {where}"

    controls = {"w": slider("weight w", -5, 5, 1, 0.1), "b": slider("bias b", -6, 6, 0, 0.1)}
    return Explorer(picture, controls, update)


def neuron(X: np.ndarray, y: np.ndarray) -> Explorer:
    """Return a neuron with two inputs on labelled points X (N, 2), y (N,) of 0 and 1.

    Left the data with the probability of class 1 and the boundary; right the loss over the two weights at this bias,
    with the present weights and an arrow against the gradient: where one step of descent would go.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    picture, (data, weights) = figure(1, 2, width=9.0, height=4.0)
    reach = 1.1 * np.abs(X).max()
    data.set(xlim=(-reach, reach), ylim=(-reach, reach))
    points(X, y, data)
    picture.legend(*data.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    shade = Shading(data)
    for scatter in data.collections:
        scatter.set_animated(True)  # they lie over the shading, which moves
    (line,) = data.plot([], [], color="black", linewidth=2, animated=True)
    data.set_title("probability of class 1, line where it is 1/2")

    limit = 4.0
    w_grid = grid(-limit, limit, -limit, limit, _PIXELS)
    surface = Shading(weights, colormaps["cividis"])
    weights.set(xlim=(-limit, limit), ylim=(-limit, limit))
    arrow = weights.quiver(
        0, 0, 0, 0, color="white", angles="xy", scale_units="xy", scale=1, width=0.015, zorder=4, animated=True
    )
    (here,) = weights.plot(
        [0], [0], "o", color="white", markeredgecolor="black", markersize=9, zorder=5, animated=True
    )
    weights.set(xlabel="$w_1$", ylabel="$w_2$", title="loss over the weights; the arrow is downhill")
    inputs, projected = grid(-reach, reach, -reach, reach, _PIXELS), X @ w_grid.T
    shown: dict[str, float] = {}

    def update(w1: float, w2: float, b: float) -> str:
        w = np.array([w1, w2])
        loss, cache = binary_cross_entropy_forward(X @ w + b, y)
        dz = binary_cross_entropy_backward(cache)
        dw, db = X.T @ dz, dz.sum()
        accuracy = np.mean((X @ w + b > 0) == (y == 1))
        shade.show(sigmoid(inputs @ w + b).reshape(_PIXELS, _PIXELS))
        line.set_data(*boundary_line(w, b, data))
        if shown.get("b") != b:  # the surface does not depend on the weights
            shown["b"], logits = b, projected + b
            losses = np.logaddexp(0.0, logits).mean(axis=0) - (y @ logits) / len(y)
            surface.show(losses.reshape(_PIXELS, _PIXELS), high=losses.max())
        here.set_data([w1], [w2])
        arrow.set_offsets([[w1, w2]])
        arrow.set_UVC(-2.0 * dw[0], -2.0 * dw[1])
        slope = f"({dw[0]:+.2f}, {dw[1]:+.2f})"
        return (
            f"Neuron with weights ({w1:.1f}, {w2:.1f}) and bias {b:.1f} on {len(y)} points: loss {loss:.3f}, "
            f"accuracy {accuracy:.0%}, gradient {slope} for the weights and {db:+.2f} for the bias."
        )

    controls = {
        "w1": slider("weight w₁", -limit, limit, 1.0, 0.1),
        "w2": slider("weight w₂", -limit, limit, -1.0, 0.1),
        "b": slider("bias b", -6, 6, 0, 0.1),
    }
    return Explorer(picture, controls, update, drag=(weights, "w1", "w2"))
