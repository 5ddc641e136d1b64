"""Assignment 3: softmax_jacobian, cross_entropy_gradient, temperature_gradient."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.softmax import ID, far_rows, one_hot, softmax_of, some_labels

# softmax_jacobian ---------------------------------------------------------------------------------------------------


def _jacobian_cases(rng: np.random.Generator) -> list[Case]:
    cases = [Case((1.5 * rng.normal(size=K),), sizes={"K": K}, rtol=1e-11, atol=1e-15) for K in (4, 6, 3)]
    cases.append(Case((rng.permutation([1000.0, 999.0, -1000.0, 997.5]),), "large logits", rtol=1e-9, atol=1e-15))
    # One sure class: the derivatives are tiny, and a difference of two probabilities near 1 is not good enough.
    cases.append(Case((rng.permutation([0.0, -12.0, -14.0]),), "inputs of unequal scale", rtol=1e-7, atol=1e-16))
    return cases


softmax_jacobian = Exercise(ID, "softmax_jacobian", arguments="z", cases=_jacobian_cases, analytic=True)


@softmax_jacobian.reference
def _(z):
    p = softmax_of(z)
    return np.diag(p) - np.outer(p, p)


@softmax_jacobian.mistake(
    "softmax-diagonal-only", "raising one logit lowers the other probabilities: what is off the diagonal?"
)
def _(z):
    p = softmax_of(z)
    return np.diag(p * (1 - p))


@softmax_jacobian.mistake(
    "softmax-diagonal-only", "this is only the diagonal: entry [i, j] is asked for all i and j."
)
def _(z):
    p = softmax_of(z)
    return p * (1 - p)


@softmax_jacobian.mistake("missing-term", "the diagonal has a second term: the class itself is in the sum.")
def _(z):
    p = softmax_of(z)
    return -np.outer(p, p)


@softmax_jacobian.mistake("missing-term", "the diagonal lacks one factor: p_i (1 - p_i).")
def _(z):
    p = softmax_of(z)
    jacobian = -np.outer(p, p)
    np.fill_diagonal(jacobian, p)
    return jacobian


@softmax_jacobian.mistake("sign", "raising another class' logit lowers this probability.")
def _(z):
    p = softmax_of(z)
    return np.diag(p * (1 - p)) + np.outer(p, p) * (1 - np.eye(len(p)))


@softmax_jacobian.mistake("sign", "the product of the probabilities is subtracted.")
def _(z):
    p = softmax_of(z)
    return np.diag(p) + np.outer(p, p)


@softmax_jacobian.mistake("missing-term", "the diagonal is p, minus the product of the probabilities.")
def _(z):
    return np.diag(softmax_of(z))


@softmax_jacobian.mistake("wrong-derivative-formula", "1 on the diagonal belongs to another formula: p_i, not 1.")
def _(z):
    p = softmax_of(z)
    return np.eye(len(p)) - np.outer(p, p)


@softmax_jacobian.mistake(
    "wrong-derivative-formula", "off the diagonal stands a product of two probabilities, p_i p_j."
)
def _(z):
    p = softmax_of(z)
    return p[:, None] * (1 - p[None, :])


@softmax_jacobian.mistake("wrong-derivative-formula", "that is the Jacobian of the log-softmax.")
def _(z):
    return np.eye(len(z)) - softmax_of(z)[None, :]


@softmax_jacobian.mistake("activation-missing", "the probabilities belong into the formula, not the logits.")
def _(z):
    return np.diag(z) - np.outer(z, z)


@softmax_jacobian.mistake("overflow", "np.exp(1000) is infinite: subtract the maximum first.")
def _(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)


# cross_entropy_gradient ---------------------------------------------------------------------------------------------


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, K in [(7, 4), (3, 6), (1, 3), (9, 2), (4, 4)]:
        about = {1: "one example", 4: "all sizes equal"}.get(N, Case.about)
        arguments = (1.5 * rng.normal(size=(N, K)), some_labels(rng, N, K))
        cases.append(Case(arguments, about, {"N": N, "K": K}, 1e-11, 1e-15))
    rows = rng.permutation(far_rows())
    cases.append(Case((rows, some_labels(rng, 4, 3)), "large logits", {"N": 4, "K": 3}, 1e-9, 1e-15))
    cases.append(Case((rows, rows.argmin(axis=1)), "large logits", {"N": 4, "K": 3}, 1e-9, 1e-15))
    z = np.array([[0.0, -12.0, -13.0], [-14.0, 0.0, -12.5], [0.0, -11.0, -15.0]])
    cases.append(Case((z, np.array([1, 0, 2])), "inputs of unequal scale", {"N": 3, "K": 3}, 1e-7, 1e-16))
    return cases


cross_entropy_gradient = Exercise(
    ID, "cross_entropy_gradient", arguments="z, y", cases=_gradient_cases, analytic=True
)


@cross_entropy_gradient.reference
def _(z, y):
    return (softmax_of(z) - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake(
    "missing-one-hot-subtraction", "the true class gets a push of its own: what is subtracted?"
)
def _(z, y):
    return softmax_of(z) / len(y)


@cross_entropy_gradient.mistake(
    "missing-one-hot-subtraction", "the true class gets a push of its own, and the loss is a mean."
)
def _(z, y):
    return softmax_of(z)


@cross_entropy_gradient.mistake("one-hot-off-by-one", "classes count from 0: the 1 stands one column off.")
def _(z, y):
    return (softmax_of(z) - one_hot(y - 1, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("one-hot-off-by-one", "classes count from 0: the 1 stands one column off.")
def _(z, y):
    return (softmax_of(z) - one_hot((y + 1) % z.shape[1], z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("wrong-axis", "the softmax runs along each row.")
def _(z, y):
    return (softmax_of(z.T).T - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("broadcast-bug", "p[:, y] means every row with every label: pair row and label.")
def _(z, y):
    dz = softmax_of(z)
    dz[:, y] -= 1
    return dz / len(y)


@cross_entropy_gradient.mistake(
    "extra-activation-derivative", "softmax and logarithm cancel: there is no p (1 - p) left."
)
def _(z, y):
    p = softmax_of(z)
    return (p - one_hot(y, z.shape[1])) * p * (1 - p) / len(y)


@cross_entropy_gradient.mistake("softmax-diagonal-only", "raising one logit lowers the other probabilities.")
def _(z, y):
    return one_hot(y, z.shape[1]) * (softmax_of(z) - 1) / len(y)


@cross_entropy_gradient.mistake(
    "activation-missing", "the probabilities minus the one-hot row: the softmax is missing."
)
def _(z, y):
    return (z - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("uses-prediction-not-probability", "the probabilities count, not the decision.")
def _(z, y):
    return (one_hot(z.argmax(axis=1), z.shape[1]) - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake(
    "global-max-underflow", "subtract each row's own maximum, not that of the whole array."
)
def _(z, y):
    e = np.exp(z - z.max())
    return (e / e.sum(axis=1, keepdims=True) - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("overflow", "np.exp(1000) is infinite: subtract each row's maximum first.")
def _(z, y):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - one_hot(y, z.shape[1])) / len(y)


@cross_entropy_gradient.mistake("division-by-zero", "1 / p is infinite where p underflowed: cancel on paper first.")
def _(z, y):
    p, dz = softmax_of(z), np.zeros_like(z)
    for n, label in enumerate(y):
        jacobian = np.diag(p[n]) - np.outer(p[n], p[n])
        dz[n] = -jacobian[label] / p[n, label] / len(y)
    return dz


# temperature_gradient -----------------------------------------------------------------------------------------------


def _temperature_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, K, T in [(7, 4, 0.7), (3, 6, 2.5), (1, 3, 1.6), (9, 2, 0.4), (5, 4, 1.0)]:
        about = "one example" if N == 1 else "temperature 1" if T == 1 else Case.about
        arguments = (1.5 * rng.normal(size=(N, K)), some_labels(rng, N, K), T)
        cases.append(Case(arguments, about, {"N": N, "K": K}, 1e-11, 1e-13))
    rows = rng.permutation(far_rows())
    cases.append(Case((rows, rows.argmin(axis=1), 0.8), "large logits", {"N": 4, "K": 3}, 1e-9, 1e-12))
    cases.append(Case((rows, some_labels(rng, 4, 3), 3.0), "large logits", {"N": 4, "K": 3}, 1e-9, 1e-12))
    # At a high temperature the derivative is tiny, at a low one of a sure model too.
    z = 1e-3 * rng.normal(size=(4, 3))
    cases.append(Case((z, some_labels(rng, 4, 3), 50.0), "inputs of unequal scale", {"N": 4, "K": 3}, 1e-7, 1e-17))
    return cases


temperature_gradient = Exercise(
    ID, "temperature_gradient", arguments="z, y, temperature", cases=_temperature_cases, analytic=True
)


def _chain(z, y, temperature, factor, divided=True, rows=None):
    """Return the mean over examples of (p - onehot(y)) . z, times a factor of the temperature."""
    p = softmax_of(z / temperature if divided else z)
    error = p - one_hot(y, z.shape[1])
    return float(np.sum(error * (z if rows is None else rows)) / len(y) * factor)


@temperature_gradient.reference
def _(z, y, temperature):
    return _chain(z, y, temperature, -1 / temperature**2)


for _cause, _hint, _factor in [
    ("missing-temperature-chain-factor", "z / T depends on T: what is its derivative?", lambda T: 1.0),
    ("missing-temperature-chain-factor", "z / T depends on T: what is its derivative?", lambda T: 1 / T),
    ("missing-temperature-chain-factor", "the derivative of 1 / T is not -1 / T.", lambda T: -1 / T),
    ("missing-temperature-chain-factor", "the factor 1 / T^2 is missing.", lambda T: -1.0),
    ("missing-temperature-chain-factor", "the derivative of 1 / T has a square in it.", lambda T: -1 / T**3),
    ("sign", "the derivative of 1 / T is negative.", lambda T: 1 / T**2),
]:

    @temperature_gradient.mistake(_cause, _hint)
    def _(z, y, temperature, factor=_factor):
        return _chain(z, y, temperature, factor(temperature))


@temperature_gradient.mistake("temperature-ignored", "the probabilities are those of z / T.")
def _(z, y, temperature):
    return _chain(z, y, temperature, -1 / temperature**2, divided=False)


@temperature_gradient.mistake("temperature-ignored", "the temperature is used nowhere.")
def _(z, y, temperature):
    return _chain(z, y, 1.0, -1.0)


@temperature_gradient.mistake(
    "temperature-multiplies", "the temperature divides the logits: this is the derivative for z T."
)
def _(z, y, temperature):
    return float(np.sum((softmax_of(z * temperature) - one_hot(y, z.shape[1])) * z) / len(y))


@temperature_gradient.mistake("missing-one-hot-subtraction", "the error is p minus the one-hot row.")
def _(z, y, temperature):
    return float(-np.sum(softmax_of(z / temperature) * z) / len(y) / temperature**2)


@temperature_gradient.mistake("missing-term", "all the logits move with T, not the true class' alone.")
def _(z, y, temperature):
    p = softmax_of(z / temperature)
    rows = np.arange(len(y))
    return float(-np.sum((p[rows, y] - 1) * z[rows, y]) / len(y) / temperature**2)


@temperature_gradient.mistake("one-hot-off-by-one", "classes count from 0: the 1 stands one column off.")
def _(z, y, temperature):
    return _chain(z, y - 1, temperature, -1 / temperature**2)


@temperature_gradient.mistake("wrong-axis", "the softmax runs along each row.")
def _(z, y, temperature):
    error = softmax_of(z.T / temperature).T - one_hot(y, z.shape[1])
    return float(-np.sum(error * z) / len(y) / temperature**2)


@temperature_gradient.mistake("overflow", "np.exp(1000) is infinite: subtract each row's maximum first.")
def _(z, y, temperature):
    e = np.exp(z / temperature)
    error = e / e.sum(axis=1, keepdims=True) - one_hot(y, z.shape[1])
    return float(-np.sum(error * z) / len(y) / temperature**2)
