"""What an instructor typed is kept, shown, and asked for again when an answer is another one."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course import load
from autograder.export import export
from autograder.feedback import student_page
from tests.autograder.course import CELLS, ID, empty_gradebook, hand_in, make_course, source_bytes, submission
from tests.autograder.test_export import HALF, book, record, result, sql

MINE = (
    "cell_id in (select id from base_cell where name = ?) and notebook_id in (select n.id from submitted_notebook n "
    "join submitted_assignment s on s.id = n.assignment_id where s.student_id = ?)"
)


def fresh(folder):
    make_course(folder)
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    return load(folder)


def marks(course):
    gradebook = book(course)
    gradebook.open()
    found = gradebook.scores(), gradebook.marks()
    gradebook.close()
    return found


def test_another_written_answer_asks_for_a_human_again_and_keeps_its_mark(tmp_path):
    course = fresh(tmp_path)
    record(course, [("ada", result(HALF, "First."), None), ("bo", result(HALF, "Bo's."), None)])
    for student in ("ada", "bo"):
        sql(course, f"update grade set manual_score = 1.5, needs_manual_grade = 0 where {MINE}", ("why", student))
    record(course, [("ada", result(HALF, "First."), None)])
    assert not marks(course)[1]["ada"]["why"]["waits"], "the same words"
    record(course, [("ada", result(HALF, "Second."), None), ("bo", result(HALF, "Bo's."), None)])
    found = marks(course)[1]
    assert (found["ada"]["why"]["waits"], found["ada"]["why"]["manual"]) == (True, 1.5)
    assert not found["bo"]["why"]["waits"]
    sql(course, f"update grade set manual_score = 2, needs_manual_grade = 0 where {MINE}", ("why", "ada"))
    record(course, [("ada", result(HALF, "Second."), None)])
    assert not marks(course)[1]["ada"]["why"]["waits"]


def test_a_comment_on_a_code_cell_reaches_the_feedback_page(tmp_path):
    course = fresh(tmp_path)
    record(course, [("ada", result(HALF), None)])
    for cell in ("double", "why"):
        sql(course, f"update comment set manual_comment = ? where {MINE}", (f"On {cell} <b>", cell, "ada"))
    scores, found = marks(course)
    text = student_page(ID, course.job(ID).parsed, result(HALF), scores["ada"], found["ada"], "ada")
    assert text.count("On double &lt;b&gt;") == 1
    assert text.count("On why &lt;b&gt;") == 1
    assert text.index("On double") < text.index('id="test-average"')
    without = result(HALF, cells=[])
    assert "On double &lt;b&gt;" in student_page(ID, course.job(ID).parsed, without, scores["ada"], found["ada"])


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["grade", "mark", "comment", "credit", "mend", "resubmit", "export"]),
        st.sampled_from(["ada", "bo"]),
        st.sampled_from(["why", "test-double", "test-slope"]),
        st.integers(0, 4),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_nothing_that_an_instructor_typed_is_ever_lost(tmp_path_factory, acts):
    course = fresh(tmp_path_factory.mktemp("acts"))
    texts, scores = {"ada": "a", "bo": "b"}, dict(HALF)
    record(course, [(s, result(scores, texts[s]), None) for s in texts])
    typed = {}
    for act, student, cell, value in acts:
        if act == "mark":
            sql(
                course,
                f"update grade set manual_score = ?, needs_manual_grade = 0 where {MINE}",
                (value, cell, student),
            )
            typed["manual_score", student, cell] = value
        elif act == "credit":
            sql(course, f"update grade set extra_credit = ? where {MINE}", (value, cell, student))
            typed["extra_credit", student, cell] = value
        elif act == "comment":
            place = cell.removeprefix("test-")
            sql(course, f"update comment set manual_comment = ? where {MINE}", (f"words {value}", place, student))
            typed["manual_comment", student, place] = f"words {value}"
        elif act == "mend":
            scores["double"] = value % 3
            cells = [(r, i, p, t + f"\n# {value}" if i == "test-double" else t) for r, i, p, t in CELLS]
            (course.root / "solutions" / ID / "assignment.ipynb").write_bytes(source_bytes(cells))
        elif act == "resubmit":
            texts[student] = f"{student} {value}"
        elif act == "export":
            export(course, ID, "csv", None)
        if act in ("grade", "mend", "resubmit"):
            record(course, [(s, result(scores, texts[s]), None) for s in texts])
    for (column, student, cell), value in typed.items():
        table = "comment" if column == "manual_comment" else "grade"
        assert sql(course, f"select {column} from {table} where {MINE}", (cell, student)) == [(value,)]


def test_nbgrader_hands_back_our_feedback_by_its_exchange(tmp_path):
    folder = make_course(tmp_path / "course")
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text() + f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    place = hand_in(folder, "ada", submission(), "2026-03-01 10:00:00 UTC")
    (place.parent / "submission_secret.txt").write_text("ab" * 64)
    hand_in(folder, "by_mail", submission({"double": "# mine"}))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def run(*command):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]

    root = ["--course", str(folder)]
    run("autograder", "grade", ID, "--quiet", *root)
    run("autograder", "feedback", ID, *root)
    run("nbgrader", "release_feedback", ID)
    from nbgrader.utils import notebook_hash

    released = {path.name for path in (tmp_path / "exchange" / "test" / "feedback").glob("*.html")}
    assert len(released) == 2
    assert f"{notebook_hash(secret='ab' * 64, notebook_id='assignment')}.html" in released
