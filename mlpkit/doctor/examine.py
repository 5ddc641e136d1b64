"""Examine an answer: is it right, and if not, what is wrong with it, by name."""

from collections.abc import Callable

import numpy as np

from mlpkit.arguments import whole
from mlpkit.doctor import source
from mlpkit.doctor.diagnosis import Evidence, Finding, diagnose, named, where
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.outcome import agrees, excess, kind, same_kind, watch
from mlpkit.doctor.preparation import prepared
from mlpkit.doctor.report import Report, Worst


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
    findings = forbidden or named(evidence) or _random(evidence) or diagnose(evidence)
    worst, error = _worst(evidence)
    return Report(
        False, _message(evidence, findings, worst), tuple(dict.fromkeys(f.cause for f in findings)), worst, error
    )


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
            found.append((error, Worst(name, index, mine, expected, case.about)))
    if not found:
        return None, np.inf if evidence.wrong_cases() else 0.0
    error, worst = max(found, key=lambda pair: pair[0])
    return worst, float(error)


def _message(evidence: Evidence, findings: list[Finding], worst: Worst | None) -> str:
    """Return what a student reads: the hints, the worst entry, and where to look."""
    name = evidence.exercise.name
    lines = [f"{name}: {finding.hint}" for finding in dict.fromkeys(findings)]
    for outcome in evidence.got:
        if outcome.raised is not None:
            lines.append(f"{name} stopped with {type(outcome.raised).__name__}: {outcome.raised}")
            break
    malformed = _malformed(evidence)
    if malformed:
        lines.append(malformed)
    if worst is not None:
        lines.append(f"{worst}.")
    if not findings and evidence.wrong_cases():
        lines.append(where(evidence) or "No known mistake gives these numbers.")
    return "\n".join(lines)


def _malformed(evidence: Evidence) -> str:
    """Say which part has the wrong shape, dtype or kind."""
    for n in evidence.wrong_cases():
        right, got = evidence.expected[n].parts, evidence.got[n].parts
        if evidence.got[n].raised is not None:
            continue
        for name, value in right.items():
            if name not in got:
                return f"The result should hold {name}, and does not: it holds {', '.join(got) or 'nothing'}."
            if not same_kind(got[name], value):
                return f"{name} should be {_describe(value)}, but it is {_describe(got[name])}."
    return ""


def _describe(value: object) -> str:
    if kind(value) == "array":
        return f"a {value.dtype} array of shape {value.shape}"
    return "None" if value is None else f"one {kind(value)}"
