"""The map of weight scale and bias scale: where wide networks lose the gradient, where it bursts, and the edge.

Theory for infinitely wide layers (Poole et al. 2016, Schoenholz et al. 2017), held against a hundred real layers.
"""

from functools import cache, lru_cache

import numpy as np

from mlpkit.plotting import COLOURS, figure
from mlpkit.stack import UNITS
from mlpkit.widgets.controls import choice, log_slider, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_LAYERS, _WIDTH, _EXAMPLES = 100, 100, 8
_EXPONENTS, _MOST_BIAS = (-0.3, 1.1), 2.0
_NAMES = {"tanh": "tanh", "relu": "ReLU", "sigmoid": "sigmoid"}
_FINE = np.linspace(-6, 6, 481)  # for means over a normal number; a slope may be a narrow peak
_COARSE = _FINE[::4]
_TOWARDS_0, _TOWARDS_1 = np.array([117, 79, 160.0]), np.array([224, 130, 20.0])  # purple and orange


def order_and_chaos(**start: object) -> Explorer:
    """Return the theory's map of a layer's factor, and the squared gradient measured through 100 layers of 100 units.

    Press anywhere in the map. The factor chi is what the mean squared gradient is multiplied by in every layer.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.1)
    image = left.imshow(
        np.zeros((2, 2, 3), np.uint8), extent=(*_EXPONENTS, 0, _MOST_BIAS), origin="lower", aspect="auto",
        animated=True, interpolation="nearest",
    )  # fmt: skip
    (edge,) = left.plot([], [], color="black", linewidth=2.5, animated=True)
    (here,) = left.plot([], [], "o", color="white", markeredgecolor="black", markersize=10, animated=True)
    ticks = (0.5, 1, 2, 5, 10)
    left.set_xticks(np.log10(ticks), [f"{tick:g}" for tick in ticks])
    left.set(xlim=_EXPONENTS, ylim=(0, _MOST_BIAS), xlabel="weight scale", ylabel="bias scale")
    left.set_title("purple: fades; orange: bursts")
    numbers = np.arange(1, _LAYERS + 1)
    (measured,) = right.plot(numbers, np.ones(_LAYERS), ".", color=COLOURS["blue"], animated=True, label="measured")
    (theory,) = right.plot(numbers, np.ones(_LAYERS), "--", color=COLOURS["red"], animated=True, label="theory")
    right.axhline(1, color="0.7", linewidth=0.8)
    right.set(xlim=(0, _LAYERS + 1), ylim=(1e-20, 1e20), yscale="log", xlabel="layer")
    right.set(ylabel="mean squared gradient", title="from the top (right) down")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    def update(unit: str, weight: float, bias: float) -> str:
        squares, chi = squared_gradients(unit, weight, bias), float(factor(unit, weight, bias))
        image.set_data(_coloured(unit))
        edge.set_data(*_edge(unit))
        here.set_data([np.log10(weight)], [bias])
        measured.set_ydata(np.clip(squares, 1e-40, 1e40))
        theory.set_ydata(np.clip(squares[-1] * chi ** (_LAYERS - numbers.astype(float)), 1e-40, 1e40))
        found = measured_factor(squares)
        where = "order: the gradient fades" if chi < 0.97 else "chaos: it bursts" if chi > 1.03 else "near the edge"
        return (
            f"{_NAMES[unit]}, weight scale {weight:.3g}, bias scale {bias:.2f}: in theory each layer multiplies the "
            f"mean squared gradient by {chi:.3f}, {where}; measured over {_LAYERS} layers of {_WIDTH} units, by "
            f"{found:.3f}."
        )

    controls = {
        "unit": choice("unit", {name: unit for unit, name in _NAMES.items()}, "tanh"),
        "weight": log_slider("weight scale", *_EXPONENTS, 10**-0.15),
        "bias": slider("bias scale", 0, _MOST_BIAS, 0.3, 0.05),
    }

    def balanced(unit: str, weight: float, bias: float) -> tuple[bool, str]:
        squares = squared_gradients(unit, weight, bias)
        span = squares.max() / squares.min()
        return bool(unit == "tanh" and bias >= 0.3 and span < 100), f"Now they span a factor of {span:.2g}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(left, lambda x, y: {"weight": 10**x, "bias": y}, "scales")],
        tries="drag across the thick line; then see where it runs for ReLU, and whether sigmoids have one at all.",
        goal=goal("tanh, bias scale at least 0.3: squared gradients of 100 layers within a factor of 100.", balanced),
        code=factor,
        start=start,
    )


def factor(unit: str, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return chi = weight^2 E[f'(z)^2], z normal with the variance q = weight^2 E[f(z)^2] + bias^2 of deep layers."""
    value, slope = UNITS[unit]
    weight, bias = np.asarray(weight, float)[..., None], np.asarray(bias, float)[..., None]
    q = np.ones(np.broadcast_shapes(weight.shape, bias.shape))
    for _ in range(40):
        h = value(np.sqrt(q) * _COARSE)
        q = np.minimum(weight**2 * _mean(h**2, _COARSE) + bias**2, 1e12)  # with ReLU it may grow for ever
    z = np.sqrt(np.maximum(q, 1e-12)) * _FINE
    return (weight**2 * _mean(slope(z, value(z)) ** 2, _FINE))[..., 0]


def _mean(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the mean of values over normal numbers, given those at evenly spaced places (..., n), as (..., 1)."""
    density = np.exp(-(at**2) / 2)
    return (values @ (density / density.sum()))[..., None]


@lru_cache(maxsize=2)  # the picture asks, and then the goal
def squared_gradients(unit: str, weight: float, bias: float) -> np.ndarray:
    """Return the mean squared delta of each of 100 layers (100,), for a normal delta on top."""
    X, top, W, b = _drawn()
    value, slope = UNITS[unit]
    h, slopes = X, []
    for layer in range(_LAYERS):
        z = weight * (h @ W[layer]) + bias * b[layer]
        h = value(z)
        slopes.append(slope(z, h))
    dh, squares = top, np.empty(_LAYERS)
    for layer in reversed(range(_LAYERS)):
        delta = dh * slopes[layer]
        squares[layer] = np.mean(delta**2)
        dh = weight * (delta @ W[layer].T)
    return np.maximum(squares, 1e-280)


def measured_factor(squares: np.ndarray) -> float:
    """Return the factor from one layer to the one below, on (geometric) average over all but the top 20 layers."""
    lower = np.log(squares[: _LAYERS - 20])
    return float(np.exp((lower[0] - lower[-1]) / (len(lower) - 1)))


@cache
def _drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    X, top = rng.normal(size=(2, _EXAMPLES, _WIDTH))
    return X, top, rng.normal(size=(_LAYERS, _WIDTH, _WIDTH)) / np.sqrt(_WIDTH), rng.normal(size=(_LAYERS, _WIDTH))


@cache
def _grid(unit: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    exponents, biases = np.linspace(*_EXPONENTS, 57), np.linspace(0, _MOST_BIAS, 31)
    return exponents, biases, factor(unit, 10 ** exponents[None, :], biases[:, None])


@cache
def _coloured(unit: str) -> np.ndarray:
    """Return the map as an image (31, 57, 3): light where the factor is near 1."""
    strength = np.clip(np.log10(np.maximum(_grid(unit)[2], 1e-9)) / 1.0, -1, 1)[..., None]
    end = np.where(strength < 0, _TOWARDS_0, _TOWARDS_1)
    return (255 + np.abs(strength) ** 0.7 * (end - 255)).astype(np.uint8)


@cache
def _edge(unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the line on which the factor is 1: for each bias scale the smallest weight scale."""
    exponents, biases, chi = _grid(unit)
    xs, ys = [], []
    for bias, row in zip(biases, chi, strict=True):
        above = np.flatnonzero(row >= 1)
        if len(above) and above[0] > 0:
            k = above[0]
            share = (1 - row[k - 1]) / (row[k] - row[k - 1])
            xs.append(exponents[k - 1] + share * (exponents[k] - exponents[k - 1]))
            ys.append(bias)
    return np.array(xs), np.array(ys)
