"""Where the weights start: each function returns W (n_in, n_out), float64. Biases start at 0.

`n_in` and `n_out` are whole numbers of at least 1 and `seed` is a whole number or a numpy.random.Generator; anything
else is a TypeError or ValueError.
"""

from collections.abc import Callable

import numpy as np

from mlpkit.arguments import generator, number, whole

Seed = int | np.random.Generator


def zeros(n_in: int, n_out: int, seed: Seed = 0) -> np.ndarray:
    """All weights 0: every hidden unit then has the same gradient, and they stay alike for ever."""
    return np.zeros(_shape(n_in, n_out))


def small_normal(n_in: int, n_out: int, seed: Seed = 0, std: float = 0.01) -> np.ndarray:
    """Normal with mean 0 and standard deviation `std`: breaks the symmetry, but signals shrink layer by layer."""
    return number("std", std, 0) * generator(seed).standard_normal(_shape(n_in, n_out))


def xavier(n_in: int, n_out: int, seed: Seed = 0) -> np.ndarray:
    """Normal with mean 0 and variance 2 / (n_in + n_out), made for tanh. Source: Glorot & Bengio 2010."""
    return small_normal(n_in, n_out, seed, np.sqrt(2 / sum(_shape(n_in, n_out))))


def he(n_in: int, n_out: int, seed: Seed = 0) -> np.ndarray:
    """Normal with mean 0 and variance 2 / n_in, made for ReLU, which lets half through. Source: He et al. 2015."""
    return small_normal(n_in, n_out, seed, np.sqrt(2 / _shape(n_in, n_out)[0]))


def orthogonal(n_in: int, n_out: int, seed: Seed = 0) -> np.ndarray:
    """Orthonormal columns where n_in >= n_out, else rows; every such matrix equally likely. Source: Saxe et al. 2014.

    The signs of a QR decomposition are its own choice; those of R's diagonal undo it (Mezzadri 2007).
    """
    n_in, n_out = _shape(n_in, n_out)
    A = generator(seed).standard_normal((max(n_in, n_out), min(n_in, n_out)))
    Q, R = np.linalg.qr(A)
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    return Q if n_in >= n_out else Q.T


INITIALISATIONS: dict[str, Callable[..., np.ndarray]] = {
    "zeros": zeros,
    "small_normal": small_normal,
    "xavier": xavier,
    "he": he,
    "orthogonal": orthogonal,
}


def _shape(n_in: int, n_out: int) -> tuple[int, int]:
    return whole("n_in", n_in, 1), whole("n_out", n_out, 1)
