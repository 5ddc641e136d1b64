"""What students and instructors read: right, complete, and harmless."""

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.course import load
from autograder.export import export
from autograder.report import discrimination, gather, write_report
from tests.autograder.course import ID, hand_in, make_course, submission

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = make_course(tmp_path_factory.mktemp("class"))
    hand_in(folder, "right", submission())
    hand_in(folder, "wrong", submission({"double": "def double(x):\n    return 3 * x"}))
    hand_in(
        folder,
        "wronger",
        submission({"double": "def double(x):\n    return 4 * x", "slope": "def slope(x):\n    return x"}),
    )
    hidden = "def double(x):\n    return 2 * x if x.ndim == 1 else x"
    hand_in(folder, "nearly", submission({"double": hidden}))
    evil = {
        "double": f"print({EVIL!r})\ndef double(x):\n    raise ValueError({EVIL!r})",
        "why": EVIL,
        "average": f"class {'Evil'}(float): pass\nEvil.__name__ = {EVIL!r}\ndef average(x):\n    return Evil(1)",
    }
    display = (
        f"from IPython.display import HTML, SVG, Javascript, display\ndisplay(HTML({EVIL!r}), Javascript('alert(3)'))"
    )
    hand_in(folder, "evil", submission(evil, extra=(display, f"raise Exception({EVIL!r})")))
    hand_in(folder, "vandal", b"no notebook")
    for command in (["grade", ID, "--quiet"], ["feedback", ID], ["report", ID]):
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *command, "--course", str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    return folder


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def feedback(folder, student):
    return (folder / "feedback" / student / ID / "assignment.html").read_text()


def pages(folder):
    return [*(folder / "feedback").rglob("*.html"), folder / "reports" / f"{ID}.html"]


def test_no_page_holds_markup_of_a_student(graded):
    assert len(pages(graded)) == 7
    for path in pages(graded):
        found = Tags(path.read_text())
        assert not {"script", "iframe", "object", "link"} & set(found.tags), path
        assert not [name for name in found.attributes if name.startswith("on")], path
        assert "default-src 'none'" in path.read_text()


def test_the_evil_text_is_shown_as_text(graded):
    assert "&lt;script&gt;alert(1)" in feedback(graded, "evil")


def test_no_feedback_holds_a_hidden_test(graded):
    for path in pages(graded):
        assert "secret_number" not in path.read_text()
        assert "40961" not in path.read_text()


def test_feedback_says_what_was_expected_and_what_is_still_open(graded):
    text = feedback(graded, "wrong")
    assert "ACTUAL" in text
    assert "not right yet" in text
    assert "5 of 9 points" in text
    assert "still to be graded by a human" in text
    assert "doubling is wrong" in feedback(graded, "nearly")
    assert "not graded yet: this is no zero" in feedback(graded, "vandal")


def test_what_the_autograded_notebook_shows_is_harmless(graded):
    notebook = json.loads((graded / "autograded" / "evil" / ID / "assignment.ipynb").read_text())
    mimes = {m for c in notebook["cells"] for o in c.get("outputs", []) for m in o.get("data", {})}
    assert mimes <= {"text/plain", "image/png", "image/jpeg"}


def test_stock_feedback_and_formgrader_take_the_autograded_notebooks(graded):
    import nbformat

    for path in (graded / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))


def test_the_report_names_causes_and_people(graded):
    text = (graded / "reports" / f"{ID}.html").read_text()
    found = Tags(text)
    assert {"svg", "table", "h2"} <= set(found.tags)
    assert "aria-label" in found.attributes
    assert "6 students" in text
    assert "doubling is wrong" in text
    assert "vandal" in text
    assert not re.search(r"https?://(?!www.w3.org)", text)


def test_the_tables_say_the_same_as_the_gradebook(graded):
    rows = list(csv.DictReader(io.StringIO((graded / "reports" / f"{ID}-students.csv").read_text())))
    scores = {row["student_id"]: float(row["score"]) for row in rows}
    assert scores == {"right": 7, "wrong": 5, "wronger": 2, "nearly": 5, "evil": 4, "vandal": 0}
    assert {row["student_id"]: row["human"] for row in rows}["right"] == "why (manual)"
    exported = list(csv.DictReader(io.StringIO(export(load(graded), ID, "csv", None))))
    assert {row["student_id"]: float(row["score"]) for row in exported} == scores
    assert {row["needs_human"] for row in exported} == {"yes"}


def test_canvas_gets_its_own_lines_back_with_the_score(graded, tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Other (12)\n    Points Possible,,,,,10\n"
        "Right,1,s1,right,A,3\nWrong,2,s2,wrong,A,4\nAbsent,3,s3,absent,A,5\n"
    )
    rows = list(csv.reader(io.StringIO(export(load(graded), ID, "canvas", path))))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ID],
        ["Right", "1", "s1", "right", "A", "7"],
        ["Wrong", "2", "s2", "wrong", "A", "5"],
    ]


def test_moodle_gets_its_worksheet_back_with_the_grade(graded, tmp_path):
    path = tmp_path / "moodle.csv"
    path.write_text("Identifier,Full name,ID number,Email address,Grade\nParticipant 5,A Right,right,r@x.org,\n")
    rows = list(csv.DictReader(io.StringIO(export(load(graded), ID, "moodle", path))))
    assert rows[0]["Grade"] == "7"
    assert rows[0]["Identifier"] == "Participant 5"


def test_a_question_that_tells_apart_correlates_with_the_rest(graded):
    course = load(graded)
    source = course.job(ID).parsed
    results = [
        (f"s{i}", {"status": "graded", "findings": [], "questions": [
            {"id": "test-double", "points": 2, "score": 2.0 * (i > 2), "verdict": "right", "messages": []},
            {"id": "test-slope", "points": 3, "score": 3.0 * (i > 2), "verdict": "right", "messages": []},
            {"id": "test-average", "points": 1, "score": 1.0 * (i <= 2), "verdict": "right", "messages": []},
        ]})
        for i in range(6)
    ]  # fmt: skip
    scores = {s: {"score": sum(q["score"] for q in r["questions"])} for s, r in results}
    seen = gather(source, scores, {}, results)
    assert discrimination(seen.questions["test-double"], seen.totals) == pytest.approx(1.0)
    assert discrimination(seen.questions["test-average"], seen.totals) == pytest.approx(-1.0)
    assert discrimination(seen.questions["test-apply"], seen.totals) is None


def test_writing_the_report_again_changes_nothing(graded):
    before = (graded / "reports" / f"{ID}.html").stat().st_mtime_ns
    write_report(load(graded), ID)
    assert (graded / "reports" / f"{ID}.html").stat().st_mtime_ns == before


def test_the_report_says_the_most_frequent_mistake_first_and_what_it_cost(graded):
    text = (graded / "reports" / f"{ID}.html").read_text()
    teach = text[text.index("What to teach") : text.index("<h2>Scores")]
    counts = [int(n) for n in re.findall(r"<li>(\d+) students? of 6", teach)]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) >= 5
    costs = [float(n) for n in re.findall(r"it cost ([\d.]+) points", teach)]
    assert sum(costs) == 2 + 2 + 3 + 2 + 3, "wrong 2, wronger 2 and 3, nearly 2; evil 2 and 1"
    assert text.count("<rect") >= 6 * 5
    assert "written answers of 5 students wait" in text


def test_a_report_without_names_names_nobody(graded):
    write_report(load(graded), ID, names=False)
    text = (graded / "reports" / f"{ID}.html").read_text()
    for student in ("wronger", "nearly", "evil", "vandal"):
        assert not re.search(rf">[^<]*\b{student}\b[^<]*<", text), student
    write_report(load(graded), ID)
