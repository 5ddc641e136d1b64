"""A network of up to thirty layers before it has learned anything: signals, gradients, Jacobian, all at once."""

from functools import cache, lru_cache

import numpy as np

from mlpkit.initialisation import orthogonal
from mlpkit.plotting import COLOURS, figure
from mlpkit.stack import UNITS
from mlpkit.widgets.controls import choice, log_slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_DEPTH, _EXAMPLES, _WIDTHS = 30, 50, (10, 30, 100)
_LOW, _HIGH, _BINS = -1.2, 3.0, 42
_FLOOR, _TOP = 1e-20, 1e10
_ROUNDING = 1e-15  # a singular value below this share of the largest is rounding
_NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
# from light to dark blue, in 256 steps: how often a value occurs
_SHADES = np.linspace([255, 255, 255], [0, 60, 110], 256).astype(np.uint8)


def layers_at_start(**start: object) -> Explorer:
    """Return the distribution of h in every layer, the norm of each layer's gradient, and singular values.

    The inputs are normal, the weights have the standard deviation scale / sqrt(width), or are `scale` times an
    orthogonal matrix; the gradient that comes in at the top is normal. Play adds layers.
    """
    picture, (left, middle, right) = figure(1, 3, width=10.0, height=3.9)
    empty = np.full((_BINS, _DEPTH + 1, 3), 255, np.uint8)
    image = left.imshow(
        empty, extent=(-0.5, _DEPTH + 0.5, _LOW, _HIGH), origin="lower", aspect="auto", animated=True,
        interpolation="nearest",
    )  # fmt: skip
    left.set(xlabel="layer", ylabel="h", title="the units' values")
    (norms,) = middle.plot([], [], "o-", color=COLOURS["blue"], markersize=4, animated=True)
    middle.set(xlim=(0.2, _DEPTH + 0.8), ylim=(_FLOOR, _TOP), yscale="log", xlabel="layer", title="gradient norms")
    (values,) = right.plot([], [], ".", color=COLOURS["red"], markersize=5, animated=True)
    right.set(xlim=(-0.02, 1.02), ylim=(_FLOOR, _TOP), yscale="log", title="singular values")
    right.set(xlabel="from largest to smallest")
    for ax in (middle, right):
        ax.axhline(1, color="0.7", linewidth=0.8)
        ax.set_yticks([1e-20, 1e-15, 1e-10, 1e-5, 1, 1e5, 1e10])

    def update(depth: int, unit: str, kind: str, scale: float, width: int) -> str:
        found = at_start(unit, kind, scale, width, depth)
        image.set_data(_shaded(found[0]))
        norms.set_data(np.arange(1, depth + 1), np.clip(found[1], _FLOOR, _TOP))
        shown = np.maximum(found[2], _ROUNDING * found[2][0])
        values.set_data(np.linspace(0, 1, width), np.clip(shown, _FLOOR, _TOP))
        h, sizes, singular = found[0][-1], found[1], found[2]
        return (
            f"{depth} {_layers(depth)} of {width} {_NAMES[unit]} units, {kind} weights of scale {scale:.3g}. In the "
            f"last layer h has mean {h.mean():.2g} and standard deviation {h.std(axis=0).mean():.2g} over the "
            f"examples. The gradient's norm is {sizes[-1]:.2g} there and {sizes[0]:.2g} in the first. The Jacobian's "
            f"singular values go from {singular[0]:.2g} down to {_down_to(singular)}, with median "
            f"{np.median(singular):.2g}."
        )

    controls = {
        "depth": whole_slider("layers", 1, _DEPTH, 1),
        "unit": choice("unit", {name: unit for unit, name in _NAMES.items()}, "sigmoid"),
        "kind": choice("weights", {"normal": "normal", "orthogonal": "orthogonal"}, "normal"),
        "scale": log_slider("weight scale", -0.5, 1.0, 1.0),
        "width": choice("width", {str(n): n for n in _WIDTHS}, 100),
    }

    def even(depth: int, unit: str, kind: str, scale: float, width: int) -> tuple[bool, str]:
        singular = at_start(unit, kind, scale, width, depth)[2]
        if singular[0] == 0:
            return False, "nothing gets through at all."
        ratio = singular[0] / max(singular[-1], _ROUNDING * singular[0])
        words = f"{ratio:.2g}" if ratio < 0.99 / _ROUNDING else f"more than {ratio:.2g}"
        return bool(depth == _DEPTH and ratio < 1000), f"{depth} {_layers(depth)}, a factor of {words}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[area(middle, lambda x, y: {"depth": x}, "layers")],
        play="depth",
        tries="press Play; then the scale from end to end, for each unit. Xavier's scale is 1, and He's is 1.41.",
        goal=goal("30 layers, and all singular values within a factor of 1,000 of each other.", even),
        code=at_start,
        start=start,
    )


def _layers(depth: int) -> str:
    return "layer" if depth == 1 else "layers"


def _down_to(singular: np.ndarray) -> str:
    """Return the smallest singular value in words: float64 cannot tell it where it is far below the largest."""
    least = _ROUNDING * singular[0]
    return f"{singular[-1]:.2g}" if singular[-1] == 0 or singular[-1] > least else f"less than {least:.2g}"


@lru_cache(maxsize=2)  # the picture asks, and then the goal
def at_start(
    unit: str, kind: str, scale: float, width: int, depth: int
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return h of the layers 0 to `depth`, the norms of d loss / d W (depth,) and the Jacobian's singular values."""
    X, top, matrices = _drawn(kind, width)
    value, slope = UNITS[unit]
    hs, slopes, jacobian = [X], [], np.eye(width)
    for W in matrices[:depth]:
        z = scale * (hs[-1] @ W)
        hs.append(value(z))
        slopes.append(slope(z, hs[-1]))
        jacobian = (slopes[-1][0] * scale)[:, None] * (W.T @ jacobian)
    dh, norms = top, np.empty(depth)
    for layer in reversed(range(depth)):
        dz = dh * slopes[layer]
        norms[layer] = np.linalg.norm(hs[layer].T @ dz)
        dh = scale * (dz @ matrices[layer].T)
    return hs, norms, np.linalg.svd(jacobian, compute_uv=False)


@cache
def _drawn(kind: str, width: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return inputs, the gradient at the top, and thirty matrices of scale 1."""
    rng = np.random.default_rng(7)
    X, top = rng.normal(size=(_EXAMPLES, width)), rng.normal(size=(_EXAMPLES, width))
    if kind == "orthogonal":
        return X, top / _EXAMPLES, [orthogonal(width, width, rng) for _ in range(_DEPTH)]
    return X, top / _EXAMPLES, list(rng.normal(size=(_DEPTH, width, width)) / np.sqrt(width))


def _shaded(hs: list[np.ndarray]) -> np.ndarray:
    """Return an image (bins, layers, 3): how often a value of h occurs in a layer, against its commonest value."""
    stacked = np.stack(hs).reshape(len(hs), -1)
    bins = np.clip((stacked - _LOW) * (_BINS / (_HIGH - _LOW)), 0, _BINS - 1).astype(np.intp)
    bins += _BINS * np.arange(len(hs))[:, None]
    counts = np.bincount(bins.ravel(), minlength=_BINS * len(hs)).reshape(len(hs), _BINS)
    shades = np.sqrt(counts / counts.max(axis=1, keepdims=True)) * 255
    image = np.full((_BINS, _DEPTH + 1, 3), 255, np.uint8)
    image[:, : len(hs)] = _SHADES[shades.astype(np.uint8).T]
    return image
