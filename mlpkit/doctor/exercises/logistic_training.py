"""Assignment 1: fit_logistic, judged by every step it takes and by the losses it records."""

import numpy as np

from mlpkit.activations import sigmoid as stable_sigmoid
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.logistic_regression import ID, losses_of, some_data


def _fit_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, D, rate, steps in [(17, 3, 0.7, 6), (8, 2, 0.2, 3), (12, 5, 1.3, 1), (9, 4, 0.0, 4)]:
        X, y = some_data(rng, N, D)
        about = Case.about if rate else "learning rate 0"
        cases.append(Case((X + 0.5, y, rate, steps), about, {"N": N, "D": D, "steps": steps}, 1e-8, 1e-12))
    X, y = some_data(rng, 10, 2)
    cases.append(
        Case((X, y.astype(np.int64), 0.4, 5), "labels of type int64", {"N": 10, "D": 2, "steps": 5}, 1e-8, 1e-12)
    )
    return cases


def _observe_fit(function, X, y, learning_rate, steps):
    answer = function(X, y, learning_rate, steps)
    if isinstance(answer, (list, tuple)) and len(answer) == 3 and isinstance(answer[1], (float, int)):
        # A bias that starts as the number 0 and never moves may be an int.
        return answer[0], float(answer[1]), answer[2]
    return answer


fit_logistic = Exercise(
    ID,
    "fit_logistic",
    arguments="X, y, learning_rate, steps",
    cases=_fit_cases,
    parts="w, b, losses",
    observe=_observe_fit,
)


def _fit(X, y, learning_rate, steps, *, error=None, record="before", start=0.0, bias=True, order=None):
    """Return (w, b, losses) of gradient descent; the keywords are the mistakes one can make in it."""
    error = error or (lambda z, y: (stable_sigmoid(z) - y) / len(y))
    w, b, losses = np.full(X.shape[1], start), 0.0, []
    for step in range(steps):
        if record == "before":
            losses.append(np.mean(losses_of(X @ w + b, y)))
        for rows in [slice(None)] if order is None else order(len(y), step):
            dz = error(X[rows] @ w + b, y[rows])
            w = w - learning_rate * (X[rows].T @ dz)
            b = b - learning_rate * np.sum(dz) * bias
        if record == "after":
            losses.append(np.mean(losses_of(X @ w + b, y)))
    return w, b, np.array(losses)


@fit_logistic.reference
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps)


@fit_logistic.mistake("loss-after-step", "losses[0] is the loss before anything was learned.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, record="after")


@fit_logistic.mistake("sign", "the loss goes up: descent goes against the gradient.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, -learning_rate, steps)


@fit_logistic.mistake("missing-mean", "the steps are N times too long: the loss is a mean.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate * len(y), steps)


@fit_logistic.mistake("extra-mean", "the steps are N times too short: is the mean taken twice?")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate / len(y), steps)


@fit_logistic.mistake("bias-missing", "the bias learns as well.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, bias=False)


@fit_logistic.mistake("sgd-instead-of-batch", "one step is one gradient over all the data, not one per example.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, order=lambda N, step: [slice(n, n + 1) for n in range(N)])


@fit_logistic.mistake("sgd-instead-of-batch", "each step uses all the data, not one example.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, order=lambda N, step: [slice(step % N, step % N + 1)])


@fit_logistic.mistake(
    "stale-weights", "w was already new when the bias' gradient was taken: compute both, then step."
)
def _(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _step in range(steps):
        losses.append(np.mean(losses_of(X @ w + b, y)))
        w = w - learning_rate * X.T @ (stable_sigmoid(X @ w + b) - y) / len(y)
        b = b - learning_rate * np.mean(stable_sigmoid(X @ w + b) - y)
    return w, b, np.array(losses)


@fit_logistic.mistake("off-by-one", "that is one step too few.")
def _(X, y, learning_rate, steps):
    return *_fit(X, y, learning_rate, steps - 1)[:2], _fit(X, y, learning_rate, steps)[2]


@fit_logistic.mistake("off-by-one", "losses holds steps entries, one before each step.")
def _(X, y, learning_rate, steps):
    return *_fit(X, y, learning_rate, steps)[:2], _fit(X, y, learning_rate, steps + 1)[2]


@fit_logistic.mistake("off-by-one", "that is one step too many.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps + 1)


for _rate in (0.001, 0.01, 0.1, 0.5, 1.0):

    @fit_logistic.mistake("learning-rate-changed", "the learning rate that was given is not the one that is used.")
    def _(X, y, learning_rate, steps, rate=_rate):
        return _fit(X, y, rate, steps)


@fit_logistic.mistake(
    "learning-rate-changed", "the learning rate shrinks from step to step; it should stay as given."
)
def _(X, y, learning_rate, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for step in range(steps):
        losses.append(np.mean(losses_of(X @ w + b, y)))
        dz = (stable_sigmoid(X @ w + b) - y) / len(y)
        w, b = w - learning_rate / (step + 1) * (X.T @ dz), b - learning_rate / (step + 1) * np.sum(dz)
    return w, b, np.array(losses)


@fit_logistic.mistake("extra-activation-derivative", "a factor p (1 - p) is left over in the gradient.")
def _(X, y, learning_rate, steps):
    def error(z, y):
        p = stable_sigmoid(z)
        return (p - y) * p * (1 - p) / len(y)

    return _fit(X, y, learning_rate, steps, error=error)


@fit_logistic.mistake(
    "uses-prediction-not-probability", "the error is p - y with the probability p, not with the decision."
)
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, error=lambda z, y: ((z > 0) - y) / len(y))


@fit_logistic.mistake("wrong-formula", "the learning starts from zeros.")
def _(X, y, learning_rate, steps):
    return _fit(X, y, learning_rate, steps, start=1.0)
