"""Every assignment is sound: full marks for its solution, nothing for the stub, every variant judged rightly."""

import json
from collections import Counter

import pytest

from autograder.check import bearing_on, check, read_variants
from autograder.course import load
from autograder.notebooks import read_source
from mlpkit.doctor import EXERCISES
from tests.course.classroom import ROOT

ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("solutions/*/assignment.ipynb"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_grader_judges_solution_stub_and_variants_rightly(assignment: str, capsys):
    course = load(ROOT / "autograder")
    status = check(course, assignment, course.job(assignment), ROOT / "tests" / "mutants" / f"a{assignment[:2]}")
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_function_is_tried_with_right_and_wrong_variants(assignment: str):
    folder = ROOT / "tests" / "mutants" / f"a{assignment[:2]}"
    counts = Counter((name.partition(":")[0], right) for name, right, _ in read_variants(folder))
    for name in EXERCISES[assignment]:
        assert counts[name, True] >= 4, name
        assert counts[name, False] >= 4, name


def test_a_variant_meets_the_tests_that_it_can_decide_and_what_those_need():
    raw = json.loads((ROOT / "solutions/03_softmax/assignment.ipynb").read_text())
    whole = read_source(json.dumps(raw).encode())
    part = {cell.id for cell in read_source(bearing_on(raw, whole, frozenset({"softmax_jacobian"}))).cells}

    assert {"imports", "jacobian", "jacobian-check"} <= part
    assert not {"train", "train-check", "log-check"} & part
