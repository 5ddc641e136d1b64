"""Assignment 4: the derivatives of the activations, elementwise. (PReLU and maxout: learned_activations.)"""

from collections.abc import Callable

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "04_activations"
LARGE = np.array([-1000.0, -720.0, -300.0, -40.0, 40.0, 300.0, 720.0, 1000.0])
OVERFLOW = "np.exp of a large number is infinite: which exponent stays small for every z?"


def _sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _cases(
    kinks: tuple[float, ...] = (), alphas: tuple[float, ...] = ()
) -> Callable[[np.random.Generator], list[Case]]:
    """Return a maker of cases: several shapes, each alpha, the kinks, and large pre-activations."""

    def cases(rng: np.random.Generator) -> list[Case]:
        made = []
        for n, shape in enumerate([(7,), (5, 3), (1, 4), (2, 3, 4)]):
            alpha = (alphas[n % len(alphas)],) if alphas else ()
            made.append(Case((2.0 * rng.normal(size=shape), *alpha), rtol=1e-12, atol=1e-14))
        for alpha in alphas[:1]:
            made.append(Case((rng.normal(size=6), alpha), rtol=1e-12, atol=1e-14))
        if alphas:
            made.append(Case((rng.normal(size=6),), "no alpha given", rtol=1e-12, atol=1e-14))
        for kink in kinks:
            made.append(
                Case(
                    (np.array([kink, kink + 0.5, kink - 0.5, kink]), *alphas[1:2]),
                    "at the kink",
                    rtol=1e-9,
                    atol=1e-14,
                )
            )
        made.append(Case((rng.permutation(LARGE), *alphas[:1]), "large numbers", rtol=1e-8, atol=1e-14))
        # Where a derivative is tiny, a difference of two function values has no digits left.
        made.append(
            Case(
                (np.array([-14.0, -11.0, 0.5, 11.0, 14.0]), *alphas[:1]),
                "inputs of unequal scale",
                rtol=1e-6,
                atol=1e-15,
            )
        )
        return made

    return cases


def _exercise(name: str, reference: Callable, kinks: tuple = (), alphas: tuple = ()) -> Exercise:
    made = Exercise(ID, name, arguments="z, alpha" if alphas else "z", cases=_cases(kinks, alphas), analytic=True)
    made.reference(reference)
    return made


def _mistakes(exercise: Exercise, *mistakes: tuple[str, str, Callable]) -> None:
    for cause, hint, function in mistakes:
        exercise.mistake(cause, hint)(function)


def _dsigmoid(z):
    e = np.exp(-np.abs(z))
    return e / (1.0 + e) ** 2


sigmoid_derivative = _exercise("sigmoid_derivative", _dsigmoid)
_mistakes(
    sigmoid_derivative,
    ("wrong-derivative-formula", "this is the sigmoid itself.", _sigmoid),
    ("wrong-derivative-formula", "there is no square: p times 1 - p.", lambda z: (1 - _sigmoid(z)) ** 2),
    ("wrong-derivative-formula", "1 - p^2 belongs to tanh.", lambda z: 1 - _sigmoid(z) ** 2),
    ("wrong-derivative-formula", "p times 1 - p: only one of the factors is there.", lambda z: 1 - _sigmoid(z)),
    ("activation-derivative-wrong-argument", "p (1 - p) takes the output p, not z.", lambda z: z * (1 - z)),
    ("wrong-derivative-formula", "p (1 + p): check the sign.", lambda z: _sigmoid(z) * (1 + _sigmoid(z))),
    ("sign", "the sigmoid rises everywhere.", lambda z: -_dsigmoid(z)),
    ("wrong-derivative-formula", "p times 1 - p, each once.", lambda z: _sigmoid(z) ** 2 * (1 - _sigmoid(z))),
    ("overflow", OVERFLOW, lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    ("overflow", OVERFLOW, lambda z: np.exp(z) / (1 + np.exp(z)) ** 2),
    ("activation-derivative-wrong-argument", "the sigmoid is applied twice.", lambda z: _dsigmoid(_sigmoid(z))),
)


def _dtanh(z):
    # 4 e / (1 + e)^2 with e = exp(-2|z|): 1 - tanh(z)^2 without its cancellation.
    e = np.exp(-2.0 * np.abs(z))
    return 4.0 * e / (1.0 + e) ** 2


tanh_derivative = _exercise("tanh_derivative", _dtanh)
_mistakes(
    tanh_derivative,
    ("slide-bug-(1-z)^2", "1 - tanh^2, not (1 - tanh)^2: compare both at z = 0.5.", lambda z: (1 - np.tanh(z)) ** 2),
    ("slide-bug-(1-z)^2", "1 - tanh^2, and tanh is missing too.", lambda z: (1 - z) ** 2),
    ("activation-derivative-wrong-argument", "1 - h^2 takes the output h = tanh(z), not z.", lambda z: 1 - z**2),
    ("wrong-derivative-formula", "this is tanh itself.", np.tanh),
    ("wrong-derivative-formula", "the square is missing.", lambda z: 1 - np.tanh(z)),
    ("wrong-derivative-formula", "h (1 - h) belongs to the sigmoid.", lambda z: np.tanh(z) * (1 - np.tanh(z))),
    ("wrong-derivative-formula", "1 minus the square, not plus.", lambda z: 1 + np.tanh(z) ** 2),
    ("sign", "tanh rises everywhere.", lambda z: -_dtanh(z)),
    ("activation-derivative-wrong-argument", "tanh is applied twice.", lambda z: 1 - np.tanh(np.tanh(z)) ** 2),
    ("wrong-derivative-formula", "only the square of tanh: from what is it subtracted?", lambda z: np.tanh(z) ** 2),
    ("overflow", "np.cosh(1000) is infinite.", lambda z: 1 / np.cosh(z) ** 2),
    ("overflow", OVERFLOW, lambda z: 1 - ((np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))) ** 2),
)


def _step(z):
    return (z > 0).astype(float)


relu_derivative = _exercise("relu_derivative", _step, kinks=(0.0,))
_mistakes(
    relu_derivative,
    ("kink-wrong-side", "at z = 0 the derivative is the one from the left: 0.", lambda z: (z >= 0).astype(float)),
    ("kink-wrong-side", "at z = 0 the derivative is the one from the left: 0.", lambda z: np.heaviside(z, 0.5)),
    ("wrong-derivative-formula", "this is the rectifier itself, not its slope.", lambda z: np.maximum(z, 0.0)),
    ("sign", "the rectifier lets positive numbers through.", lambda z: (z < 0).astype(float)),
    ("wrong-derivative-formula", "left of 0 the slope is 0, not -1.", np.sign),
    ("wrong-derivative-formula", "left of 0 the slope is 0.", lambda z: np.ones_like(z)),
    ("not-strict", "the slope is 0 up to and at 0, and 1 from there.", lambda z: (z > 1).astype(float)),
    (
        "wrong-derivative-formula",
        "the slope is 0 to the left of 0, not a little.",
        lambda z: np.where(z > 0, 1.0, 0.01),
    ),
    ("division-by-zero", "z / z has no value at 0.", lambda z: np.maximum(z, 0) / z),
    ("returns-wrong-type", "numbers are asked for, not truth values.", lambda z: z > 0),
)


def _leaky(z, alpha=0.01):
    return np.where(z > 0, 1.0, alpha)


leaky_relu_derivative = _exercise("leaky_relu_derivative", _leaky, kinks=(0.0,), alphas=(0.2, 0.05, 0.3))
_mistakes(
    leaky_relu_derivative,
    (
        "kink-wrong-side",
        "at z = 0 the derivative is the one from the left: alpha.",
        lambda z, alpha=0.01: np.where(z >= 0, 1.0, alpha),
    ),
    ("alpha-ignored", "alpha is given: use it.", lambda z, alpha=0.01: np.where(z > 0, 1.0, 0.01)),
    ("alpha-ignored", "the leak has a slope: alpha.", lambda z, alpha=0.01: _step(z)),
    (
        "wrong-derivative-formula",
        "this is the function, not its slope.",
        lambda z, alpha=0.01: np.where(z > 0, z, alpha * z),
    ),
    (
        "wrong-derivative-formula",
        "left of 0 the slope is alpha, not alpha z.",
        lambda z, alpha=0.01: np.where(z > 0, 1.0, alpha * z),
    ),
    (
        "sign",
        "the leak lets a little of the negative through, upright.",
        lambda z, alpha=0.01: np.where(z > 0, 1.0, -alpha),
    ),
    ("wrong-derivative-formula", "the two sides are exchanged.", lambda z, alpha=0.01: np.where(z > 0, alpha, 1.0)),
    (
        "wrong-derivative-formula",
        "right of 0 the slope is 1.",
        lambda z, alpha=0.01: np.where(z > 0, 1.0 - alpha, alpha),
    ),
    (
        "wrong-derivative-formula",
        "right of 0 the slope is 1.",
        lambda z, alpha=0.01: np.where(z > 0, 1.0 + alpha, alpha),
    ),
    (
        "kink-wrong-side",
        "at z = 0 the derivative is the one from the left: alpha.",
        lambda z, alpha=0.01: np.where(z < 0, alpha, _step(z)),
    ),
)


def _elu(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))


elu_derivative = _exercise("elu_derivative", _elu, kinks=(0.0,), alphas=(0.5, 1.7, 2.5))
_mistakes(
    elu_derivative,
    (
        "kink-wrong-side",
        "at z = 0 the derivative is the one from the left: alpha.",
        lambda z, alpha=1.0: np.where(z >= 0, 1.0, _elu(z, alpha)),
    ),
    ("alpha-ignored", "alpha is given: use it.", lambda z, alpha=1.0: _elu(z)),
    (
        "wrong-derivative-formula",
        "this is the function, not its slope.",
        lambda z, alpha=1.0: np.where(z > 0, z, _elu(z, alpha) - alpha),
    ),
    (
        "wrong-derivative-formula",
        "the -1 is a constant: what is its derivative?",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, _elu(z, alpha) - alpha),
    ),
    (
        "wrong-derivative-formula",
        "alpha stands before the exponential.",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)) + alpha),
    ),
    (
        "wrong-derivative-formula",
        "alpha stands before the exponential, not in it.",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, np.exp(alpha * np.minimum(z, 0))),
    ),
    (
        "wrong-derivative-formula",
        "alpha stands before the exponential alone.",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, alpha * np.exp(alpha * np.minimum(z, 0))),
    ),
    ("sign", "the exponential rises with z.", lambda z, alpha=1.0: np.where(z > 0, 1.0, -_elu(z, alpha))),
    (
        "wrong-derivative-formula",
        "right of 0 the slope is 1.",
        lambda z, alpha=1.0: np.where(z > 0, alpha, _elu(z, alpha)),
    ),
    ("wrong-derivative-formula", "left of 0 the slope is not 0.", lambda z, alpha=1.0: _step(z)),
    (
        "overflow",
        "np.where computes both sides for every z: keep the exponent small.",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, alpha * np.exp(z)),
    ),
    (
        "wrong-derivative-formula",
        "exp(z), not exp(-z): far to the left the slope is 0.",
        lambda z, alpha=1.0: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(-z, 30))),
    ),
)

softplus_derivative = _exercise("softplus_derivative", _sigmoid)
_mistakes(
    softplus_derivative,
    ("wrong-derivative-formula", "this is the softplus itself.", lambda z: np.logaddexp(0.0, z)),
    ("sign", "far to the right the slope is 1.", lambda z: _sigmoid(-z)),
    ("wrong-derivative-formula", "one derivative too many: the sigmoid is enough.", _dsigmoid),
    ("wrong-derivative-formula", "the slope of the rectifier is only the far view of it.", _step),
    ("wrong-derivative-formula", "tanh lies between -1 and 1; this slope between 0 and 1.", np.tanh),
    ("overflow", OVERFLOW, lambda z: np.exp(z) / (1 + np.exp(z))),
    ("overflow", OVERFLOW, lambda z: 1 / (1 + np.exp(-z))),
    ("wrong-derivative-formula", "this is the logarithm of the slope.", lambda z: -np.logaddexp(0.0, -z)),
)


def _swish_slope(z):
    s = _sigmoid(z)
    return s + z * _dsigmoid(z)


swish_derivative = _exercise("swish_derivative", _swish_slope)
_mistakes(
    swish_derivative,
    ("missing-term", "a product has two terms in its derivative.", _sigmoid),
    ("missing-term", "a product has two terms in its derivative.", lambda z: z * _dsigmoid(z)),
    ("missing-term", "the second term keeps its factor z.", lambda z: _sigmoid(z) + _dsigmoid(z)),
    ("missing-term", "the sigmoid's derivative has two factors.", lambda z: _sigmoid(z) + z * _sigmoid(z)),
    ("missing-term", "the sigmoid's derivative has two factors.", lambda z: _sigmoid(z) + z * (1 - _sigmoid(z))),
    ("wrong-derivative-formula", "this is the function itself.", lambda z: z * _sigmoid(z)),
    ("wrong-derivative-formula", "this is the sigmoid's derivative alone.", _dsigmoid),
    ("sign", "the second term is added.", lambda z: _sigmoid(z) - z * _dsigmoid(z)),
    (
        "wrong-derivative-formula",
        "swish + sigmoid (1 - swish): the last factor is the sigmoid's.",
        lambda z: z * _sigmoid(z) + (1 - z * _sigmoid(z)),
    ),
    ("overflow", OVERFLOW, lambda z: 1 / (1 + np.exp(-z)) * (1 + z * (1 - 1 / (1 + np.exp(-z))))),
    (
        "wrong-derivative-formula",
        "the factor is 1 - sigmoid, not 1 + sigmoid.",
        lambda z: _sigmoid(z) + z * _sigmoid(z) * (1 + _sigmoid(z)),
    ),
)


def _hard_tanh_slope(z):
    return (np.abs(z) < 1).astype(float)


hard_tanh_derivative = _exercise("hard_tanh_derivative", _hard_tanh_slope, kinks=(-1.0, 1.0, 0.0))
_mistakes(
    hard_tanh_derivative,
    ("not-strict", "at -1 and at 1 the slope is 0: strictly inside.", lambda z: (np.abs(z) <= 1).astype(float)),
    ("kink-wrong-side", "at both ends the slope is 0.", lambda z: ((z > -1) & (z <= 1)).astype(float)),
    ("kink-wrong-side", "at both ends the slope is 0.", lambda z: ((z >= -1) & (z < 1)).astype(float)),
    ("wrong-derivative-formula", "this is the function itself.", lambda z: np.clip(z, -1.0, 1.0)),
    ("wrong-derivative-formula", "this is the derivative of the smooth tanh.", _dtanh),
    ("wrong-threshold", "hard tanh also bends at -1.", lambda z: (z < 1).astype(float)),
    ("wrong-threshold", "hard tanh also bends at 1.", lambda z: (z > -1).astype(float)),
    ("wrong-threshold", "hard tanh goes on to the left of 0.", lambda z: ((z > 0) & (z < 1)).astype(float)),
    ("sign", "it is flat outside and rises inside.", lambda z: (np.abs(z) >= 1).astype(float)),
    (
        "wrong-derivative-formula",
        "1 - z^2 belongs to the smooth tanh's output.",
        lambda z: np.where(np.abs(z) < 1, 1 - z**2, 0.0),
    ),
    ("returns-wrong-type", "numbers are asked for, not truth values.", lambda z: np.abs(z) < 1),
)
