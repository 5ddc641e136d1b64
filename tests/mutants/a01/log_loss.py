import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("01_logistic_regression", "log_loss")


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


@answers.right
def logaddexp(w, b, X, y):
    z = X @ w + b
    return np.logaddexp(0, z).mean() - (y * z).mean()


@answers.right
def by_classes(w, b, X, y):
    z = X.dot(w) + b
    return (np.sum(np.logaddexp(0, -z[y == 1])) + np.sum(np.logaddexp(0, z[y == 0]))) / len(y)


@answers.right
def loop(w, b, X, y):
    total = 0.0
    for n in range(X.shape[0]):
        z = float(X[n] @ w + b)
        margin = z if y[n] == 1 else -z
        total += max(0.0, -margin) + float(np.log1p(np.exp(-abs(margin))))
    return total / X.shape[0]


@answers.right
def maximum(w, b, X, y):
    z = np.einsum("nd,d->n", X, w) + b
    return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))


@answers.wrong("missing-mean")
def total(w, b, X, y):
    z = X @ w + b
    return np.sum(np.logaddexp(0, z) - y * z)


@answers.wrong("sign")
def likelihood(w, b, X, y):
    z = X @ w + b
    return np.mean(y * z - np.logaddexp(0, z))


@answers.wrong("log-of-zero")
def of_probabilities(w, b, X, y):
    p = sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@answers.wrong("overflow")
def naive(w, b, X, y):
    z = X @ w + b
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@answers.wrong("clipped-values")
def epsilon(w, b, X, y):
    p = np.clip(sigmoid(X @ w + b), 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@answers.wrong("wrong-log-base")
def bits(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) / np.log(2)


@answers.wrong("labels-swapped")
def swapped(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - (1 - y) * z)


@answers.wrong("bias-missing")
def without_bias(w, b, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)


@answers.wrong("missing-term")
def only_positive(w, b, X, y):
    return np.mean(y * np.logaddexp(0, -(X @ w + b)))


@answers.wrong("divides-by-wrong-count")
def over_features(w, b, X, y):
    z = X @ w + b
    return np.sum(np.logaddexp(0, z) - y * z) / X.shape[1]


@answers.wrong("broadcast-bug")
def column_labels(w, b, X, y):
    z = X @ w.reshape(-1, 1) + b
    return np.mean(np.logaddexp(0, z) - y * z)


@answers.wrong("sign", "missing-mean")
def two_mistakes(w, b, X, y):
    z = X @ w + b
    return np.sum(y * z - np.logaddexp(0, z))
