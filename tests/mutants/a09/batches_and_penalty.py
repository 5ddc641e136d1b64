import math

import numpy as np

from tests.mutants.marks import Mutants

batches = Mutants("09_training", "minibatches")
penalty = Mutants("09_training", "l2_gradient")


@batches.right
def slices(N, batch_size, rng):
    order = rng.permutation(N)
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]


@batches.right
def split(N, batch_size, rng):
    return np.split(rng.permutation(N), np.arange(batch_size, N, batch_size))


@batches.right
def shuffled_in_place(N, batch_size, rng):
    order = np.arange(N, dtype=np.int32)
    rng.shuffle(order)
    out = []
    while len(order):
        out.append(order[:batch_size])
        order = order[batch_size:]
    return out


@batches.right
def sorted_keys(N, batch_size, rng):
    order = np.argsort(rng.random(N))
    count = math.ceil(N / batch_size)
    return tuple(order[k * batch_size : min((k + 1) * batch_size, N)] for k in range(count))


@batches.right
def choice(N, batch_size, rng):
    left, out = rng.choice(N, size=N, replace=False), []
    for start in range(0, N, batch_size):
        out.append(np.array(left[start : start + batch_size]))
    return out


@batches.wrong("not-shuffled")
def in_order(N, batch_size, rng):
    return [np.arange(i, min(i + batch_size, N)) for i in range(0, N, batch_size)]


@batches.wrong("not-shuffled")
def with_replacement(N, batch_size, rng):
    return [rng.integers(0, N, size=min(batch_size, N - i)) for i in range(0, N, batch_size)]


@batches.wrong("last-batch-dropped")
def whole_batches_only(N, batch_size, rng):
    order = rng.permutation(N)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(N // batch_size)]


@batches.wrong("seed-ignored")
def global_permutation(N, batch_size, rng):
    order = np.random.permutation(N)  # noqa: NPY002
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]


@batches.wrong("seed-ignored")
def always_the_same(N, batch_size, rng):
    return slices(N, batch_size, np.random.default_rng(0))


@batches.wrong("wrong-formula")
def even_batches(N, batch_size, rng):
    return np.array_split(rng.permutation(N), math.ceil(N / batch_size))


@batches.wrong("returns-wrong-type")
def lists_of_numbers(N, batch_size, rng):
    order = rng.permutation(N).tolist()
    return [order[i : i + batch_size] for i in range(0, N, batch_size)]


@batches.wrong("not-shuffled")
def batches_in_another_order(N, batch_size, rng):
    blocks = in_order(N, batch_size, rng)
    return [blocks[k] for k in rng.permutation(len(blocks))]


@batches.wrong("off-by-one")
def an_empty_one_at_the_end(N, batch_size, rng):
    order = rng.permutation(N)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(N // batch_size + 1)]


@penalty.right
def plain(W, C):
    return C * W


@penalty.right
def from_the_square(W, C):
    return (C / 2) * 2 * W


@penalty.right
def loop(W, C):
    out = np.zeros(W.shape)
    for index, value in np.ndenumerate(W):
        out[index] = C * value
    return out


@penalty.right
def einsum(W, C):
    return np.einsum(",ij->ij", C, W)


@penalty.wrong("l2-missing-half-or-doubled")
def doubled(W, C):
    return 2 * C * W


@penalty.wrong("l2-missing-half-or-doubled")
def halved(W, C):
    return C / 2 * W


@penalty.wrong("l2-missing")
def without_C(W, C):
    return W.copy()


@penalty.wrong("l2-wrong-power")
def lasso(W, C):
    return C * np.sign(W)


@penalty.wrong("l2-wrong-power")
def square(W, C):
    return C * W**2


@penalty.wrong("sign")
def shrinks_the_wrong_way(W, C):
    return -C * W


@penalty.wrong("wrong-formula")
def the_penalty(W, C):
    return C / 2 * np.sum(W**2)


@penalty.wrong("mutates-input")
def in_place(W, C):
    W *= C
    return W


@penalty.wrong("numeric-differentiation")
def differences(W, C):
    out, h = np.zeros_like(W), 1e-5
    for index in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[index] = h
        out[index] = C / 2 * (np.sum((W + step) ** 2) - np.sum((W - step) ** 2)) / (2 * h)
    return out


@penalty.wrong("transpose")
def transposed(W, C):
    return C * W.T


@penalty.wrong("extra-mean")
def mean_penalty(W, C):
    return C * W / W.size


@penalty.wrong("sign", "l2-missing-half-or-doubled")
def two_mistakes(W, C):
    return -2 * C * W
