"""A small class of students in a folder, graded by the command line, and what its gradebook holds."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.autograder.course import ID, empty_gradebook, hand_in, make_course, submission

ROOT = Path(__file__).parents[2]


def fill(folder, count=8, *, gradebook=True):
    """A class: most are right in part, each in another way, two hand in the same bytes."""
    make_course(folder)
    if gradebook:
        (folder / "gradebook.db").write_bytes(empty_gradebook())
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
