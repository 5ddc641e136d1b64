"""Examine an answer: is it right, and if not, what is wrong with it, by name."""

import re
from collections.abc import Callable

import numpy as np

from mlpkit.arguments import whole
from mlpkit.doctor import source
from mlpkit.doctor.diagnosis import Evidence, Finding, diagnose, named, where
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.outcome import COUNT_OF, agrees, excess, kind, same_kind, watch
from mlpkit.doctor.preparation import prepared
from mlpkit.doctor.report import Report, Worst

NOTHING = "No known mistake gives these numbers."


def find_exercise(assignment_id: str, function_name: str) -> Exercise:
    """Return the exercise; ValueError with the names there are when there is none of this name."""
    if assignment_id not in EXERCISES:
        raise ValueError(f"assignment_id must be one of {', '.join(EXERCISES)}, but it is {assignment_id!r}")
    functions = EXERCISES[assignment_id]
    if function_name not in functions:
        raise ValueError(f"function_name must be one of {', '.join(functions)}, but it is {function_name!r}")
    return functions[function_name]


def examine(
    assignment_id: str, function_name: str, function: Callable, seed: int = 0, forward: Callable | None = None
) -> Report:
    """Return a Report on a student's function: passed or not, the cause by name, and words that lead on.

    The function is called with random inputs of unequal sizes, extreme numbers, kinks and ties, as the exercise has
    them; shape, dtype, values, warnings, changed arguments and repeatability count. The same seed gives the same
    inputs. A backward pass that takes the cache of its own forward pass is called with that one: `forward`, or else
    the function of the right name where `function` was written. Raises ValueError for an exercise that there is none
    of, TypeError for a function that cannot be called.
    """
    exercise = find_exercise(assignment_id, function_name)
    if not callable(function):
        raise TypeError(f"function must be callable, not {type(function).__name__} {function!r:.40}")
    if exercise.forward and forward is None:
        forward = getattr(function, "__globals__", {}).get(exercise.forward_name)
    preparation = prepared(exercise, whole("seed", seed, 0))
    got = []
    for case in preparation.cases:
        got.append(watch(exercise, function, case, forward))
        if isinstance(got[-1].raised, NotImplementedError):
            return Report(False, f"{function_name} has not been written yet.", attempted=False, relative_error=np.inf)
    evidence = Evidence(preparation, function, got, forward)

    forbidden = _forbidden(exercise, function)
    if not evidence.wrong_cases() and not forbidden and not any(outcome.faults or outcome.changed for outcome in got):
        second = [watch(exercise, function, case, forward) for case in preparation.cases]
        if not Evidence(preparation, function, second, forward).wrong_cases():
            return Report(True, f"{function_name} is right.")
    findings = forbidden or _changes_arguments(evidence) or _causes(evidence)
    worst, error = _worst(evidence)
    causes = tuple(dict.fromkeys(finding.cause for finding in findings))
    hints = [f"{function_name}: {finding.hint}" for finding in dict.fromkeys(findings)]
    message = _join(*hints, *_details(evidence, worst), "" if findings else where(evidence))
    hint = _join(*hints, *_outline(evidence), "" if findings else where(evidence, with_sizes=False))
    return Report(False, message or NOTHING, causes, worst, error, hint=hint or NOTHING)


def _causes(evidence: Evidence) -> list[Finding]:
    return named(evidence) or _random(evidence) or diagnose(evidence)


def _changes_arguments(evidence: Evidence) -> list[Finding]:
    """Find a function that changes its arguments, and what is wrong with it beside that.

    Wrong numbers may come of the change alone, as where the same array is read again: so the function is called once
    more with copies that nobody misses.
    """
    got = evidence.got
    tried = any(outcome.changed or "read-only" in str(outcome.raised) for outcome in got)
    if not tried or not evidence.wrong_cases() or isinstance(evidence.function, type):
        return []

    def spared(*arguments: object, **named: object) -> object:
        return evidence.function(*map(_copied, arguments), **named)

    cases, exercise = evidence.cases, evidence.exercise
    unharmed = [watch(exercise, spared, case, evidence.forward) for case in cases]
    without = Evidence(evidence.preparation, evidence.function, unharmed, evidence.forward)
    if without.wrong_cases() == evidence.wrong_cases():
        return []  # the change does no harm to the numbers: what does is named
    changed = sorted({name for outcome in got for name in outcome.changed})
    what = f"its argument {', '.join(changed)}" if changed else "an argument"
    return [Finding("mutates-input", f"the function changes {what}: compute into a new array."), *_causes(without)]


def _copied(argument: object) -> object:
    if isinstance(argument, np.ndarray):
        return argument.copy(order="K")
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_copied, argument))
    return argument


def forbidden(assignment_id: str, function_name: str, function: Callable) -> Report | None:
    """Return a Report on a function that uses what the exercise forbids, None for any other; it is not called.

    Forbidden are packages beside NumPy and the standard library, and complex numbers where a derivative is asked for
    as a formula: a complex step is exact to the last digit, so that no comparison of numbers can find it.
    """
    findings = _forbidden(find_exercise(assignment_id, function_name), function)
    words = "\n".join(f"{function_name}: {finding.hint}" for finding in findings)
    return Report(False, words, tuple(finding.cause for finding in findings)) if findings else None


def _forbidden(exercise: Exercise, function: Callable) -> list[Finding]:
    packages = source.forbidden_imports(function)
    if packages:
        hint = f"it uses {', '.join(packages)}, and NumPy and the standard library alone are allowed."
        return [Finding("forbidden-import", hint)]
    if exercise.analytic and source.uses_complex_numbers(function):
        return [
            Finding("numeric-differentiation", "it takes a complex step; the derivative is asked for as a formula.")
        ]
    return []


def _random(evidence: Evidence) -> list[Finding]:
    """Find a function that does not repeat itself on the same arguments."""
    ordinary = [n for n, case in enumerate(evidence.cases) if case.about == Case.about]
    for n in (ordinary or range(len(evidence.cases)))[:3]:
        case = evidence.cases[n]
        first, second = evidence.got[n], watch(evidence.exercise, evidence.function, case, evidence.forward)
        if first.raised is not None or first.parts.keys() != second.parts.keys():
            continue
        if not all(_identical(first.parts[name], second.parts[name]) for name in first.parts):
            return [Finding("uses-random", "two calls with the same arguments give different answers.")]
    return []


def _identical(a: object, b: object) -> bool:
    """Return whether two numbers or arrays are the same but for rounding: the order of a set's sum may change."""
    return same_kind(a, b) and (kind(a) not in ("array", "float") or agrees(a, b, 1e-10, 1e-14))


def _worst(evidence: Evidence) -> tuple[Worst | None, float]:
    """Return the entry that is furthest off over all cases, ordinary ones first, and its relative error."""
    found: list[tuple[float, Worst]] = []
    for n in evidence.wrong_cases():
        case, right, got = evidence.cases[n], evidence.expected[n].parts, evidence.got[n].parts
        for name in evidence.wrong(n):
            if name not in right or name not in got or np.shape(right[name]) != np.shape(got[name]):
                continue
            if kind(right[name]) not in ("array", "float") or kind(got[name]) not in (
                "array",
                "float",
                "float32",
                "float64",
            ):
                continue
            over = excess(got[name], right[name], case.rtol, case.atol)
            index = tuple(int(i) for i in np.unravel_index(np.argmax(over), np.shape(over)))
            mine, expected = float(np.asarray(got[name])[index]), float(np.asarray(right[name])[index])
            error = abs(mine - expected) / max(abs(mine), abs(expected), 1e-8) if np.isfinite(mine) else np.inf
            dtypes = np.asarray(got[name]).dtype, np.asarray(right[name]).dtype
            other = str(dtypes[0]) if dtypes[0] != dtypes[1] else ""
            if mine != expected:  # what only has the wrong type is said in words
                found.append((error, Worst(name, index, mine, expected, case.about, other)))
    if not found:
        return None, np.inf if evidence.wrong_cases() else 0.0
    error, worst = max(found, key=lambda pair: pair[0])
    return worst, float(error)


def _join(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _details(evidence: Evidence, worst: Worst | None) -> list[str]:
    """Return what came and what should have come, in the doctor's own examples."""
    name, raised = evidence.exercise.name, [outcome.raised for outcome in evidence.got if outcome.raised is not None]
    stopped = f"{name} stopped with {type(raised[0]).__name__}: {raised[0]}" if raised else ""
    return [stopped, _malformed(evidence), f"{worst}." if worst is not None else ""]


def _outline(evidence: Evidence) -> list[str]:
    """Return the same without sizes and entries, which are not those of the check that it stands beside."""
    name = evidence.exercise.name
    about = [
        f"{name} stops with {type(outcome.raised).__name__} for: {case.about}."
        for outcome, case in zip(evidence.got, evidence.cases, strict=True)
        if outcome.raised is not None
    ]
    return [*about[:1], _malformed(evidence, with_sizes=False)]


def _malformed(evidence: Evidence, with_sizes: bool = True) -> str:
    """Say which part has the wrong shape, dtype or kind; sizes by their letters where they have one."""
    for n in evidence.wrong_cases():
        right, got = evidence.expected[n].parts, evidence.got[n].parts
        if evidence.got[n].raised is not None:
            continue
        for name, value in right.items():
            if name in got and same_kind(got[name], value) and not (name.startswith(COUNT_OF) and got[name] != value):
                continue
            whole, sizes = name.removeprefix(COUNT_OF), evidence.cases[n].sizes
            due, came = _describe(whole, right, sizes), _describe(whole, got, sizes)
            if whole == "the result" and evidence.exercise.parts:
                due = f"({', '.join(evidence.exercise.parts)})"
            if not with_sizes:
                due, came = _without_sizes(due, came)
            return f"{whole.replace('the result', 'The result')} should be {due}, but it is {came}."
    return ""


def _describe(name: str, parts: dict[str, object], sizes: dict[str, int]) -> str:
    """Say what a part is: "a float64 array of shape (N, D)", "one float", "a list of 3", "missing"."""
    if COUNT_OF + name in parts:
        return f"a list of {parts[COUNT_OF + name]}"
    if name not in parts:
        return "missing"
    value = parts[name]
    if kind(value) == "array":
        return f"a {value.dtype} array of shape {_shape(value.shape, sizes)}"
    return "None" if value is None else f"one {kind(value)}"


def _without_sizes(due: str, came: str) -> tuple[str, str]:
    """Return two descriptions without their shapes if these are given in numbers, or are the same."""
    (due_kind, _, due_shape), (came_kind, _, came_shape) = due.partition(" of shape "), came.partition(" of shape ")
    if due_shape == came_shape:
        return due_kind, came_kind
    if not re.search(r"[2-9]|\d\d", due_shape + came_shape):
        return due, came
    return due_kind, f"{came_kind} of another shape"


def _shape(shape: tuple[int, ...], sizes: dict[str, int]) -> str:
    """Return a shape by the letters of the sizes that it can only have come from, such as (N, 1)."""
    letters = [[letter for letter, size in sizes.items() if size == n != 1] for n in shape]
    words = [found[0] if len(found) == 1 else str(n) for found, n in zip(letters, shape, strict=True)]
    return f"({', '.join(words)}{',' if len(shape) == 1 else ''})"
