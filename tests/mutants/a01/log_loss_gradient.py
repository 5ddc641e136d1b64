import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("01_logistic_regression", "log_loss_gradient")


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def log_loss(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


@answers.right
def matrix(w, b, X, y):
    dz = (sigmoid(X @ w + b) - y) / X.shape[0]
    return dz @ X, dz.sum()


@answers.right
def loop(w, b, X, y):
    dw, db = np.zeros(len(w)), 0.0
    for x, label in zip(X, y, strict=True):
        error = float(sigmoid(np.array(x @ w + b))) - label
        dw += error * x / len(y)
        db += error / len(y)
    return dw, float(db)


@answers.right
def einsum(w, b, X, y):
    error = sigmoid(X.dot(w) + b) - y
    return [np.einsum("nd,n->d", X, error) / len(y), np.mean(error)]


@answers.right
def bias_as_a_column(w, b, X, y):
    X1 = np.hstack([X, np.ones((len(X), 1))])
    gradient = X1.T @ (sigmoid(X1 @ np.append(w, b)) - y) / len(y)
    return gradient[:-1], float(gradient[-1])


@answers.right
def mean_of_products(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return (error[:, np.newaxis] * X).mean(axis=0), error.mean()


@answers.wrong("sign")
def ascent(w, b, X, y):
    error = y - sigmoid(X @ w + b)
    return X.T @ error / len(y), error.mean()


@answers.wrong("missing-mean")
def sums(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return X.T @ error, error.sum()


@answers.wrong("extra-mean")
def twice_mean(w, b, X, y):
    error = (sigmoid(X @ w + b) - y) / len(y)
    return X.T @ error / len(y), error.mean()


@answers.wrong("divides-by-wrong-count")
def over_features(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return X.T @ error / X.shape[1], error.sum() / X.shape[1]


@answers.wrong("bias-missing")
def no_bias(w, b, X, y):
    error = sigmoid(X @ w) - y
    return X.T @ error / len(y), error.mean()


@answers.wrong("bias-not-summed")
def vector_bias(w, b, X, y):
    error = (sigmoid(X @ w + b) - y) / len(y)
    return X.T @ error, error


@answers.wrong("extra-activation-derivative")
def squared(w, b, X, y):
    p = sigmoid(X @ w + b)
    error = (p - y) * p * (1 - p)
    return X.T @ error / len(y), error.mean()


@answers.wrong("loop-overwrites-accumulator")
def overwrites(w, b, X, y):
    for n in range(len(y)):
        error = (sigmoid(X[n : n + 1] @ w + b)[0] - y[n]) / len(y)
        dw = error * X[n]
        db = error
    return dw, db


@answers.wrong("numeric-differentiation")
def central(w, b, X, y, h=1e-5):
    dw = np.zeros_like(w)
    for j in range(len(w)):
        step = np.zeros_like(w)
        step[j] = h
        dw[j] = (log_loss(w + step, b, X, y) - log_loss(w - step, b, X, y)) / (2 * h)
    return dw, (log_loss(w, b + h, X, y) - log_loss(w, b - h, X, y)) / (2 * h)


@answers.wrong("numeric-differentiation")
def imaginary(w, b, X, y, h=1e-30):
    def loss(w, b):
        z = X @ w + b
        big = np.where(z.real > 0, z, 0)
        return np.mean(big - y * z + np.log(np.exp(-big) + np.exp(z - big)))

    dw = np.array([loss(w + 1j * h * row, b).imag / h for row in np.eye(len(w))])
    return dw, loss(w, b + 1j * h).imag / h


@answers.wrong("returns-list-order-swapped")
def bias_first(w, b, X, y):
    error = (sigmoid(X @ w + b) - y) / len(y)
    return error.sum(), X.T @ error


@answers.wrong("returns-wrong-shape")
def column(w, b, X, y):
    error = (sigmoid(X @ w + b) - y)[:, None] / len(y)
    return X.T @ error, float(error.sum())


@answers.wrong("uses-prediction-not-probability")
def perceptron(w, b, X, y):
    error = ((sigmoid(X @ w + b) > 0.5) - y) / len(y)
    return X.T @ error, error.sum()


@answers.wrong("activation-missing")
def linear(w, b, X, y):
    error = (X @ w + b - y) / len(y)
    return X.T @ error, error.sum()


@answers.wrong("mutates-input")
def centres_labels(w, b, X, y):
    X /= len(y)
    error = sigmoid(X @ w * len(y) + b) - y
    return X.T @ error, error.mean()


@answers.wrong("sign", "missing-mean")
def climbs_and_sums(w, b, X, y):
    error = y - sigmoid(X @ w + b)
    return X.T @ error, error.sum()


@answers.wrong("bias-missing", "sign")
def climbs_without_bias(w, b, X, y):
    error = y - sigmoid(X @ w)
    return X.T @ error / len(y), error.mean()


@answers.wrong("overflow")
def fragile(w, b, X, y):
    error = 1 / (1 + np.exp(-(X @ w + b))) - y
    return X.T @ error / len(y), error.mean()
