"""One watched call: what came back, in plain parts, and what happened on the way."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

COUNT_OF = "the number of entries of "  # how the name of a part begins that is the length of a list


@dataclass
class Outcome:
    """The parts of a result by name, or the exception, with the faults and the changed arguments that were seen."""

    parts: dict[str, object] = field(default_factory=dict)
    raised: Exception | None = None
    faults: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def watch(exercise: Exercise, function: Callable, case: Case, forward: Callable | None = None) -> Outcome:
    """Call the function on fresh arguments and return the outcome; no exception of the function gets out.

    `forward` is the forward pass that goes with a student's backward pass.
    """
    arguments, before = case.fresh_arguments(), case.fresh_arguments()
    pair = {"forward": forward or exercise.forward} if exercise.forward else {}
    outcome = Outcome()
    with warnings.catch_warnings(record=True) as heard, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            result = exercise.observe(function, *arguments, **pair)
            outcome.parts = dict(_parts(result, exercise.parts))
        except Exception as error:  # a student's function may raise anything
            outcome.raised = error
    outcome.faults = [str(warning.message) for warning in heard if issubclass(warning.category, RuntimeWarning)]
    named = exercise.argument_names or [f"argument {n}" for n in range(len(arguments))]
    outcome.changed = [
        name for name, was, now in zip(named, before, arguments, strict=False) if not _unchanged(was, now)
    ]
    return outcome


def _parts(result: object, names: list[str], prefix: str = "") -> list[tuple[str, object]]:
    """Return (name, value) pairs of a nested result; lists and tuples count as the same."""
    if isinstance(result, dict):
        return [pair for key, value in result.items() for pair in _parts(value, [], f"{prefix}{key}")]
    if not isinstance(result, (list, tuple)):
        return [(prefix or "the result", result)]
    labels = names if len(names) == len(result) else [f"{prefix or 'result'}[{n}]" for n in range(len(result))]
    found: list[tuple[str, object]] = [(COUNT_OF + (prefix or "the result"), len(result))]
    for label, value in zip(labels, result, strict=True):
        found += _parts(value, [], label)
    return found


def _unchanged(was: object, now: object) -> bool:
    if isinstance(was, np.ndarray):
        return isinstance(now, np.ndarray) and was.shape == now.shape and np.array_equal(was, now, equal_nan=True)
    if isinstance(was, (list, tuple)):
        return len(was) == len(now) and all(_unchanged(a, b) for a, b in zip(was, now, strict=True))
    return not isinstance(was, (int, float)) or (type(now) is type(was) and (now == was or now != now))


def kind(value: object) -> str:
    """Return "array", "float", "int", or what else a part is. Booleans and NumPy's are their own kinds."""
    if type(value) is np.ndarray:
        return "array"
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if type(value) in (float, np.float64):
        return "float"
    if isinstance(value, (int, np.integer)):
        return "int"
    cls = type(value)
    own = cls.__module__ in ("builtins", "__main__") or issubclass(cls, np.generic)
    return cls.__name__ if own else f"{cls.__module__}.{cls.__name__}"


def same_kind(value: object, expected: object) -> bool:
    """Return whether a part is of the expected kind, shape and dtype."""
    if kind(value) != kind(expected):
        return False
    if kind(expected) != "array":
        return True
    return value.shape == expected.shape and value.dtype == expected.dtype


def excess(value: object, expected: object, rtol: float, atol: float) -> np.ndarray:
    """Return by how much each entry exceeds its tolerance; NaN against a number counts as infinitely far."""
    got, right = np.asarray(value), np.asarray(expected)
    if right.dtype.kind not in "fiu":
        return np.where(got == right, -1.0, np.inf)
    with np.errstate(invalid="ignore", over="ignore"):
        over = np.abs(got - right) - (atol + rtol * np.abs(right))
    agree = (got == right) | (np.isnan(got) & np.isnan(right))
    return np.where(agree, -1.0, np.where(np.isnan(over), np.inf, over))


def agrees(value: object, expected: object, rtol: float, atol: float) -> bool:
    """Return whether a part is of the expected kind and within the tolerances in every entry."""
    return same_kind(value, expected) and not (excess(value, expected, rtol, atol) > 0).any()
