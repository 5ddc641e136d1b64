"""Assignment 1: sigmoid, log_loss, log_loss_gradient. (fit_logistic is in logistic_training.)"""

import numpy as np

from mlpkit.activations import sigmoid as stable_sigmoid
from mlpkit.doctor.exercise import Case, Exercise

ID = "01_logistic_regression"


def some_labels(rng: np.random.Generator, N: int) -> np.ndarray:
    """Return labels of both classes where N allows it, in no order."""
    y = (rng.random(N) < 0.4).astype(float)
    if N > 1:
        y[:2] = rng.permutation([0.0, 1.0])
    return y


def some_data(rng: np.random.Generator, N: int, D: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(N, D)), some_labels(rng, N)


def with_logits(rng: np.random.Generator, logits: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """Return X (N, D) for which X @ w + b are the given logits, but for rounding."""
    X = rng.normal(size=(len(logits), len(w)))
    return X + np.outer(logits - b - X @ w, w) / (w @ w)


EXTREME = np.array([-1000.0, -900.0, -720.0, -300.0, -40.0, 40.0, 300.0, 720.0, 900.0, 1000.0])


# sigmoid ------------------------------------------------------------------------------------------------------------


def _sigmoid_cases(rng: np.random.Generator) -> list[Case]:
    shapes = [(7,), (5, 3), (1, 4), (2, 3, 4)]
    cases = [Case((rng.normal(scale=3.0, size=shape),), rtol=1e-11, atol=2e-16) for shape in shapes]
    extremes = rng.permutation([-1000.0, -800.0, -60.0, -35.0, 0.0, 35.0, 720.0, 1000.0])
    cases.append(Case((extremes,), "large logits", rtol=1e-9, atol=2e-16))
    # A probability below 1e-300 is right to nine digits or rounded to 0, and not what clipping leaves: see _observe.
    return cases


def _observe_sigmoid(function, z):
    p = function(z)
    if not isinstance(p, np.ndarray) or p.shape != z.shape:
        return {"p": p, "p is right to nine digits or 0 where z <= -60": True}
    far = z <= -60
    truth = np.exp(z[far])
    rounded = (p[far] == 0) | (np.abs(p[far] - truth) <= 1e-9 * truth + 1e-320)
    return {"p": p, "p is right to nine digits or 0 where z <= -60": bool(rounded.all())}


sigmoid = Exercise(ID, "sigmoid", arguments="z", cases=_sigmoid_cases, observe=_observe_sigmoid)


@sigmoid.reference
def _(z):
    return stable_sigmoid(z)


@sigmoid.mistake("sign", "at large positive z the output should be near 1: look at the sign in the exponent.")
def _(z):
    return stable_sigmoid(-z)


@sigmoid.mistake("overflow", "np.exp of a large number is infinite: which exponent stays small for every z?")
def _(z):
    return np.exp(z) / (1 + np.exp(z))


def _clipped(limit):
    def clipped(z):
        return stable_sigmoid(np.clip(z, -limit, limit))

    return clipped


for _limit in (10, 15, 20, 30, 36, 50, 100, 250, 300, 500, 600, 700, 709, 710):
    sigmoid.mistake("clipped-values", "z is clipped: the values beyond are those of the limit, not their own.")(
        _clipped(_limit)
    )


def _bounded(epsilon):
    def bounded(z):
        return np.clip(stable_sigmoid(z), epsilon, 1 - epsilon)

    return bounded


for _epsilon in (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6):
    sigmoid.mistake("clipped-values", "the probabilities are kept away from 0 and 1: very sure is cut off.")(
        _bounded(_epsilon)
    )


@sigmoid.mistake("uses-prediction-not-probability", "the output is a probability between 0 and 1, not a decision.")
def _(z):
    return (z > 0).astype(float)


@sigmoid.mistake("wrong-formula", "this is the hyperbolic tangent, between -1 and 1.")
def _(z):
    return np.tanh(z)


@sigmoid.mistake("wrong-formula", "tanh and sigmoid are cousins: the argument of tanh is half of z.")
def _(z):
    return 0.5 * (1 + np.tanh(z))


@sigmoid.mistake("wrong-derivative-formula", "this is the derivative of the sigmoid.")
def _(z):
    return stable_sigmoid(z) * stable_sigmoid(-z)


# log_loss -----------------------------------------------------------------------------------------------------------


def _loss_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, D in [(11, 4), (6, 3), (1, 2)]:
        X, y = some_data(rng, N, D)
        about = Case.about if N > 1 else "one example"
        cases.append(Case((rng.normal(size=D), float(rng.normal()), X, y), about, {"N": N, "D": D}, rtol=1e-11))
    X, y = some_data(rng, 9, 3)
    cases.append(Case((rng.normal(size=3), 0.7, X, y.astype(np.int64)), "labels of type int64", {"N": 9, "D": 3}))
    w = np.array([3.0, -2.0, 1.0])
    X = with_logits(rng, rng.permutation(EXTREME), w, 1.5)
    for y in (some_labels(rng, 10), np.zeros(10), np.ones(10)):
        cases.append(Case((w, 1.5, X, y), "large logits", {"N": 10, "D": 3}, 1e-11))
    sure = np.array([[-1000.0], [1000.0], [-40.0], [40.0]])
    right = np.array([0.0, 1.0, 0.0, 1.0])
    for y in (right, 1 - right):
        cases.append(
            Case(
                (np.ones(1), 0.0, sure, y),
                "sure and right" if y is right else "sure and wrong",
                {"N": 4, "D": 1},
                1e-11,
                2e-14,
            )
        )
    return cases


log_loss = Exercise(ID, "log_loss", arguments="w, b, X, y", cases=_loss_cases)


def losses_of(z, y):
    """Return the loss of each example, right for every logit."""
    signed = np.where(y == 1, z, -z)
    return np.logaddexp(0.0, -signed)


@log_loss.reference
def _(w, b, X, y):
    return np.mean(losses_of(X @ w + b, y))


@log_loss.mistake("bias-missing", "what happens to b in the logit?")
def _(w, b, X, y):
    return np.mean(losses_of(X @ w, y))


@log_loss.mistake("labels-swapped", "which of the two terms belongs to y = 1?")
def _(w, b, X, y):
    return np.mean(losses_of(X @ w + b, 1 - y))


@log_loss.mistake("missing-term", "examples with y = 0 cost something too: the second term is missing.")
def _(w, b, X, y):
    return np.mean(y * losses_of(X @ w + b, y))


@log_loss.mistake("missing-term", "examples with y = 1 cost something too: the first term is missing.")
def _(w, b, X, y):
    return np.mean((1 - y) * losses_of(X @ w + b, y))


@log_loss.mistake("log-of-zero", "the logarithm meets a probability that has become 0: simplify before you compute.")
def _(w, b, X, y):
    p = stable_sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@log_loss.mistake("overflow", "an exponential grows beyond 1e308 here: which form keeps its exponent negative?")
def _(w, b, X, y):
    z = X @ w + b
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@log_loss.mistake("wrong-formula", "this is the squared error of the probability; the loss asked for is a logarithm.")
def _(w, b, X, y):
    return np.mean((stable_sigmoid(X @ w + b) - y) ** 2)


@log_loss.mistake("broadcast-bug", "a column (N, 1) minus a row (N,) spreads to (N, N): print the shapes.")
def _(w, b, X, y):
    z = (X @ w + b)[:, None]
    return np.mean(np.logaddexp(0.0, z) - y * z)


def _offset_log(epsilon, both):
    def loss(w, b, X, y):
        p = stable_sigmoid(X @ w + b)
        p = np.clip(p, epsilon, 1 - epsilon) if both else p
        shift = 0.0 if both else epsilon
        return -np.mean(y * np.log(p + shift) + (1 - y) * np.log(1 - p + shift))

    return loss


for _epsilon in (1e-300, 1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5):
    for _both in (True, False):
        log_loss.mistake(
            "clipped-values", "an epsilon keeps the logarithm finite and changes its value: simplify instead."
        )(_offset_log(_epsilon, _both))


def _clipped_logit(limit):
    def loss(w, b, X, y):
        return np.mean(losses_of(np.clip(X @ w + b, -limit, limit), y))

    return loss


for _limit in (10, 20, 30, 50, 100, 250, 500, 700, 709):
    log_loss.mistake("clipped-values", "the logits are clipped, and with them the loss of the worst mistakes.")(
        _clipped_logit(_limit)
    )


# log_loss_gradient --------------------------------------------------------------------------------------------------


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, D in [(11, 4), (6, 3), (4, 7), (1, 3), (5, 5)]:
        X, y = some_data(rng, N, D)
        about = {1: "one example", 5: "all sizes equal"}.get(N, Case.about)
        cases.append(Case((rng.normal(size=D), float(rng.normal()), X, y), about, {"N": N, "D": D}, 1e-11, 1e-14))
    X, y = some_data(rng, 9, 3)
    cases.append(Case((rng.normal(size=3), 0.7, X, y.astype(np.int64)), "labels of type int64", {"N": 9, "D": 3}))
    # Columns that differ in scale by 10^8: no one step size suits a finite difference.
    scale = 10.0 ** np.linspace(-5, 3, 5)
    X, y = some_data(rng, 13, 5)
    cases.append(
        Case(
            (rng.normal(size=5) / scale, 0.3, X * scale, y), "inputs of unequal scale", {"N": 13, "D": 5}, 1e-8, 1e-15
        )
    )
    w = np.array([3.0, -2.0, 1.0])
    X = with_logits(rng, rng.permutation(EXTREME), w, -2.0)
    cases.append(Case((w, -2.0, X, some_labels(rng, 10)), "large logits", {"N": 10, "D": 3}, 1e-9, 1e-11))
    return cases


log_loss_gradient = Exercise(
    ID, "log_loss_gradient", arguments="w, b, X, y", cases=_gradient_cases, parts="dw, db", analytic=True
)


def _gradient(error, X):
    """Return (dw, db) for an error per example, divided by N."""
    return X.T @ error / len(X), np.sum(error) / len(X)


@log_loss_gradient.reference
def _(w, b, X, y):
    return _gradient(stable_sigmoid(X @ w + b) - y, X)


@log_loss_gradient.mistake("bias-missing", "what happens to b in the logit?")
def _(w, b, X, y):
    return _gradient(stable_sigmoid(X @ w) - y, X)


@log_loss_gradient.mistake("bias-missing", "the bias has a gradient too.")
def _(w, b, X, y):
    return _gradient(stable_sigmoid(X @ w + b) - y, X)[0], 0.0


@log_loss_gradient.mistake(
    "labels-swapped", "which class does p belong to, the one with y = 1 or the one with y = 0?"
)
def _(w, b, X, y):
    return _gradient(stable_sigmoid(X @ w + b) - (1 - y), X)


@log_loss_gradient.mistake(
    "extra-activation-derivative", "a factor p (1 - p) is left over that the logarithm cancels."
)
def _(w, b, X, y):
    p = stable_sigmoid(X @ w + b)
    return _gradient((p - y) * p * (1 - p), X)


@log_loss_gradient.mistake(
    "extra-activation-derivative", "this is the gradient of the squared error; the logarithm cancels p (1 - p)."
)
def _(w, b, X, y):
    p = stable_sigmoid(X @ w + b)
    return _gradient(2 * (p - y) * p * (1 - p), X)


@log_loss_gradient.mistake(
    "uses-prediction-not-probability", "the error is p - y with the probability p, not with the decision."
)
def _(w, b, X, y):
    return _gradient((X @ w + b > 0).astype(float) - y, X)


@log_loss_gradient.mistake("activation-missing", "the error is the probability minus y: the sigmoid is missing.")
def _(w, b, X, y):
    return _gradient(X @ w + b - y, X)


@log_loss_gradient.mistake("bias-not-summed", "the bias acts on every example: one example's error is not the whole.")
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b) - y
    return _gradient(error, X)[0], error / len(X)


@log_loss_gradient.mistake("bias-not-summed", "the bias acts on every example: one example's error is not the whole.")
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b) - y
    return _gradient(error, X)[0], error


@log_loss_gradient.mistake("missing-mean", "the loss is a mean: the bias gradient is divided by N as well.")
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b) - y
    return _gradient(error, X)[0], np.sum(error)


@log_loss_gradient.mistake("missing-mean", "the loss is a mean: the weights' gradient is divided by N as well.")
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b) - y
    return X.T @ error, np.mean(error)


@log_loss_gradient.mistake(
    "loop-overwrites-accumulator", "in a loop over the examples, each adds to the gradient: = or +=?"
)
def _(w, b, X, y):
    error = (stable_sigmoid(X @ w + b) - y) / len(y)
    return X[-1] * error[-1], error[-1]


@log_loss_gradient.mistake(
    "loop-overwrites-accumulator", "in a loop over the examples, each adds to the weights' gradient: = or +=?"
)
def _(w, b, X, y):
    error = (stable_sigmoid(X @ w + b) - y) / len(y)
    return X[-1] * error[-1], np.sum(error)


@log_loss_gradient.mistake(
    "loop-overwrites-accumulator", "in a loop over the examples, each adds to the bias' gradient: = or +=?"
)
def _(w, b, X, y):
    error = (stable_sigmoid(X @ w + b) - y) / len(y)
    return X.T @ error, error[-1]


@log_loss_gradient.mistake(
    "wrong-axis", "each weight collects over the examples; here each example was averaged over the inputs."
)
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b) - y
    return np.mean(error[:, None] * X, axis=1), np.mean(error)


@log_loss_gradient.mistake("broadcast-bug", "a column (N, 1) minus a row (N,) spreads to (N, N): print the shapes.")
def _(w, b, X, y):
    error = stable_sigmoid(X @ w + b)[:, None] - y
    return X.T @ error.sum(axis=1) / len(y), np.mean(error)


@log_loss_gradient.mistake("overflow", "np.exp of a large number is infinite: the sigmoid must not form it.")
def _(w, b, X, y):
    z = X @ w + b
    return _gradient(np.exp(z) / (1 + np.exp(z)) - y, X)


@log_loss_gradient.mistake("division-by-zero", "p or 1 - p is 0 for large logits: cancel before you divide.")
def _(w, b, X, y):
    p = stable_sigmoid(X @ w + b)
    return _gradient((-y / p + (1 - y) / (1 - p)) * p * (1 - p), X)
