"""Submissions as they come: nbgrader's submitted/ tree, a folder of notebooks, or the zip of an LMS.

Nothing is unpacked and no link is followed. Names are matched to a roster if there is one. What is left out is said.
"""

import json
import os
import stat
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from autograder.course import Course, CourseError, read_regular, write_if_changed
from autograder.rebuild import MAX_BYTES
from autograder.rosters import Person, Roster, fold, read_roster, usable
from autograder.whose import VERSION, Claim, Matcher, claim, compile_pattern

__all__ = ["Intake", "Matcher", "Person", "Roster", "Submission", "file_away", "find", "read_roster"]

MAX_ENTRIES = 50_000
MAX_ZIP_BYTES = 20 * 2**30
OURS = ("timestamp.txt", "submission_secret.txt", "user_info.json")  # nbgrader's own, beside a notebook


@dataclass
class Submission:
    """One student's notebook, read when it is graded and not before."""

    student: str
    read: Callable[[], bytes]
    timestamp: str | None = None


@dataclass
class Found:
    """A file that somebody handed in, and how new it is."""

    label: str
    read: Callable[[], bytes]
    newness: tuple = ()
    said: Claim = field(default_factory=Claim)
    timestamp: str | None = None
    named: bool = False  # it bears the name that nbgrader's tree asks for


@dataclass
class Intake:
    """What was found: submissions, one for each student; what was left out; what else there is to say."""

    submissions: list[Submission] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # somebody's file was left out
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # on the roster, and nothing came
    late: list[str] = field(default_factory=list)  # the LMS says so, or the due date
    unmatched: list[str] = field(default_factory=list)
    no_notebook: list[str] = field(default_factory=list)


def find(
    course: Course, assignment: str, path: Path | None, roster: list[Person] | None, pattern: str | None = None
) -> Intake:
    """The submissions of an assignment, from `path` or else from the course's submitted/ tree."""
    intake = Intake()
    notebook = course.notebook(assignment)
    by_student: dict[str, list[Found]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    made = compile_pattern(pattern)
    matcher = Matcher(roster, assignment)
    if path is None:
        _from_tree(course.submitted, assignment, notebook.name, intake, by_student, others)
    elif path.is_dir():
        if any(p for p in path.glob(f"*/{_literal(assignment)}/*")):
            _from_tree(path, assignment, notebook.name, intake, by_student, others)
        else:
            _sort_out(_in_folder(path, intake), notebook, matcher, made, intake, by_student, others)
    elif not os.path.lexists(path):
        raise CourseError(f"{path} does not exist: it is neither a folder nor a zip file")
    elif path.is_file() and path.stat().st_size == 0:
        raise CourseError(f"{path} is empty: it is neither a folder nor a zip file; download it again")
    elif zipfile.is_zipfile(path):
        _sort_out(_in_zip(path, intake), notebook, matcher, made, intake, by_student, others)
    else:
        raise CourseError(f"{path} is neither a folder nor a zip file")
    wanted = _cell_ids(notebook.read_bytes())
    for student in sorted(by_student):
        _choose(student, by_student[student], wanted, intake)
    for student, names in sorted(others.items()):
        words = (
            f"{student}: {', '.join(sorted(names)[:5])} {'are no notebooks' if len(names) > 1 else 'is no notebook'}"
        )
        if student in by_student:
            intake.notes.append(f"{words}; the notebook beside it counts")
        else:
            intake.no_notebook.append(student)
            intake.problems.append(words)
    came = {fold(s.student) for s in intake.submissions}
    intake.missing = [p.id for p in roster or () if fold(p.id) not in came and p.id not in intake.no_notebook]
    return intake


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _choose(student: str, found: list[Found], wanted: set[str], intake: Intake) -> None:
    """Of several notebooks the one with the assignment's cells; of those the one of the right name, or the newest."""
    best = found[0]
    if len(found) > 1:

        def worth(one: Found) -> tuple:
            try:
                cells = len(_cell_ids(one.read()) & wanted)
            except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
                return (-1, False, one.newness, one.label)
            return (
                (2 * cells > len(wanted), one.named, (*one.newness,), one.label)
                if cells
                else (0, one.named, one.newness, one.label)
            )

        best = max(found, key=worth)
        rest = ", ".join(sorted(one.label for one in found if one is not best)[:5])
        intake.notes.append(f"{student}: several notebooks, {best.label} counts, not {rest}")
    if best.said.late:
        intake.late.append(student)
    intake.submissions.append(Submission(student, best.read, best.timestamp))


def _cell_ids(data: bytes) -> set[str]:
    """The ids of the cells that nbgrader marked; none for what is no notebook."""
    try:
        cells = json.loads(data)["cells"]
        return {
            c["metadata"]["nbgrader"]["grade_id"]
            for c in cells
            if c.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()


def _from_tree(root: Path, assignment: str, name: str, intake: Intake, by_student: dict, others: dict) -> None:
    for entry in sorted(_folders(root)):
        folder, student = root / entry / assignment, normalize("NFC", entry)
        if folder.is_symlink() or not folder.is_dir():
            continue
        if not usable(student):
            intake.problems.append(f"{entry[:100]!r}: no folder's name that can be a student's id")
            continue
        if student in by_student or student in others:
            intake.problems.append(f"{student}: two folders of that name, which Unicode writes in two ways")
            continue
        try:
            timestamp = read_regular(folder / "timestamp.txt", 100).decode().strip() or None
        except (OSError, UnicodeDecodeError):
            timestamp = None
        for path in sorted(folder.rglob("*")):
            label = str(path.relative_to(root))
            if path.is_dir() and not path.is_symlink():
                continue
            if path.suffix.lower() == ".ipynb" and not _hidden(path.relative_to(folder).parts):
                one = Found(label, _file_reader(path), _age(path), timestamp=timestamp, named=path == folder / name)
                by_student[student].append(one)
            elif path.name not in OURS and not _hidden(path.relative_to(folder).parts):
                others[student].append(path.name)
        if student not in by_student and student not in others:
            intake.no_notebook.append(student)
            intake.problems.append(f"{student}: no {name}")
        _say_zone(student, timestamp, intake)


def _say_zone(student: str, timestamp: str | None, intake: Intake) -> None:
    from autograder.times import read_time

    words = read_time(timestamp)[1] if timestamp else ""
    if words:
        intake.notes.append(f"{student}: {words}")


def _age(path: Path) -> tuple:
    try:
        return (os.lstat(path).st_mtime, _version(path.name))
    except OSError:
        return (0.0, 0)


def _version(name: str) -> int:
    match = VERSION.search(PurePosixPath(name).stem)
    return int(match[1][:9]) if match else 0


def _hidden(parts: tuple[str, ...]) -> bool:
    return (
        any(part in ("__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git") for part in parts)
        or parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")
    )  # fmt: skip


def _folders(root: Path) -> Iterator[str]:
    if not root.is_dir():
        raise CourseError(f"there are no submissions: {root} does not exist")
    with os.scandir(root) as entries:
        yield from (e.name for e in entries if e.is_dir(follow_symlinks=False))


def _file_reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_regular(path, MAX_BYTES)


def _in_folder(folder: Path, intake: Intake) -> Iterator[Found]:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if _hidden(path.relative_to(folder).parts) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file():
            intake.problems.append(f"{_shown(name)}: a link, or no file")
            continue
        yield Found(name, _file_reader(path), _age(path))


def _in_zip(path: Path, intake: Intake) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise CourseError(f"{path} cannot be read as a zip file: {error}; download it again") from None
    if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_ZIP_BYTES:
        raise CourseError(f"{path} unpacks to more than a class hands in: {len(entries)} files")
    for entry in sorted(entries, key=lambda e: e.filename):
        name = entry.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if entry.is_dir() or not parts or _hidden(parts):
            continue
        if ".." in parts or name.startswith("/"):
            intake.problems.append(f"{entry.filename[:100]!r}: a path that leaves the zip")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            intake.problems.append(f"{entry.filename[:100]!r}: a link")
        elif entry.flag_bits & 1:
            intake.problems.append(f"{entry.filename[:100]!r}: encrypted")
        else:
            yield Found(name, _zip_reader(path, entry), (entry.date_time, _version(name)))


def _zip_reader(path: Path, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        # What a zip says of sizes is not believed: reading stops at the limit, however far it would unpack.
        with zipfile.ZipFile(path) as archive, archive.open(entry) as file:
            return file.read(MAX_BYTES + 1)

    return read


def _shown(name: str) -> str:
    """A file's name for a terminal: nothing in it is a command to the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)[:150]


def _sort_out(files: Iterator[Found], notebook: Path, matcher: Matcher, pattern: object, intake: Intake,
              by_student: dict, others: dict) -> None:  # fmt: skip
    """Each file to its student, or to the list of what was left out."""
    owned: dict[str, list[Found]] = defaultdict(list)
    found = list(files)
    for one in found:
        one.label = _shown(one.label)
    claims = [claim(one.label, notebook.parent.name, pattern) for one in found]
    if matcher.roster is None:
        _which_folder(found, claims, notebook.name)
    for one, said in zip(found, claims, strict=True):
        label = one.label
        is_notebook = PurePosixPath(label).suffix.lower() == ".ipynb"
        if label.lower() == "index.html":  # Brightspace's list of what is in its zip
            continue
        if said is None:
            intake.unmatched.append(label)
            intake.problems.append(f"{label}: --pattern does not fit it")
            continue
        student = matcher.find(said)
        student = normalize("NFC", student).strip() if student is not None else None
        if student is None or not usable(student):
            intake.unmatched.append(label)
            why = "on the roster, or several" if matcher.roster is not None else "that a folder can have"
            intake.problems.append(f"{label}: no student of that name {why}")
            continue
        # The times of an LMS's names have no zone, so they order files and make nobody late; a given pattern's do.
        one.said, one.timestamp = said, (said.when or None) if pattern else None
        if one.timestamp:
            _say_zone(student, one.timestamp, intake)
        one.newness = (said.when, said.upload, *one.newness)
        if is_notebook:
            owned[student].append(one)
        else:
            others[student].append(PurePosixPath(label).name)
    by_fold: dict[str, str] = {}
    for student, found in owned.items():
        numbers = {one.said.number for one in found if one.said.number}
        if len(numbers) > 1:
            intake.unmatched += [one.label for one in found]
            intake.problems += [
                f"{one.label}: several persons of that name, with the numbers {', '.join(sorted(numbers))}; "
                "a roster with these numbers tells them apart" for one in found
            ]  # fmt: skip
            others.pop(student, None)
            continue
        by_student[by_fold.setdefault(fold(student), student)] += found


def _which_folder(found: list[Found], claims: list[Claim | None], name: str) -> None:
    """Without a roster the student is the outermost folder in which files differ, or the file where all share one."""
    nested = [
        (one, said) for one, said in zip(found, claims, strict=True) if said and said.others and not said.system
    ]
    paths = [(said.id, *said.others) for _, said in nested]
    while len({path[0] for path in paths}) == 1:
        # one folder around all: of students' folders, or of files named after students
        files = [path for path in paths if len(path) == 2]
        own = any(
            PurePosixPath(one.label).name == name and len(p) == 2 for (one, _), p in zip(nested, paths, strict=True)
        )
        if own or (len(files) < len(paths) and (files or len({path[1] for path in paths}) == 1)):
            break
        paths = [path[1:] for path in paths]
        if files:
            break
    for (_, said), path in zip(nested, paths, strict=True):
        said.id = path[0]


def reconcile(intake: Intake, roster: Roster | None) -> str:
    """What came, against the roster, in words: who is missing or late, what was nobody's, what was no notebook."""
    lines = []
    if roster is not None:
        known = {fold(person.id) for person in roster}
        came = sum(fold(s.student) in known for s in intake.submissions)
        lines.append(f"on the roster: {len(roster)}; with a notebook: {came}")
    kinds = {
        "missing": intake.missing, "late": intake.late, "matched to nobody": intake.unmatched,
        "no notebook": intake.no_notebook,
    }  # fmt: skip
    lines += [f"{kind} ({len(names)}): {', '.join(sorted(names))}" for kind, names in kinds.items() if names]
    return "\n".join(lines) or "everything that was handed in has a student"


def file_away(course: Course, assignment: str, student: str, data: bytes) -> None:
    """Put a notebook that came from elsewhere into the submitted/ tree, where nbgrader's own tools look for it."""
    write_if_changed(course.submitted / student / assignment / course.notebook(assignment).name, data)
