import numpy as np

from tests.mutants.marks import Mutants

jacobian = Mutants("03_softmax", "softmax_jacobian")
gradient = Mutants("03_softmax", "cross_entropy_gradient")
temperature_slope = Mutants("03_softmax", "temperature_gradient")


def soft(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def hot(y, K):
    return (y[:, None] == np.arange(K)).astype(float)


@jacobian.right
def outer(z):
    p = soft(z)
    return np.diag(p) - np.outer(p, p)


@jacobian.right
def double_loop(z):
    p, K = soft(z), len(z)
    J = np.empty((K, K))
    for i in range(K):
        for j in range(K):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J


@jacobian.right
def broadcast(z):
    p = soft(z)
    return p[:, None] * (np.eye(p.size) - p)


@jacobian.right
def columns(z):
    p = soft(z)
    return np.stack([p[j] * ((np.arange(len(p)) == j) - p) for j in range(len(p))], axis=1)


@jacobian.wrong("softmax-diagonal-only")
def diagonal(z):
    p = soft(z)
    return np.diag(p * (1 - p))


@jacobian.wrong("softmax-diagonal-only")
def diagonal_vector(z):
    p = soft(z)
    return p * (1 - p)


@jacobian.wrong("sign")
def plus(z):
    p = soft(z)
    return np.diag(p) + np.outer(p, p)


@jacobian.wrong("sign")
def all_negative(z):
    p = soft(z)
    return np.outer(p, p) - np.diag(p)


@jacobian.wrong("missing-term")
def without_diagonal(z):
    p = soft(z)
    return -np.outer(p, p)


@jacobian.wrong("missing-term")
def diagonal_not_reduced(z):
    p = soft(z)
    J = -np.outer(p, p)
    J[np.diag_indices(len(p))] = p
    return J


@jacobian.wrong("activation-missing")
def of_logits(z):
    return np.diag(z) - np.outer(z, z)


@jacobian.wrong("overflow")
def naive(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


@jacobian.wrong("numeric-differentiation")
def differences(z, h=1e-5):
    return np.stack([(soft(z + h * e) - soft(z - h * e)) / (2 * h) for e in np.eye(len(z))], axis=1)


@jacobian.wrong("float32-precision")
def single(z):
    p = soft(z.astype(np.float32))
    return (np.diag(p) - np.outer(p, p)).astype(np.float64)


@gradient.right
def minus_one(z, y):
    dz = soft(z)
    dz[np.arange(len(y)), y] -= 1
    return dz / len(y)


@gradient.right
def with_hot(z, y):
    return (soft(z) - hot(y, z.shape[1])) / z.shape[0]


@gradient.right
def loop(z, y):
    dz = np.zeros(z.shape)
    for n, (row, label) in enumerate(zip(z, y, strict=True)):
        dz[n] = soft(row)
        dz[n, label] -= 1.0
    dz /= len(z)
    return dz


@gradient.right
def through_the_jacobian(z, y):
    p, t = soft(z), hot(y, z.shape[1])
    return (p * t.sum(axis=1, keepdims=True) - t) / len(z)


@gradient.wrong("missing-one-hot-subtraction")
def only_p(z, y):
    return soft(z) / len(y)


@gradient.wrong("missing-mean")
def not_averaged(z, y):
    return soft(z) - hot(y, z.shape[1])


@gradient.wrong("sign")
def target_minus_p(z, y):
    return (hot(y, z.shape[1]) - soft(z)) / len(y)


@gradient.wrong("one-hot-off-by-one")
def shifted(z, y):
    return (soft(z) - np.eye(z.shape[1])[y - 1]) / len(y)


@gradient.wrong("divides-by-wrong-count")
def over_classes(z, y):
    return (soft(z) - hot(y, z.shape[1])) / z.shape[1]


@gradient.wrong("divides-by-wrong-count")
def over_size(z, y):
    return (soft(z) - hot(y, z.shape[1])) / z.size


@gradient.wrong("broadcast-bug")
def every_label(z, y):
    dz = soft(z)
    dz[:, y] -= 1
    return dz / len(y)


@gradient.wrong("extra-activation-derivative")
def with_slope(z, y):
    p = soft(z)
    return (p - hot(y, z.shape[1])) * p * (1 - p) / len(y)


@gradient.wrong("wrong-axis")
def over_columns(z, y):
    return (soft(z.T).T - hot(y, z.shape[1])) / len(y)


@gradient.wrong("global-max-underflow")
def one_maximum(z, y):
    e = np.exp(z - np.max(z))
    return (e / e.sum(axis=1, keepdims=True) - hot(y, z.shape[1])) / len(y)


@gradient.wrong("mutates-input")
def reuses_z(z, y):
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    z[np.arange(len(y)), y] -= 1
    return z / len(y)


@gradient.wrong("sign", "missing-mean")
def both(z, y):
    return hot(y, z.shape[1]) - soft(z)


@temperature_slope.right
def chain(z, y, temperature):
    error = soft(z / temperature) - hot(y, z.shape[1])
    return -np.sum(error * z) / (len(y) * temperature**2)


@temperature_slope.right
def expected_logit(z, y, temperature):
    p = soft(z / temperature)
    return np.mean(z[np.arange(len(y)), y] - np.sum(p * z, axis=1)) / temperature**2


@temperature_slope.right
def through_scaled(z, y, temperature):
    s = z / temperature
    ds = soft(s)
    ds[np.arange(len(y)), y] -= 1
    return float(np.sum(ds / len(y) * (-s / temperature)))


@temperature_slope.right
def one_by_one(z, y, temperature):
    slope = 0.0
    for row, label in zip(z, y, strict=True):
        slope += (row[label] - soft(row / temperature) @ row) / temperature**2
    return slope / len(z)


@temperature_slope.wrong("sign")
def positive(z, y, temperature):
    return np.sum((soft(z / temperature) - hot(y, z.shape[1])) * z) / (len(y) * temperature**2)


@temperature_slope.wrong("missing-temperature-chain-factor")
def no_factor(z, y, temperature):
    return np.sum((soft(z / temperature) - hot(y, z.shape[1])) * z) / len(y)


@temperature_slope.wrong("missing-temperature-chain-factor")
def one_power(z, y, temperature):
    return -np.sum((soft(z / temperature) - hot(y, z.shape[1])) * z) / len(y) / temperature


@temperature_slope.wrong("temperature-ignored")
def at_one(z, y, temperature):
    return -np.sum((soft(z) - hot(y, z.shape[1])) * z) / len(y) / temperature**2


@temperature_slope.wrong("temperature-multiplies")
def alpha(z, y, temperature):
    return np.sum((soft(z * temperature) - hot(y, z.shape[1])) * z) / len(y)


@temperature_slope.wrong("missing-mean")
def summed(z, y, temperature):
    return -np.sum((soft(z / temperature) - hot(y, z.shape[1])) * z) / temperature**2


@temperature_slope.wrong("missing-one-hot-subtraction")
def no_target(z, y, temperature):
    return -np.sum(soft(z / temperature) * z) / len(y) / temperature**2


@temperature_slope.wrong("divides-by-wrong-count")
def mean_of_all(z, y, temperature):
    return -np.mean((soft(z / temperature) - hot(y, z.shape[1])) * z) / temperature**2


@temperature_slope.wrong("numeric-differentiation")
def measured(z, y, temperature, h=1e-5):
    def loss(T):
        return np.mean(np.logaddexp.reduce(z / T, axis=1) - (z / T)[np.arange(len(y)), y])

    return (loss(temperature + h) - loss(temperature - h)) / (2 * h)
