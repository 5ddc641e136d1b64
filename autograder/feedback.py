"""A page for each student: points, what was expected, the checks' words and the notebook's own output.

It holds nothing of the tests but their words, and no HTML that a student has written.
"""

import secrets
from html import escape

from autograder.course import Course, CourseError, read_regular, write_if_changed
from autograder.gradebook import read_scores
from autograder.journal import Journal
from autograder.notebooks import Source
from autograder.pages import number, outputs, page, pre, verdict


def write_feedback(course: Course, assignment: str, students: list[str] | None = None) -> int:
    """Write feedback/STUDENT/ID/NOTEBOOK.html for everybody who was graded; returns how many pages there are."""
    source, scores, marks = read_scores(course, assignment)
    journal = Journal(course.journal)
    count = 0
    if students:
        nobody = [name for name in students if name not in scores]
        if nobody:
            raise CourseError(f"--student {', '.join(nobody)}: nobody of that name was graded")
    try:
        for student, result in journal.latest(assignment):
            if student not in scores or (students and student not in students):
                continue
            text = student_page(assignment, source, result, scores[student], marks.get(student, {}), student)
            name = course.notebook(assignment).stem + ".html"
            write_if_changed(course.feedback / student / assignment / name, text.encode())
            _for_the_exchange(course, assignment, student)
            count += 1
    finally:
        journal.close()
    if not count:
        raise CourseError(f"nobody was graded yet: autograder grade {assignment}")
    return count


def _for_the_exchange(course: Course, assignment: str, student: str) -> None:
    """Put beside a page what `nbgrader release_feedback` asks for: when it was handed in, and the secret of its name.

    What did not come by the exchange has neither; nobody will fetch it there, but the others' must not fail by it.
    """
    target = course.feedback / student / assignment
    for name, made in (("timestamp.txt", ""), ("submission_secret.txt", secrets.token_hex(64))):
        try:
            data = read_regular(course.submitted / student / assignment / name, 1_000)
            data.decode()
        except (OSError, UnicodeDecodeError):
            if (target / name).is_file():
                continue
            data = made.encode()
        write_if_changed(target / name, data)


def student_page(assignment: str, source: Source, result: dict, score: dict, marks: dict, student: str = "") -> str:
    """One student's page. `marks` has for each cell id what the gradebook says: score, comment, whether it waits."""
    person = score.get("person")
    name = " ".join(filter(None, (getattr(person, "first_name", ""), getattr(person, "last_name", "")))) or student
    questions = {question["id"]: question for question in result["questions"]}
    lines = [f"<p>{escape(name)}</p>\n<p>{number(score['score'])} of {number(score['max_score'])} points."]
    if score["penalty"]:
        lines.append(f" {number(score['penalty'])} points were taken off for handing in late.")
    if score["needs_human"]:
        lines.append(" Some of it is still to be graded by a human.")
    lines.append("</p>\n" + _table(source, questions, marks))
    for words in result["findings"]:
        lines.append(f'<p class="soft">{escape(words)}.</p>')
    answers: list[str] = []
    comments: list[str] = []
    shown: set[str] = set()
    for cell in result["cells"]:
        id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        question = questions.get(id)
        known = next((c for c in source.cells if c.id == id), None) if id else None
        if known is None or known.students:
            answers.append(_answer(cell))
        if question is None and marks.get(id, {}).get("comment"):
            comments.append(marks[id]["comment"])
        if question is not None:
            own = marks.get(id, {}).get("comment")
            lines.append(_section(question, answers, marks.get(id, {}), [*comments, *([own] if own else [])]))
            answers, comments, shown = [], [], shown | {id}
    shown |= {c["metadata"].get("nbgrader", {}).get("grade_id", "") for c in result["cells"]}
    comments += [mark["comment"] for id, mark in marks.items() if id not in shown and mark.get("comment")]
    lines += ["<h2>More comments</h2>", *map(pre, comments)] if comments else []
    return page(f"Feedback on {assignment}", "\n".join(lines))


def _table(source: Source, questions: dict, marks: dict) -> str:
    rows = []
    for cell in source.graded:
        question = questions.get(cell.id, {"verdict": "not graded", "score": None})
        mark = marks.get(cell.id, {})
        name = "right" if mark.get("manual") is not None and mark["score"] == cell.points else question["verdict"]
        words = "graded by a human" if mark.get("manual") is not None else None
        rows.append(
            f'<tr><td><a href="#{escape(cell.id)}">{escape(cell.id)}</a></td>'
            f"<td>{escape(words) if words else verdict(name)}</td>"
            f'<td class="number">{number(mark.get("score", question["score"]))}</td>'
            f'<td class="number">{number(cell.points)}</td></tr>'
        )
    head = '<tr><th scope="col">question</th><th scope="col"></th><th scope="col" class="number">points</th>'
    return f'<table>{head}<th scope="col" class="number">of</th></tr>\n' + "\n".join(rows) + "</table>"


def _answer(cell: dict) -> str:
    return pre(cell["source"][:20_000]) + outputs(cell.get("outputs", []))


def _section(question: dict, answers: list[str], mark: dict, comments: list[str]) -> str:
    points = mark.get("score", question["score"])
    by_hand = mark.get("manual") is not None
    judged = "graded by a human" if by_hand else verdict(question["verdict"])
    parts = [
        f'<section id="{escape(question["id"])}"><h2>{escape(question["id"])}: {judged}, '
        f"{number(points)} of {number(question['points'])}</h2>"
    ]
    if not by_hand:
        parts += [pre(words) for words in question["messages"]]
    if question.get("stdout"):
        parts.append("<p>What your code printed while it was checked:</p>" + pre(question["stdout"][:5_000]))
    if by_hand and mark.get("waits"):
        parts.append(
            "<p>You handed in another answer since: a human will look again. The points are the old ones.</p>"
        )
    parts += ["<p>Comment:</p>" + pre(words) for words in comments]
    if any(answers):
        parts.append("<details><summary>What you handed in for this</summary>" + "\n".join(answers) + "</details>")
    return "\n".join(parts) + "</section>"
