import math

import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("01_logistic_regression", "sigmoid")


@answers.right
def two_branches(z):
    out = np.empty_like(z)
    positive = z >= 0
    out[positive] = 1 / (1 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    out[~positive] = e / (1 + e)
    return out


@answers.right
def loop(z):
    out = np.zeros(z.shape)
    for index, value in np.ndenumerate(z):
        out[index] = 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
    return out


@answers.right
def through_tanh(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


@answers.right
def through_logaddexp(z):
    return np.exp(-np.logaddexp(0, -z))


@answers.right
def quiet_where(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(z > 0, 1 / (1 + np.exp(-z)), 1 - 1 / (1 + np.exp(z)))


@answers.wrong("overflow")
def as_in_the_book(z):
    return 1 / (1 + np.exp(-z))


@answers.wrong("overflow")
def extended(z):
    return np.exp(z) / (np.exp(z) + 1)


@answers.wrong("clipped-values")
def clipped_at_500(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@answers.wrong("clipped-values")
def kept_off_the_ends(z):
    e = np.exp(-np.abs(z))
    return np.clip(np.where(z >= 0, 1, e) / (1 + e), 1e-12, 1 - 1e-12)


@answers.wrong("sign")
def mirrored(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, e, 1) / (1 + e)


@answers.wrong("mutates-input")
def in_place(z):
    e = np.exp(-np.abs(z))
    z[...] = np.where(z >= 0, 1, e) / (1 + e)
    return z


@answers.wrong("float32-precision")
def single(z):
    z = z.astype(np.float32)
    return (0.5 * (1 + np.tanh(z / 2))).astype(np.float64)


@answers.wrong("returns-wrong-shape")
def flattened(z):
    return 0.5 * (1 + np.tanh(z.ravel() / 2))


@answers.wrong("uses-prediction-not-probability")
def decision(z):
    return np.where(z > 0, 1.0, 0.0)


@answers.wrong("integer-dtype-truncation")
def integers(z):
    out = np.zeros(z.shape, dtype=int)
    out[...] = 0.5 * (1 + np.tanh(z / 2))
    return out
