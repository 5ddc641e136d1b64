"""Networks built by hand: any polygon from ReLU kinks, bumps from pairs of sigmoids, the sawtooth that folds.

One hidden layer on one input is `(W, c, w, b)`, as in lesson 2: W (1, H), c (H,), w (H,), b a float, and the network
is activation(x @ W + c) @ w + b. A deep network is `(weights, biases)`, lists with one array a layer.
"""

from collections.abc import Callable

import numpy as np

from mlpkit.activations import relu
from mlpkit.arguments import floats, number, whole

OneLayer = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def one_layer(x: np.ndarray, network: OneLayer, activation: Callable[[np.ndarray], np.ndarray] = relu) -> np.ndarray:
    """Return activation(x @ W + c) @ w + b for inputs x (N,), as (N,)."""
    W, c, w, b = network
    (x,) = floats(x=(x, "N"))
    return activation(x[:, None] @ W + c) @ w + b


def relu_interpolant(xs: np.ndarray, ys: np.ndarray) -> OneLayer:
    """Return the network of n - 1 ReLU units that is the piecewise-linear interpolant of (xs, ys), both (n,).

    xs increases, n is at least 2. Unit k folds at xs[k] and adds the change of slope there; b is ys[0].
    """
    xs, ys = _points(xs, ys)
    slopes = np.diff(ys) / np.diff(xs)
    return np.ones((1, len(slopes))), -xs[:-1], np.diff(slopes, prepend=0.0), float(ys[0])


def sigmoid_bump(left: float, right: float, height: float, steepness: float) -> OneLayer:
    """Return two sigmoid units: height * (sigmoid(steepness (x - left)) - sigmoid(steepness (x - right)))."""
    left, right, height = number("left", left), number("right", right), number("height", height)
    steepness = number("steepness", steepness, 0.0, low_included=False)
    c = -steepness * np.array([left, right])
    return np.full((1, 2), steepness), c, np.array([height, -height]), 0.0


def sigmoid_bumps(edges: np.ndarray, heights: np.ndarray, steepness: float) -> OneLayer:
    """Return a bump of heights[k] from edges[k] to edges[k + 1] for each k: 2 n sigmoid units, edges (n + 1,)."""
    heights = np.atleast_1d(heights)
    edges, _ = _points(edges, np.append(heights, 0.0), "edges", "heights with one more number")
    parts = [
        sigmoid_bump(left, right, h, steepness) for left, right, h in zip(edges, edges[1:], heights, strict=False)
    ]
    W, c, w, _ = zip(*parts, strict=True)
    return np.hstack(W), np.concatenate(c), np.concatenate(w), 0.0


def sawtooth(depth: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return (weights, biases) of `depth` folds: 2 relu(x) - 4 relu(x - 1/2), put into itself again and again.

    On [0, 1] it is the triangle wave with 2 ** depth pieces, from 0 at 0. Source: Telgarsky 2016.
    """
    depth = whole("depth", depth, 1)
    fold = np.array([[2.0], [-4.0]])
    weights = [np.ones((1, 2)), *(fold @ np.ones((1, 2)) for _ in range(depth - 1)), fold]
    return weights, [*(np.array([0.0, -0.5]) for _ in range(depth)), np.zeros(1)]


def sawtooth_preimages(depth: int, height: float) -> np.ndarray:
    """Return the 2 ** depth inputs in [0, 1], increasing, that `sawtooth(depth)` maps to `height`.

    Unfolding: what the last fold made y came from y / 2 and from 1 - y / 2. depth is 1 to 20, height inside (0, 1).
    """
    depth = whole("depth", depth, 1, 20)
    inputs = np.array([number("height", height, 0.0, 1.0, low_included=False, high_included=False)])
    for _ in range(depth):
        inputs = np.concatenate([inputs / 2, (1 - inputs / 2)[::-1]])
    return inputs


def _points(xs: object, ys: object, x_name: str = "xs", y_name: str = "ys") -> tuple[np.ndarray, np.ndarray]:
    xs, ys = floats(**{x_name: (xs, "n"), y_name: (ys, "n")})
    if len(xs) < 2 or (np.diff(xs) <= 0).any():
        raise ValueError(f"{x_name} must hold at least two increasing numbers, but it holds {xs.tolist()!s:.60}")
    return xs.astype(np.float64), ys.astype(np.float64)
