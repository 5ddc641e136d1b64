"""Layers as pure pairs: `X_forward(...) -> (out, cache)` and `X_backward(dout, cache) -> gradients`.

One example is one row. `dout` is the gradient of the loss with respect to the layer's output, and every gradient has
the shape of what it is taken with respect to. Nothing changes its arguments; a cache can be used more than once.
float32 stays float32. Everything raises TypeError for what is no array of real numbers, and ValueError for a wrong
shape, an empty array, NaN or infinity.
"""

import numpy as np

from mlpkit import activations
from mlpkit.arguments import choice, floats, generator, number, whole

Cache = tuple


def linear_forward(h: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Cache]:
    """z = h @ W + b, for h (N, n_in), W (n_in, n_out), b (n_out,). Returns z (N, n_out) and the cache."""
    h, W, b = floats(h=(h, "N n_in"), W=(W, "n_in n_out"), b=(b, "n_out"))
    return h @ W + b, (h, W)


def linear_backward(dz: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(dh, dW, db) = (dz W^T, h^T dz, sum of dz over examples), for dz (N, n_out)."""
    h, W = cache
    dz = _gradient_like(dz, (len(h), W.shape[1]), "dz")
    return dz @ W.T, h.T @ dz, dz.sum(axis=0)


def activation_forward(z: np.ndarray, name: str) -> tuple[np.ndarray, Cache]:
    """h = f(z) for f = ACTIVATIONS[name].function and z of any shape."""
    f = activations.ACTIVATIONS[choice("name", name, tuple(activations.ACTIVATIONS))]
    (z,) = floats(z=(z, "..."))
    return f.function(z), (z, f.derivative)


def activation_backward(dh: np.ndarray, cache: Cache) -> np.ndarray:
    """dz = dh * f'(z)."""
    z, derivative = cache
    return _gradient_like(dh, z.shape, "dh") * derivative(z)


def prelu_forward(z: np.ndarray, a: float) -> tuple[np.ndarray, Cache]:
    """Parametric ReLU, z where z > 0, else a z, for z of any shape and one slope a. Source: He et al. 2015."""
    (z,) = floats(z=(z, "..."))
    a = number("a", a)
    return activations.prelu(z, a), (z, a)


def prelu_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, float]:
    """(dz, da): da sums over every unit and example, since all of them share the slope."""
    z, a = cache
    dout = _gradient_like(dout, z.shape)
    return dout * activations.prelu_derivative(z, a), float((dout * np.minimum(z, 0)).sum())


def rrelu_forward(
    z: np.ndarray, seed: int | np.random.Generator, low: float = 1 / 8, high: float = 1 / 3
) -> tuple[np.ndarray, Cache]:
    """Randomised ReLU in training: every entry draws its own slope for z <= 0 from the uniform [low, high].

    In use the slope is fixed: `activations.rrelu`. Source: Xu, Wang, Chen & Li 2015.
    """
    (z,) = floats(z=(z, "..."))
    low = number("low", low)
    slope = generator(seed).uniform(low, number("high", high, low), z.shape)
    factor = np.where(z > 0, 1, slope).astype(z.dtype)
    return z * factor, (factor,)


def rrelu_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dz = dout times the slopes that the forward pass drew."""
    (factor,) = cache
    return _gradient_like(dout, factor.shape) * factor


def maxout_forward(z: np.ndarray, k: int) -> tuple[np.ndarray, Cache]:
    """The maximum of each group of k neighbouring columns: z (N, n * k) gives out (N, n).

    A unit of k linear pieces is a convex function that is learned. Source: Goodfellow et al. 2013.
    """
    (z,) = floats(z=(z, "N M"))
    k = whole("k", k, 1)
    if z.shape[1] % k:
        raise ValueError(f"z must have a multiple of k = {k} columns, but its shape is {z.shape}")
    groups = z.reshape(len(z), -1, k)
    return groups.max(axis=2), (groups.argmax(axis=2), k)


def maxout_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dz (N, n * k): the gradient goes to the winner of each group, on a tie to the first."""
    winner, k = cache
    dout = _gradient_like(dout, winner.shape)
    dz = np.zeros((*winner.shape, k), dout.dtype)
    np.put_along_axis(dz, winner[:, :, None], dout[:, :, None], axis=2)
    return dz.reshape(len(dz), -1)


def rbf_forward(h: np.ndarray, centres: np.ndarray, gamma: float) -> tuple[np.ndarray, Cache]:
    """Radial basis functions exp(-gamma |h - c|^2), for h (N, D) and centres (H, D): out (N, H).

    gamma > 0 is in 1 / (units of h)^2. Source: Broomhead & Lowe 1988.
    """
    h, centres = floats(h=(h, "N D"), centres=(centres, "H D"))
    gamma = number("gamma", gamma, 0, low_included=False)
    difference = h[:, None, :] - centres[None, :, :]
    distance2 = (difference**2).sum(axis=2)
    out = np.exp(-gamma * distance2)
    return out, (difference, distance2, gamma, out)


def rbf_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, float]:
    """(dh, dcentres, dgamma), of shapes (N, D), (H, D) and a float."""
    difference, distance2, gamma, out = cache
    g = _gradient_like(dout, out.shape) * out
    dh = -2 * gamma * (g[:, :, None] * difference).sum(axis=1)
    dcentres = 2 * gamma * (g[:, :, None] * difference).sum(axis=0)
    return dh, dcentres, float(-(g * distance2).sum())


def dropout_forward(
    h: np.ndarray, rate: float, seed: int | np.random.Generator, training: bool = True
) -> tuple[np.ndarray, Cache]:
    """Inverted dropout: every entry of h is dropped with probability `rate`, the rest is divided by 1 - rate.

    So the mean is kept, and in use (`training=False`) nothing is to be done. 0 <= rate < 1.
    Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014.
    """
    (h,) = floats(h=(h, "..."))
    rate = number("rate", rate, 0, 1, high_included=False)
    if not training:
        return h.copy(), (np.ones_like(h),)
    kept = generator(seed).random(h.shape) >= rate
    mask = (kept / (1 - rate)).astype(h.dtype)
    return h * mask, (mask,)


def dropout_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dh = dout times the mask of the forward pass."""
    (mask,) = cache
    return _gradient_like(dout, mask.shape) * mask


def softmax_forward(z: np.ndarray, temperature: float = 1.0) -> tuple[np.ndarray, Cache]:
    """p_k = exp(z_k / T) / sum_j exp(z_j / T) along the last axis, for z (N, K) or (K,) and T > 0.

    The largest logit of a row is subtracted first: that changes nothing but keeps every exponential at most 1.
    Sources: Boltzmann 1868; Bridle 1990.
    """
    (z,) = floats(z=(z, "..."))
    if z.ndim not in (1, 2):
        raise ValueError(f"z must have shape (N, K) or (K,), but its shape is {z.shape}")
    T = number("temperature", temperature, 0, low_included=False)
    e = np.exp((z - z.max(axis=-1, keepdims=True)) / T)
    p = e / e.sum(axis=-1, keepdims=True)
    return p, (z, T, p)


def softmax_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, float]:
    """(dz, dT): dz_i = p_i (dout_i - sum_j p_j dout_j) / T, and dT = -sum(dz * z) / T."""
    z, T, p = cache
    dout = _gradient_like(dout, p.shape)
    dz = p * (dout - (p * dout).sum(axis=-1, keepdims=True)) / T
    centred = z - z.max(axis=-1, keepdims=True)  # dz sums to 0 in a row, so a shift of z changes nothing
    return dz, float(-(dz * centred).sum() / T)


def _gradient_like(dout: object, shape: tuple[int, ...], name: str = "dout") -> np.ndarray:
    """Return `dout` as a float array of exactly the output's shape: a gradient never broadcasts."""
    (array,) = floats(**{name: (dout, "...")})
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape of the output, {shape}, but its shape is {array.shape}")
    return array
