import numpy as np

from tests.mutants.marks import Mutants

soft = Mutants("03_softmax", "softmax")
log_soft = Mutants("03_softmax", "log_softmax")
entropy = Mutants("03_softmax", "cross_entropy")


@soft.right
def usual(z, temperature=1.0):
    e = np.exp((z - np.max(z, axis=-1, keepdims=True)) / temperature)
    return e / np.sum(e, axis=-1, keepdims=True)


@soft.right
def through_logs(z, temperature=1.0):
    s = z / temperature
    m = s.max(-1, keepdims=True)
    return np.exp(s - m - np.log(np.exp(s - m).sum(-1, keepdims=True)))


@soft.right
def row_by_row(z, temperature=1.0):
    if z.ndim == 1:
        shifted = (z - max(z)) / temperature
        return np.exp(shifted) / sum(np.exp(shifted))
    return np.array([row_by_row(row, temperature) for row in z])


@soft.right
def transposed(z, temperature=1.0):
    s = z.T / temperature
    e = np.exp(s - s.max(axis=0))
    return (e / e.sum(axis=0)).T


@soft.right
def pairwise_differences(z, temperature=1.0):
    with np.errstate(over="ignore"):
        return 1 / np.exp((z[..., None, :] - z[..., :, None]) / temperature).sum(axis=-1)


@soft.wrong("overflow")
def naive(z, temperature=1.0):
    e = np.exp(z / temperature)
    return e / e.sum(axis=-1, keepdims=True)


@soft.wrong("temperature-multiplies")
def inverse_temperature(z, temperature=1.0):
    e = np.exp(temperature * (z - z.max(axis=-1, keepdims=True)))
    return e / e.sum(axis=-1, keepdims=True)


@soft.wrong("temperature-ignored")
def no_temperature(z, temperature=1.0):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@soft.wrong("global-max-underflow")
def one_maximum(z, temperature=1.0):
    e = np.exp((z - z.max()) / temperature)
    return e / e.sum(axis=-1, keepdims=True)


@soft.wrong("wrong-axis")
def columns(z, temperature=1.0):
    s = z / temperature
    e = np.exp(s - s.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@soft.wrong("clipped-values")
def clipped(z, temperature=1.0):
    e = np.exp(np.clip(z / temperature, -500, 500))
    return e / e.sum(axis=-1, keepdims=True)


@soft.wrong("mutates-input")
def in_place(z, temperature=1.0):
    z -= z.max(axis=-1, keepdims=True)
    z /= temperature
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


@log_soft.right
def shifted(z):
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.sum(np.exp(s), axis=-1, keepdims=True))


@log_soft.right
def reduced(z):
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


@log_soft.right
def with_flat_maximum(z):
    m = np.amax(z, axis=-1)
    total = m + np.log(np.exp(z - m[..., None]).sum(axis=-1))
    return z - total[..., np.newaxis]


@log_soft.right
def loop(z):
    out = np.empty(z.shape)
    rows, results = np.atleast_2d(z), out.reshape(np.atleast_2d(z).shape)
    for n, row in enumerate(rows):
        results[n] = row - row.max() - np.log(sum(np.exp(v - row.max()) for v in row))
    return out


@log_soft.wrong("log-of-zero")
def log_of_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))


@log_soft.wrong("overflow")
def unshifted(z):
    return z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))


@log_soft.wrong("clipped-values")
def with_epsilon(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True) + 1e-12)


@log_soft.wrong("wrong-axis")
def along_columns(z):
    s = z - z.max(axis=0, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=0, keepdims=True))


@log_soft.wrong("wrong-log-base")
def base_two(z):
    s = z - z.max(axis=-1, keepdims=True)
    return (s - np.log(np.exp(s).sum(axis=-1, keepdims=True))) / np.log(2)


@log_soft.wrong("sign")
def negative(z):
    return np.logaddexp.reduce(z, axis=-1, keepdims=True) - z


@entropy.right
def picked(z, y):
    s = z - z.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean()


@entropy.right
def log_sum_exp(z, y):
    m = z.max(axis=1)
    return np.mean(m + np.log(np.exp(z - m[:, None]).sum(axis=1)) - np.take_along_axis(z, y[:, None], 1)[:, 0])


@entropy.right
def hot(z, y):
    targets = np.zeros(z.shape)
    targets[np.arange(z.shape[0]), y] = 1
    return float(np.sum(np.logaddexp.reduce(z, axis=1) - np.sum(targets * z, axis=1)) / z.shape[0])


@entropy.right
def loop_over_examples(z, y):
    total = 0.0
    for row, label in zip(z, y, strict=True):
        total += np.log(np.sum(np.exp(row - row.max()))) + row.max() - row[label]
    return total / len(y)


@entropy.wrong("missing-mean")
def total_loss(z, y):
    return np.sum(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


@entropy.wrong("sign")
def log_likelihood(z, y):
    return np.mean(z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1))


@entropy.wrong("one-hot-off-by-one")
def counts_from_one(z, y):
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y - 1])


@entropy.wrong("log-of-zero")
def probabilities(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


@entropy.wrong("clipped-values")
def safe_log(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = np.clip(e / e.sum(axis=1, keepdims=True), 1e-15, 1 - 1e-15)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


@entropy.wrong("broadcast-bug")
def all_pairs(z, y):
    return np.mean(np.logaddexp.reduce(z, axis=1, keepdims=True) - z[:, y])


@entropy.wrong("divides-by-wrong-count")
def over_everything(z, y):
    return np.sum(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]) / z.size


@entropy.wrong("wrong-log-base")
def bits(z, y):
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]) / np.log(2.0)
