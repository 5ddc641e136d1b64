"""The elementwise derivatives: right ones in several styles, wrong ones as they are found in students' code."""

import math

import numpy as np

from tests.mutants.marks import Mutants

ASSIGNMENT = "04_activations"


def sig(z):
    return 0.5 * (1 + np.tanh(z / 2))


def each(function):
    """Return the elementwise version of a function of one number, by a loop."""

    def looped(z, *parameters):
        out = np.empty(z.shape)
        for index, value in np.ndenumerate(z):
            out[index] = function(float(value), *parameters)
        return out

    return looped


def masked(condition, inside, outside):
    """Return a derivative that fills two masks, each from its own half of the numbers."""

    def filled(z, *parameters):
        out, where = np.zeros(z.shape), condition(z)
        out[where] = inside(z[where], *parameters)
        out[~where] = outside(z[~where], *parameters)
        return out

    return filled


def keep(name, right, wrong):
    """Make the Mutants of one function."""
    made = Mutants(ASSIGNMENT, name)
    for answer in right:
        made.right(answer)
    for cause, answer in wrong:
        made.wrong(*([cause] if isinstance(cause, str) else cause))(answer)
    return made


def differences(function, h=1e-5):
    return lambda z, *a: (function(z + h, *a) - function(z - h, *a)) / (2 * h)


def in_single(function):
    return lambda z, *a: function(z.astype(np.float32), *a).astype(np.float64)


def overwrites(function):
    def changed(z, *a):
        z[...] = function(z, *a)
        return z

    return changed


def one_sigmoid(v):
    return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))


def tiny_safe(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


sigmoid_answers = keep(
    "sigmoid_derivative",
    [
        lambda z: np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z)),
        each(lambda v: one_sigmoid(v) * one_sigmoid(-v)),
        tiny_safe,
        lambda z: np.where(z > 0, tiny_safe(z), tiny_safe(-z)),
        masked(
            lambda z: z >= 0, lambda v: np.exp(-v) / (1 + np.exp(-v)) ** 2, lambda v: np.exp(v) / (1 + np.exp(v)) ** 2
        ),
    ],
    [
        ("wrong-derivative-formula", sig),
        ("wrong-derivative-formula", lambda z: (1 - sig(z)) ** 2),
        ("wrong-derivative-formula", lambda z: 1 - sig(z)),
        ("sign", lambda z: -tiny_safe(z)),
        ("overflow", lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        ("activation-derivative-wrong-argument", lambda z: z * (1 - z)),
        ("numeric-differentiation", differences(sig)),
        ("mutates-input", overwrites(tiny_safe)),
        ("float32-precision", in_single(tiny_safe)),
        ("returns-wrong-shape", lambda z: tiny_safe(z).ravel()),
        ("factor-2", lambda z: 2 * tiny_safe(z)),
    ],
)


def one_minus_square(z):
    return 1 / np.cosh(np.clip(z, -350, 350)) ** 2


tanh_answers = keep(
    "tanh_derivative",
    [
        lambda z: 4 * np.exp(-2 * np.abs(z)) / (1 + np.exp(-2 * np.abs(z))) ** 2,
        each(lambda v: 4 * one_sigmoid(2 * v) * one_sigmoid(-2 * v)),
        one_minus_square,
        lambda z: (1 - np.tanh(z)) * (1 + np.tanh(z)),
        lambda z: 1 - np.tanh(z) ** 2,
    ],
    [
        ("slide-bug-(1-z)^2", lambda z: (1 - np.tanh(z)) ** 2),
        ("activation-derivative-wrong-argument", lambda z: 1 - z * z),
        ("wrong-derivative-formula", np.tanh),
        ("wrong-derivative-formula", lambda z: 1 - np.tanh(z)),
        ("sign", lambda z: np.tanh(z) ** 2 - 1),
        ("overflow", lambda z: 1 - ((np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))) ** 2),
        ("numeric-differentiation", differences(np.tanh)),
        ("mutates-input", overwrites(one_minus_square)),
        ("float32-precision", in_single(one_minus_square)),
    ],
)

relu_answers = keep(
    "relu_derivative",
    [
        lambda z: (z > 0).astype(np.float64),
        lambda z: np.where(z > 0, 1.0, 0.0),
        each(lambda v: 1.0 if v > 0 else 0.0),
        lambda z: np.heaviside(z, 0.0),
        lambda z: 1.0 * (z > 0),
    ],
    [
        ("kink-wrong-side", lambda z: (z >= 0).astype(float)),
        ("kink-wrong-side", lambda z: np.where(z < 0, 0.0, 1.0)),
        ("kink-wrong-side", lambda z: np.heaviside(z, 0.5)),
        ("wrong-derivative-formula", lambda z: np.maximum(z, 0)),
        ("wrong-derivative-formula", np.sign),
        ("returns-wrong-type", lambda z: z > 0),
        ("sign", lambda z: -1.0 * (z > 0)),
        ("mutates-input", overwrites(lambda z: (z > 0).astype(float))),
        ("wrong-derivative-formula", lambda z: np.ones_like(z)),
    ],
)

leaky_answers = keep(
    "leaky_relu_derivative",
    [
        lambda z, alpha=0.01: np.where(z > 0, 1.0, alpha),
        lambda z, alpha=0.01: alpha + (1 - alpha) * (z > 0),
        lambda z, alpha=0.01: (z > 0) * 1.0 + (z <= 0) * alpha,
        lambda z, alpha=0.01: np.array([1.0 if v > 0 else alpha for v in z.flat]).reshape(z.shape),
        lambda z, alpha=0.01: np.heaviside(z, 0.0) * (1 - alpha) + alpha,
    ],
    [
        ("kink-wrong-side", lambda z, alpha=0.01: np.where(z >= 0, 1.0, alpha)),
        ("alpha-ignored", lambda z, alpha=0.01: np.where(z > 0, 1.0, 0.01)),
        ("alpha-ignored", lambda z, alpha=0.01: np.where(z > 0, 1.0, 0.0)),
        ("wrong-derivative-formula", lambda z, alpha=0.01: np.where(z > 0, z, alpha * z)),
        ("sign", lambda z, alpha=0.01: np.where(z > 0, 1.0, -alpha)),
        ("wrong-derivative-formula", lambda z, alpha=0.01: np.where(z > 0, alpha, 1.0)),
        ("wrong-derivative-formula", lambda z, alpha=0.01: np.where(z > 0, 1.0, alpha * z)),
        ("sign", lambda z, alpha=0.01: -np.where(z > 0, 1.0, alpha)),
        ("mutates-input", overwrites(lambda z, alpha=0.01: np.where(z > 0, 1.0, alpha))),
    ],
)


def elu_slope(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


elu_answers = keep(
    "elu_derivative",
    [
        elu_slope,
        each(lambda v, alpha=1.0: 1.0 if v > 0 else alpha * math.exp(v)),
        masked(lambda z: z > 0, lambda v, alpha=1.0: 1.0, lambda v, alpha=1.0: alpha * np.exp(v)),
        lambda z, alpha=1.0: (z > 0) + (z <= 0) * alpha * np.exp(-np.abs(z)),
    ],
    [
        ("overflow", lambda z, alpha=1.0: np.where(z > 0, 1.0, alpha * np.exp(z))),
        ("alpha-ignored", lambda z, alpha=1.0: elu_slope(z)),
        ("kink-wrong-side", lambda z, alpha=1.0: np.where(z >= 0, 1.0, elu_slope(z, alpha))),
        ("wrong-derivative-formula", lambda z, alpha=1.0: np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))),
        ("wrong-derivative-formula", lambda z, alpha=1.0: np.where(z > 0, 1, alpha * (np.exp(np.minimum(z, 0)) - 1))),
        ("sign", lambda z, alpha=1.0: np.where(z > 0, 1.0, -alpha * np.exp(np.minimum(z, 0)))),
        ("wrong-derivative-formula", lambda z, alpha=1.0: np.where(z > 0, 1.0, np.exp(alpha * np.minimum(z, 0)))),
        ("float32-precision", in_single(elu_slope)),
        ("mutates-input", overwrites(elu_slope)),
    ],
)


def stable(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


softplus_answers = keep(
    "softplus_derivative",
    [
        lambda z: 0.5 + 0.5 * np.tanh(0.5 * z),
        each(one_sigmoid),
        lambda z: np.exp(-np.logaddexp(0, -z)),
        stable,
    ],
    [
        ("overflow", lambda z: 1 / (1 + np.exp(-z))),
        ("overflow", lambda z: np.exp(z) / (1 + np.exp(z))),
        ("wrong-derivative-formula", lambda z: np.logaddexp(0, z)),
        ("wrong-derivative-formula", tiny_safe),
        ("sign", lambda z: stable(-z)),
        ("numeric-differentiation", differences(lambda z: np.logaddexp(0, z))),
        ("float32-precision", in_single(stable)),
        ("mutates-input", overwrites(stable)),
    ],
)


def swish_slope(z):
    return stable(z) + z * tiny_safe(z)


swish_answers = keep(
    "swish_derivative",
    [
        lambda z: stable(z) * (1 + z * stable(-z)),
        each(lambda v: one_sigmoid(v) + v * one_sigmoid(v) * one_sigmoid(-v)),
        swish_slope,
        lambda z: z * stable(z) + stable(z) * (1 - z * stable(z)),
    ],
    [
        ("missing-term", stable),
        ("missing-term", lambda z: z * tiny_safe(z)),
        ("missing-term", lambda z: stable(z) + tiny_safe(z)),
        ("sign", lambda z: stable(z) - z * tiny_safe(z)),
        ("overflow", lambda z: (1 + np.exp(-z) + z * np.exp(-z)) / (1 + np.exp(-z)) ** 2),
        ("wrong-derivative-formula", lambda z: z * stable(z)),
        ("numeric-differentiation", differences(lambda z: z * stable(z))),
        ("float32-precision", in_single(swish_slope)),
    ],
)


def hard_slope(z):
    return ((z > -1) & (z < 1)).astype(float)


hard_tanh_answers = keep(
    "hard_tanh_derivative",
    [
        lambda z: np.where(np.abs(z) < 1, 1.0, 0.0),
        each(lambda v: 1.0 if -1 < v < 1 else 0.0),
        hard_slope,
        lambda z: (np.clip(z, -1, 1) == z) * (np.abs(z) != 1) * 1.0,
    ],
    [
        ("not-strict", lambda z: (np.abs(z) <= 1).astype(float)),
        ("kink-wrong-side", lambda z: ((z > -1) & (z <= 1)).astype(float)),
        ("wrong-derivative-formula", lambda z: np.clip(z, -1, 1)),
        ("wrong-derivative-formula", lambda z: 1 - np.tanh(z) ** 2),
        ("wrong-threshold", lambda z: (z < 1).astype(float)),
        ("returns-wrong-type", lambda z: np.abs(z) < 1),
        ("sign", lambda z: -hard_slope(z)),
        ("mutates-input", overwrites(hard_slope)),
    ],
)
