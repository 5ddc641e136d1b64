"""Whose file it is: what a file's name says, and the one student of the roster whom that can mean, or nobody."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from autograder.course import CourseError
from autograder.rosters import Person, fold, usable

CANVAS = re.compile(r"(?P<name>[^_/]+)(?P<late>_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)")
MOODLE = re.compile(r"(?P<name>[^_/]+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>.*)", re.DOTALL)
BLACKBOARD = re.compile(
    r"(?P<assignment>.+)_(?P<id>[^_/]+|[^/]+?)_attempt_(?P<when>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|\.txt)"
)
BRIGHTSPACE = re.compile(
    r"\d+-\d+ ?- ?(?P<name>[^/]+?) ?- ?"
    r"(?P<when>[^\W\d_]{3,9}\.? \d{1,2},? \d{4} \d{1,2}:?\d\d ?(?:[AP]M)?)"
    r"(?: ?- ?(?P<flat>[^/]+)|/(?P<file>.+))"
)
CLASSROOM = re.compile(r"(?P<name>[^/]+?) - (?P<file>[^/]+)")
VERSION = re.compile(r"(?:-|-Copy| \(|_v|\()(\d+)\)?$")
GROUPS = ("student_id", "name", "number", "timestamp")


@dataclass
class Claim:
    """What a file's name says of its owner: an id, or a person's name, and perhaps a number of the LMS."""

    id: str = ""
    name: str = ""
    system: str = ""
    number: str = ""
    when: str = ""  # as "2026-03-01 12:00:00"
    upload: int = 0
    late: bool = False
    guess: bool = False  # a name that may as well be an id
    others: tuple[
        str, ...
    ] = ()  # further folders above the file, and its own name: a roster tells which is the student


def compile_pattern(pattern: str | None) -> re.Pattern | None:
    """`--pattern` as a regular expression. CourseError if it is none, or has no group that names a student."""
    if pattern is None:
        return None
    try:
        made = re.compile(pattern)
    except re.error as error:
        raise CourseError(f"--pattern is no regular expression: {error}") from None
    if not {"student_id", "name", "number"} & set(made.groupindex):
        raise CourseError(f"--pattern needs a named group, one of {', '.join(GROUPS[:3])}: (?P<student_id>[^_]+)_.*")
    return made


def claim(path: str, assignment: str, pattern: re.Pattern | None = None) -> Claim | None:
    """What `path` in a folder or zip says; None if a given pattern does not fit."""
    path = unicodedata.normalize("NFC", path)
    parts = PurePosixPath(path).parts
    if pattern is not None:
        match = pattern.fullmatch(path) or pattern.fullmatch(parts[-1])
        if match is None:
            return None
        said = {key: (match[key] or "").strip() for key in pattern.groupindex if key in GROUPS}
        return Claim(said.get("student_id", ""), said.get("name", ""), "canvas" if "number" in said else "",
                     said.get("number", ""), said.get("timestamp", ""))  # fmt: skip
    # An LMS's sign stands in a file's own name or in the folder's; a zip unpacked by hand has one more folder around.
    tails = ["/".join(parts[i:]) for i in range(len(parts))]
    for tail in tails:
        if match := MOODLE.fullmatch(tail):
            return Claim(name=match["name"], system="moodle", number=match["id"])
        if match := BRIGHTSPACE.fullmatch(tail):
            return Claim(name=match["name"], system="brightspace", when=_time(match["when"]))
    for tail in tails:
        if match := BLACKBOARD.fullmatch(tail):
            # "Lab_1_ada_l_attempt_...": titles and user names may hold the sign that separates, so a roster tells
            words = [match["assignment"], *match["id"].split("_")]
            words = [*words[0].split("_"), *words[1:]]
            ends = tuple("_".join(words[i:]) for i in range(1, len(words)))
            return Claim(id=words[-1], system="blackboard", when=_time(match["when"]), others=ends)
    if match := CANVAS.fullmatch(parts[-1]):
        return Claim(name=match["name"], system="canvas", number=match["id"], upload=int(match["upload"]),
                     late=bool(match["late"]))  # fmt: skip
    stem = PurePosixPath(parts[-1]).stem if "." in parts[-1].lstrip(".") else parts[-1]
    if len(parts) > 1:  # a folder for each student, or of all of them
        folders = [p for p in parts[:-1] if fold(p) != fold(assignment)] or list(parts[:-1])
        return Claim(id=folders[0], guess=True, others=(*folders[1:], stem))
    return Claim(id=stem, guess=True)


def _time(text: str) -> str:
    from dateutil import parser

    if re.fullmatch(r"\d{4}(-\d\d){5}", text):
        text = f"{text[:10]} {text[11:].replace('-', ':')}"
    text = re.sub(r" (\d{1,2})(\d\d) ?([AP]M)?$", r" \1:\2 \3", text)
    try:
        return parser.parse(text, default=datetime(2000, 1, 1)).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return ""


def squash(name: str) -> str:
    """A name as an LMS writes it into a file's name: no spaces and signs, small letters of any script."""
    return "".join(c for c in fold(name) if unicodedata.category(c)[0] in "LMN")


def plain(name: str) -> str:
    """The same without accents."""
    kept = (c for c in unicodedata.normalize("NFKD", squash(name)) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(kept))


class Matcher:
    """From what a file's name claims to a student's id. Without a roster the name is the id."""

    def __init__(self, roster: list[Person] | None, assignment: str = "") -> None:
        self.roster, self.assignment = roster, assignment
        self.ids: dict[str, set[str]] = defaultdict(set)
        self.logins: dict[str, set[str]] = defaultdict(set)
        self.names: dict[str, set[str]] = defaultdict(set)
        self.plain: dict[str, set[str]] = defaultdict(set)
        self.numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.has: set[tuple[str, str]] = set()
        self.systems = {s for p in roster or () for s in ("canvas", "moodle") if getattr(p, s)}
        for person in roster or ():
            self.ids[fold(person.id)].add(person.id)
            for login in (person.email, person.email.partition("@")[0], person.github, *person.logins):
                if login:
                    self.logins[fold(login)].add(person.id)
            for name in _orders(person):
                self.names[squash(name)].add(person.id)
                self.plain[plain(name)].add(person.id)
            for system in ("canvas", "moodle"):
                if getattr(person, system):
                    self.numbers[system, getattr(person, system)].add(person.id)
                    self.has.add((system, person.id))

    def find(self, said: Claim) -> str | None:
        """The one student who is meant; None where it is nobody's or could be several persons'."""
        if self.roster is None:
            return self._as_said(said)
        if said.number:
            system = said.system
            ids = self.numbers.get((system, said.number), set())
            if not ids and not said.name:
                ids = self.ids.get(fold(said.number), set()) | self.numbers.get(("moodle", said.number), set())
            if ids or not said.name:
                return _only(ids)
            # A number that the roster does not know is somebody else's than all whose number it knows.
            found = self._by_name(said.name)
            return None if found is None or (system, found) in self.has else found
        if said.others and said.system:
            return _only({found for text in said.others if (found := self._by_id(text))})
        if said.others:
            tries = (self._by_id(text) or self._by_guess(text) for text in (said.id, *said.others))
            return _only({found for found in tries if found})
        if said.id:
            found = self._by_id(said.id)
            if found is None and said.guess:
                found = self._by_guess(said.id)
            return found
        return self._by_name(said.name)

    def _as_said(self, said: Claim) -> str:
        if said.id:
            match = CLASSROOM.fullmatch(said.id) if said.guess else None
            return match["name"].strip() if match else said.id
        return (squash(said.name) if said.system == "canvas" else said.name) or said.number

    def _by_id(self, text: str) -> str | None:
        exact = {id for id in self.ids.get(fold(text), ()) if id == text}
        return _only(exact or self.ids.get(fold(text), set()) or self.logins.get(fold(text), set()))

    def _by_name(self, name: str) -> str | None:
        return _only(self.names.get(squash(name), set()) or self.plain.get(plain(name), set()))

    def _by_guess(self, text: str) -> str | None:
        if fold(text) in self.ids or fold(text) in self.logins:
            return None  # it names several
        tries = [text]
        if match := CLASSROOM.fullmatch(text):  # "Ada Lovelace - assignment (1)", as Google Classroom has it
            tries.append(match["name"])
            tries.append(text.rpartition(" - ")[2])
        for sign in ("-", "_"):  # "small-ada", as GitHub Classroom has it
            start = fold(self.assignment) + sign
            if self.assignment and fold(text).startswith(start):
                tries.append(unicodedata.normalize("NFC", text)[len(start) :])
        found = {id for each in tries if (id := self._by_id(each) or self._by_name(each))}
        return _only(found)


def _orders(person: Person) -> set[str]:
    both = {f"{person.first_name} {person.last_name}", f"{person.last_name} {person.first_name}", person.name}
    return {name for name in both if person.first_name and person.last_name and squash(name)} | (
        {person.name} if squash(person.name) else set()
    )


def _only(ids: set[str]) -> str | None:
    return next(iter(ids)) if len(ids) == 1 else None


__all__ = ["Claim", "Matcher", "claim", "compile_pattern", "fold", "squash", "usable"]
