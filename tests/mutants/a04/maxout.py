"""Maxout: each backward pass is examined with the forward pass of its own module, here one that all can use."""

import numpy as np

from tests.mutants.marks import Mutants

forward = Mutants("04_activations", "maxout_forward")
backward = Mutants("04_activations", "maxout_backward")


@forward.right
def reshaped(z, k):
    N, width = z.shape
    groups = z.reshape(N, width // k, k)
    return groups.max(axis=-1), groups


@forward.right
def sliced(z, k):
    parts = np.stack([z[:, j::k] for j in range(k)])
    return parts.max(axis=0), {"parts": parts}


@forward.right
def looped(z, k):
    N, n = z.shape[0], z.shape[1] // k
    out, winners = np.empty((N, n)), np.empty((N, n), dtype=int)
    for i in range(N):
        for g in range(n):
            group = z[i, g * k : (g + 1) * k]
            winners[i, g] = group.argmax()
            out[i, g] = group[winners[i, g]]
    return out, (winners, k)


@forward.right
def reduced(z, k):
    return [np.maximum.reduceat(z, np.arange(0, z.shape[1], k), axis=1), z.reshape(len(z), -1, k)]


def maxout_backward(dout, cache):
    """The backward pass of the four above, whose caches differ."""
    if isinstance(cache, dict):
        winners, k = cache["parts"].argmax(axis=0), len(cache["parts"])
    elif isinstance(cache, tuple):
        winners, k = cache
    else:
        winners, k = cache.argmax(axis=2), cache.shape[2]
    return (dout[..., None] * np.eye(k)[winners]).reshape(len(dout), -1)


@forward.wrong("wrong-grouping")
def strided(z, k):
    return z.reshape(len(z), k, -1).max(axis=1), None


@forward.wrong("initial-max-zero")
def from_zero(z, k):
    out = np.zeros((len(z), z.shape[1] // k))
    for j in range(k):
        out = np.maximum(out, z[:, j::k])
    return out, None


@forward.wrong("hard-coded-shape")
def pairs(z, k):
    return np.maximum(z[:, 0::2][:, : z.shape[1] // 2], z[:, 1::2]), None


@forward.wrong("wrong-formula")
def places(z, k):
    return z.reshape(len(z), -1, k).argmax(axis=2).astype(float), None


@forward.wrong("wrong-formula")
def largest_in_size(z, k):
    return np.abs(z.reshape(len(z), -1, k)).max(axis=2), None


def maxout_forward(z, k):
    return z.reshape(len(z), -1, k).max(axis=2), (z.copy(), k)


@backward.right
def one_hot_winner(dout, cache):
    z, k = cache
    groups = z.reshape(len(z), -1, k)
    return (dout[..., None] * np.eye(k)[groups.argmax(axis=2)]).reshape(z.shape)


@backward.right
def put(dout, cache):
    z, k = cache
    dz = np.zeros((len(z), z.shape[1] // k, k))
    np.put_along_axis(dz, z.reshape(dz.shape).argmax(axis=2)[..., None], dout[..., None], axis=2)
    return dz.reshape(z.shape)


@backward.right
def loops(dout, cache):
    z, k = cache
    dz = np.zeros(z.shape)
    for i in range(dout.shape[0]):
        for g in range(dout.shape[1]):
            dz[i, g * k + int(np.argmax(z[i, g * k : (g + 1) * k]))] = dout[i, g]
    return dz


@backward.right
def flat_index(dout, cache):
    z, k = cache
    N, n = dout.shape
    columns = np.arange(n) * k + z.reshape(N, n, k).argmax(axis=2)
    dz = np.zeros_like(z)
    dz[np.arange(N)[:, None], columns] = dout
    return dz


def spread(dout, cache, choose):
    z, k = cache
    groups = z.reshape(len(z), -1, k)
    return (dout[..., None] * choose(groups)).reshape(z.shape)


def tied(groups):
    return groups == groups.max(axis=2, keepdims=True)


@backward.wrong("tie-goes-to-all")
def all_of_them(dout, cache):
    return spread(dout, cache, tied)


@backward.wrong("gradient-divided-on-tie")
def shared(dout, cache):
    return spread(dout, cache, lambda groups: tied(groups) / tied(groups).sum(axis=2, keepdims=True))


@backward.wrong("tie-goes-to-last")
def last(dout, cache):
    return spread(dout, cache, lambda g: np.eye(g.shape[2])[g.shape[2] - 1 - g[:, :, ::-1].argmax(axis=2)])


@backward.wrong("upstream-ignored")
def only_ones(dout, cache):
    return spread(np.ones_like(dout), cache, lambda g: np.eye(g.shape[2])[g.argmax(axis=2)])


@backward.wrong("index-offset-missing")
def forgets_offset(dout, cache):
    z, k = cache
    dz = np.zeros(z.shape)
    winners = z.reshape(len(z), -1, k).argmax(axis=2)
    for i in range(dout.shape[0]):
        for g in range(dout.shape[1]):
            dz[i, winners[i, g]] += dout[i, g]
    return dz


@backward.wrong("wrong-derivative-formula")
def to_everyone(dout, cache):
    return np.repeat(dout, cache[1], axis=1)


@backward.wrong("sign")
def negative(dout, cache):
    return -one_hot_winner(dout, cache)


@backward.wrong("wrong-grouping")
def strided_groups(dout, cache):
    z, k = cache
    s = z.reshape(len(z), k, -1)
    first = np.arange(k)[None, :, None] == s.argmax(axis=1)[:, None, :]
    return (dout[:, None, :] * first).reshape(z.shape)


@backward.wrong("mutates-input")
def scales_dout(dout, cache):
    dz = one_hot_winner(dout, cache)
    dout *= 0
    return dz
