"""Scores as a table: our own CSV, or the lines of Canvas's or Moodle's own export with the grade filled in."""

import csv
import io
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.gradebook import Gradebook
from autograder.submissions import Matcher, read_roster


def export(course: Course, assignment: str, system: str, roster: Path | None) -> str:
    """The scores of an assignment as CSV text for `system` ("csv", "canvas" or "moodle").

    Raises CourseError if the LMS's own export is needed and `roster` is not it.
    """
    gradebook = Gradebook(course, assignment, course.job(assignment).parsed)
    gradebook.prepare()
    scores = gradebook.scores()
    gradebook.close()
    if system == "csv":
        return _plain(scores)
    if roster is None:
        name = (
            "gradebook (Grades, Export)" if system == "canvas" else "grading worksheet (Download grading worksheet)"
        )
        raise CourseError(f"for {system} name its own {name} with --roster: its lines are filled in")
    rows = list(csv.reader(io.StringIO(roster.read_text(encoding="utf-8-sig"))))
    header = rows[0]
    if system == "canvas":
        column = next((i for i, name in enumerate(header) if name.partition(" (")[0].strip() == assignment), None)
        if column is None:
            column = len(header)
            header.append(assignment)
        keep = [
            i for i, name in enumerate(header) if name in ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
        ]
    else:
        column = next((i for i, name in enumerate(header) if name == "Grade"), None)
        if column is None:
            raise CourseError(f"{roster} has no column Grade: it is no grading worksheet of Moodle")
        keep = [i for i in range(len(header)) if i != column]
    matcher = Matcher(read_roster(roster))
    order = sorted([*keep, column])
    lines = [[header[i] for i in order]]
    for row in rows[1:]:
        row += [""] * (len(header) - len(row))
        student = _whose(row, matcher)
        if student is None or student not in scores:
            continue  # who handed in nothing keeps what the LMS says of them
        row[column] = f"{scores[student]['score']:g}"
        lines.append([row[i] for i in order])
    return table(lines)


def _whose(row: list[str], matcher: Matcher) -> str | None:
    ids = {person.id for person in matcher.roster or ()}
    return next((value.strip() for value in row if value.strip() in ids), None)


def _plain(scores: dict[str, dict]) -> str:
    lines = [["student_id", "last_name", "first_name", "email", "score", "late_penalty", "max_score", "needs_human"]]
    for student, entry in scores.items():
        person = entry["person"]
        names = [safe(getattr(person, key, None) or "") for key in ("last_name", "first_name", "email")]
        numbers = [f"{entry[key]:g}" for key in ("score", "penalty", "max_score")]
        lines.append([safe(student), *names, *numbers, "yes" if entry["needs_human"] else "no"])
    return table(lines)


def safe(text: str) -> str:
    """A spreadsheet takes what begins with = + - @ for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") else text


def table(lines: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()
