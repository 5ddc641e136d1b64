"""A class is graded once: the gradebook is what it should be, whoever grades and on however many machines."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.course import CourseError, load
from autograder.runs import Run
from tests.autograder.classes import command, fill, grade, marks
from tests.autograder.course import CELLS, HONEST, ID, hand_in, make_course, source_bytes, submission


def test_the_gradebook_holds_what_each_student_deserves(undisturbed):
    grades, comments = marks(undisturbed)
    scores = {(student, cell): (auto, human) for student, _, cell, auto, _, human in grades}
    assert scores["student00", "test-double"] == (0, 0)
    assert scores["student01", "test-double"] == (2, 0)
    assert scores["twin", "test-double"] == (2, 0)
    assert scores["student00", "why"] == (None, 1)
    assert scores["student01", "why"] == (0, 0)
    assert scores["vandal", "test-double"] == (None, 1), "an unreadable file is no zero"
    assert ("student01", "why", "No response.", None) in comments
    assert len(scores) == 10 * 5


def test_a_second_run_grades_nothing_and_changes_nothing(undisturbed):
    before = marks(undisturbed)
    stamps = {p: p.stat().st_mtime_ns for p in (undisturbed / "autograded").rglob("*.ipynb")}
    assert len(stamps) == 10
    done = grade(undisturbed)
    assert done.stdout.startswith("0 graded, 10 already known")
    assert marks(undisturbed) == before
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps


def test_nbgraders_own_code_reads_the_gradebook(undisturbed):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{undisturbed}/gradebook.db", "test") as gradebook:
        assert gradebook.find_assignment(ID).max_score == 9
        found = gradebook.find_submission(ID, "student01")
        assert (found.score, found.needs_manual_grade) == (7, False)
        assert gradebook.find_submission(ID, "student00").needs_manual_grade
        assert gradebook.find_notebook("assignment", ID).num_submissions == 10


def test_a_new_gradebook_is_the_one_that_nbgrader_makes(undisturbed, tmp_path, monkeypatch):
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # it starts alembic

    Gradebook(f"sqlite:///{tmp_path}/stock.db", "test").close()
    tables, versions = [], []
    for path in (tmp_path / "stock.db", undisturbed / "gradebook.db"):
        with sqlite3.connect(path) as db:
            tables.append(set(db.execute("select type, name, replace(sql, ';', '') from sqlite_master")))
            versions.append(db.execute("select version_num from alembic_version").fetchall())
    assert tables[0] == tables[1]
    assert versions[0] == versions[1]


def test_marks_by_hand_outlive_a_regrade_after_the_assignment_was_mended(tmp_path):
    folder = fill(tmp_path / "mended", 3)
    assert grade(folder).returncode == 0
    with sqlite3.connect(folder / "gradebook.db") as db:
        mine = (
            "cell_id in (select id from base_cell where name = ?) and notebook_id in ("
            "select n.id from submitted_notebook n join submitted_assignment s on s.id = n.assignment_id "
            "where s.student_id = 'student00')"
        )
        db.execute(f"update grade set manual_score = 1.5, needs_manual_grade = 0 where {mine}", ("why",))
        db.execute(f"update grade set manual_score = 2.0, needs_manual_grade = 0 where {mine}", ("test-double",))
    mended = [(role, id, points, text.replace("2 * hidden", "3 * hidden")) for role, id, points, text in CELLS]
    (folder / "solutions" / ID / "assignment.ipynb").write_bytes(source_bytes(mended))
    assert "0 already known" in grade(folder).stdout
    found = {(row[0], row[2]): row[3:] for row in marks(folder)[0]}
    assert found["student00", "why"] == (None, 1.5, 0), "nothing changed here, so nobody need look again"
    assert found["student00", "test-double"][1] == 2.0
    assert found["student01", "test-double"] == (0, None, 0)


def test_a_cell_with_marks_by_hand_cannot_vanish(tmp_path):
    folder = fill(tmp_path / "vanish", 1)
    assert grade(folder).returncode == 0
    with sqlite3.connect(folder / "gradebook.db") as db:
        db.execute("update grade set manual_score = 1")
    (folder / "solutions" / ID / "assignment.ipynb").write_bytes(source_bytes(CELLS[:-1]))
    done = grade(folder)
    assert done.returncode == 1
    assert "cell why is gone from the source, but marks were given for it by hand" in done.stderr


def test_late_penalties_are_nbgraders_own(tmp_path):
    folder = fill(tmp_path / "late", 2)
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    assert grade(folder).returncode == 0
    with sqlite3.connect(folder / "gradebook.db") as db:
        db.execute("update assignment set duedate = '2026-03-01 10:00:00.000000'")
    assert grade(folder).returncode == 0
    with sqlite3.connect(folder / "gradebook.db") as db:
        penalties = dict(
            db.execute(
                "select s.student_id, n.late_submission_penalty from submitted_notebook n "
                "join submitted_assignment s on s.id = n.assignment_id"
            ).fetchall()
        )
    assert penalties == {"student00": None, "student01": 7.0, "twin": None, "vandal": None}


def test_two_runs_at_once_are_refused(tmp_path):
    course = load(fill(tmp_path / "two", 1))
    from autograder.journal import Journal

    journal = Journal(course.journal)
    journal.reserve()
    with ThreadPoolExecutor(1) as executor, pytest.raises(CourseError, match="another run"):
        Run(course, ID, course.job(ID)).run([], executor, 1)
    journal.close()


def test_dask_gives_the_same_gradebook(undisturbed, tmp_path):
    distributed = pytest.importorskip("distributed")
    folder = fill(tmp_path / "dask")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        done = grade(folder, "--dask", cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert marks(folder) == marks(undisturbed)


def test_honest_submissions_get_the_scores_of_stock_nbgrader(tmp_path):
    """nbgrader's own autograder, on the same class, with its own gradebook."""
    folder = make_course(tmp_path / "both")
    answers = {
        "all": {},
        "none": {key: CELLS_STUB[key] for key in HONEST},
        "wrong": {"double": "def double(x):\n    return x", "slope": "def slope(x):\n    return x"},
        "warns": {"average": "def average(x):\n    np.log(np.zeros(1))\n    return float(np.mean(x))"},
        "prints": {"average": "def average(x):\n    print('hm')\n    return float(np.mean(x))"},
        "int": {"average": "def average(x):\n    return 5"},
        "shape": {"double": "def double(x):\n    return (2 * x)[None]"},
    }
    for student, own in answers.items():
        hand_in(folder, student, submission(own))
    assert grade(folder).returncode == 0
    ours = {row[:1] + row[2:3]: row[3] for row in marks(folder)[0]}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    (folder / "gradebook.db").rename(folder / "ours.db")
    for path in (folder / "autograded").rglob("*"):
        if path.is_file():
            path.unlink()
    for step in (["generate_assignment", ID, "--force", "--create"], ["autograde", ID, "--force", "--create"]):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *step], cwd=folder, env=environment, capture_output=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    stock = {row[:1] + row[2:3]: row[3] for row in marks(folder)[0]}
    assert ours == stock
    assert len(ours) == 35
    assert len(set(ours.values())) > 3


CELLS_STUB = {
    "double": "def double(x):\n    raise NotImplementedError()",
    "average": "def average(x):\n    raise NotImplementedError()",
    "slope": "def slope(x):\n    raise NotImplementedError()",
    "apply": "def apply(f, x):\n    raise NotImplementedError()",
    "why": "*Your answer here.*",
}


def test_a_report_during_the_first_run_breaks_nothing(tmp_path):
    folder = fill(tmp_path / "first", 30, gradebook=False)
    run = subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    codes = []
    while run.poll() is None:
        report = [sys.executable, "-m", "autograder", "report", ID, "--course", str(folder)]
        codes.append(subprocess.run(report, capture_output=True, text=True).returncode)
    assert run.returncode == 0, run.communicate()
    assert set(codes) <= {0, 1}
    assert len(marks(folder)[0]) == 32 * 5
