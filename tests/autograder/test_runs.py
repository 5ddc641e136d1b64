"""A class is graded once, whatever happens meanwhile: nothing lost, nothing doubled."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.course import CourseError, load
from autograder.engine import grade_bytes
from autograder.runs import Run
from autograder.submissions import find
from tests.autograder.course import CELLS, HONEST, ID, hand_in, make_course, source_bytes, submission

ROOT = Path(__file__).parents[2]


def fill(folder, count=8):
    """A class: most are right in part, each in another way, two hand in the same bytes."""
    make_course(folder)
    for i in range(count):
        answers = {"double": f"def double(x):\n    # student {i}\n    return {2 if i % 3 else 3} * x"}
        if i % 4 == 1:
            answers["why"] = "*Your answer here.*"
        hand_in(folder, f"student{i:02d}", submission(answers), f"2026-03-01 10:00:{i:02d} UTC")
    hand_in(folder, "twin", submission({"double": "def double(x):\n    # student 1\n    return 2 * x"}))
    hand_in(folder, "vandal", b"no notebook")
    return folder


def command(folder, *more):
    return [sys.executable, "-m", "autograder", "grade", ID, "--course", str(folder), "--quiet", *more]


def grade(folder, *more, **options):
    return subprocess.run(command(folder, *more), cwd=ROOT, capture_output=True, text=True, timeout=120, **options)


def marks(folder):
    """Everything in the gradebook but its random keys."""
    with sqlite3.connect(f"file:{folder}/gradebook.db?mode=ro", uri=True) as db:
        grades = db.execute(
            "select s.student_id, s.timestamp, b.name, g.auto_score, g.manual_score, g.needs_manual_grade "
            "from grade g join base_cell b on b.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id "
            "join submitted_assignment s on s.id = n.assignment_id order by 1, 3"
        ).fetchall()
        comments = db.execute(
            "select s.student_id, b.name, c.auto_comment, c.manual_comment from comment c "
            "join base_cell b on b.id = c.cell_id join submitted_notebook n on n.id = c.notebook_id "
            "join submitted_assignment s on s.id = n.assignment_id order by 1, 2"
        ).fetchall()
    return grades, comments


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = fill(tmp_path_factory.mktemp("undisturbed"))
    done = grade(folder)
    assert done.returncode == 0, done.stderr
    return folder


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


def test_killed_again_and_again_it_comes_to_the_same_gradebook(undisturbed, tmp_path):
    folder = fill(tmp_path / "killed")
    dice = random.Random(4)
    kills = 0
    for _ in range(30):
        process = subprocess.Popen(
            command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(dice.uniform(0.05, 2.5))
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert kills >= 15, "most of the kills must find a run to kill"
    done = grade(folder)
    assert done.returncode == 0, done.stderr
    assert marks(folder) == marks(undisturbed)
    assert not list(folder.rglob("*.part"))


def test_ctrl_c_finishes_what_is_in_flight_and_says_how_to_go_on(undisturbed, tmp_path):
    folder = fill(tmp_path / "interrupted", 30)
    process = subprocess.Popen(
        command(folder, "--jobs", "1"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    journal = folder / "journal.db"
    end = time.monotonic() + 60
    while time.monotonic() < end and count(journal) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "to go on: autograder grade" in out
    known = count(journal)
    assert 3 <= known < 32
    after = grade(folder)
    assert after.returncode == 0
    assert not after.stdout.startswith("32 graded"), "what was graded is not graded again"
    assert len({row[0] for row in marks(folder)[0]}) == 32


def count(journal):
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as db:
            return db.execute("select count(*) from result").fetchone()[0]
    except sqlite3.Error:
        return 0


def test_a_locked_gradebook_loses_nothing(undisturbed, tmp_path, monkeypatch):
    folder = fill(tmp_path / "locked", 4)
    assert grade(folder).returncode == 0
    hand_in(folder, "late", submission())
    holder = sqlite3.connect(folder / "gradebook.db")
    holder.execute("begin immediate")
    done = subprocess.Popen(command(folder), cwd=ROOT, stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
    _, words = done.communicate(timeout=120)
    assert done.returncode == 1
    assert "another program is writing to it" in words
    holder.rollback()
    holder.close()
    after = grade(folder)
    assert after.returncode == 0
    assert any(row[0] == "late" for row in marks(folder)[0])


def test_a_gradebook_that_cannot_be_written_is_named(undisturbed, tmp_path):
    folder = fill(tmp_path / "broken", 3)
    (folder / "nbgrader_config.py").write_text(
        (folder / "nbgrader_config.py").read_text()
        + f"c.CourseDirectory.db_url = 'sqlite:////{folder}/no/such/../gradebook.db'\n".replace("////", "///", 1)
    )
    (folder / "no").write_text("a file where a folder should be")
    done = grade(folder)
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: ")
    assert "Traceback" not in done.stderr


def test_a_read_only_gradebook_loses_nothing(tmp_path):
    folder = fill(tmp_path / "readonly", 3)
    assert grade(folder).returncode == 0
    hand_in(folder, "late", submission({"double": "def double(x): return x + x"}))
    config = folder / "nbgrader_config.py"
    text = config.read_text()
    config.write_text(text + f"c.CourseDirectory.db_url = 'sqlite:///file:{folder}/gradebook.db?mode=ro&uri=true'\n")
    done = grade(folder)
    assert done.returncode == 1
    assert "may not be written" in done.stderr
    config.write_text(text)
    after = grade(folder)
    assert after.returncode == 0
    assert after.stdout.startswith("0 graded") or after.stdout.startswith("1 graded")
    assert any(row[0] == "late" for row in marks(folder)[0])


def test_a_full_disk_loses_nothing(undisturbed, tmp_path):
    folder = fill(tmp_path / "full")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = grade(folder, preexec_fn=small_files)
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: ")
    assert "Traceback" not in done.stderr
    done = grade(folder)
    assert done.returncode == 0, done.stderr
    assert marks(folder) == marks(undisturbed)


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


class Inline:
    """An executor that fails for chosen submissions, as a broken machine would."""

    def submit(self, function, job, data):
        future: Future = Future()
        try:
            if b"student 2" in data:
                raise OSError("this machine is on fire")
            future.set_result(function(job, data))
        except Exception as error:
            future.set_exception(error)
        return future


def test_one_submission_that_the_machine_cannot_grade_stops_no_other(tmp_path):
    course = load(fill(tmp_path / "fire", 4))
    run = Run(course, ID, course.job(ID))
    summary = run.run(find(course, ID, None, None).submissions, Inline(), 2)
    assert summary.failed == {"student02": "OSError: this machine is on fire"}
    assert summary.graded == 5
    students = {row[0] for row in marks(course.root)[0]}
    assert "student02" not in students, "not graded is no zero"
    with ThreadPoolExecutor(1) as executor:
        again = Run(course, ID, course.job(ID)).run(find(course, ID, None, None).submissions, executor, 2)
    assert (again.graded, again.known, again.failed) == (1, 5, {})


def test_two_runs_at_once_are_refused(tmp_path):
    course = load(fill(tmp_path / "two", 1))
    from autograder.journal import Journal

    journal = Journal(course.journal)
    journal.reserve()
    with pytest.raises(CourseError, match="another run"):
        Run(course, ID, course.job(ID)).run([], Inline(), 1)
    journal.close()


def test_an_engine_that_is_killed_is_replaced(tmp_path):
    from autograder import engine
    from tests.autograder.course import job

    assert grade_bytes(job(), submission())["status"] == "graded"
    engine._mine.engines[job().key].process.kill()
    assert grade_bytes(job(), submission())["status"] == "graded"


def test_engines_that_were_closed_are_never_asked_again():
    from autograder import engine
    from tests.autograder.course import job

    engine.prepare_engines(job(), 3)
    assert grade_bytes(job(), submission())["status"] == "graded"
    engine.close_engines()
    assert grade_bytes(job(), submission())["status"] == "graded"


def test_when_the_run_is_killed_no_engine_stays(tmp_path):
    folder = fill(tmp_path / "orphans", 2)
    hand_in(folder, "slow", submission({"double": "def double(x):\n    while True: pass"}))
    mark = f"AUTOGRADER_MARK={os.getpid()}"
    process = subprocess.Popen(
        command(folder, "--jobs", "1"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "AUTOGRADER_MARK": str(os.getpid())},
    )  # fmt: skip
    time.sleep(2.5)
    assert len(marked(mark)) >= 2, "the run and its engine"
    process.kill()
    process.wait()
    end = time.monotonic() + 20
    while marked(mark) and time.monotonic() < end:
        time.sleep(0.1)
    assert marked(mark) == []


def marked(mark):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


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
