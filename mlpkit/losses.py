"""Losses as pure pairs: `X_forward(output, target) -> (loss, cache)`, `X_backward(cache) -> gradient`.

A loss is a mean over the N examples, in nats (natural logarithm), returned as a Python float. Cross-entropies take
logits z and not probabilities: log and exponential cancel on paper before either can overflow. Everything raises
TypeError for what is no array of real numbers, and ValueError for a wrong shape, an empty array, NaN or infinity.
"""

from dataclasses import dataclass

import numpy as np

from mlpkit import activations
from mlpkit.arguments import choice, floats, labels, number

Cache = tuple


def squared_error_forward(out: np.ndarray, Y: np.ndarray, scaling: str = "half") -> tuple[float, Cache]:
    """Mean over examples of c * sum_k (out_k - Y_k)^2, for out and Y both (N, K) or both (N,).

    `scaling` chooses among the three constants in use: "sum" is c = 1, "half" is c = 1/2 (its 2 cancels in the
    derivative) and "mean" is c = 1/K (a mean over outputs too). They differ in the learning rate they call for.
    Up to a constant it is the negative log-likelihood of a Gaussian around `out`. Source: Legendre 1805; Gauss 1809.
    """
    choice("scaling", scaling, ("sum", "half", "mean"))
    (out,) = floats(out=(out, "..."))
    if out.ndim not in (1, 2):
        raise ValueError(f"out must have shape (N,) or (N, K), but its shape is {out.shape}")
    (Y,) = floats(Y=(Y, " ".join(map(str, out.shape))))
    outputs = out.shape[1] if out.ndim == 2 else 1
    c = {"sum": 1.0, "half": 0.5, "mean": 1 / outputs}[scaling] / len(out)
    error = out - Y
    return float(c * (error**2).sum()), (error, c)


def squared_error_backward(cache: Cache) -> np.ndarray:
    """2 c (out - Y) / N, of the shape of out."""
    error, c = cache
    return 2 * c * error


def binary_cross_entropy_forward(z: np.ndarray, y: np.ndarray) -> tuple[float, Cache]:
    """Mean of -y log p - (1 - y) log(1 - p) with p = sigmoid(z), for logits z (N,) and labels y (N,) of 0 and 1.

    Computed as softplus(z) - y z, which is the same and safe for every z. Both may also be (N, 1). A y between 0 and
    1 is taken as a probability. Source: Cox 1958 (the likelihood of logistic regression).
    """
    (z,) = floats(z=(z, "..."))
    if z.ndim != 1 and z.shape[1:] != (1,):
        raise ValueError(f"z must have shape (N,) or (N, 1), but its shape is {z.shape}")
    (y,) = floats(y=(y, " ".join(map(str, z.shape))))
    if y.min() < 0 or y.max() > 1:
        wrong = y.flat[np.argmax((y < 0) | (y > 1))]
        raise ValueError(f"y must hold labels 0 and 1 (or probabilities between them), but it holds {wrong:g}")
    y = y.astype(z.dtype)
    return float((activations.softplus(z) - y * z).mean()), (z, y)


def binary_cross_entropy_backward(cache: Cache) -> np.ndarray:
    """dz = (sigmoid(z) - y) / N, of the shape of z."""
    z, y = cache
    return (activations.sigmoid(z) - y) / len(z)


def softmax_cross_entropy_forward(z: np.ndarray, y: np.ndarray) -> tuple[float, Cache]:
    """Mean of -log p_y with p = softmax(z), for logits z (N, K) and classes y.

    `y` is (N,) class numbers in 0 .. K - 1 or (N, K) rows of probabilities that sum to 1, such as one-hot rows.
    Source: Bridle 1990.
    """
    (z,) = floats(z=(z, "N K"))
    target = one_hot_rows(y, *z.shape, z.dtype)
    log_p = log_softmax(z)
    return float(-(target * log_p).sum() / len(z)), (log_p, target)


def softmax_cross_entropy_backward(cache: Cache) -> np.ndarray:
    """dz = (softmax(z) - onehot(y)) / N, (N, K)."""
    log_p, target = cache
    return (np.exp(log_p) - target) / len(log_p)


def log_softmax(z: np.ndarray) -> np.ndarray:
    """log softmax(z) = z - log sum_j exp(z_j) along the last axis, for z (N, K) or (K,)."""
    (z,) = floats(z=(z, "..."))
    if z.ndim not in (1, 2):
        raise ValueError(f"z must have shape (N, K) or (K,), but its shape is {z.shape}")
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def one_hot_rows(y: np.ndarray, N: int, K: int, dtype: type = np.float64) -> np.ndarray:
    """Return the targets y, (N,) class numbers or (N, K) rows of probabilities, as (N, K) rows."""
    if np.ndim(y) == 2:
        (rows,) = floats(y=(y, f"{N} {K}"))
        if rows.min() < 0 or np.abs(rows.sum(axis=1) - 1).max() > 1e-5:
            raise ValueError("y must have rows of probabilities that sum to 1, such as one-hot rows")
        return rows.astype(dtype)
    rows = np.zeros((N, K), dtype)
    rows[np.arange(N), labels("y", y, N, K)] = 1
    return rows


def l2_penalty_forward(W: np.ndarray, C: float) -> tuple[float, Cache]:
    """C / 2 * sum(W^2), for W of any shape and C >= 0. Biases are left free. Source: Krogh & Hertz 1992."""
    (W,) = floats(W=(W, "..."))
    C = number("C", C, 0)
    return float(C / 2 * (W**2).sum()), (W, C)


def l2_penalty_backward(cache: Cache) -> np.ndarray:
    """dW = C W."""
    W, C = cache
    return C * W


@dataclass(frozen=True)
class OutputUnit:
    """What goes together at the top of a network: the unit, the distribution it parametrises, and the loss.

    `activation` turns the last layer's logits into the distribution's parameter. The loss is the distribution's
    negative log-likelihood, and so the delta at the logits is (output - target) / N for all three.
    """

    name: str
    activation: str
    distribution: str
    loss: str
    output_formula: str
    loss_formula: str
    task: str


OUTPUT_UNITS: dict[str, OutputUnit] = {
    unit.name: unit
    for unit in (
        OutputUnit(
            name="linear",
            activation="identity",
            distribution="Gaussian",
            loss="squared_error",
            output_formula="z",
            loss_formula=r"\frac{1}{2} \sum_k (z_k - y_k)^2",
            task="regression",
        ),
        OutputUnit(
            name="sigmoid",
            activation="sigmoid",
            distribution="Bernoulli",
            loss="binary_cross_entropy",
            output_formula=r"\sigma(z)",
            loss_formula=r"-y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))",
            task="two classes",
        ),
        OutputUnit(
            name="softmax",
            activation="softmax",
            distribution="categorical",
            loss="softmax_cross_entropy",
            output_formula=r"e^{z_k} / \sum_j e^{z_j}",
            loss_formula=r"-\log \mathrm{softmax}(z)_y",
            task="K classes",
        ),
    )
}
