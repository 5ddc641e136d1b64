"""Instructors can use nbgrader as it is: a class of honest submissions gets exactly the scores it deserves."""

import csv

import nbformat
import pytest

from tests.course.classroom import ROOT, Course
from tests.course.sample_class import SAMPLE_CLASS, TESTS

ASSIGNMENT = "01_logistic_regression"
OTHERS = sorted(path.parent.name for path in ROOT.glob("solutions/*/assignment.ipynb") if path.parent.name > "02")


@pytest.fixture(scope="module")
def graded(course: Course) -> Course:
    """The sample class, handed in and graded by stock nbgrader."""
    for student, (cells, _) in SAMPLE_CLASS.items():
        notebook = nbformat.read(course.root / "lessons" / ASSIGNMENT / "assignment.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        folder = course.classroom / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "assignment.ipynb")
    course.nbgrader("autograde", ASSIGNMENT, "--create")
    return course


@pytest.mark.parametrize("student", SAMPLE_CLASS)
def test_every_test_cell_scores_as_intended(graded: Course, student: str):
    with graded.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook("assignment", ASSIGNMENT, student)
        scores = {grade.name: grade.auto_score for grade in notebook.grades if grade.name in TESTS}

    passed = SAMPLE_CLASS[student][1]
    assert scores == {name: points if name in passed else 0 for name, points in TESTS.items()}


def test_the_written_answer_waits_for_a_person(graded: Course):
    with graded.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook("assignment", ASSIGNMENT, "perfect")
        waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}

    assert waiting == {"written"}


def test_the_untouched_assignment_fails_only_because_nothing_was_written(graded: Course):
    path = graded.classroom / "autograded" / "untouched" / ASSIGNMENT / "assignment.ipynb"
    errors = [
        output.ename
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]

    assert len(errors) == len(TESTS) + 2, "every check, the picture and the digits at the end"
    assert set(errors) <= {"NotImplementedError", "NameError"}


def test_feedback_is_written_for_every_student(graded: Course):
    graded.nbgrader("generate_feedback", ASSIGNMENT)

    for student in SAMPLE_CLASS:
        page = graded.classroom / "feedback" / student / ASSIGNMENT / "assignment.html"
        assert "sigmoid-value" in page.read_text()


def test_scores_are_exported_as_csv(graded: Course, tmp_path):
    graded.nbgrader("export", f"--CsvExportPlugin.to={tmp_path / 'grades.csv'}")
    rows = list(csv.DictReader((tmp_path / "grades.csv").open()))
    scores = {row["student_id"]: float(row["score"]) for row in rows if row["assignment"] == ASSIGNMENT}

    assert scores == {student: sum(TESTS[name] for name in passed) for student, (_, passed) in SAMPLE_CLASS.items()}


def test_an_assignment_goes_out_and_comes_back_through_the_exchange(graded: Course):
    graded.nbgrader("release_assignment", ASSIGNMENT, "--force")
    listed = graded.nbgrader("list")
    graded.nbgrader("collect", ASSIGNMENT)

    assert f"mlp {ASSIGNMENT}" in listed


@pytest.mark.parametrize("assignment", OTHERS)
def test_the_solution_of_every_other_assignment_scores_full_and_the_stub_nothing(course: Course, assignment: str):
    source = nbformat.read(course.root / "solutions" / assignment / "assignment.ipynb", as_version=4)
    released = nbformat.read(course.root / "lessons" / assignment / "assignment.ipynb", as_version=4)
    answers = {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    for student, filled in (("untouched", {}), ("solved", answers)):
        for cell in released.cells:
            cell.source = filled.get(cell.id, cell.source)
        folder = course.classroom / "submitted" / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(released, folder / "assignment.ipynb")
    course.nbgrader("autograde", assignment, "--create")

    with course.gradebook() as gradebook:
        for student, share in (("solved", 1.0), ("untouched", 0.0)):
            notebook = gradebook.find_submission_notebook("assignment", assignment, student)
            tests = [grade for grade in notebook.grades if grade.cell.cell_type == "code"]
            assert len(tests) >= 8
            assert {g.name: g.auto_score for g in tests} == {g.name: share * g.max_score for g in tests}
