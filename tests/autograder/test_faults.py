"""Whatever ends a run or stands in its way, nothing is lost and nothing doubled."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.course import CourseError, load
from autograder.engine import grade_bytes
from autograder.runs import Run
from autograder.submissions import find
from tests.autograder.classes import ROOT, command, fill, grade, marks
from tests.autograder.course import ID, hand_in, submission


def test_killed_again_and_again_it_comes_to_the_same_gradebook(undisturbed, tmp_path):
    folder = fill(tmp_path / "killed", gradebook=False)
    dice = random.Random(4)
    kills = 0
    for _ in range(30):
        process = subprocess.Popen(
            command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(dice.uniform(0.05, 1.6))
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


def test_a_locked_gradebook_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.gradebook.PATIENCE", 1.0)
    folder = fill(tmp_path / "locked", 4)
    assert grade(folder).returncode == 0
    hand_in(folder, "late", submission())
    holder = sqlite3.connect(folder / "gradebook.db")
    holder.execute("begin immediate")
    course = load(folder)
    with ThreadPoolExecutor(1) as executor, pytest.raises(CourseError, match="another program is writing to it"):
        Run(course, ID, course.job(ID)).run(find(course, ID, None, None).submissions, executor, 2)
    holder.rollback()
    holder.close()
    after = grade(folder)
    assert after.returncode == 0
    assert after.stdout.startswith(("0 graded, 7 already known", "1 graded, 6 already known")), (
        "nothing known is lost"
    )
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
    folder = fill(tmp_path / "full", gradebook=False)

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))  # workers set their own
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = grade(folder, preexec_fn=small_files)
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: ")
    assert "Traceback" not in done.stderr
    done = grade(folder)
    assert done.returncode == 0, done.stderr
    assert marks(folder) == marks(undisturbed)


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


def test_an_engine_that_is_killed_is_replaced(tmp_path):
    from autograder import engine
    from tests.autograder.course import job

    assert grade_bytes(job(), submission())["status"] == "graded"
    engine._mine.engines[job().kin].process.kill()
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
