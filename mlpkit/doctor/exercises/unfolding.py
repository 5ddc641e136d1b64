"""Assignment 8: sawtooth_preimages, the way back through the folds, and hyperplane_regions, an exact count."""

from math import comb

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.universality import ID, relu

# sawtooth_preimages -------------------------------------------------------------------------------------------------


def _unfolding_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for depth in (3, 2, 4, 1, 7, 12):
        height = float(rng.uniform(0.05, 0.45)) + (0.5 if rng.random() < 0.5 else 0.0)
        cases.append(_unfolding_case(depth, height, Case.about if depth > 1 else "a single fold"))
    cases.append(_unfolding_case(5, 0.5, "the middle height"))
    cases.append(_unfolding_case(3, 1e-6, "a height close to the bottom"))
    cases.append(_unfolding_case(12, 1 - 1e-6, "a height close to the top"))
    return cases


def _unfolding_case(depth: int, height: float, about: str) -> Case:
    """A piece has the slope 2 ** depth, so inputs this exact make heights exact to 1e-9."""
    return Case((depth, height), about, rtol=0.0, atol=1e-9 / 2**depth)


sawtooth_preimages = Exercise(ID, "sawtooth_preimages", arguments="depth, height", cases=_unfolding_cases)


def _unfold(inputs: np.ndarray, depth: int) -> np.ndarray:
    for _ in range(depth):
        inputs = np.concatenate([inputs / 2, 1 - inputs[::-1] / 2])
    return inputs


@sawtooth_preimages.reference
def _(depth, height):
    return _unfold(np.array([height]), depth)


_ORDER = "the inputs are right, but do not increase: what does the mirrored half do with the order?"


@sawtooth_preimages.mistake("returns-list-order-swapped", _ORDER)
def _(depth, height):
    inputs = np.array([height])
    for _ in range(depth):
        inputs = np.concatenate([inputs / 2, 1 - inputs / 2])
    return inputs


@sawtooth_preimages.mistake("returns-list-order-swapped", _ORDER)
def _(depth, height):
    return _unfold(np.array([height]), depth)[::-1].copy()


@sawtooth_preimages.mistake("returns-list-order-swapped", _ORDER)
def _(depth, height):
    inputs = [height]
    for _ in range(depth):
        inputs = [x for y in inputs for x in (y / 2, 1 - y / 2)]
    return np.array(inputs)


_COUNT = "one more fold doubles the number of inputs: depth folds make 2 ** depth."


@sawtooth_preimages.mistake("off-by-one", _COUNT)
def _(depth, height):
    return _unfold(np.array([height]), depth - 1)


@sawtooth_preimages.mistake("off-by-one", _COUNT)
def _(depth, height):
    return _unfold(np.array([height]), depth + 1)


@sawtooth_preimages.mistake("missing-term", "each height of a tooth is reached twice: on the way up and down again.")
def _(depth, height):
    return np.array([height / 2**depth])


@sawtooth_preimages.mistake("missing-term", "each height of a tooth is reached twice: on the way up and down again.")
def _(depth, height):
    return (np.arange(2 ** (depth - 1)) + height / 2) / 2 ** (depth - 1)


_MIRROR = "which two numbers does the fold 2 relu(x) - 4 relu(x - 1/2) make equal?"


def _unfolding_mistake(cause, hint, other):
    """`other` returns what a wrong answer takes for the second input with the same output."""

    def unfold(depth, height):
        inputs = np.array([height])
        for _ in range(depth):
            inputs = np.sort(np.concatenate([inputs / 2, other(inputs)]))
        return inputs

    sawtooth_preimages.mistake(cause, hint)(unfold)


_unfolding_mistake("wrong-formula", _MIRROR, lambda y: (1 - y) / 2)
_unfolding_mistake("wrong-formula", _MIRROR, lambda y: 1 - y)
_unfolding_mistake("wrong-formula", _MIRROR, lambda y: (1 + y) / 2)
_unfolding_mistake("wrong-formula", _MIRROR, lambda y: 2 - y)
_unfolding_mistake("sign", _MIRROR, lambda y: -y / 2)


@sawtooth_preimages.mistake("wrong-formula", "the fold has the slopes 2 and -2.")
def _(depth, height):
    inputs = np.array([height])
    for _ in range(depth):
        inputs = np.concatenate([inputs, 1 - inputs[::-1]])
    return np.sort(inputs)


@sawtooth_preimages.mistake("layer-skipped", "every fold has to be undone, not the last alone.")
def _(depth, height):
    return np.array([height / 2, 1 - height / 2])


_HEIGHT = "the height is an argument."
for _fixed in (0.5, 0.25):

    @sawtooth_preimages.mistake("argument-ignored", _HEIGHT)
    def _(depth, height, fixed=_fixed):
        return _unfold(np.array([fixed]), depth)


for _depth in (1, 2, 3):

    @sawtooth_preimages.mistake("argument-ignored", "the depth is an argument.")
    def _(depth, height, fixed=_depth):
        return _unfold(np.array([height]), fixed)


@sawtooth_preimages.mistake("wrong-formula", "the wave starts at 0: which height comes back from it?")
def _(depth, height):
    return _unfold(np.array([1 - height]), depth)


def _wave(depth: int, x: np.ndarray) -> np.ndarray:
    for _ in range(depth):
        x = 2 * relu(x) - 4 * relu(x - 0.5)
    return x


_GRID = "a grid comes near the inputs and does not hit them: undo the folds one by one."


def _nearest_on_grid(points, within_pieces):
    def nearest(depth, height):
        x = np.linspace(0, 1, points)
        away = np.abs(_wave(depth, x) - height)
        if within_pieces:
            return np.array(
                [part[np.argmin(np.abs(_wave(depth, part) - height))] for part in np.array_split(x, 2**depth)]
            )
        inner = away[1:-1]
        return x[1:-1][(inner <= away[:-2]) & (inner < away[2:])]

    return nearest


for _points in (1000, 1001, 10_000, 10_001, 100_000, 100_001):
    for _within in (False, True):
        sawtooth_preimages.mistake("approximates-by-grid", _GRID)(_nearest_on_grid(_points, _within))


@sawtooth_preimages.mistake("returns-wrong-type", "an array is asked for.")
def _(depth, height):
    return _unfold(np.array([height]), depth).tolist()


@sawtooth_preimages.mistake("returns-wrong-shape", "the inputs stand in a row: (2 ** depth,).")
def _(depth, height):
    return _unfold(np.array([height]), depth)[:, None]


@sawtooth_preimages.mistake(
    "clipped-values", "rounding moves the inputs: at depth 12 a height needs 13 digits of them."
)
def _(depth, height):
    return np.round(_unfold(np.array([height]), depth), 10)


@sawtooth_preimages.mistake(
    "clipped-values", "rounding moves the inputs: at depth 12 a height needs 13 digits of them."
)
def _(depth, height):
    return np.round(_unfold(np.array([height]), depth), 12)


# hyperplane_regions -------------------------------------------------------------------------------------------------

_OFTEN = [(0, 1, "no hyperplane"), (0, 4, "no hyperplane"), (1, 1, "one hyperplane"), (1, 3, "one hyperplane")]
_MORE = [
    (3, 3, "as many hyperplanes as dimensions"),
    (4, 9, "more dimensions than hyperplanes"),
    (2, 100, "more dimensions than hyperplanes"),
    (9, 1, "points on a line"),
    (10_000, 1, "points on a line"),
    (61, 30, "a large count"),
    (200, 100, "a very large count"),
    (10_000, 100, "a very large count"),
]


def _region_cases(rng: np.random.Generator) -> list[Case]:
    ordinary = [(int(rng.integers(d + 2, d + 8)), d) for d in (2, 3, 4, 2)]
    cases = [Case(arguments, rtol=0.0, atol=0.0) for arguments in ordinary]
    return cases + [Case((n, d), about, rtol=0.0, atol=0.0) for n, d, about in _OFTEN + _MORE]


def _observe_regions(function, n, d):
    count = function(n, d)
    if isinstance(count, (float, np.floating)) and float(count).is_integer():
        count = int(count)
    if isinstance(count, (int, np.integer)) and not isinstance(count, bool):
        return {"the number of regions": f"{int(count)}"}  # as digits: what is compared as floats is never exact
    return {"the number of regions": f"a {type(count).__name__}"}


hyperplane_regions = Exercise(
    ID, "hyperplane_regions", arguments="n, d", cases=_region_cases, observe=_observe_regions
)


@hyperplane_regions.reference
def _(n, d):
    return sum(comb(n, k) for k in range(d + 1))


def _regions_mistake(cause, hint, count):
    hyperplane_regions.mistake(cause, hint)(count)


_TERMS = "a cut adds as many regions as the earlier cuts leave in it, in one dimension less: which terms add up?"
_regions_mistake("off-by-one", _TERMS, lambda n, d: sum(comb(n, k) for k in range(d)))
_regions_mistake("off-by-one", _TERMS, lambda n, d: sum(comb(n, k) for k in range(d + 2)))
_regions_mistake("off-by-one", _TERMS, lambda n, d: sum(comb(n + 1, k) for k in range(d + 1)))
_regions_mistake("off-by-one", _TERMS, lambda n, d: sum(comb(max(n - 1, 0), k) for k in range(d + 1)))
_regions_mistake(
    "missing-term", "without any cut there is one region.", lambda n, d: sum(comb(n, k) for k in range(1, d + 1))
)
_regions_mistake("missing-term", "the smaller binomial coefficients count as well.", lambda n, d: comb(n, d))
_regions_mistake("missing-term", "between 1 and the last term there are others.", lambda n, d: 1 + n + comb(n, d))
_regions_mistake("missing-term", "between 1 and the last term there are others.", lambda n, d: 1 + comb(n, d))
_DIMENSION = "2 ** n is what there would be if every pattern occurred: in d dimensions there is not room for all."
_regions_mistake("argument-ignored", _DIMENSION, lambda n, d: 2**n)
_regions_mistake("argument-ignored", "that is the count in the plane.", lambda n, d: 1 + n + n * (n - 1) // 2)
_regions_mistake("argument-ignored", "that is the count on a line.", lambda n, d: n + 1)
_POWER = "it grows like n ** d, and is not that: draw three lines in the plane and count."
_regions_mistake("wrong-formula", _POWER, lambda n, d: n**d)
_regions_mistake("wrong-formula", _POWER, lambda n, d: (n + 1) ** d)
_regions_mistake("wrong-formula", _POWER, lambda n, d: 1 + n**d)
_regions_mistake("wrong-formula", "that is 2 to the number of dimensions.", lambda n, d: 2**d)
_regions_mistake("wrong-formula", "that is d ** n.", lambda n, d: d**n)
_regions_mistake(
    "wrong-formula", "that counts the cuts through one common point: here they are in general position.",
    lambda n, d: 2 * sum(comb(n - 1, k) for k in range(d)) if n else 1,
)  # fmt: skip
_regions_mistake("wrong-formula", "that counts the bounded regions alone.", lambda n, d: comb(n - 1, d) if n else 0)
_regions_mistake(
    "operand-order", "n and d have changed their roles.", lambda n, d: sum(comb(d, k) for k in range(n + 1))
)
_regions_mistake(
    "wrong-formula", "with more dimensions than hyperplanes the larger binomial coefficients are 0.",
    lambda n, d: sum(comb(n, k) for k in range(d + 1)) if d <= n else 0,
)  # fmt: skip
_regions_mistake(
    "wrong-formula", "with more dimensions than hyperplanes each cut halves all that there is.",
    lambda n, d: sum(comb(n, k) for k in range(d + 1)) if d <= n else n + 1,
)  # fmt: skip
_LARGE = "right while the numbers are small: Python's own int is exact at any size, floats and NumPy's ints are not."


def _wrapped(count: int) -> int:
    """Return what 64 bits keep of a count."""
    return (count + 2**63) % 2**64 - 2**63


@hyperplane_regions.mistake("overflow", _LARGE)
def _(n, d):
    """Sum up products of floats."""
    total = term = 1.0
    for k in range(d):
        term = term * (n - k) / (k + 1)
        total += term
    return int(total)


@hyperplane_regions.mistake("overflow", _LARGE)
def _(n, d):
    """The same, divided first."""
    total = term = 1.0
    for k in range(d):
        term *= (n - k) / (k + 1)
        total += term
    return round(total)


@hyperplane_regions.mistake("overflow", _LARGE)
def _(n, d):
    return int(float(sum(comb(n, k) for k in range(d + 1))))


@hyperplane_regions.mistake("overflow", _LARGE)
def _(n, d):
    """Pascal's rule in 64 bits, where every sum wraps round, is the count modulo 2 ** 64."""
    return _wrapped(sum(comb(n, k) for k in range(d + 1)))


def _in_division(n: int, k: int) -> int:
    """Return a binomial coefficient by factorials and a division of floats."""
    top = 1
    for factor in range(n - k + 1, n + 1):
        top *= factor
    bottom = 1
    for factor in range(1, k + 1):
        bottom *= factor
    return top / bottom


@hyperplane_regions.mistake("overflow", _LARGE)
def _(n, d):
    return int(sum(_in_division(n, k) for k in range(min(n, d) + 1)))


@hyperplane_regions.mistake(
    "recursion-limit", "it calls itself as often as there are hyperplanes: count on in a loop."
)
def _(n, d):
    if n > 990:
        raise RecursionError("maximum recursion depth exceeded")
    return sum(comb(n, k) for k in range(d + 1))


@hyperplane_regions.mistake("division-by-zero", "with more dimensions than hyperplanes there is nothing to divide.")
def _(n, d):
    if d > n:
        raise ValueError("factorial() not defined for negative values")
    return sum(comb(n, k) for k in range(d + 1))
