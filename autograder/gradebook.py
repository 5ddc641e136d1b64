"""Scores into nbgrader's own gradebook: one writer, in batches, each batch one transaction.

nbgrader's schema and rules, without its ORM, which costs a tenth of a second for each submission. Writing the same
results again changes nothing; marks given by hand are never touched.
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from autograder.course import Course, CourseError, digest
from autograder.journal import Journal
from autograder.notebooks import Cell, Source
from autograder.tables import TABLES, find_id, insert, is_kept, new_id, source_row, write_version
from autograder.times import read_time

PATIENCE = 20.0  # seconds for which another program may keep an SQLite gradebook locked


class Gradebook:
    """One assignment in the gradebook."""

    def __init__(self, course: Course, assignment: str, source: Source, create: bool = True) -> None:
        """`create=False` makes no gradebook where there is none: CourseError says that nobody was graded yet."""
        self.course, self.assignment = course, assignment
        self.notebook = course.notebook(assignment).stem
        self.source = source
        sqlite = course.db_url.startswith("sqlite")
        self.engine = sa.create_engine(course.db_url, connect_args={"timeout": PATIENCE} if sqlite else {})
        metadata = sa.MetaData()
        try:
            path = Path(self.engine.url.database or "") if sqlite else None
            there = (path is None or path.is_file()) and sa.inspect(self.engine).has_table("grade")
            if not there and not create:
                raise CourseError(f"nobody was graded yet: autograder grade {assignment}")
            if not there:
                with self._alone():
                    if not sa.inspect(self.engine).has_table("grade"):  # another command may just have made it
                        self._create()
            metadata.reflect(self.engine, only=TABLES)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise _explain(course, error) from error
        self.table = metadata.tables

    def _create(self) -> None:
        from nbgrader.api import Gradebook as Stock

        self.engine.dispose()  # what it has open is the file that this replaces
        url = sa.engine.make_url(self.course.db_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            Stock(self.course.db_url, self._course_id()).close()
            return
        # Made beside its place and then moved there: a run that is killed leaves no half of a gradebook.
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".gradebook-") as folder:
            new = f"sqlite:///{folder}/gradebook.db"
            write_version(new)
            Stock(new, self._course_id()).close()
            os.replace(f"{folder}/gradebook.db", path)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time writes: SQLite would refuse two that have read before they write."""
        path = self.course.journal.with_name(".gradebook.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def open(self) -> None:
        """Prepare for reading, with late penalties as marks and extensions are now."""
        self.prepare()
        try:
            with self._alone(), self.engine.begin() as db:
                rows = db.execute(self._of_all()).fetchall()
                submissions = {student: id for student, id, _ in rows}
                self._penalties(db, submissions, {id: notebook for _, id, notebook in rows})
        except sa.exc.SQLAlchemyError as error:
            raise _explain(self.course, error) from error

    def _of_all(self) -> sa.Select:
        sub, book = self.table["submitted_assignment"], self.table["submitted_notebook"]
        query = sa.select(sub.c.student_id, sub.c.id, book.c.id).join(book, book.c.assignment_id == sub.c.id)
        return query.where(sub.c.assignment_id == self.assignment_id, book.c.notebook_id == self.notebook_id)

    def extend(self, student: str, until: datetime) -> datetime:
        """Give a student until `until`, in UTC, to hand in; returns the assignment's own due date.

        Raises CourseError if the assignment has no due date, or a later one.
        """
        self.prepare()
        if self.duedate is None:
            raise CourseError(f"{self.assignment} has no due date: set one in Formgrader, then extend it")
        if until < self.duedate:
            raise CourseError(f"{until} UTC is before {self.assignment} is due: {self.duedate} UTC")
        person, t = self.table["student"], self.table["submitted_assignment"]
        span: object = until - self.duedate
        if self.engine.url.get_backend_name() == "sqlite":  # which keeps an interval as a time since 1970
            span = datetime(1970, 1, 1) + span
        try:
            with self._alone(), self.engine.begin() as db:
                if find_id(db, person, id=student) is None:
                    db.execute(person.insert().values(id=student))
                have = find_id(db, t, assignment_id=self.assignment_id, student_id=student)
                if have is None:
                    have = insert(db, t, assignment_id=self.assignment_id, student_id=student)
                db.execute(t.update().where(t.c.id == have).values(extension=span))
        except sa.exc.SQLAlchemyError as error:
            raise _explain(self.course, error) from error
        self.open()
        return self.duedate

    def late(self) -> list[str]:
        """Who handed in after the due date, extensions counted."""
        t = self.table["submitted_assignment"]
        query = sa.select(t.c.student_id, t.c.timestamp, t.c.extension).where(t.c.assignment_id == self.assignment_id)
        with self.engine.connect() as db:
            rows = db.execute(query).fetchall()
        return sorted(student for student, when, extension in rows if self._seconds_late(when, extension) > 0)

    def _seconds_late(self, when: datetime | None, extension: object) -> float:
        if when is None or self.duedate is None:
            return 0.0
        if isinstance(extension, datetime):  # SQLite keeps an interval as a time since 1970
            extension -= datetime(1970, 1, 1)
        return (when - self.duedate - (extension or timedelta())).total_seconds()

    def students(self) -> list[str]:
        with self.engine.connect() as db:
            return list(db.execute(sa.select(self.table["student"].c.id)).scalars())

    def _course_id(self) -> str:
        value = self.course.config.CourseDirectory.get("course_id", "default_course")
        return value if isinstance(value, str) else "default_course"

    def close(self) -> None:
        self.engine.dispose()

    def prepare(self) -> None:
        """Bring the assignment's cells in the gradebook to what the source says.

        Raises CourseError if a cell is gone for which marks were given by hand.
        """
        try:
            with self._alone(), self.engine.begin() as db:
                self._prepare(db)
        except sa.exc.SQLAlchemyError as error:
            raise _explain(self.course, error) from error

    def _prepare(self, db: sa.Connection) -> None:
        t = self.table
        assignment = find_id(db, t["assignment"], name=self.assignment)
        if assignment is None:
            course_id = self._course_id()
            if find_id(db, t["course"], id=course_id) is None:
                db.execute(t["course"].insert().values(id=course_id))
            assignment = insert(db, t["assignment"], name=self.assignment, course_id=course_id)
        notebook = find_id(db, t["notebook"], name=self.notebook, assignment_id=assignment)
        if notebook is None:
            kernel = json.dumps(self.source.metadata.get("kernelspec", {}))
            notebook = insert(db, t["notebook"], name=self.notebook, assignment_id=assignment, kernelspec=kernel)
        self.assignment_id, self.notebook_id = assignment, notebook
        base = t["base_cell"]
        rows = db.execute(sa.select(base.c.id, base.c.name, base.c.type).where(base.c.notebook_id == notebook))
        have = {(name, kind): id for id, name, kind in rows}
        wanted: dict[tuple[str, str], Cell] = {}
        for cell in self.source.cells:
            if cell.metadata.get("task"):
                wanted[cell.id, "TaskCell"] = cell
            elif cell.role in ("test", "manual"):
                wanted[cell.id, "GradeCell"] = cell
            if cell.students:
                wanted[cell.id, "SolutionCell"] = cell
        for name, kind in have.keys() - wanted.keys():
            self._remove(db, have.pop((name, kind)), kind, name)
        for (name, kind), cell in wanted.items():
            sub = t[{"GradeCell": "grade_cells", "SolutionCell": "solution_cells", "TaskCell": "task_cells"}[kind]]
            values = {} if kind == "SolutionCell" else {"max_score": cell.points, "cell_type": cell.kind}
            if (name, kind) not in have:
                have[name, kind] = insert(db, base, name=name, notebook_id=notebook, type=kind)
                db.execute(sub.insert().values(id=have[name, kind], **values))
            elif values:
                db.execute(sub.update().where(sub.c.id == have[name, kind]).values(**values))
        self.grade_cells = {name: id for (name, kind), id in have.items() if kind != "SolutionCell"}
        self.comment_cells = {name: id for (name, kind), id in have.items() if kind != "GradeCell"}
        sources = t["source_cell"]
        db.execute(sources.delete().where(sources.c.notebook_id == notebook))
        new = [source_row(c, notebook) for c in self.source.cells if c.metadata.get("grade_id") and is_kept(c)]
        if new:
            db.execute(sources.insert(), new)
        self.duedate = db.execute(
            sa.select(t["assignment"].c.duedate).where(t["assignment"].c.id == assignment)
        ).scalar()

    def _remove(self, db: sa.Connection, id: str, kind: str, name: str) -> None:
        grade, comment = self.table["grade"], self.table["comment"]
        marked = sa.select(sa.func.count()).where(
            grade.c.cell_id == id,
            sa.or_(grade.c.manual_score.is_not(None), sa.func.coalesce(grade.c.extra_credit, 0.0) != 0.0),
        )
        said = sa.select(sa.func.count()).where(
            comment.c.cell_id == id, sa.func.coalesce(comment.c.manual_comment, "") != ""
        )
        if db.execute(said).scalar():
            raise CourseError(f"cell {name} is gone from the source, but comments were written on it: put it back")
        if db.execute(marked).scalar():
            raise CourseError(
                f"cell {name} is gone from the source, but marks were given for it by hand: put it back"
            )
        db.execute(grade.delete().where(grade.c.cell_id == id))
        db.execute(comment.delete().where(comment.c.cell_id == id))
        for sub in ("grade_cells", "solution_cells", "task_cells"):
            db.execute(self.table[sub].delete().where(self.table[sub].c.id == id))
        db.execute(self.table["base_cell"].delete().where(self.table["base_cell"].c.id == id))

    def record(self, batch: list[tuple[str, dict, str | None]], people: dict | None = None) -> None:
        """Write (student, result, timestamp) for a batch of students, all of them or none.

        Raises CourseError, with what to do, if the gradebook is locked or cannot be written.
        """
        try:
            answers = {student: self._written(result) for student, result, _ in batch}
            journal = Journal(self.course.journal)
            try:
                known = {student: journal.answers(self.assignment, student) for student in answers}
                again = {
                    (student, cell)
                    for student, own in answers.items()
                    for cell, text in own.items()
                    if known[student].get(cell, text) != text
                }
                with self._alone(), self.engine.begin() as db:
                    self._record(db, batch, people or {}, again)
                journal.keep_answers(self.assignment, answers)
            finally:
                journal.close()
        except sa.exc.OperationalError as error:
            raise _explain(self.course, error) from error

    def _written(self, result: dict) -> dict[str, str]:
        """What a student wrote into each cell that a human marks, as a digest."""
        marked = {cell.id for cell in self.source.graded if cell.role != "test"}
        found = {}
        for cell in result.get("cells", ()):
            id = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
            if id in marked:
                found[id] = digest(cell["source"].strip(), json.dumps(cell.get("attachments"), sort_keys=True))
        return found

    def _record(self, db: sa.Connection, batch: list, people: dict, again: set[tuple[str, str]]) -> None:
        t = self.table
        students = [student for student, _, _ in batch]
        rows = db.execute(sa.select(t["student"].c.id).where(t["student"].c.id.in_(students)))
        known = set(rows.scalars())
        new = [self._person(s, people.get(s)) for s in students if s not in known]
        if new:
            db.execute(t["student"].insert(), new)
        submissions = self._submissions(db, batch)
        notebooks = self._notebooks(db, list(submissions.values()))
        by_notebook = {notebooks[submissions[student]]: result for student, result, _ in batch}
        self._grades(db, by_notebook, {(notebooks[submissions[s]], cell) for s, cell in again})
        self._comments(db, by_notebook)
        self._penalties(db, submissions, notebooks)

    @staticmethod
    def _person(student: str, person: object) -> dict:
        names = {key: getattr(person, key, "") or None for key in ("first_name", "last_name", "email")}
        return {"id": student, **names}

    def _submissions(self, db: sa.Connection, batch: list) -> dict[str, str]:
        t = self.table["submitted_assignment"]
        rows = db.execute(
            sa.select(t.c.student_id, t.c.id, t.c.timestamp).where(
                t.c.assignment_id == self.assignment_id, t.c.student_id.in_([s for s, _, _ in batch])
            )
        )
        have = {student: (id, timestamp) for student, id, timestamp in rows}
        new, result = [], {}
        for student, _, stamp in batch:
            when = read_time(stamp)[0]
            if student not in have:
                id = new_id()
                new.append({"id": id, "assignment_id": self.assignment_id, "student_id": student, "timestamp": when})
            else:
                id, old = have[student]
                if when is not None and when != old:
                    db.execute(t.update().where(t.c.id == id).values(timestamp=when))
            result[student] = id
        if new:
            db.execute(t.insert(), new)
        return result

    def _notebooks(self, db: sa.Connection, submissions: list[str]) -> dict[str, str]:
        t = self.table["submitted_notebook"]
        rows = db.execute(
            sa.select(t.c.assignment_id, t.c.id).where(
                t.c.notebook_id == self.notebook_id, t.c.assignment_id.in_(submissions)
            )
        )
        have = {submission: id for submission, id in rows}  # noqa: C416 - a result has keys, and dict() would take them
        new = [
            {"id": new_id(), "notebook_id": self.notebook_id, "assignment_id": s, "flagged": False}
            for s in submissions
            if s not in have
        ]
        if new:
            db.execute(t.insert(), new)
        return have | {row["assignment_id"]: row["id"] for row in new}

    def _grades(self, db: sa.Connection, results: dict[str, dict], again: set[tuple[str, str]]) -> None:
        """`again`: (notebook, cell) of written answers that were handed in anew, in other words."""
        t = self.table["grade"]
        rows = db.execute(
            sa.select(t.c.notebook_id, t.c.cell_id, t.c.id, t.c.auto_score, t.c.manual_score).where(
                # nbgrader's only index begins with the cell: without it every batch would read the whole table.
                t.c.cell_id.in_(list(self.grade_cells.values())),
                t.c.notebook_id.in_(list(results)),
            )
        )
        have = {(notebook, cell): rest for notebook, cell, *rest in rows}
        new, changed = [], []
        for notebook, result in results.items():
            for question in result["questions"]:
                cell, score = self.grade_cells[question["id"]], question["score"]
                old = have.get((notebook, cell))
                if old is None:
                    row = {"id": new_id(), "cell_id": cell, "notebook_id": notebook, "auto_score": score}
                    new.append({**row, "needs_manual_grade": score is None})
                elif old[1] != score or (old[2] is not None and (notebook, question["id"]) in again):
                    # nbgrader's rule: a mark by hand stays, and a human looks again when the automatic one changes.
                    human = old[2] is not None or score is None
                    changed.append({"row": old[0], "score": score, "human": human})
        if new:
            db.execute(t.insert(), new)
        if changed:
            update = t.update().where(t.c.id == sa.bindparam("row"))
            values = {"auto_score": sa.bindparam("score"), "needs_manual_grade": sa.bindparam("human")}
            db.execute(update.values(**values), changed)

    def _comments(self, db: sa.Connection, results: dict[str, dict]) -> None:
        t = self.table["comment"]
        rows = db.execute(
            sa.select(t.c.notebook_id, t.c.cell_id, t.c.id, t.c.auto_comment).where(
                t.c.cell_id.in_(list(self.comment_cells.values())), t.c.notebook_id.in_(list(results))
            )
        )
        have = {(notebook, cell): (id, comment) for notebook, cell, id, comment in rows}
        new, changed = [], []
        for notebook, result in results.items():
            for name, cell in self.comment_cells.items():
                words = "No response." if name in result["unanswered"] else None
                old = have.get((notebook, cell))
                if old is None:
                    new.append({"id": new_id(), "cell_id": cell, "notebook_id": notebook, "auto_comment": words})
                elif old[1] != words:
                    changed.append({"row": old[0], "words": words})
        if new:
            db.execute(t.insert(), new)
        if changed:
            update = t.update().where(t.c.id == sa.bindparam("row"))
            db.execute(update.values(auto_comment=sa.bindparam("words")), changed)

    def _penalties(self, db: sa.Connection, submissions: dict[str, str], notebooks: dict[str, str]) -> None:
        """Late penalties, by the plugin that nbgrader's configuration names."""
        sub, book, grade = self.table["submitted_assignment"], self.table["submitted_notebook"], self.table["grade"]
        rows = db.execute(
            sa.select(sub.c.id, sub.c.student_id, sub.c.timestamp, sub.c.extension).where(
                sub.c.id.in_(list(submissions.values()))
            )
        )
        for id, student, timestamp, extension in rows.fetchall():
            late = self._seconds_late(timestamp, extension)
            penalty = None
            if late > 0:
                score = sa.func.coalesce(grade.c.manual_score, grade.c.auto_score, 0.0)
                total = sa.func.coalesce(sa.func.sum(score + sa.func.coalesce(grade.c.extra_credit, 0.0)), 0.0)
                points = db.execute(sa.select(total).where(grade.c.notebook_id == notebooks[id])).scalar()
                penalty = self._plugin().late_submission_penalty(student, points, late)
                penalty = None if penalty is None else min(max(penalty, 0.0), points)
            changed = book.c.late_submission_penalty.is_distinct_from(penalty)
            update = book.update().where(book.c.id == notebooks[id], changed)
            db.execute(update.values(late_submission_penalty=penalty))

    def _plugin(self) -> object:
        from nbgrader.preprocessors import AssignLatePenalties

        preprocessor = AssignLatePenalties(config=self.course.config)
        preprocessor.init_plugin()
        return preprocessor.plugin_inst

    def scores(self) -> dict[str, dict]:
        """For each student: score, max_score, penalty, and whether a human still has to grade something."""
        t = self.table
        grade, book, sub = t["grade"], t["submitted_notebook"], t["submitted_assignment"]
        score = sa.func.coalesce(grade.c.manual_score, grade.c.auto_score, 0.0) + sa.func.coalesce(
            grade.c.extra_credit, 0.0
        )
        query = (
            sa.select(
                sub.c.student_id,
                sa.func.sum(score),
                sa.func.max(sa.func.coalesce(book.c.late_submission_penalty, 0.0)),
                sa.func.max(sa.cast(grade.c.needs_manual_grade, sa.Integer)),
            )
            .join(book, book.c.assignment_id == sub.c.id)
            .join(grade, grade.c.notebook_id == book.c.id)
            .where(sub.c.assignment_id == self.assignment_id)
            .group_by(sub.c.student_id)
            .order_by(sub.c.student_id)
        )
        most = sum(cell.points for cell in self.source.graded)
        with self.engine.connect() as db:
            people = {row.id: row for row in db.execute(sa.select(t["student"]))}
            return {
                student: {
                    "score": points - penalty, "raw_score": points, "penalty": penalty, "max_score": most,
                    "needs_human": bool(human), "person": people.get(student),
                }
                for student, points, penalty, human in db.execute(query)
            }  # fmt: skip

    def marks(self) -> dict[str, dict[str, dict]]:
        """For each student and each graded cell: the score, the mark by hand, the comment, whether it waits."""
        t = self.table
        grade, comment, book, sub = t["grade"], t["comment"], t["submitted_notebook"], t["submitted_assignment"]
        mine = sub.c.assignment_id == self.assignment_id
        names = {id: name for name, id in self.grade_cells.items()}
        comment_names = {id: name for name, id in self.comment_cells.items()}
        result: dict[str, dict[str, dict]] = {}
        grades = sa.select(sub.c.student_id, grade).join(book, book.c.assignment_id == sub.c.id)
        grades = grades.join(grade, grade.c.notebook_id == book.c.id).where(mine)
        comments = sa.select(sub.c.student_id, comment).join(book, book.c.assignment_id == sub.c.id)
        comments = comments.join(comment, comment.c.notebook_id == book.c.id).where(mine)
        with self.engine.connect() as db:
            for row in db.execute(grades):
                points = row.auto_score if row.manual_score is None else row.manual_score
                if row.extra_credit and points is not None:
                    points += row.extra_credit
                entry = {"score": points, "manual": row.manual_score, "waits": bool(row.needs_manual_grade)}
                result.setdefault(row.student_id, {})[names[row.cell_id]] = entry
            for row in db.execute(comments):
                entry = result.setdefault(row.student_id, {}).setdefault(comment_names[row.cell_id], {})
                entry["comment"] = row.manual_comment or row.auto_comment
        return result


def _explain(course: Course, error: Exception) -> CourseError:
    text = str(getattr(error, "orig", error))
    advice = {
        "locked": "another program is writing to it: close it, then run the same command again",
        "readonly": "it may not be written: check its permissions, then run the same command again",
        "unable to open": "it may not be opened: check the folder's permissions, then run the same command again",
        "full": "the disk is full: make room, then run the same command again",
    }
    what = next((words for sign, words in advice.items() if sign in text), text)
    return CourseError(f"the gradebook {course.db_url}: {what} (results are safe in the journal)")


def read_scores(course: Course, assignment: str) -> tuple[Source, dict[str, dict], dict[str, dict[str, dict]]]:
    """The source of an assignment, the scores of all who were graded, and the marks: see `Gradebook`.

    Raises CourseError where nobody was graded yet.
    """
    source = course.job(assignment).parsed
    gradebook = Gradebook(course, assignment, source, create=False)
    try:
        gradebook.open()
        return source, gradebook.scores(), gradebook.marks()
    finally:
        gradebook.close()
