"""The checks of the assignments: each says in one line what came and what was expected.

They compare exactly typed results, because a wrong shape that broadcasts is a wrong answer: `(N, 1)` against `(N,)`
passes `np.allclose` and fails here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mlpkit import freshness, patience

# An assignment imports its checks first: from here on no check judges an old answer, and Validate comes to an end.
freshness.watch_cells()
patience.limit_validated_cells()

MOST_ENTRIES = 12  # that a message lists


def check_array(name: str, value: object, shape: tuple[int, ...]) -> None:
    """Raise AssertionError unless `value` is a float64 array of exactly this `shape`."""
    exact = type(value) is np.ndarray  # a matrix multiplies otherwise, and a masked array hides entries
    assert exact, f"{name} should be an array of shape {shape}, but it is {_short(value)}"
    assert value.shape == shape, f"{name} should have shape {shape}, but its shape is {value.shape}"
    assert value.dtype == np.float64, f"{name} should hold float64 numbers, but it holds {value.dtype}"


def check_float(name: str, value: object) -> None:
    """Raise AssertionError unless `value` is one number: a Python float or a NumPy float64."""
    assert type(value) in (float, np.float64), f"{name} should be a single float, but it is {_short(value)}"


def check_pair(name: str, value: object, parts: str) -> None:
    """Raise AssertionError unless `value` is a tuple or list with as many entries as `parts` ("dw, db") has names."""
    expected = len(parts.split(","))
    right = isinstance(value, (tuple, list)) and len(value) == expected
    assert right, f"{name} should return ({parts}), but it returned {_short(value)}"


def check_close(name: str, value: object, expected: object, rtol: float = 1e-9, atol: float = 1e-12) -> None:
    """Raise AssertionError unless `|value - expected| <= atol + rtol |expected|` in every entry of one shape.

    The message shows the worst entry, yours and expected. NaN is never close.
    """
    expected = np.asarray(expected, dtype=np.float64)
    if expected.ndim:
        check_array(name, value, expected.shape)
    else:
        check_float(name, value)
    got = np.asarray(value, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        excess = np.abs(got - expected) - (atol + rtol * np.abs(expected))
    excess = np.where(np.isnan(excess) & (got != expected), np.inf, excess)
    if not (excess > 0).any():
        return
    worst = np.unravel_index(np.argmax(excess), excess.shape)
    mine, right = told_apart(got[worst], expected[worst])
    count = f" ({_entries(excess > 0)})" if expected.ndim else ""
    raise AssertionError(f"{name}{_place(worst)} is {mine} where {right} is expected{count}")


def told_apart(a: float, b: float, digits: int = 10) -> tuple[str, str]:
    """Return two numbers as text, with `digits` digits or as many more as it takes to tell them apart."""
    for count in range(digits, 18):
        texts = f"{a:.{count}g}", f"{b:.{count}g}"
        if texts[0] != texts[1]:
            break
    return texts


def _place(index: tuple) -> str:
    return f"[{', '.join(str(int(i)) for i in index)}]" if index else ""


def _entries(wrong: np.ndarray) -> str:
    """Say how many entries are wrong, and which ones where a short table has more than one."""
    count = f"{int(wrong.sum())} of {wrong.size} entries differ"
    if not 1 < wrong.sum() < wrong.size <= MOST_ENTRIES:
        return count
    return f"{count}: {', '.join(_place(tuple(index)) for index in np.argwhere(wrong))}"


@contextmanager
def strict(name: str) -> Iterator[None]:
    """Make overflow, invalid values and division by zero inside the block fail; an underflow to 0 is harmless."""
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
            yield
    except FloatingPointError as error:
        raise AssertionError(f"{name} caused a floating-point fault: {error}") from error


@contextmanager
def unchanged(name: str, **arguments: np.ndarray) -> Iterator[None]:
    """Fail if the block changes one of the arrays; `name` is the function under test."""
    before = {key: np.array(value, copy=True) for key, value in arguments.items()}
    yield
    for key, value in arguments.items():
        same = np.array_equal(before[key], value, equal_nan=True)
        assert same, f"{name} changed its argument {key}: work on a copy, or compute without assigning into it"


def _short(value: object) -> str:
    """Return a few words for a wrong result: its kind, shape, and the value where it is small."""
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None (is a return missing?)"
    cls = type(value)
    own = cls.__module__ in ("builtins", "__main__") or issubclass(cls, np.generic)
    kind = cls.__name__ if own else f"{cls.__module__}.{cls.__name__}"
    shown = f", {value!r:.40}" if cls.__module__ == "builtins" else ""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}{shown}"
