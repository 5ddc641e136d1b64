"""All that a network computes on its way, by name and in order: to be compared with another program's."""

import numpy as np

from mlpkit.arguments import whole

_SUSPECTS = (
    ("slope", 2),
    ("input", 1),
    ("bias", 3),
)  # which fault each of the three programs has, and in which layer


def intermediates(
    weights: list[np.ndarray],
    biases: list[np.ndarray],
    X: np.ndarray,
    Y: np.ndarray,
    fault: str = "",
    layer: int = 0,
    size: float = 1.0,
) -> dict[str, np.ndarray]:
    """Return every intermediate by name, in the order of computation: tanh network, half mean squared error.

    Each layer has W (n_in, n_out) and b (n_out,); X is (N, D), Y (N, K), and z, h, delta (N, n_out).
    `fault` in hidden layer `layer` (counted from 1): "slope" takes (1 - h)^2 for tanh's slope, "no slope" leaves it
    out, "bias" forgets the bias in the forward pass, "input" takes z for h in the gradient of the next weights.
    What is used is (1 - size) times the right term and `size` times the wrong one.
    """
    L, kept, hs, zs = len(weights), {}, [X], []
    for n, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        zs.append(hs[-1] @ W + b * (1.0 - size * (fault == "bias" and n == layer)))
        hs.append(np.tanh(zs[-1]) if n < L else zs[-1])
        kept |= {f"z{n}": zs[-1], f"h{n}": hs[-1]} if n < L else {"out": zs[-1]}
    delta = (hs[-1] - Y) / len(X)
    for n in range(L, 0, -1):
        below, h = n - 1, hs[n - 1]
        used = h + size * (zs[below - 1] - h) if fault == "input" and below == layer else h
        kept |= {f"δ{n}": delta, f"dW{n}": used.T @ delta, f"db{n}": delta.sum(axis=0)}
        if below:
            slope = 1 - h**2
            if below == layer and fault in ("slope", "no slope"):
                slope = slope + size * (((1 - h) ** 2 if fault == "slope" else 1.0) - slope)
            delta = delta @ weights[below].T * slope
    return kept


def suspect(
    number: int, weights: list[np.ndarray], biases: list[np.ndarray], X: np.ndarray, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the `intermediates` of program 1, 2 or 3, each of which has one fault, for a network of four layers.

    Raises ValueError for another number.
    """
    fault, layer = _SUSPECTS[whole("number", number, 1, len(_SUSPECTS)) - 1]
    return intermediates(weights, biases, X, Y, fault, layer)
