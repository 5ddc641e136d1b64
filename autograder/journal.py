"""Every result, written once under the hash of all it depends on. A killed run goes on where it was."""

import fcntl
import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from autograder.course import CourseError, digest
from autograder.engine import Job
from autograder.grader import ENGINE

MAX_RESULT = 64 * 2**20  # bytes of one result

SCHEMA = """
create table if not exists result (key text primary key, data blob not null);
create table if not exists latest (
    assignment text, student text, key text not null, primary key (assignment, student)
) without rowid;
create table if not exists answer (
    assignment text, student text, cell text, digest text not null, primary key (assignment, student, cell)
) without rowid;
"""


class Journal:
    """Results by key, and for each student of an assignment the key of the latest one.

    It is an SQLite file in write-ahead mode: a transaction is there or not there, whenever the machine stops.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, timeout=30)
            self.db.execute("pragma journal_mode=wal")
            self.db.execute("pragma synchronous=normal")
            self.db.executescript(SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise CourseError(f"the journal {path} cannot be opened: {error}") from None

    def close(self) -> None:
        self.db.close()
        if self.lock is not None:
            self.lock.close()

    def reserve(self) -> None:
        """Keep other runs out until this one ends, however it ends. CourseError if one is going on."""
        self.lock = open(self.path.with_suffix(".lock"), "w")  # noqa: SIM115 - it is held for as long as the run
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseError("another run is grading this course: wait for it, or stop it with Ctrl-C") from None

    def get(self, key: str) -> dict | None:
        row = self.db.execute("select data from result where key = ?", (key,)).fetchone()
        return json.loads(zlib.decompress(row[0])) if row else None

    def put(self, key: str, result: dict, assignment: str, students: list[str]) -> None:
        """Write a result and whose it is. Raises CourseError, with what to do, if the disk is full."""
        data = zlib.compress(json.dumps(result).encode(), 1)
        if len(data) > MAX_RESULT:
            raise ValueError(f"its result has {len(data) / 2**20:.0f} MB, and {MAX_RESULT // 2**20} are kept")
        try:
            with self.db:
                self.db.execute("insert or ignore into result values (?, ?)", (key, data))
                self.claim(key, assignment, students)
        except sqlite3.Error as error:
            raise CourseError(f"the journal {self.path} cannot be written: {error}") from None

    def claim(self, key: str, assignment: str, students: list[str]) -> None:
        rows = [(assignment, student, key) for student in students]
        with self.db:
            self.db.executemany("insert or replace into latest values (?, ?, ?)", rows)

    def latest(self, assignment: str) -> Iterator[tuple[str, dict]]:
        """Each student's latest result, by name, one at a time."""
        rows = self.db.execute("select student, key from latest where assignment = ? order by student", (assignment,))
        for student, key in rows.fetchall():
            result = self.get(key)
            if result is not None:
                yield student, result

    def answers(self, assignment: str, student: str) -> dict[str, str]:
        """The digests of a student's written answers as the gradebook last took them, by cell."""
        rows = self.db.execute(
            "select cell, digest from answer where assignment = ? and student = ?", (assignment, student)
        )
        return dict(rows.fetchall())

    def keep_answers(self, assignment: str, answers: dict[str, dict[str, str]]) -> None:
        rows = [(assignment, student, cell, text) for student, own in answers.items() for cell, text in own.items()]
        try:
            with self.db:
                self.db.executemany("insert or replace into answer values (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise CourseError(f"the journal {self.path} cannot be written: {error}") from None


def result_key(job: Job, data: bytes) -> str:
    """What a result depends on, as one hash: the submission, the source, the limits, the engine."""
    return digest(data, job.key, ENGINE)
