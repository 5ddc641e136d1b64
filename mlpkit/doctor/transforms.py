"""Mistakes that any function can have: a lost sign, a factor, a transpose, the parts exchanged, a wrong shape."""

from collections.abc import Callable, Iterator
from itertools import combinations, permutations

import numpy as np

from mlpkit.doctor.exercise import Case
from mlpkit.doctor.outcome import COUNT_OF

HINTS = {
    "sign": "the numbers are right but for their sign: which way does the derivative point?",
    "factor-2": "everything is twice too large: is there a 2 that something should have cancelled?",
    "half": "everything is half of what it should be: what is the derivative of a square?",
    "missing-mean": "everything is N times too large, N being the number of examples: the loss is a mean.",
    "extra-mean": "everything is N times too small, N being the number of examples: is a mean taken twice?",
    "divides-by-wrong-count": "the numbers are off by a ratio of two sizes: which number should the mean divide by?",
    "wrong-log-base": "the numbers are off by a constant that belongs to a logarithm: which base is meant?",
    "transpose": "the numbers are right and stand transposed: compare the shapes on paper.",
    "returns-list-order-swapped": "the parts of the answer are right and come in another order.",
    "layer-order-reversed": "the list is right from back to front: in which order do the layers come?",
    "returns-wrong-shape": "the numbers are right and come in another shape.",
    "bias-mean-instead-of-sum": "a mean over the examples was taken where a sum is due.",
}

_FIXED = {
    -1.0: "sign",
    2.0: "factor-2",
    0.5: "half",
    1 / np.log(2.0): "wrong-log-base",
    1 / np.log(10.0): "wrong-log-base",
}


def factors(case: Case) -> list[tuple[float, tuple[str, ...]]]:
    """Return the constants by which an answer may be off in this case, with their causes, in one order for all cases.

    Single causes come before pairs of them, such as a lost sign and a forgotten mean.
    """
    count = case.sizes.get("N", 1)
    single = list(_FIXED.items())
    single += [(float(count), "missing-mean"), (1.0 / count, "extra-mean")]
    for size in sorted(case.sizes):
        if size != "N":
            single.append((count / case.sizes[size], "divides-by-wrong-count"))
            single.append((1.0 / case.sizes[size], "divides-by-wrong-count"))
    pairs = [(a * b, (first, second)) for (a, first), (b, second) in combinations(single, 2) if first != second]
    return [(factor, (cause,)) for factor, cause in single] + pairs


def part_transforms() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return changes of a whole array that keep its numbers."""
    return {
        "transpose": lambda a: a.T if a.ndim == 2 else None,
        "returns-wrong-shape": np.ravel,
    }


def reordered(parts: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the parts of a result with their values exchanged (at most 5 values, or wholly reversed)."""
    names = [name for name in parts if not name.startswith(COUNT_OF)]
    values = [parts[name] for name in names]
    yield (
        "layer-order-reversed" if "[" in "".join(names) else "returns-list-order-swapped",
        parts | dict(zip(names, reversed(values), strict=True)),
    )
    if len(names) <= 5:
        for order in permutations(range(len(names))):
            if list(order) != sorted(order):
                yield (
                    "returns-list-order-swapped",
                    parts | {name: values[k] for name, k in zip(names, order, strict=True)},
                )
