"""What students get is what the sources give."""

import json

import pytest

from tests.course.classroom import ROOT, Course

ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("solutions/*/assignment.ipynb"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_assignment_in_lessons_is_the_one_its_source_generates(course: Course, assignment: str):
    generated = json.loads((course.root / "lessons" / assignment / "assignment.ipynb").read_text())
    committed = json.loads((ROOT / "lessons" / assignment / "assignment.ipynb").read_text())

    assert committed == generated, (
        "run: cd autograder && ../.venv/bin/nbgrader generate_assignment --force " + assignment
    )


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_released_assignment_shows_no_solution_and_no_hidden_test(assignment: str):
    text = (ROOT / "lessons" / assignment / "assignment.ipynb").read_text()

    for marker in ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"):
        assert marker not in text
    assert "raise NotImplementedError()" in text


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_an_assignment_has_at_least_eight_test_cells_with_hidden_tests_and_a_written_question(assignment: str):
    source = json.loads((ROOT / "solutions" / assignment / "assignment.ipynb").read_text())
    graded = [cell for cell in source["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    tests = [cell for cell in graded if cell["cell_type"] == "code"]

    assert len(tests) >= 8
    assert all("BEGIN HIDDEN TESTS" in "".join(cell["source"]) for cell in tests)
    assert len(graded) > len(tests)
