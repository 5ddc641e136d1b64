"""Assignment 7: xavier and he, judged by the distribution of what they draw. (The chain is in vanishing_gradients.)

A right answer may draw in any order, so only what all of them share is compared: shape, dtype, the use of the
generator, and the distribution of thousands of weights, in words.
"""

import math

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "07_vanishing_gradients"


def _cases(rng: np.random.Generator) -> list[Case]:
    sizes = [(160, 120), (110, 180), (4, 5000), (5000, 4)]
    cases = [Case((n_in, n_out, int(rng.integers(2**31))), f"{n_in} inputs, {n_out} units") for n_in, n_out in sizes]
    return [Case((1, 5, 3), "one input"), Case((6, 1, 4), "one unit"), *cases]


def _scales(n_in: int, n_out: int) -> dict[str, float]:
    """Return the variances that one meets, by name."""
    he, xavier = 2 / n_in, 2 / (n_in + n_out)
    return {
        "2 / n_in": he,
        "2 / (n_in + n_out)": xavier,
        "1 / n_in": 1 / n_in,
        "2 / n_out": 2 / n_out,
        "1 / n_out": 1 / n_out,
        "1 / (n_in + n_out)": xavier / 2,
        "4 / n_in": 2 * he,
        "4 / (n_in + n_out)": 2 * xavier,
        "6 / (n_in + n_out)": 3 * xavier,
        "6 / n_in": 3 * he,
        "(2 / n_in) squared": he**2,
        "(2 / n_out) squared": 4 / n_out**2,
        "(2 / (n_in + n_out)) squared": xavier**2,
        "2 / n_in squared": he / n_in,
        "2 / 3 / n_in": he / 3,
        "2 / 3 / (n_in + n_out)": xavier / 3,
        "1 / n_in / 3": he / 6,
        "2 / (n_in n_out)": 2 / (n_in * n_out),
        "(n_in + n_out) / 2": 1 / xavier,
        "n_in / 2": 1 / he,
        "1": 1.0,
        "1 / 3": 1 / 3,
        "0.01": 0.01,
        "0.0001": 0.0001,
    }


def scale_of(W: np.ndarray, right: str, n_in: int, n_out: int) -> str:
    """Name the variance of weights around 0; chance misses the right one in fewer than one of 10^9 draws."""
    variance, scales = float(np.mean(W**2)), _scales(n_in, n_out)
    noise = math.sqrt(2 / W.size)
    if abs(variance / scales[right] - 1) < max(6.5 * noise, 0.05):
        return right
    # Names that mean nearly the same for these sizes: always the first of them.
    fitting = [name for name, value in scales.items() if abs(variance / value - 1) < max(5 * noise, 0.03)]
    return fitting[0] if fitting else f"something else, {variance:.6g}"


def family_of(W: np.ndarray) -> str:
    """Name the distribution of weights by the share of them below fifteen thresholds."""
    values = W.ravel()
    if not np.isfinite(values).all():
        return "not finite"
    if not values.any():
        return "all 0"
    if (values == values[0]).all():
        return "all equal"
    unit = np.sort(values / math.sqrt(np.mean(values**2)))
    if np.mean(unit[1:] == unit[:-1]) > 0.01:
        return "the same numbers again and again"
    thresholds = np.linspace(-2.1, 2.1, 15)
    below = np.searchsorted(unit, thresholds) / values.size
    shares = {
        "normal, mean 0": np.array([0.5 * (1 + math.erf(t / math.sqrt(2))) for t in thresholds]),
        "uniform, mean 0": np.clip((thresholds / math.sqrt(3) + 1) / 2, 0, 1),
        "uniform from 0": np.clip(thresholds / math.sqrt(3), 0, 1),
        "normal, all positive": np.array([max(0.0, math.erf(t / math.sqrt(2))) for t in thresholds]),
    }
    noise = max(3.3 / math.sqrt(values.size), 0.005)
    fitting = [name for name, share in shares.items() if np.abs(below - share).max() < noise]
    return fitting[0] if fitting else f"something else, a mean of {np.mean(values):.6g}"


def _observer(right):
    def observe(function, n_in, n_out, seed):
        rng = np.random.default_rng(seed)
        W = function(n_in, n_out, rng)
        if not isinstance(W, np.ndarray):
            return {"the weights": W}
        parts = {
            "the shape": str(W.shape),
            "the dtype": str(W.dtype),
        }
        if n_in * n_out < 1000:  # a few numbers are enough to see where they come from
            next_one, again = function(n_in, n_out, rng), function(n_in, n_out, np.random.default_rng(seed))
            parts["the same generator gives the same weights"] = bool(np.array_equal(W, again))
            parts["a second call gives other weights"] = not np.array_equal(W, next_one)
        elif W.size > 1000 and W.dtype == np.float64:
            parts["the distribution"] = family_of(W)
            parts["the variance"] = scale_of(W, right, n_in, n_out)
        return parts

    return observe


def _exercise(name, right):
    return Exercise(ID, name, arguments="n_in, n_out, rng", cases=_cases, observe=_observer(right))


xavier, he = _exercise("xavier", "2 / (n_in + n_out)"), _exercise("he", "2 / n_in")


def _normal(variance):
    return lambda n_in, n_out, rng: math.sqrt(variance(n_in, n_out)) * rng.standard_normal((n_in, n_out))


def _uniform(bound):
    def draw(n_in, n_out, rng):
        limit = bound(n_in, n_out)
        return rng.uniform(-limit, limit, size=(n_in, n_out))

    return draw


def _xavier_variance(n_in, n_out):
    return 2 / (n_in + n_out)


def _he_variance(n_in, n_out):
    return 2 / n_in


xavier.reference(_normal(_xavier_variance))
he.reference(_normal(_he_variance))

_SQUARE_ROOT = "normal takes a standard deviation: what is it, when the variance is given?"
_NORMAL = "a normal distribution is asked for, and these are spread evenly."

for _exercise_, _variance in ((xavier, _xavier_variance), (he, _he_variance)):

    def _scaled(factor, power=1.0, variance=_variance):
        return _normal(lambda n_in, n_out: factor * variance(n_in, n_out) ** power)

    _exercise_.mistake("std-vs-variance", _SQUARE_ROOT)(_scaled(1.0, 2.0))
    _exercise_.mistake("half", "the variance is half of what it should be.")(_scaled(0.5))
    _exercise_.mistake("factor-2", "the variance is twice what it should be.")(_scaled(2.0))
    _exercise_.mistake("wrong-formula", "more inputs should mean smaller weights.")(_scaled(1.0, -1.0))
    for _variance_now in (1.0, 0.01, 0.0001):
        _exercise_.mistake("argument-ignored", "the variance has to depend on the sizes.")(
            _normal(lambda n_in, n_out, variance=_variance_now: variance)
        )
    for _factor in (3.0, 1.0, 1 / 3):
        _exercise_.mistake("uniform-instead-of-normal", _NORMAL)(
            _uniform(
                lambda n_in, n_out, factor=_factor, variance=_variance: math.sqrt(factor * variance(n_in, n_out))
            )
        )
    _exercise_.mistake("uniform-instead-of-normal", _NORMAL)(
        lambda n_in, n_out, rng, variance=_variance: math.sqrt(variance(n_in, n_out)) * rng.random((n_in, n_out))
    )
    _exercise_.mistake("uniform-instead-of-normal", _NORMAL)(
        lambda n_in, n_out, rng, variance=_variance: (
            math.sqrt(variance(n_in, n_out)) * (2 * rng.random((n_in, n_out)) - 1)
        )
    )
    _exercise_.mistake("transpose", "n_in rows and n_out columns: the layer is h @ W.")(
        lambda n_in, n_out, rng, variance=_variance: (
            math.sqrt(variance(n_in, n_out)) * rng.standard_normal((n_out, n_in))
        )
    )
    _exercise_.mistake("zero-init", "weights that are all alike stay alike.")(
        lambda n_in, n_out, rng: np.zeros((n_in, n_out))
    )
    _exercise_.mistake("seed-ignored", "the numbers come from rng, the generator that is given.")(
        lambda n_in, n_out, rng, variance=_variance: _normal(variance)(n_in, n_out, np.random.default_rng(0))
    )
    _exercise_.mistake("seed-ignored", "the numbers come from rng, the generator that is given.")(
        lambda n_in, n_out, rng, variance=_variance: _normal(variance)(n_in, n_out, np.random.default_rng())
    )
    _exercise_.mistake("float32-precision", "the weights are float64.")(
        lambda n_in, n_out, rng, variance=_variance: _normal(variance)(n_in, n_out, rng).astype(np.float32)
    )
    _exercise_.mistake("returns-wrong-shape", "n_in rows and n_out columns are asked for.")(
        lambda n_in, n_out, rng, variance=_variance: _normal(variance)(n_in, n_out, rng).ravel()
    )

_FANS = "which of the two sizes is the number of inputs of a unit?"
he.mistake("fan-in-out-swapped", _FANS)(_normal(lambda n_in, n_out: 2 / n_out))
he.mistake("fan-in-out-swapped", _FANS)(lambda n_in, n_out, rng: _normal(_he_variance)(n_out, n_in, rng))
he.mistake("wrong-formula", "this is Xavier's variance.")(_normal(_xavier_variance))
xavier.mistake("wrong-formula", "this is He's variance.")(_normal(_he_variance))
xavier.mistake("missing-term", "both sizes count.")(_normal(lambda n_in, n_out: 1 / n_in))
xavier.mistake("missing-term", "both sizes count.")(_normal(lambda n_in, n_out: 1 / n_out))
for _other in (xavier, he):
    _other.mistake("wrong-formula", "the 6 belongs to the bounds of a uniform distribution.")(
        _normal(lambda n_in, n_out: 6 / (n_in + n_out))
    )
    _other.mistake("wrong-formula", "the 6 belongs to the bounds of a uniform distribution.")(
        _normal(lambda n_in, n_out: 6 / n_in)
    )
    _other.mistake("wrong-formula", "the square root goes over the whole fraction.")(
        _normal(lambda n_in, n_out: 2 / n_in**2)
    )
