# ruff: noqa: E501 - the lists of headings
"""Scores as a table: our own CSV, or the lines of Canvas's or Moodle's own export with the grade filled in."""

import csv
import io
import re
from html import escape
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.gradebook import read_scores
from autograder.rosters import Table, fold, heading, people, read_table

# What Canvas's importer tells a student by; the other columns are assignments of its own.
CANVAS = {
    "student",
    "lastname",
    "firstname",
    "id",
    "sisuserid",
    "sisloginid",
    "integrationid",
    "rootaccount",
    "section",
}
# Moodle's headings of the worksheet, in the languages of its packs that name a column so.
GRADE = "grade|bewertung|note|calificación|valutazione|nota|cijfer|beoordeling|оценка|ocena|známka|betyg|karakter|arvosana|not|оцінка|評定|评分"
MAXIMUM = (
    "maximum grade|bestwertung|höchste bewertung|maximale bewertung|note maximale|calificación máxima|valutazione massima|"
    "nota máxima|maximale cijfer|maximum cijfer|maximale beoordeling|максимальная оценка|maksymalna ocena|"
    "maximální známka|maxbetyg|maksimal karakter|maksimiarvosana|maksimum not|最大評点|最高分"
)
FEEDBACK = (
    "feedback comments|feedback als kommentar|kommentare als feedback|feedback par commentaires|feedback comentarios|"
    "comentarios de retroalimentación|commenti di feedback|comentários de feedback|comentários|feedback opmerkingen|"
    "отзыв в виде комментария|komentarz zwrotny|комментарии|フィードバックコメント"
)


def export(
    course: Course, assignment: str, system: str, roster: Path | None, column: str | None = None,
    notes: list[str] | None = None,
) -> str:  # fmt: skip
    """The scores of an assignment as CSV text for `system` ("csv", "canvas" or "moodle"); words go into `notes`.

    Raises CourseError if nobody was graded, if the LMS's own export is needed and `roster` is not it, or if points
    cannot be brought to the column's maximum.
    """
    notes = [] if notes is None else notes
    if system != "csv" and roster is None:
        name = (
            "gradebook (Grades, Export)" if system == "canvas" else "grading worksheet (Download grading worksheet)"
        )
        raise CourseError(f"for {system} name its own {name} with --roster: its lines are filled in")
    sheet = read_table(roster) if system != "csv" else None
    _, scores, marks = read_scores(course, assignment)
    if not scores:
        raise CourseError(f"nobody was graded yet: autograder grade {assignment}")
    waiting = [student for student, entry in scores.items() if entry["needs_human"]]
    if waiting:
        notes.append(f"{len(waiting)} still wait for a human, so their scores may grow: {_some(waiting)}")
    if system == "csv":
        return _plain(scores)
    fill = _canvas if system == "canvas" else _moodle
    place, most, keep, comments = fill(sheet, assignment, column, scores, notes)
    by_id = {fold(student): student for student in scores}
    known = people(sheet)
    notes += known.problems
    comma = any(re.fullmatch(r"\s*\d+,\d+\s*", row[i]) for row in sheet.rows for i in most if i < len(row))
    lines, seen = [[sheet.header[i] for i in keep]], set()
    for person in known:  # by the columns that name a person, never by any other cell
        student = by_id.get(fold(person.id))
        if student is None:
            continue  # who handed in nothing keeps what the LMS says of them
        seen.add(student)
        row = sheet.rows[person.line]
        row += [""] * (len(sheet.header) - len(row))
        factor = _factor(sheet, row, most, scores[student]["max_score"], system)
        text = f"{round(scores[student]['score'] * factor, 5):.10g}"
        row[place] = text.replace(".", ",") if comma else text
        words = _comments(marks.get(student, {}))
        if comments is not None and words:
            row[comments] = words
        lines.append([row[i] for i in keep])
    absent = [student for student in scores if student not in seen]
    if absent:
        notes.append(f"graded, but on no line of {roster}: {_some(absent)}")
    return table(lines, sheet.separator)


def _some(names: list[str]) -> str:
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


def _column(sheet: Table, title: str) -> int | None:
    """Where a column of that title stands, whole or without Canvas's number behind it. CourseError if there are two."""
    whole = [i for i, name in enumerate(sheet.header) if fold(name) == fold(title)]
    found = whole or [i for i, name in enumerate(sheet.header) if fold(re.sub(r" \(\d+\)$", "", name)) == fold(title)]
    if len(found) > 1:
        names = ", ".join(sheet.header[i] for i in found)
        raise CourseError(f"{sheet.path} has several columns {title}: name one whole with --column ({names})")
    return found[0] if found else None


def _asked(sheet: Table, column: str) -> int:
    place = _column(sheet, column)
    if place is None:
        raise CourseError(f"{sheet.path} has no column {column!r}; it has: {', '.join(sheet.header)}")
    return place


def _canvas(sheet: Table, assignment: str, column: str | None, scores: dict, notes: list[str]) -> tuple:
    titles = [heading(name) for name in sheet.header]
    if "id" not in titles or "section" not in titles:
        raise CourseError(f"{sheet.path} has no columns ID and Section: it is no export of Canvas's gradebook")
    keep = [i for i, title in enumerate(titles) if title in CANVAS]
    place = _asked(sheet, column) if column else _column(sheet, assignment)
    if place is not None and place in keep:
        raise CourseError(f"{sheet.header[place]} is what Canvas knows a student by, and no column of points")
    if place is not None and "(read only)" in sheet.header[place].casefold():
        raise CourseError(f"Canvas computes the column {sheet.header[place]} itself: name another with --column")
    if place is None:
        most = next(iter(scores.values()))["max_score"]
        notes.append(f"no column {assignment} in {sheet.path}: Canvas will ask for a new one, of {most:g} points "
                     "(--column TITLE fills another)")  # fmt: skip
        sheet.header.append(assignment)
        return len(sheet.header) - 1, [], [*keep, len(sheet.header) - 1], None
    title = next(i for i, name in enumerate(titles) if name in ("student", "lastname", "firstname", "id"))
    line = next((r for r in sheet.rows if any(heading(v).startswith("pointspossible") for v in r[: title + 2])), None)
    value = _points(line[place]) if line is not None and place < len(line) else None
    own = next(iter(scores.values()))["max_score"]
    if line is None:
        notes.append(f"{sheet.path} has no line Points Possible: points are out of {own:g}, as they are here")
        return place, [], sorted([*keep, place]), None
    if not value:
        raise CourseError(
            f"Canvas's column {sheet.header[place]} has no Points Possible: set {own:g} there, export again"
        )
    if value != own:
        notes.append(f"points are scaled from {own:g} to the {value:g} of Canvas's column {sheet.header[place]}")
    sheet.maximum = value
    return place, [place], sorted([*keep, place]), None


def _moodle(sheet: Table, assignment: str, column: str | None, scores: dict, notes: list[str]) -> tuple:
    titles = [heading(name) for name in sheet.header]

    def named(words: str) -> int | None:
        wanted = {heading(word) for word in words.split("|")}
        return next((i for i, title in enumerate(titles) if title in wanted), None)

    place = _asked(sheet, column) if column else named(GRADE)
    if place is None:
        raise CourseError(
            f"{sheet.path} has no column Grade: name it with --column; it has: {', '.join(sheet.header)}"
        )
    most = named(MAXIMUM)
    own = next(iter(scores.values()))["max_score"]
    values = {_points(row[most]) for row in sheet.rows if most is not None and row[most].strip()}
    if most is None:
        notes.append(f"{sheet.path} has no column Maximum Grade: points are out of {own:g}, as they are here")
    elif values - {own}:
        shown = ", ".join(sorted(f"{v:g}" for v in values if v is not None))
        notes.append(f"points are scaled from {own:g} to Moodle's maximum grade of {shown}")
    return place, [] if most is None else [most], list(range(len(titles))), named(FEEDBACK)


def _points(text: str) -> float | None:
    """A number as a spreadsheet writes it, with a point or a comma; None for anything else."""
    text = text.strip().replace("\u00a0", "").replace(" ", "")
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        return float(text.replace(",", "."))
    return None


def _factor(sheet: Table, row: list[str], most: list[int], own: float, system: str) -> float:
    if not most:
        return 1.0
    value = sheet.maximum if system == "canvas" else _points(row[most[0]])
    if not value or not own:
        raise CourseError(
            f"{sheet.path}: the maximum {row[most[0]]!r} is no number of points, so {own:g} points cannot be brought to "
            "it: set the activity's grade to points, then export again"
        )
    return value / own


def _comments(marks: dict[str, dict]) -> str:
    """The comments of a human for one student, as the HTML that Moodle takes."""
    words = [f"{id}: {mark['comment']}" for id, mark in marks.items() if mark.get("comment")]
    return "<br>".join(escape(line, quote=False) for text in words for line in text.splitlines())


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


def table(lines: list[list[str]], separator: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", delimiter=separator).writerows(lines)
    return buffer.getvalue()
