# ruff: noqa: E501 - tables of cases
"""Scores on their way back to an LMS: each to its own line, in that line's points."""

import csv
import io
import sqlite3

import pytest

from autograder.__main__ import main
from autograder.course import CourseError, load
from autograder.export import export
from autograder.gradebook import Gradebook
from tests.autograder.course import CELLS, HONEST, ID, empty_gradebook, make_course, source_bytes

HALF = {"double": 2, "average": 1, "slope": 0, "apply": 1}  # 4 of 9 points, the written answer waits


def result(scores, text="It is so.", **more):
    """What the grader says of a submission, made by hand."""
    questions = [
        {"id": f"test-{id}", "points": points, "score": scores.get(id, 0), "verdict": "right", "messages": []}
        for id, points in (("double", 2), ("average", 1), ("slope", 3), ("apply", 1))
    ]
    questions.append({"id": "why", "points": 2, "score": None, "verdict": "manual", "messages": []})
    answers = {**HONEST, "why": text}
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": id}}, "source": answers.get(id, source)}
        for _, id, _, source in CELLS
    ]
    return {"status": "graded", "questions": questions, "unanswered": [], "findings": [], "cells": cells, **more}


def book(course):
    return Gradebook(course, ID, course.job(ID).parsed)


def record(course, batch):
    gradebook = book(course)
    gradebook.prepare()
    gradebook.record(batch)
    gradebook.close()


def sql(course, text, values=()):
    with sqlite3.connect(course.root / "gradebook.db") as db:
        return db.execute(text, values).fetchall()


@pytest.fixture
def course(tmp_path):
    folder = make_course(tmp_path / "course")
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    made = load(folder)
    record(
        made, [("ada", result({"double": 2, "slope": 3, "average": 1, "apply": 1}), None), ("bo", result(HALF), None)]
    )
    return made


def rows(course, tmp_path, system, text, column=None, notes=None):
    path = tmp_path / "lms.csv"
    path.write_text(text, encoding="utf-8")
    made = export(course, ID, system, path, column, notes)
    return list(csv.reader(io.StringIO(made), delimiter=";" if made.splitlines()[0].count(";") > 2 else ","))


def test_nobody_gets_anothers_points_by_a_cell_that_looks_like_an_id(course, tmp_path):
    text = 'Student,ID,SIS User ID,SIS Login ID,Section\n"Li, Ada",ada,bo,bo,ada\n"Byron, Ada",bo,x,ada,bo\n'
    assert [(r[3], r[5]) for r in rows(course, tmp_path, "canvas", text)[1:]] == [("bo", "4"), ("ada", "7")]


def test_canvas_points_are_scaled_to_the_columns_maximum(course, tmp_path):
    text = "LastName,FirstName,ID,SIS Login ID,Section,small (12),Other (3)\n" \
           "    Points Possible,,,,,18,5\nL,Ada,1,ada,A,,5\nL,Bo,2,bo,A,,5\n"  # fmt: skip
    notes = []
    found = rows(course, tmp_path, "canvas", text, notes=notes)
    assert found == [
        ["LastName", "FirstName", "ID", "SIS Login ID", "Section", "small (12)"],
        ["L", "Ada", "1", "ada", "A", "14"], ["L", "Bo", "2", "bo", "A", "8"],
    ]  # fmt: skip
    assert any("scaled from 9 to the 18" in note for note in notes)
    assert any("2 still wait for a human" in note for note in notes)


def test_a_column_is_named_where_titles_differ_and_without_points_refused(course, tmp_path):
    text = "Student,ID,SIS Login ID,Section,Homework 1 (12),HW (3),HW (4),Score (read only)\n" \
           "  Points Possible,,,,9,,,\nAda,1,ada,A,,,,\n"  # fmt: skip
    assert rows(course, tmp_path, "canvas", text, "homework 1")[1] == ["Ada", "1", "ada", "A", "7"]
    for column, words in (("HW", "several columns"), ("HW (3)", "no Points Possible"), ("nothing", "has no column"),
                          ("Score (read only)", "computes"), ("Student", "no column of points")):  # fmt: skip
        with pytest.raises(CourseError, match=words):
            rows(course, tmp_path, "canvas", text, column)


def test_moodles_worksheet_keeps_its_language_and_its_comma(course, tmp_path):
    sql(course, "update comment set manual_comment = 'Gut <so>\nweiter' where cell_id in (select id from base_cell where name = 'why')"
                " and notebook_id in (select n.id from submitted_notebook n join submitted_assignment s on s.id = n.assignment_id"
                " where student_id = 'bo')")  # fmt: skip
    text = "ID,Vollständiger Name,ID-Nummer,Status,Bewertung,Bestwertung,Zuletzt geändert (Bewertung),Feedback als Kommentar\n" \
           "Teilnehmer/in6,Ada L,ada,,,\"4,50\",-,\nTeilnehmer/in7,Bo L,bo,,,\"4,50\",-,alt\n"  # fmt: skip
    found = rows(course, tmp_path, "moodle", text)
    assert found[0] == text.splitlines()[0].split(",")
    assert [r[0] for r in found[1:]] == ["Teilnehmer/in6", "Teilnehmer/in7"]
    assert [r[4] for r in found[1:]] == ["3,5", "2"]
    assert [r[7] for r in found[1:]] == ["", "why: Gut &lt;so&gt;<br>weiter"]
    with pytest.raises(CourseError, match="no number of points"):
        rows(course, tmp_path, "moodle", text.replace('"4,50"', "Skala"))


def test_a_semicolon_stays_a_semicolon(course, tmp_path):
    text = "Student;ID;SIS Login ID;Section;small (1)\n Points Possible;;;;4,5\nAda;1;ada;A;\n"
    assert rows(course, tmp_path, "canvas", text)[1] == ["Ada", "1", "ada", "A", "3,5"]


def test_who_was_graded_and_is_on_no_line_is_said(course, tmp_path):
    notes = []
    rows(course, tmp_path, "canvas", "Student,ID,SIS Login ID,Section\nAda,1,ada,A\n", notes=notes)
    assert any(note.endswith(": bo") and "on no line" in note for note in notes)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("export", ID, "--to", "no/such/folder/x.csv"), 1, "cannot be written"),
        (("grade", ID, "--memory", "0"), 2, "--memory"), (("grade", ID, "--memory", "nan"), 2, "--memory"),
        (("grade", ID, "--jobs", "0"), 2, "--jobs"), (("grade", ID, "--jobs", "-3"), 2, "--jobs"),
        (("grade", ID, "--call-seconds", "-1"), 2, "--call-seconds"), (("grade", ID, "--cell-seconds", "x"), 2, "--cell-seconds"),
        (("grade", ID, "--notebook-seconds", "inf"), 2, "--notebook-seconds"),
        (("grade", ID, "nowhere.zip"), 1, "does not exist"), (("export", ID, "--for", "moodle", "--roster", "no.csv"), 1, "does not exist"),
        (("extend", "ada", ID, "--until", "2026-03-01"), 1, "no due date"), (("extend", "ada", ID, "--until", "soon"), 1, "--until"),
        (("extend", "eve", ID, "--until", "2026-03-01"), 1, "no student"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_exit_code(course, capsys, arguments, status, words):
    try:
        code = main([*arguments, "--course", str(course.root)])
    except SystemExit as ended:
        code = ended.code
    err = [line for line in capsys.readouterr().err.splitlines() if "wait for a human" not in line]
    assert code == status
    assert len(err) == 1
    assert words in err[0]


def test_commands_that_read_make_no_gradebook(tmp_path, capsys):
    folder = make_course(tmp_path)
    for command in ("report", "feedback", "export"):
        assert main([command, ID, "--course", str(folder)]) == 1
        assert "nobody was graded yet" in capsys.readouterr().err
    assert not (folder / "gradebook.db").exists()


def test_penalties_follow_marks_and_extensions(course, capsys):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    course = load(course.root)
    record(course, [("bo", result(HALF), "2026-03-02 00:30:00 CET"), ("ada", result(HALF), "2026-03-01 22:00 UTC")])
    sql(course, "update assignment set duedate = '2026-03-01 23:00:00.000000'")

    def score():
        return {
            r["student_id"]: float(r["score"]) for r in csv.DictReader(io.StringIO(export(course, ID, "csv", None)))
        }

    assert score() == {"ada": 4, "bo": 0}, "00:30 in CET is 23:30 in UTC, half an hour late"
    sql(course, "update grade set manual_score = 2, needs_manual_grade = 0 where auto_score is null")
    assert score() == {"ada": 6, "bo": 0}, "the mark by hand came later, and so did its part of the penalty"
    assert main(["extend", "BO", ID, "--until", "2026-03-02 00:45 Europe/Berlin", "--course", str(course.root)]) == 0
    assert "2026-03-01 23:45:00 UTC" in capsys.readouterr().out
    assert score() == {"ada": 6, "bo": 6}
    from nbgrader.api import Gradebook as Stock

    with Stock(course.db_url, "test") as stock:
        assert stock.find_submission(ID, "bo").total_seconds_late == 0
        assert stock.find_submission(ID, "bo").extension.total_seconds() == 45 * 60
    sql(course, "update assignment set duedate = null")
    assert score() == {"ada": 6, "bo": 6}


def test_a_cell_with_comments_cannot_vanish(course):
    sql(
        course,
        "update comment set manual_comment = 'neat' where cell_id in (select id from base_cell where name = 'apply')",
    )
    cells = [cell for cell in CELLS if cell[1] != "apply"]
    (course.root / "solutions" / ID / "assignment.ipynb").write_bytes(source_bytes(cells))
    with pytest.raises(CourseError, match="cell apply is gone from the source, but comments"):
        record(course, [])
