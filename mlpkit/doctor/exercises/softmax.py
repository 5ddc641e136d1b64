"""Assignment 3: softmax, log_softmax, cross_entropy. (Their derivatives are in softmax_gradients.)"""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "03_softmax"


def log_softmax_of(z):
    """Return log softmax along the last axis, right for every logit."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax_of(z):
    """Return softmax along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def one_hot(y, K):
    """Return the rows of the identity that the labels name."""
    return np.eye(K)[y]


def some_labels(rng: np.random.Generator, N: int, K: int) -> np.ndarray:
    """Return int64 labels (N,), not sorted, the first and the last class among them where N allows it."""
    y = rng.integers(0, K, size=N)
    if N > 1:
        y[:2] = K - 1, 0
    return y


def far_rows() -> np.ndarray:
    """Return logits (4, 3) that differ by thousands between rows and within them."""
    return np.array([[1000.0, 998.0, -1000.0], [-1000.0, -999.0, -1001.0], [3.0, -800.0, 1.0], [0.0, 900.0, 901.0]])


# softmax ------------------------------------------------------------------------------------------------------------


def _softmax_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shape, temperature in [((5, 4), 1.0), ((3, 6), 2.5), ((1, 3), 0.4), ((6, 2), 0.7), ((4, 4), 3.0)]:
        about = "one example" if shape[0] == 1 else Case.about
        sizes = {"N": shape[0], "K": shape[1]}
        cases.append(Case((2.0 * rng.normal(size=shape), temperature), about, sizes, 1e-10, 1e-15))
    cases.append(Case((rng.normal(size=5), 1.0), "one row (K,)", rtol=1e-10))
    cases.append(Case((rng.normal(size=4), 3.0), "one row (K,)", rtol=1e-10))
    cases.append(Case((rng.normal(size=(3, 4)),), "no temperature given", rtol=1e-10))
    cases.append(Case((rng.permutation(far_rows()), 1.0), "large logits", rtol=1e-9, atol=1e-15))
    cases.append(Case((rng.permutation(far_rows()), 0.5), "large logits", rtol=1e-9, atol=1e-15))
    cases.append(Case((np.array([-1000.0, -1000.5, -1002.0]), 1.0), "large logits", rtol=1e-9, atol=1e-15))
    return cases


softmax = Exercise(ID, "softmax", arguments="z, temperature", cases=_softmax_cases)


@softmax.reference
def _(z, temperature=1.0):
    return softmax_of(z / temperature)


@softmax.mistake("temperature-ignored", "what does the temperature do to the logits?")
def _(z, temperature=1.0):
    return softmax_of(z)


@softmax.mistake("temperature-multiplies", "a high temperature makes the answer more even: divide by it.")
def _(z, temperature=1.0):
    return softmax_of(z * temperature)


@softmax.mistake("wrong-formula", "the temperature divides the logits, before the exponential.")
def _(z, temperature=1.0):
    return softmax_of(z) / temperature


@softmax.mistake("wrong-axis", "each row is one example: every row sums to 1.")
def _(z, temperature=1.0):
    z = z / temperature
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


@softmax.mistake("wrong-axis", "the sum runs over one row, not over the whole array.")
def _(z, temperature=1.0):
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum()


@softmax.mistake("overflow", "np.exp(1000) is infinite: what may be subtracted from a whole row?")
def _(z, temperature=1.0):
    e = np.exp(z / temperature)
    return e / e.sum(axis=-1, keepdims=True)


@softmax.mistake(
    "global-max-underflow", "a row far below the largest of all underflows: subtract each row's own maximum."
)
def _(z, temperature=1.0):
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


@softmax.mistake("wrong-formula", "the exponential makes the scores positive: it is missing.")
def _(z, temperature=1.0):
    return z / temperature / z.sum(axis=-1, keepdims=True)


@softmax.mistake("wrong-formula", "each class its own sigmoid does not sum to 1.")
def _(z, temperature=1.0):
    return 0.5 * (1 + np.tanh(0.5 * z / temperature))


@softmax.mistake("uses-prediction-not-probability", "probabilities are asked for, not the decision.")
def _(z, temperature=1.0):
    return one_hot(z.argmax(axis=-1), z.shape[-1])


@softmax.mistake("returns-wrong-type", "this is the logarithm of the softmax.")
def _(z, temperature=1.0):
    return log_softmax_of(z / temperature)


@softmax.mistake("missing-term", "the class itself belongs into the sum as well.")
def _(z, temperature=1.0):
    e = np.exp(z / temperature - (z / temperature).max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) - e)


for _limit in (10, 20, 30, 50, 100, 500, 600, 700, 709):

    @softmax.mistake("clipped-values", "the logits are clipped: beyond the limit they cannot be told apart.")
    def _(z, temperature=1.0, limit=_limit):
        return softmax_of(np.clip(z / temperature, -limit, limit))


# log_softmax --------------------------------------------------------------------------------------------------------


def _log_softmax_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shape in [(5, 4), (3, 6), (1, 3), (4, 4)]:
        about = "one example" if shape[0] == 1 else Case.about
        cases.append(Case((2.0 * rng.normal(size=shape),), about, {"N": shape[0], "K": shape[1]}, 1e-10, 1e-13))
    cases.append(Case((rng.normal(size=5),), "one row (K,)", rtol=1e-10))
    cases.append(Case((rng.permutation(far_rows()),), "large logits", rtol=1e-10))
    cases.append(Case((np.array([1000.0, -1000.0, 0.0]),), "large logits", rtol=1e-10))
    return cases


log_softmax = Exercise(ID, "log_softmax", arguments="z", cases=_log_softmax_cases)


@log_softmax.reference
def _(z):
    return log_softmax_of(z)


@log_softmax.mistake(
    "log-of-zero", "a probability that underflowed to 0 has no logarithm: cancel before you compute."
)
def _(z):
    with np.errstate(divide="ignore"):
        return np.log(softmax_of(z))


@log_softmax.mistake("overflow", "np.exp(1000) is infinite: what may be subtracted from a whole row?")
def _(z):
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@log_softmax.mistake("global-max-underflow", "subtract each row's own maximum, not that of the whole array.")
def _(z):
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@log_softmax.mistake("wrong-axis", "each row is one example: the sum runs along it.")
def _(z):
    shifted = z - z.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


@log_softmax.mistake("wrong-axis", "the sum runs over one row, not over the whole array.")
def _(z):
    shifted = z - z.max()
    return shifted - np.log(np.exp(shifted).sum())


@log_softmax.mistake("missing-term", "the maximum that was taken out of the sum has to go back in.")
def _(z):
    return z - np.log(np.exp(z - z.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True))


@log_softmax.mistake("missing-term", "the logits are shifted, but the sum of exponentials is not subtracted.")
def _(z):
    return z - z.max(axis=-1, keepdims=True)


@log_softmax.mistake("wrong-formula", "this is the softmax, without the logarithm.")
def _(z):
    return softmax_of(z)


@log_softmax.mistake("wrong-formula", "this is only the log-sum-exp: the logits are missing.")
def _(z):
    return np.broadcast_to(-np.log(np.exp(z).sum(axis=-1, keepdims=True)), z.shape).copy()


for _epsilon in (1e-300, 1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6):

    @log_softmax.mistake("clipped-values", "an epsilon inside the logarithm changes its value: simplify instead.")
    def _(z, epsilon=_epsilon):
        return np.log(softmax_of(z) + epsilon)

    @log_softmax.mistake("clipped-values", "an epsilon inside the logarithm changes its value: simplify instead.")
    def _(z, epsilon=_epsilon):
        return np.log(np.maximum(softmax_of(z), epsilon))


# cross_entropy ------------------------------------------------------------------------------------------------------


def _cross_entropy_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, K in [(7, 4), (3, 6), (1, 3), (9, 2), (4, 4)]:
        about = "one example" if N == 1 else Case.about
        cases.append(Case((2.0 * rng.normal(size=(N, K)), some_labels(rng, N, K)), about, {"N": N, "K": K}, 1e-10))
    rows = rng.permutation(far_rows())
    cases.append(Case((rows, some_labels(rng, 4, 3)), "large logits", {"N": 4, "K": 3}, 1e-10))
    cases.append(Case((rows, rows.argmin(axis=1)), "sure and wrong", {"N": 4, "K": 3}, 1e-10))
    cases.append(Case((rows, rows.argmax(axis=1)), "sure and right", {"N": 4, "K": 3}, 1e-10))
    return cases


cross_entropy = Exercise(ID, "cross_entropy", arguments="z, y", cases=_cross_entropy_cases)


@cross_entropy.reference
def _(z, y):
    return -np.mean(log_softmax_of(z)[np.arange(len(y)), y])


@cross_entropy.mistake("one-hot-off-by-one", "classes count from 0: the column is shifted by one.")
def _(z, y):
    return -np.mean(log_softmax_of(z)[np.arange(len(y)), y - 1])


@cross_entropy.mistake("one-hot-off-by-one", "classes count from 0: the column is shifted by one.")
def _(z, y):
    return -np.mean(log_softmax_of(z)[np.arange(len(y)), (y + 1) % z.shape[1]])


@cross_entropy.mistake("log-of-zero", "a probability that underflowed to 0 has no logarithm: start from log_softmax.")
def _(z, y):
    with np.errstate(divide="ignore"):
        return -np.mean(np.log(softmax_of(z)[np.arange(len(y)), y]))


@cross_entropy.mistake("overflow", "np.exp(1000) is infinite: what may be subtracted from a whole row?")
def _(z, y):
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])


@cross_entropy.mistake("broadcast-bug", "z[:, y] is a table of all rows against all labels: pair row and label.")
def _(z, y):
    return -np.mean(log_softmax_of(z)[:, y])


@cross_entropy.mistake("wrong-axis", "the softmax runs along each row.")
def _(z, y):
    return -np.mean(log_softmax_of(z.T).T[np.arange(len(y)), y])


@cross_entropy.mistake(
    "wrong-formula", "the loss is minus the logarithm of the probability, not minus the probability."
)
def _(z, y):
    return -np.mean(softmax_of(z)[np.arange(len(y)), y])


@cross_entropy.mistake("wrong-formula", "softmax first: the logits themselves are no logarithms of probabilities.")
def _(z, y):
    return -np.mean(z[np.arange(len(y)), y])


@cross_entropy.mistake("wrong-formula", "this is the squared error of the probabilities.")
def _(z, y):
    return np.mean(np.sum((softmax_of(z) - one_hot(y, z.shape[1])) ** 2, axis=1))


@cross_entropy.mistake("missing-term", "only the true class counts; here every class was summed.")
def _(z, y):
    return -np.mean(log_softmax_of(z).sum(axis=1))


@cross_entropy.mistake("missing-term", "this is the log-sum-exp: the true class' logit is missing.")
def _(z, y):
    return np.mean(z[np.arange(len(y)), y] - log_softmax_of(z)[np.arange(len(y)), y])


@cross_entropy.mistake("uses-prediction-not-probability", "the true class counts, not the predicted one.")
def _(z, y):
    return -np.mean(log_softmax_of(z).max(axis=1))


for _epsilon in (1e-300, 1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6):

    @cross_entropy.mistake("clipped-values", "an epsilon keeps the logarithm finite and changes its value.")
    def _(z, y, epsilon=_epsilon):
        return -np.mean(np.log(softmax_of(z)[np.arange(len(y)), y] + epsilon))

    @cross_entropy.mistake("clipped-values", "clipping keeps the logarithm finite and changes its value.")
    def _(z, y, epsilon=_epsilon):
        return -np.mean(np.log(np.clip(softmax_of(z)[np.arange(len(y)), y], epsilon, 1 - epsilon)))
