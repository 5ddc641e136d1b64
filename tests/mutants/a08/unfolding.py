import itertools
import math
from functools import cache

import numpy as np

from tests.mutants.marks import Mutants

preimages = Mutants("08_universality", "sawtooth_preimages")
regions = Mutants("08_universality", "hyperplane_regions")


def tooth(x, depth):
    for _ in range(depth):
        x = np.where(x < 0.5, 2 * x, 2 - 2 * x)
    return x


def unfolded(depth, height):
    inputs = np.array([height])
    for _ in range(depth):
        inputs = np.concatenate([inputs / 2, (1 - inputs / 2)[::-1]])
    return inputs


@preimages.right
def unfold(depth, height):
    return unfolded(depth, height)


@preimages.right
def recursion(depth, height):
    if depth == 0:
        return np.array([float(height)])
    return np.array(sorted([*recursion(depth - 1, height / 2), *recursion(depth - 1, 1 - height / 2)]))


def piece_after_piece(depth, height):
    k = np.arange(2**depth)
    return (k + np.where(k % 2 == 0, height, 1 - height)) / 2**depth


@preimages.right
def piece_by_piece(depth, height):
    return piece_after_piece(depth, height)


@preimages.right
def bisection(depth, height):
    edges = np.linspace(0, 1, 2**depth + 1)
    low, high = edges[:-1].copy(), edges[1:].copy()
    rising = np.arange(2**depth) % 2 == 0
    for _ in range(60):
        middle = (low + high) / 2
        too_low = (tooth(middle, depth) < height) == rising
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return (low + high) / 2


@preimages.right
def crossings(depth, height):
    """The lines between neighbouring kinks, met with the height."""
    x = np.linspace(0, 1, 2**depth + 1)
    y = tooth(x, depth) - height
    return x[:-1] + np.diff(x) * y[:-1] / (y[:-1] - y[1:])


@preimages.right
def a_set_that_doubles(depth, height):
    found = {height}
    while depth:
        found = {y / 2 for y in found} | {1 - y / 2 for y in found}
        depth -= 1
    return np.sort(np.fromiter(found, dtype=float))


@preimages.wrong("returns-list-order-swapped")
def not_sorted(depth, height):
    inputs = [height]
    for _ in range(depth):
        inputs = [y / 2 for y in inputs] + [1 - y / 2 for y in inputs]
    return np.array(inputs)


@preimages.wrong("returns-list-order-swapped")
def decreasing(depth, height):
    return -np.sort(-unfolded(depth, height))


@preimages.wrong("wrong-formula")
def moved_not_mirrored(depth, height):
    return (np.arange(2**depth) + height) / 2**depth


@preimages.wrong("wrong-formula")
def mirrored_in_the_middle_of_the_half(depth, height):
    inputs = np.array([height])
    for _ in range(depth):
        inputs = np.sort(np.r_[inputs / 2, (1 - inputs) / 2])
    return inputs


@preimages.wrong("missing-term")
def only_the_way_up(depth, height):
    return np.arange(0, 1, 2.0 ** (1 - depth)) + height * 0.5**depth


@preimages.wrong("off-by-one")
def one_fold_more(depth, height):
    return piece_after_piece(depth + 1, height)


@preimages.wrong("off-by-one")
def one_fold_less(depth, height):
    return unfolded(depth - 1, height)


@preimages.wrong("argument-ignored")
def at_one_half(depth, height):
    return (np.arange(2**depth) + 0.5) / 2**depth


@preimages.wrong("approximates-by-grid")
def nearest_of_a_fine_grid(depth, height):
    x = np.linspace(0, 1, 100_001)
    y = np.abs(tooth(x, depth) - height)
    return np.array([x[i] for i in range(1, len(x) - 1) if y[i] <= y[i - 1] and y[i] < y[i + 1]])


@preimages.wrong("returns-wrong-type")
def a_list(depth, height):
    return list(unfolded(depth, height))


@preimages.wrong("returns-wrong-shape")
def a_column(depth, height):
    return unfolded(depth, height).reshape(-1, 1)


@preimages.wrong("clipped-values")
def rounded(depth, height):
    return np.unique(np.round(unfolded(depth, height), 10))


@preimages.wrong("layer-skipped")
def last_fold_only(depth, height):
    return np.array([0.5 * height, 1 - 0.5 * height])


@preimages.wrong("float32-precision")
def single_precision(depth, height):
    return unfolded(depth, np.float32(height)).astype(np.float32).astype(float)


def counted(n, d):
    return sum(math.comb(n, k) for k in range(d + 1))


@regions.right
def binomials(n, d):
    return counted(n, d)


@regions.right
def running_product(n, d):
    total, term = 0, 1
    for k in range(d + 1):
        total += term
        term = term * (n - k) // (k + 1)
    return total


@regions.right
def cut_by_cut(n, d):
    """R(n, d) = R(n - 1, d) + R(n - 1, d - 1), all dimensions at once."""
    counts = [1] * (d + 1)
    for _ in range(n):
        for k in range(d, 0, -1):
            counts[k] += counts[k - 1]
    return counts[d]


@regions.right
def factorials(n, d):
    return sum(math.prod(range(n - k + 1, n + 1)) // math.factorial(k) for k in range(min(n, d) + 1))


@regions.right
def power_of_a_polynomial(n, d):
    """The coefficients of (1 + x) ** n, by repeated squaring, cut off after x ** d."""

    def times(p, q):
        return [sum(p[i] * q[k - i] for i in range(k + 1)) for k in range(d + 1)]

    result, base = [1] + [0] * d, [1, 1] + [0] * (d - 1)
    while n:
        if n % 2:
            result = times(result, base)
        base, n = times(base, base), n // 2
    return sum(result)


@regions.wrong("overflow")
def numpy_pascal(n, d):
    counts = np.ones(d + 1, dtype=np.int64)
    for _ in range(n):
        counts[1:] = counts[1:] + counts[:-1]
    return int(counts[d])


@regions.wrong("overflow")
def float_terms(n, d):
    total, term = 1.0, 1.0
    for k in range(1, d + 1):
        term *= (n - k + 1) / k
        total += term
    return round(total)


@regions.wrong("recursion-limit")
def memoised_recursion(n, d):
    @cache
    def count(n, d):
        return 1 if n == 0 or d == 0 else count(n - 1, d) + count(n - 1, d - 1)

    return count(n, d)


@regions.wrong("off-by-one")
def without_the_last_term(n, d):
    return sum(itertools.islice((math.comb(n, k) for k in range(n + 1)), d))


@regions.wrong("missing-term")
def without_the_whole(n, d):
    return counted(n, d) - 1


@regions.wrong("missing-term")
def last_term_only(n, d):
    return math.comb(n, d)


@regions.wrong("argument-ignored")
def all_patterns(n, d):
    return 1 << n


@regions.wrong("argument-ignored")
def in_the_plane(n, d):
    return (n * n + n + 2) // 2


@regions.wrong("wrong-formula")
def through_one_point(n, d):
    return 1 if n == 0 else 2 * counted(n - 1, d - 1)


@regions.wrong("wrong-formula")
def power(n, d):
    return n**d


@regions.wrong("operand-order")
def exchanged(n, d):
    return counted(d, n)


@regions.wrong("off-by-one")
def one_term_too_many(n, d):
    return counted(n, d + 1)
