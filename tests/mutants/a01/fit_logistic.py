import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("01_logistic_regression", "fit_logistic")


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def log_loss(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def gradient(w, b, X, y):
    error = sigmoid(X @ w + b) - y
    return X.T @ error / len(y), error.mean()


@answers.right
def plain(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, np.zeros(steps)
    for t in range(steps):
        losses[t] = log_loss(w, b, X, y)
        dw, db = gradient(w, b, X, y)
        w -= learning_rate * dw
        b -= learning_rate * db
    return w, b, losses


@answers.right
def appended(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0, []
    while len(losses) < steps:
        losses.append(log_loss(w, b, X, y))
        dw, db = gradient(w, b, X, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return [w, b, np.asarray(losses)]


@answers.right
def one_vector(X, y, learning_rate, steps):
    X1 = np.column_stack([np.ones(len(y)), X])
    theta, losses = np.zeros(X1.shape[1]), np.empty(steps)
    for t in range(steps):
        losses[t] = log_loss(theta, 0.0, X1, y)
        theta = theta - learning_rate * gradient(theta, 0.0, X1, y)[0]
    return theta[1:], float(theta[0]), losses


@answers.right
def ascent_on_the_likelihood(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, np.zeros(steps)
    for t in range(steps):
        losses[t] = log_loss(w, b, X, y)
        error = y - sigmoid(X @ w + b)
        w, b = w + learning_rate / len(y) * (error @ X), b + learning_rate * np.mean(error)
    return w, b, losses


def _train(X, y, rate, steps, after=False, use_bias=True):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(steps):
        losses.append(log_loss(w, b, X, y))
        dw, db = gradient(w, b, X, y)
        w, b = w - rate * dw, b - rate * db * use_bias
        if after:
            losses[-1] = log_loss(w, b, X, y)
    return w, b, np.array(losses)


@answers.wrong("loss-after-step")
def records_late(X, y, learning_rate, steps):
    return _train(X, y, learning_rate, steps, after=True)


@answers.wrong("sign")
def climbs(X, y, learning_rate, steps):
    return _train(X, y, -learning_rate, steps)


@answers.wrong("learning-rate-changed")
def fixed_rate(X, y, learning_rate, steps):
    return _train(X, y, 0.1, steps)


@answers.wrong("bias-missing")
def bias_stays(X, y, learning_rate, steps):
    return _train(X, y, learning_rate, steps, use_bias=False)


@answers.wrong("off-by-one")
def one_too_few(X, y, learning_rate, steps):
    w, b, _ = _train(X, y, learning_rate, steps - 1)
    return w, b, _train(X, y, learning_rate, steps)[2]


@answers.wrong("sgd-instead-of-batch")
def one_at_a_time(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, np.zeros(steps)
    for t in range(steps):
        losses[t] = log_loss(w, b, X, y)
        for x, label in zip(X, y, strict=True):
            dw, db = gradient(w, b, x[None], np.array([label]))
            w, b = w - learning_rate * dw, b - learning_rate * db
    return w, b, losses


@answers.wrong("stale-weights")
def bias_sees_new_weights(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, np.zeros(steps)
    for t in range(steps):
        losses[t] = log_loss(w, b, X, y)
        w = w - learning_rate * gradient(w, b, X, y)[0]
        b = b - learning_rate * gradient(w, b, X, y)[1]
    return w, b, losses


@answers.wrong("uses-random")
def random_start(X, y, learning_rate, steps):
    w, b, losses = 0.01 * np.random.default_rng().normal(size=X.shape[1]), 0.0, np.zeros(steps)
    for t in range(steps):
        losses[t] = log_loss(w, b, X, y)
        dw, db = gradient(w, b, X, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return w, b, losses


@answers.wrong("returns-list-order-swapped")
def losses_first(X, y, learning_rate, steps):
    w, b, losses = _train(X, y, learning_rate, steps)
    return losses, w, b


@answers.wrong("missing-mean")
def sums(X, y, learning_rate, steps):
    return _train(X, y, learning_rate * len(X), steps)
