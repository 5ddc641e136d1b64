"""The doctor's power: every wrong answer rejected, every right one accepted, on 20 seeds, and no wrong name given.

Each assignment has a file of its own, so that parallel runs share the work.
"""

import sys
from functools import cache

import pytest

from mlpkit.doctor import examine
from mlpkit.doctor.exercises import EXERCISES
from tests.mutants.marks import Mutants, collect

SEEDS = range(20)


@cache
def measure(mutants: Mutants) -> tuple[list[str], list[str]]:
    """Return what is at fault, and the wrong answers that are not named on every seed."""
    faults, unnamed = [], []
    answers = [variant.answer for variant in mutants.variants]
    # Seed by seed, for the doctor keeps what belongs to a seed for a while.
    assignment, function_name = mutants.assignment, mutants.function_name
    limit = sys.getrecursionlimit()  # which some of the answers raise
    rows = [[examine(assignment, function_name, answer, seed) for answer in answers] for seed in SEEDS]
    sys.setrecursionlimit(limit)
    for variant, reports in zip(mutants.variants, zip(*rows, strict=True), strict=True):
        name = f"{variant.answer.__name__} ({', '.join(variant.causes) or 'right'})"
        if not variant.causes:
            faults += [
                f"{name}, seed {seed}: rejected, {r.message}" for seed, r in enumerate(reports) if not r.passed
            ][:1]
            continue
        faults += [f"{name}, seed {seed}: accepted" for seed, r in enumerate(reports) if r.passed][:1]
        faults += [
            f"{name}: called {r.causes}" for r in reports if r.causes and set(r.causes) != set(variant.causes)
        ][:1]
        if any(set(report.causes) != set(variant.causes) for report in reports):
            unnamed.append(name)
    return faults, unnamed


def _count_wrong(mutants: Mutants) -> int:
    return sum(bool(variant.causes) for variant in mutants.variants)


class PowerOn:
    """The tests of one assignment, whose id is the class attribute `assignment`."""

    assignment: str

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "mutants" in metafunc.fixturenames:
            ours = [mutants for mutants in collect() if mutants.assignment == self.assignment]
            metafunc.parametrize("mutants", ours, ids=lambda m: f"{m.assignment[:2]}-{m.function_name}")

    def test_right_answers_pass_and_wrong_ones_are_named(self, mutants: Mutants, record_property):
        faults, unnamed = measure(mutants)
        wrong = _count_wrong(mutants)
        counts = (len(mutants.variants) - wrong, wrong, wrong - len(unnamed))
        record_property("power", (mutants.assignment, mutants.function_name, *counts, unnamed))
        assert not faults, "\n".join(faults)

    def test_at_least_95_percent_of_the_wrong_variants_are_named_on_every_seed(self):
        ours = [mutants for mutants in collect() if mutants.assignment == self.assignment]
        wrong = sum(_count_wrong(mutants) for mutants in ours)
        unnamed = [name for mutants in ours for name in measure(mutants)[1]]
        assert len(unnamed) <= 0.05 * wrong, f"{len(unnamed)} of {wrong} are not named: {', '.join(unnamed)}"

    def test_every_exercise_has_enough_variants_of_both_kinds(self):
        counted: dict[str, list[bool]] = {}  # a function's variants may lie in several files
        for mutants in collect():
            if mutants.assignment == self.assignment:
                counted.setdefault(mutants.function_name, []).extend(bool(v.causes) for v in mutants.variants)
        lacking = set()
        for name, exercise in EXERCISES[self.assignment].items():
            kinds = counted.get(name, [])
            if kinds.count(False) < 4 or kinds.count(True) < (8 if exercise.analytic else 4):
                lacking.add(name)
        assert not lacking
