"""The doctor's power: every wrong answer rejected, every right one accepted, on 20 seeds, and no wrong name given."""

import pytest

from mlpkit.doctor import examine
from mlpkit.doctor.exercises import EXERCISES
from tests.mutants.marks import Mutants, collect

SEEDS = range(20)
MUTANTS = collect()


@pytest.mark.parametrize("mutants", MUTANTS, ids=lambda mutants: f"{mutants.assignment[:2]}-{mutants.function_name}")
def test_right_answers_pass_and_wrong_ones_are_named(mutants: Mutants, record_property):
    right = wrong = named = 0
    faults, unnamed = [], []
    answers = [variant.answer for variant in mutants.variants]
    # Seed by seed, for the doctor keeps what belongs to a seed for a while.
    assignment, function_name = mutants.assignment, mutants.function_name
    rows = [[examine(assignment, function_name, answer, seed) for answer in answers] for seed in SEEDS]
    for variant, reports in zip(mutants.variants, zip(*rows, strict=True), strict=True):
        name = f"{variant.answer.__name__} ({', '.join(variant.causes) or 'right'})"
        right += not variant.causes
        wrong += bool(variant.causes)
        if not variant.causes:
            faults += [
                f"{name}, seed {seed}: rejected, {r.message}" for seed, r in enumerate(reports) if not r.passed
            ][:1]
            continue
        faults += [f"{name}, seed {seed}: accepted" for seed, r in enumerate(reports) if r.passed][:1]
        faults += [
            f"{name}: called {r.causes}" for r in reports if r.causes and set(r.causes) != set(variant.causes)
        ][:1]
        if all(set(report.causes) == set(variant.causes) for report in reports):
            named += 1
        else:
            unnamed.append(name)
    record_property("power", (mutants.assignment, mutants.function_name, right, wrong, named, unnamed))
    assert not faults, "\n".join(faults)


def test_every_exercise_has_enough_variants_of_both_kinds():
    counted = {(m.assignment, m.function_name): [bool(v.causes) for v in m.variants] for m in MUTANTS}
    lacking = set()
    for assignment, exercises in EXERCISES.items():
        for name, exercise in exercises.items():
            kinds = counted.get((assignment, name), [])
            if kinds.count(False) < 4 or kinds.count(True) < (8 if exercise.analytic else 4):
                lacking.add((assignment, name))
    assert not lacking


def test_at_least_95_percent_of_the_wrong_variants_are_named_rightly():
    wrong = named = 0
    for mutants in MUTANTS:
        for variant in mutants.variants:
            if variant.causes:
                wrong += 1
                named += set(examine(mutants.assignment, mutants.function_name, variant.answer).causes) == set(
                    variant.causes
                )
    assert named / wrong >= 0.95, f"{named} of {wrong}"
