"""From a wrong answer to its cause: only what really matches is named, on every case and in every entry.

A named mistake must reproduce the student's results in all cases, the right ones among them. What no mistake of the
exercise reproduces is held against changes that any function can suffer (a factor, a transpose, exchanged parts),
part by part, alone or on top of a named mistake.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from mlpkit.doctor import source
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.outcome import COUNT_OF, Outcome, agrees, excess, kind, same_kind
from mlpkit.doctor.preparation import Outcomes, Preparation, wrong_parts
from mlpkit.doctor.transforms import HINTS, factors, part_transforms, reordered


@dataclass(frozen=True)
class Finding:
    """A cause and its hint."""

    cause: str
    hint: str


@dataclass
class Evidence:
    """All that was seen: the cases, what should have come and what came."""

    preparation: Preparation
    function: Callable
    got: Sequence[Outcome]
    forward: Callable | None = None

    @property
    def exercise(self) -> Exercise:
        return self.preparation.exercise

    @property
    def cases(self) -> list[Case]:
        return self.preparation.cases

    @property
    def expected(self) -> Sequence[Outcome]:
        return self.preparation.expected

    def wrong(self, n: int) -> list[str]:
        """Return the names of the parts that are wrong in case n."""
        return self._wrong[n]

    def wrong_cases(self) -> list[int]:
        return [n for n, names in enumerate(self._wrong) if names]

    @cached_property
    def _wrong(self) -> list[list[str]]:
        return [wrong_parts(*triple) for triple in zip(self.got, self.expected, self.cases, strict=True)]


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return the causes of a wrong answer that is no `named` mistake, [] when nothing matches."""
    if not evidence.wrong_cases():
        return _side_effects(evidence)
    for search in (_exchanged, _by_parts, _by_precision, _by_extremes, _by_exception, _by_sizes, _by_globals):
        found = search(evidence)
        if found:
            return found
    return []


def _side_effects(evidence: Evidence) -> list[Finding]:
    """Find what is wrong with an answer whose values are right."""
    found = []
    changed = sorted({name for outcome in evidence.got for name in outcome.changed})
    if changed:
        hint = f"the function changes its argument {', '.join(changed)}: compute into a new array."
        found.append(Finding("mutates-input", hint))
    found += _by_faults([fault for outcome in evidence.got for fault in outcome.faults])
    return found


def _by_faults(faults: list[str]) -> list[Finding]:
    """Name a floating-point fault by NumPy's own words."""
    for fault in faults:
        if "divide by zero encountered in log" in fault:
            return [
                Finding(
                    "log-of-zero", f"NumPy warns of “{fault}”: can the logarithm be avoided, or simplified first?"
                )
            ]
    for fault in faults:
        if "overflow" in fault:
            return [
                Finding(
                    "overflow", f"NumPy warns of “{fault}”: which exponential grows beyond 1e308, and who needs it?"
                )
            ]
    for fault in faults:
        if "divide" in fault or "invalid value" in fault:
            return [Finding("division-by-zero", f"NumPy warns of “{fault}”: where does 0 / 0 or the like come from?")]
    return []


def _matches(mine: object, value: object, case: Case) -> bool:
    """Return whether two implementations of one mistake agree: they differ by rounding alone."""
    return agrees(mine, value, min(10.0 * case.rtol, 1e-8), max(10.0 * case.atol, 1e-16))


def _gives_the_same(evidence: Evidence, outcomes: Outcomes, n: int) -> bool:
    """Return whether a mistake gives what came in case n: wrong in the same parts, and there alike."""
    mine, got = outcomes[n], evidence.got[n]
    if mine.raised is not None or got.raised is not None:
        return type(mine.raised) is type(got.raised)
    wrong = evidence.wrong(n)
    if mine.parts.keys() != got.parts.keys() or outcomes.wrong(n, evidence.expected[n]) != set(wrong):
        return False
    return all(_matches(mine.parts[name], got.parts[name], evidence.cases[n]) for name in wrong if name in got.parts)


def _mistaken(evidence: Evidence) -> Iterator[tuple[Finding, Outcomes]]:
    for mistake, outcomes in evidence.preparation.mistaken:
        yield Finding(mistake.cause, mistake.hint), outcomes


def named(evidence: Evidence) -> list[Finding]:
    """Find a mistake of the exercise that gives what came, in every case and every part, and is wrong where it is."""
    if not evidence.wrong_cases():
        return []
    for finding, outcomes in _mistaken(evidence):
        if all(_gives_the_same(evidence, outcomes, n) for n in range(len(outcomes))):
            return [finding]
    return []


def _exchanged(evidence: Evidence) -> list[Finding]:
    """Find parts that are right in another order."""
    fitting: set[int] | None = None
    causes: list[str] = []
    for n in evidence.wrong_cases():
        right, got = evidence.expected[n], evidence.got[n]
        if got.raised is not None or right.parts.keys() != got.parts.keys():
            return []
        orders = list(reordered(right.parts))
        causes = [cause for cause, _ in orders]
        case = evidence.cases[n]
        here = {
            k
            for k, (_, parts) in enumerate(orders)
            if not all(_matches(right.parts[name], parts[name], case) for name in parts)
            and all(_matches(got.parts[name], parts[name], case) for name in parts)
        }
        # Lists of another length have other orders; only the first, the whole reversal, means the same in all.
        fitting = here if fitting is None else fitting & here
    if not fitting:
        return []
    cause = causes[min(fitting)]
    return [Finding(cause, HINTS[cause])]


def _by_parts(evidence: Evidence) -> list[Finding]:
    """Explain each wrong part by itself: as a named mistake's, or as a change of the right part or of a mistake's."""
    wrong = evidence.wrong_cases()
    names = list(dict.fromkeys(name for n in wrong for name in evidence.wrong(n)))
    if any(evidence.got[n].raised is not None for n in wrong):
        return []
    if any(evidence.got[n].parts.keys() != evidence.expected[n].parts.keys() for n in wrong):
        return []
    bases = [([finding], outcomes) for finding, outcomes in _mistaken(evidence)]
    # Best is what is wrong nowhere that the answer is right; a mistake may also be made in some of its places only.
    for some in ([base for base in bases if not _contradicts(evidence, base[1])], bases):
        pool = [([], evidence.expected), *some]
        found = _fewest({name: _explanations(evidence, name, pool) for name in names})
        if found:
            return found
    return []


def _contradicts(evidence: Evidence, outcomes: Outcomes) -> bool:
    """Return whether a mistake is wrong in a part that the answer has right."""
    right = evidence.expected
    return any(not outcomes.wrong(n, right[n]).issubset(evidence.wrong(n)) for n in range(len(right)))


def _fewest(explained: dict[str, list[list[Finding]]]) -> list[Finding]:
    """Return one finding for each of the fewest causes, three at most, that explain every part; [] if none do."""
    if not all(explained.values()):
        return []
    findings: dict[str, Finding] = {}
    for finding in (finding for options in explained.values() for found in options for finding in found):
        findings.setdefault(finding.cause, finding)
    for count in (1, 2, 3):
        for causes in combinations(findings, count):
            if all(
                any(set(causes).issuperset(_causes(found)) for found in options) for options in explained.values()
            ):
                return [findings[cause] for cause in causes]
    return []


def _causes(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(finding.cause for finding in findings)


def _explanations(evidence: Evidence, name: str, bases: list) -> list[list[Finding]]:
    """Return the lists of findings that each give the student's part `name` in all cases, the best first.

    One cause is better than two, and a mistake of the exercise better than a change that any function can suffer.
    """
    named, changed = [], []
    # Lists of several lengths have parts that not every case has.
    having = [n for n, outcome in enumerate(evidence.got) if name in outcome.parts]
    cases, got = [evidence.cases[n] for n in having], [evidence.got[n].parts[name] for n in having]
    if _all_agree(got, [evidence.expected[n].parts.get(name) for n in having], cases):
        return []  # nearly right: two mistakes that cancel would explain it, and do not
    for findings, outcomes in bases:
        if findings and not any(name in outcomes.wrong(n, evidence.expected[n]) for n in having):
            continue  # the mistake does not concern this part
        if any(outcomes[n].raised is not None or name not in outcomes[n].parts for n in having):
            continue
        values = [outcomes[n].parts[name] for n in having]
        if findings and _all_agree(got, values, cases):
            named.append(findings)
        for causes in _changes(cases, values, got):
            changed.append([*findings, *(Finding(cause, HINTS[cause]) for cause in causes)])
    return sorted(named + changed, key=len)


def _all_agree(got: list, values: list, cases: list[Case]) -> bool:
    triples = zip(got, values, cases, strict=True)
    return all(_matches(mine, value, case) for mine, value, case in triples)


def _changes(cases: list[Case], values: list, got: list) -> Iterator[tuple[str, ...]]:
    """Yield the causes of changes that turn `values` into `got` in every case."""
    if all(kind(value) in ("array", "float") for value in values) and any(np.any(value) for value in values):
        telling = next(n for n, value in enumerate(values) if np.any(value))
        ratio = _ratio(got[telling], values[telling])
        tried = [factors(case) for case in cases] if ratio is not None else [[]]
        for k in range(min(len(factors_here) for factors_here in tried)):
            if abs(tried[telling][k][0] - ratio) > 1e-6 * abs(ratio):
                continue
            scaled = [value * factors_here[k][0] for value, factors_here in zip(values, tried, strict=True)]
            different = any(factors_here[k][0] != 1.0 for factors_here in tried)
            if different and _all_agree(got, scaled, cases):
                yield tried[0][k][1]
    if all(kind(value) == "array" for value in values):
        for cause, change in part_transforms().items():
            if cause == "returns-wrong-shape":
                if all(_same_numbers(mine, value) for mine, value in zip(got, values, strict=True)) and any(
                    np.shape(mine) != value.shape for mine, value in zip(got, values, strict=True)
                ):
                    yield (cause,)
            else:
                changed = [change(value) for value in values]
                if all(value is not None for value in changed) and _all_agree(got, changed, cases):
                    yield (cause,)
    elif all(_is_boxed(mine, value) for value, mine in zip(values, got, strict=True)):
        yield ("returns-wrong-shape",)


def _ratio(mine: object, value: object) -> float | None:
    """Return by what factor the largest entry of `value` is off in `mine`, None if that cannot be said."""
    if not same_kind(mine, value):
        return None
    largest = int(np.argmax(np.abs(value)))
    ratio = np.ravel(mine)[largest] / np.ravel(value)[largest]
    return float(ratio) if np.isfinite(ratio) else None


def _is_boxed(mine: object, value: object) -> bool:
    """Return whether a single number came inside an array."""
    if kind(value) != "float" or not isinstance(mine, np.ndarray) or mine.size != 1:
        return False
    return abs(mine.item() - value) <= 1e-8 * abs(value) + 1e-12


def _same_numbers(mine: object, value: np.ndarray) -> bool:
    """Return whether an array holds the same numbers in the same order, whatever its shape."""
    return kind(mine) == "array" and mine.size == value.size and agrees(np.ravel(mine), np.ravel(value), 1e-8, 1e-12)


def _numeric_pairs(evidence: Evidence) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return (case, student's, expected) arrays of the wrong parts, or [] when they cannot be compared."""
    pairs = []
    for n in evidence.wrong_cases():
        right, got = evidence.expected[n].parts, evidence.got[n].parts
        for name in evidence.wrong(n):
            if kind(right.get(name)) == kind(got.get(name)) == "bool":
                continue  # a statement about the numbers of another part
            if name not in right or name not in got or kind(right[name]) not in ("array", "float"):
                return []
            if kind(got[name]) not in ("array", "float", "float32") or np.shape(got[name]) != np.shape(right[name]):
                return []
            pairs.append((n, np.asarray(got[name]), np.asarray(right[name])))
    return pairs


def _by_precision(evidence: Evidence) -> list[Finding]:
    """Find answers that are nearly right: computed in float32, by finite differences, or cut to whole numbers."""
    pairs = _numeric_pairs(evidence)
    if not pairs or not all(np.isfinite(mine).all() for _, mine, _ in pairs):
        return []
    abouts = {evidence.cases[n].about for n, _, _ in pairs}
    if evidence.exercise.analytic and "inputs of unequal scale" in abouts and Case.about not in abouts:
        hint = "no one step size suits inputs of every scale: the gradient is asked for as a formula."
        return [Finding("numeric-differentiation", hint)]
    scale = [max(np.abs(right).max(), 1e-300) for _, _, right in pairs]
    errors = [np.abs(mine - right).max() / size for (_, mine, right), size in zip(pairs, scale, strict=True)]
    common = [error for (n, _, _), error in zip(pairs, errors, strict=True) if evidence.cases[n].about == Case.about]
    off = max(common or errors)
    if off < 1e-4 and all(np.array_equal(mine, mine.astype(np.float32)) for _, mine, _ in pairs):
        return [
            Finding("float32-precision", "the numbers are right to seven digits: is something computed in float32?")
        ]
    if all(np.array_equal(mine, np.trunc(right)) for _, mine, right in pairs):
        return [
            Finding(
                "integer-dtype-truncation",
                "everything after the decimal point is lost: does an integer array hold the result?",
            )
        ]
    if evidence.exercise.analytic and 0 < off < 1e-5:
        hint = "the numbers are nearly right, as finite differences are: the gradient is asked for as a formula."
        return [Finding("numeric-differentiation", hint)]
    return []


def _by_extremes(evidence: Evidence) -> list[Finding]:
    """Find answers that are right for ordinary numbers and break for large ones, or stop short of them."""
    wrong = evidence.wrong_cases()
    if not all(evidence.cases[n].about.startswith(("large", "sure")) for n in wrong):
        return []
    parts = [
        evidence.got[n].parts[name] for n in wrong for name in evidence.wrong(n) if name in evidence.got[n].parts
    ]
    numbers = [part for part in parts if kind(part) in ("array", "float")]
    faults = [fault for n in wrong for fault in evidence.got[n].faults]
    if faults:
        return _by_faults(faults)
    if numbers and all(np.isfinite(part).all() for part in numbers):
        return [Finding("clipped-values", "large numbers are cut off, by a clip or an epsilon: simplify instead.")]
    return []


def _by_exception(evidence: Evidence) -> list[Finding]:
    errors = [outcome.raised for outcome in evidence.got if outcome.raised is not None]
    if any(isinstance(error, RecursionError) for error in errors):
        return [Finding("recursion-limit", "Python stops a recursion about 1,000 calls deep: can a loop do it?")]
    return []


def _by_sizes(evidence: Evidence) -> list[Finding]:
    """Find answers that break for more than one example, or unless two sizes are equal."""
    wrong = set(evidence.wrong_cases())
    right = set(range(len(evidence.cases))) - wrong
    if not right or not all(evidence.got[n].raised or _misshapen(evidence, n) for n in wrong):
        return []
    if right <= {n for n, case in enumerate(evidence.cases) if case.sizes.get("N") == 1}:
        hint = "it is right for one example alone: follow two examples through the code."
        return [Finding("only-works-for-batch-1", hint)]
    if right <= {n for n, case in enumerate(evidence.cases) if case.about == "all sizes equal"}:
        hint = "it is right only where all sizes are equal: write every shape beside its line."
        return [Finding("only-works-for-square", hint)]
    return []


def _misshapen(evidence: Evidence, n: int) -> bool:
    right, got = evidence.expected[n].parts, evidence.got[n].parts
    return right.keys() != got.keys() or any(not same_kind(got[name], right[name]) for name in right)


def _by_globals(evidence: Evidence) -> list[Finding]:
    names = source.global_data(evidence.function)
    if names:
        hint = f"the function reads {', '.join(names)} from outside: only its arguments may count."
        return [Finding("uses-global-data", hint)]
    return []


def where(evidence: Evidence, with_sizes: bool = True) -> str:
    """Say where to look when nothing matches: which cases, which rows or columns, which signs of the result.

    Without sizes it says nothing that depends on how large the doctor's examples are.
    """
    wrong = evidence.wrong_cases()
    abouts = list(dict.fromkeys(evidence.cases[n].about for n in wrong))
    words = []
    if len(wrong) < len(evidence.cases):
        good = len(evidence.cases) - len(wrong)
        words.append(f"It is right in {good} of {len(evidence.cases)} cases and wrong for: {', '.join(abouts)}.")
    if not wrong:
        return ""
    names = list(dict.fromkeys(name for n in wrong for name in evidence.wrong(n) if not name.startswith(COUNT_OF)))
    all_names = {name for outcome in evidence.expected for name in outcome.parts if not name.startswith(COUNT_OF)}
    if 0 < len(names) < len(all_names) and not any(evidence.got[n].raised for n in wrong):
        words.append(f"Only {', '.join(names)} is wrong." if len(names) == 1 else f"Wrong are {', '.join(names)}.")
    n = wrong[0]
    for name in evidence.wrong(n)[:1]:
        mine, right = evidence.got[n].parts.get(name), evidence.expected[n].parts.get(name)
        if kind(mine) == kind(right) == "array" and mine.shape == right.shape and right.size > 1:
            bad = excess(mine, right, evidence.cases[n].rtol, evidence.cases[n].atol) > 0
            words.append(_pattern(name, bad, right, with_sizes))
    return " ".join(filter(None, words))


def _pattern(name: str, bad: np.ndarray, right: np.ndarray, with_sizes: bool) -> str:
    if bad.all():
        return f"Every entry of {name} is off."
    if with_sizes and bad.ndim == 2 and (bad.all(axis=1) | ~bad.any(axis=1)).all():
        return f"Only rows {', '.join(map(str, np.flatnonzero(bad.all(axis=1))))} of {name} are off."
    if with_sizes and bad.ndim == 2 and (bad.all(axis=0) | ~bad.any(axis=0)).all():
        return f"Only columns {', '.join(map(str, np.flatnonzero(bad.all(axis=0))))} of {name} are off."
    if (right[bad] < 0).all() and (right[~bad] >= 0).all():
        return f"Only the entries of {name} that should be negative are off."
    if (right[bad] > 0).all() and (right[~bad] <= 0).all():
        return f"Only the entries of {name} that should be positive are off."
    return f"{int(bad.sum())} of {bad.size} entries of {name} are off." if with_sizes else ""
