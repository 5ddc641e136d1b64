"""Stock nbgrader and this grader side by side, over the notebooks that the installed nbgrader brings along."""

import json
import os
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import nbgrader
import pytest

from autograder.check import _with
from autograder.course import load
from autograder.engine import close_engines, grade_bytes
from autograder.sandbox import Limits

PACKAGE = Path(nbgrader.__file__).parent
APPS, GUIDE, PREPROCESSORS = "tests/apps/files/", "docs/source/user_guide/", "tests/preprocessors/files/"
SOURCES = {
    "guide1": f"{GUIDE}source/ps1/problem1",
    "guide2": f"{GUIDE}source/ps1/problem2",
    "guide_autotest1": f"{GUIDE}source/ps1_autotest/problem1",
    "guide_autotest2": f"{GUIDE}source/ps1_autotest/problem2",
    "test": f"{APPS}test",
    "hidden_tests": f"{APPS}test-hidden-tests",
    "simple": f"{APPS}autotest-simple",
    "hashed": f"{APPS}autotest-hashed",
    "hidden": f"{APPS}autotest-hidden",
    "multi": f"{APPS}autotest-multi",
    "task": f"{PREPROCESSORS}test_taskcell",
    "environment": f"{APPS}validating-environment-variable",
    "cells": f"{APPS}submitted-unchanged",
    "zero_points": f"{APPS}validation-zero-points",
    "timeout": f"{APPS}timeout",
    "relative_file": f"{APPS}open_relative_file",
    "code_by_hand": f"{PREPROCESSORS}manually-graded-code-cell",
}
SUBMISSIONS = {  # of a source: the notebooks beside it that are handed in, besides its solution and the untouched one
    "guide1": [f"{GUIDE}submitted/bitdiddle/ps1/problem1", f"{GUIDE}submitted/hacker/ps1/problem1"],
    "guide2": [f"{GUIDE}submitted/bitdiddle/ps1/problem2", f"{GUIDE}submitted/hacker/ps1/problem2"],
    "simple": [f"{APPS}autotest-simple-changed", f"{APPS}autotest-simple-unchanged"],
    "hashed": [f"{APPS}autotest-hashed-changed", f"{APPS}autotest-hashed-unchanged"],
    "hidden": [f"{APPS}autotest-hidden-changed-{how}" for how in ("right", "wrong")]
    + [f"{APPS}autotest-hidden-unchanged"],
    "multi": [f"{APPS}autotest-multi-changed", f"{APPS}autotest-multi-unchanged"],
    "test": [f"{APPS}test-with-output"],
    "cells": [f"{APPS}submitted-{how}" for how in (
        "changed", "cheat-attempt", "cheat-attempt-alternative", "grade-cell-changed", "locked-cell-changed")]
    + [f"{PREPROCESSORS}submitted-{how}-cell-type-changed" for how in ("answer", "grade")],
}  # fmt: skip
# Every difference from stock, and why. "source / submission / cell": (stock's score, ours)
EXPLAINED = {
    # A test cell that only prints "Success!" can fail for nobody: here it is an error of the source, never points.
    **{f"cells / {student} / foo": (1.0, None) for student in (
        "solution", "stub", "submitted-changed", "submitted-cheat-attempt", "submitted-cheat-attempt-alternative",
        "submitted-grade-cell-changed", "submitted-locked-cell-changed")},
    # His `squares` is wrong and costs its own point; his sum of squares is right with the right squares.
    "guide1 / problem1 / correct_sum_of_squares": (0.0, 0.5),
    # He wrote nothing there, but a formula in a cell of his own: it may be meant as the answer, so a human looks.
    "guide1 / problem1 / sum_of_squares_application": (0.0, None),
    # The test opens a file that is not there, or imports a package that is not installed: no student's fault.
    **{f"relative_file / {student} / open_file": (0.0, None) for student in ("solution", "stub")},
    **{f"task / {student} / {cell}": (0.0, None) for student in ("solution", "stub")
       for cell in ("correct_squares", "squares_invalid_input")},
}  # fmt: skip
# Submissions that stock nbgrader stops at with a traceback, and that are graded here.
STOCK_STOPS = {("cells", f"submitted-{how}-cell-type-changed") for how in ("answer", "grade")}


def read(name: str) -> bytes:
    return (PACKAGE / f"{name}.ipynb").read_bytes()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """One assignment for each source."""
    folder = tmp_path_factory.mktemp("peer")
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'peer'\n")
    (folder / "autotests.yml").write_bytes((PACKAGE / GUIDE / "autotests.yml").read_bytes())
    for id, name in SOURCES.items():
        place = folder / "source" / id
        place.mkdir(parents=True)
        (place / "assignment.ipynb").write_bytes(read(name))
    return load(folder)


@pytest.fixture(scope="module")
def handed_in(course):
    """For each assignment its submissions by name."""
    result = {}
    for id in SOURCES:
        job = course.job(id)
        raw = json.loads(job.source)
        stubs = {c.id: c.released for c in job.parsed.cells if c.students}
        found = {"solution": _with(raw, job.parsed, {}), "stub": _with(raw, job.parsed, stubs)}
        found |= {name.rpartition("/")[2] + ("" if "/hacker/" not in name else "-hacker"): read(name)
                  for name in SUBMISSIONS.get(id, ())}  # fmt: skip
        result[id] = found
    return result


@pytest.fixture(scope="module")
def stock(course, handed_in):
    """The scores of stock nbgrader: its own generate_assignment and autograde on the same bytes."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    before, stopped = os.getcwd(), set()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    config = Config()
    config.CourseDirectory.root = str(course.root)
    config.ExecutePreprocessor.timeout = 3
    config.Execute.timeout = 3
    os.chdir(course.root)
    try:
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        for id, found in handed_in.items():
            done = api.generate_assignment(id, force=True)
            assert done["success"], (id, done["log"][-2000:])
            for student, data in found.items():
                place = course.submitted / student / id
                place.mkdir(parents=True)
                (place / "assignment.ipynb").write_bytes(data)
                done = api.autograde(id, student, force=True)
                if not done["success"]:
                    stopped.add((id, student))
    finally:
        os.chdir(before)
    with sqlite3.connect(course.root / "gradebook.db") as db:
        rows = db.execute(
            "select a.name, s.student_id, b.name, g.auto_score, g.needs_manual_grade from grade g "
            "join base_cell b on b.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id "
            "join submitted_assignment s on s.id = n.assignment_id join assignment a on a.id = s.assignment_id"
        ).fetchall()
    return {(a, s, c): score for a, s, c, score, _ in rows if (a, s) not in stopped}, stopped


@pytest.fixture(scope="module")
def ours(course, handed_in):
    found = {}
    for id, submissions in handed_in.items():
        job = course.job(id)
        for student, data in submissions.items():
            result = grade_bytes(replace(job, limits=Limits(call_seconds=3, cell_seconds=3)), data)
            assert result["status"] == "graded", (id, student, result)
            found |= {(id, student, q["id"]): q["score"] for q in result["questions"]}
    close_engines()
    return found


def test_every_score_is_stock_nbgraders_but_for_the_differences_in_the_table(stock, ours):
    scores, stopped = stock
    assert stopped == STOCK_STOPS
    both = {key for key in scores.keys() | ours.keys() if key[:2] not in stopped}
    differences = {" / ".join(key): (scores.get(key), ours.get(key)) for key in both
                   if scores.get(key) != ours.get(key)}  # fmt: skip
    for line in sorted(differences.items()):
        print(line)
    assert differences == EXPLAINED
