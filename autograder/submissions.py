"""Submissions as they come: nbgrader's submitted/ tree, a folder of notebooks, or the zip of Canvas or Moodle.

Nothing is unpacked and no link is followed. Names are matched to a roster if there is one.
"""

import csv
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.course import NAME, Course, CourseError, read_regular, write_if_changed
from autograder.notebooks import MAX_BYTES

MAX_ENTRIES = 50_000
MAX_ZIP_BYTES = 20 * 2**30

CANVAS = re.compile(r"(?P<name>[^_/]+)(?P<late>_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)\.ipynb")
MOODLE = re.compile(r"(?P<name>[^_/]+)_(?P<id>\d+)_assignsubmission_file_?(?P<rest>.*)/?(?P<file>[^/]*)\.ipynb")
VERSION = re.compile(r"-(\d+)$")

COLUMNS = {
    "id": ("student_id", "student id", "username", "sis login id", "login", "id number", "sis user id"),
    "first_name": ("first_name", "first name", "firstname", "given name"),
    "last_name": ("last_name", "last name", "surname", "lastname", "family name"),
    "name": ("name", "full name", "student"),
    "email": ("email", "email address", "e-mail"),
    "canvas": ("canvas_id", "canvas id"),
    "moodle": ("moodle_id", "identifier"),
}


@dataclass
class Person:
    """One line of a roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    canvas: str = ""
    moodle: str = ""


@dataclass
class Submission:
    """One student's notebook, read when it is graded and not before."""

    student: str
    read: Callable[[], bytes]
    timestamp: str | None = None


@dataclass
class Intake:
    """What was found: submissions, one for each student, and words about what was left out."""

    submissions: list[Submission] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, student: str | None, label: str, read: Callable[[], bytes], timestamp: str | None = None) -> None:
        if student is None or not NAME.fullmatch(student):
            self.problems.append(f"{label}: no student of that name{' on the roster' if student is None else ''}")
        else:
            self.submissions.append(Submission(student, read, timestamp))


def read_roster(path: Path) -> list[Person]:
    """The students of a CSV file: one of our own, Canvas's gradebook export, or Moodle's grading worksheet."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"the roster {path} cannot be read: {error}") from None
    rows = list(csv.DictReader(io.StringIO(text)))
    header = {name.strip().casefold(): name for name in (rows[0] if rows else {}) if name}
    known = {key: next((header[n] for n in names if n in header), None) for key, names in COLUMNS.items()}
    if "sis login id" in header and "id" in header:
        known["canvas"] = header["id"]  # Canvas's own export: ID is Canvas's number
    known["id"] = known["id"] or (header.get("id") if known["canvas"] != header.get("id") else None) or known["email"]
    if known["id"] is None:
        raise CourseError(
            f"the roster {path} needs a column id, with the name by which the gradebook knows a student"
        )
    people = []
    for row in rows:
        value = {key: (row.get(column) or "").strip() if column else "" for key, column in known.items()}
        if not value["id"]:
            continue  # Canvas has a line of maximal points without a student
        if not NAME.fullmatch(value["id"]):
            raise CourseError(f"the roster's id {value['id']!r} has signs that no file name should have")
        last, _, first = value["name"].partition(",")
        if not first:
            first, _, last = value["name"].rpartition(" ")
        value["first_name"], value["last_name"] = (
            value["first_name"] or first.strip(),
            value["last_name"] or last.strip(),
        )
        value["moodle"] = re.sub(r"\D", "", value["moodle"])
        value.pop("name")
        people.append(Person(**value))
    return people


def squash(name: str) -> str:
    """A name as LMS file names have it: no accents, no spaces, small letters."""
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in plain if not unicodedata.combining(c)).casefold())


class Matcher:
    """From a name in a file name to a student's id. Without a roster the name is the id."""

    def __init__(self, roster: list[Person] | None) -> None:
        self.roster = roster
        self.by: dict[str, set[str]] = {}
        for person in roster or ():
            names = [person.id, person.email, person.email.partition("@")[0]]
            names += [person.last_name + person.first_name, person.first_name + person.last_name]
            for name in filter(None, map(squash, names)):
                self.by.setdefault(name, set()).add(person.id)
        self.numbers = {("canvas", p.canvas): p.id for p in roster or () if p.canvas}
        self.numbers |= {("moodle", p.moodle): p.id for p in roster or () if p.moodle}

    def find(self, name: str, system: str = "", number: str = "") -> str | None:
        if (system, number) in self.numbers:
            return self.numbers[system, number]
        if self.roster is None:
            return name if not system else squash(name)
        ids = self.by.get(squash(name), set())
        return next(iter(ids)) if len(ids) == 1 else None  # two of the same name: a human decides


def find(course: Course, assignment: str, path: Path | None, roster: list[Person] | None) -> Intake:
    """The submissions of an assignment, from `path` or else from the course's submitted/ tree."""
    intake = Intake()
    if path is None:
        _from_tree(course.submitted, assignment, course.notebook(assignment).name, intake)
    elif path.is_dir():
        if any(path.glob(f"*/{assignment}/*.ipynb")):
            _from_tree(path, assignment, course.notebook(assignment).name, intake)
        else:
            _from_folder(path, Matcher(roster), intake)
    elif zipfile.is_zipfile(path):
        _from_zip(path, Matcher(roster), intake)
    else:
        raise CourseError(f"{path} is neither a folder nor a zip file")
    _latest_only(intake)
    intake.submissions.sort(key=lambda s: s.student)
    return intake


def _latest_only(intake: Intake) -> None:
    chosen: dict[str, Submission] = {}
    for submission in intake.submissions:
        if submission.student in chosen:
            intake.problems.append(f"{submission.student}: several notebooks, the last one counts")
        chosen[submission.student] = submission
    intake.submissions = list(chosen.values())


def _from_tree(root: Path, assignment: str, name: str, intake: Intake) -> None:
    for student in sorted(_folders(root)):
        folder = root / student / assignment
        if folder.is_symlink() or not folder.is_dir():
            continue
        notebook = folder / name
        if not os.path.lexists(notebook):
            others = sorted(folder.glob("*.ipynb"))
            if len(others) != 1:
                intake.problems.append(f"{student}: no {name}")
                continue
            notebook = others[0]  # renamed, but there is no doubt which it is
        try:
            timestamp = read_regular(folder / "timestamp.txt", 100).decode().strip()
        except (OSError, UnicodeDecodeError):
            timestamp = None
        intake.add(student, str(notebook), _file_reader(notebook), timestamp or None)


def _folders(root: Path) -> Iterator[str]:
    if not root.is_dir():
        raise CourseError(f"there are no submissions: {root} does not exist")
    with os.scandir(root) as entries:
        yield from (e.name for e in entries if e.is_dir(follow_symlinks=False))


def _file_reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_regular(path, MAX_BYTES)


def _from_folder(folder: Path, matcher: Matcher, intake: Intake) -> None:
    for path in sorted(folder.rglob("*.ipynb")):
        name = str(path.relative_to(folder))
        if ".ipynb_checkpoints" in name:
            continue
        if path.is_symlink() or not path.is_file():
            intake.problems.append(f"{name}: a link, or no file")
            continue
        intake.add(_student(name, matcher), name, _file_reader(path))


def _student(name: str, matcher: Matcher) -> str | None:
    """Whose notebook a file name says it is: Canvas's, Moodle's, or the student's id itself."""
    if match := MOODLE.fullmatch(name.partition("/")[0] + "/" + PurePosixPath(name).name if "/" in name else name):
        return matcher.find(match["name"], "moodle", match["id"])
    if match := CANVAS.fullmatch(PurePosixPath(name).name):
        return matcher.find(match["name"], "canvas", match["id"])
    return matcher.find(PurePosixPath(name).stem)


def _from_zip(path: Path, matcher: Matcher, intake: Intake) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_ZIP_BYTES:
        raise CourseError(f"{path} unpacks to more than a class hands in: {len(entries)} files")

    def version(entry: zipfile.ZipInfo) -> int:
        found = VERSION.search(PurePosixPath(entry.filename).stem)
        return int(found[1]) if found else 0

    for entry in sorted(entries, key=lambda e: (version(e), e.filename)):
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if entry.is_dir() or not entry.filename.endswith(".ipynb") or "__MACOSX" in parts:
            continue
        if ".." in parts or entry.filename.startswith("/"):
            intake.problems.append(f"{entry.filename[:100]!r}: a path that leaves the zip")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            intake.problems.append(f"{entry.filename[:100]!r}: a link")
        elif entry.flag_bits & 1:
            intake.problems.append(f"{entry.filename[:100]!r}: encrypted")
        else:
            intake.add(_student(entry.filename, matcher), entry.filename[:100], _zip_reader(path, entry))


def _zip_reader(path: Path, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        # What a zip says of sizes is not believed: reading stops at the limit, however far it would unpack.
        with zipfile.ZipFile(path) as archive, archive.open(entry) as file:
            return file.read(MAX_BYTES + 1)

    return read


def file_away(course: Course, assignment: str, student: str, data: bytes) -> None:
    """Put a notebook that came from elsewhere into the submitted/ tree, where nbgrader's own tools look for it."""
    write_if_changed(course.submitted / student / assignment / course.notebook(assignment).name, data)
