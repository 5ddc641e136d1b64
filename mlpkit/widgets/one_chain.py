"""One unit a layer, thirty layers deep: what becomes of a signal, and of the gradient that is to come back."""

import numpy as np

from mlpkit.activations import ACTIVATIONS
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_DEPTH, _FLOOR, _TOP = 30, 1e-40, 1e40


def one_chain(**start: object) -> Explorer:
    """Return a chain of units, each with the same weight and bias: h of every layer, and the gradient's two factors.

    Play walks up the layers. Left h; right, on a logarithmic scale, the product of the weights, the product of the
    slopes, and both together: the derivative of h by the input.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.1)
    layers = np.arange(_DEPTH + 1)
    (signal,) = left.plot([], [], "o-", color=COLOURS["blue"], markersize=4, animated=True)
    left.set(xlim=(-0.8, _DEPTH + 0.8), ylim=(-2.2, 2.2), xlabel="layer", ylabel="h", title="the signal")
    left.axhline(0, color="0.7", linewidth=0.8)
    right.axhline(1, color="0.7", linewidth=0.8)
    (weights,) = right.plot([], [], "--", color=COLOURS["orange"], linewidth=2, animated=True, label="weights alone")
    (slopes,) = right.plot([], [], ":", color=COLOURS["green"], linewidth=2.5, animated=True, label="slopes alone")
    (both,) = right.plot([], [], "o-", color=COLOURS["blue"], markersize=4, animated=True, label="both: the gradient")
    right.set(xlim=(-0.8, _DEPTH + 0.8), ylim=(1e-20, 1e20), yscale="log", xlabel="layer")
    right.set(ylabel="product so far", title="weights against slopes")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)

    def update(layer: int, unit: str, w: float, b: float, x: float) -> str:
        h, slope = chain(unit, w, b, x)
        shown = layers[: layer + 1]
        products = w**shown, np.append(1.0, np.cumprod(slope[:layer]))
        signal.set_data(shown, h[: layer + 1])
        for line, product in zip((weights, slopes, both), (*products, products[0] * products[1]), strict=True):
            line.set_data(shown, np.clip(product, _FLOOR, _TOP))
        gradient = products[0][-1] * products[1][-1]
        last = f", the last slope {slope[layer - 1]:.3g}" if layer else ""
        return (
            f"{_NAMES[unit]}, weight {w:.3g}, bias {b:.1f}, input {x:.1f}, layer {layer}: h is {h[layer]:.4g}{last}. "
            f"The weights multiply to {products[0][-1]:.3g}, the slopes to {products[1][-1]:.3g}, "
            f"and the gradient is {gradient:.4g}."
        )

    controls = {
        "unit": choice("unit", {name: unit for unit, name in _NAMES.items()}, "sigmoid"),
        "w": log_slider("weight w", -1, 1.3, 1.0),
        "b": slider("bias b", -10, 10, 0, 0.1),
        "x": slider("input x", -2, 2, 0.5, 0.1),
        "layer": whole_slider("layer", 0, _DEPTH, 0),
    }

    def alive(layer: int, unit: str, w: float, b: float, x: float) -> tuple[bool, str]:
        gradient = w**layer * np.prod(chain(unit, w, b, x)[1][:layer])
        reached = unit == "sigmoid" and layer == _DEPTH and 0.1 < gradient < 10
        return bool(reached), f"{_NAMES[unit]}, layer {layer}: gradient {gradient:.3g}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(right, lambda: np.transpose(both.get_data())[-1:], lambda k, x, y: {"layer": x}, "layer")],
        play="layer",
        tries="press Play; then a larger weight. Does the gradient of the sigmoids ever grow?",
        goal=goal("30 layers of sigmoids, and a gradient between 0.1 and 10.", alive),
        code=chain,
        start=start,
    )


_NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU", "identity": "none (linear)"}


def chain(unit: str, w: float, b: float, x: float) -> tuple[np.ndarray, np.ndarray]:
    """Return h of the layers 0 to 30, where h_0 = x and h = f(w h + b), and the 30 slopes f'(w h + b)."""
    h, slopes = [x], []
    for _ in range(_DEPTH):
        z = np.array(w * h[-1] + b)
        h.append(float(ACTIVATIONS[unit].function(z)))
        slopes.append(float(ACTIVATIONS[unit].derivative(z)))
    return np.array(h), np.array(slopes)
