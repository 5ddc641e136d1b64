"""What the end of a test means: a verdict, a score, and words that say the true reason."""

import re
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np

from autograder.hearing import clean, constant_messages, redacted
from autograder.notebooks import Cell, hidden_lines
from autograder.protocol import CannotCross
from autograder.proxies import Handle, Lost, WorkerLost

MAX_MESSAGE = 4_000
LOST = {
    "time-out": "The time for this was used up: is there a loop that does not end?",
    "crash": "The Python that ran the notebook ended.",
    "memory": "The notebook used more memory than it may.",
    "tampering": "The notebook interfered with the grading. A human will look at it.",
}
_FRAME = re.compile(r"^  in (\S+), line (\d{1,5}) of the notebook$", re.MULTILINE)


class TestTimeout(BaseException):
    """A test cell used up its time."""


class Exercise(NamedTuple):
    """What the doctor can say of one function of an assignment."""

    examine: Callable
    forbidden: Callable


def exercises(assignment: str) -> dict[str, Exercise]:
    """The exercises of an assignment by name; none where the doctor knows no such assignment."""
    try:
        from mlpkit.doctor import EXERCISES, examine, forbidden
    except ImportError:
        return {}
    names = EXERCISES.get(assignment, ())
    return {
        name: Exercise(partial(examine, assignment, name), partial(forbidden, assignment, name)) for name in names
    }


class Student:
    """What is known of a student's cells when a test fails."""

    def __init__(self, names: set[str], lacks_solutions: bool) -> None:
        self.names, self.lacks_solutions = names, lacks_solutions
        self.lost: dict[str, str] = {}  # names of the cells in which the worker was lost, and why it was
        self.stopped: dict[str, str] = {}  # names of the cells that stopped, and in what words
        self.unwritten: set[str] = set()  # what the untouched solution cells would bind

    def saw(self, names: frozenset[str], outputs: list[dict]) -> None:
        """Note how a cell that should bind `names` ended."""
        error = next((item for item in outputs if item["output_type"] == "error"), None)
        for name in names:
            self.stopped.pop(name, None)
            if error is not None:
                trace = "\n".join(error["traceback"])
                line = re.search(r"in <module>, line (\d+)|(?m:^  line (\d+)$)", trace)
                where = f" at line {line[1] or line[2]}" if line else ""
                words = f"its cell stopped{where}: {error['ename']}: {error['evalue']}"
                self.stopped[name] = words if error["ename"] != "NotImplementedError" else ""

    def why_missing(self, name: str) -> dict | None:
        """The verdict on a test that asked for a name that is not there; None where no student should bind it."""
        zero = {"score": 0.0}
        if name in self.lost:
            why = self.lost[name]
            return {**zero, "verdict": why, "messages": [f"The cell of {name}: {LOST[why]}"]}
        if words := self.stopped.get(name):
            return {**zero, "verdict": "wrong", "messages": [f"{name} is not defined: {words}"[:MAX_MESSAGE]]}
        if name in self.names or self.lacks_solutions:
            untouched = name in self.unwritten or name in self.stopped or name not in self.names
            words = f"{name} is not defined."
            if not untouched:
                return {**zero, "verdict": "wrong", "messages": [f"{words} No cell of the notebook defines it."]}
            return {**zero, "verdict": "not attempted", "messages": [words]}
        return None


def judge(error: BaseException, cell: Cell, student: Student) -> dict:
    """What an exception that ended a test means: a verdict, a score (None: not graded), words for the student."""
    zero, fault = {"score": 0.0}, {"score": None, "verdict": "not graded"}
    if isinstance(error, WorkerLost):
        return {**zero, "verdict": error.why, "messages": [LOST[error.why]]}
    if isinstance(error, TestTimeout):
        return {**zero, "verdict": "time-out", "messages": [LOST["time-out"]]}
    if isinstance(error, Lost):
        return {**fault, "messages": ["An earlier question ended the worker that held an object of this one."]}
    theirs = getattr(error, "student_traceback", None)
    missing = getattr(error, "missing", None)
    if missing is not None:
        known = student.why_missing(missing)
        return known or {**fault, "messages": [f"The test names {missing}, which nothing defines."]}
    if isinstance(error, NotImplementedError):
        return {**zero, **_unwritten(theirs, student)}
    if theirs is None and isinstance(error, ImportError | SyntaxError | CannotCross | MemoryError | OSError):
        return {
            **fault,
            "messages": [f"The test itself failed: {type(error).__name__}: {message_of(error)}"[:MAX_MESSAGE]],
        }
    return {**zero, "verdict": "wrong", "messages": [words(error, cell, theirs, student)]}


def _unwritten(theirs: str | None, student: Student) -> dict:
    frames = _FRAME.findall(theirs or "")
    name = frames[-1][0] if frames else ""
    if not name or name in student.unwritten or name not in student.names:
        return {
            "verdict": "not attempted",
            "messages": [f"Not attempted: {name or 'the answer'} is not written yet."],
        }
    return {"verdict": "wrong", "messages": [f"raise NotImplementedError() still stands in {name}."]}


def words(error: BaseException, cell: Cell, theirs: str | None, student: Student) -> str:
    """What a student reads about a failed test; of a hidden one not a line, and no number."""
    text, kind = message_of(error).strip(), type(error).__name__
    line = line_of(error, cell)
    hidden = line is not None and hidden_lines(cell.source)[line - 1]
    if theirs is not None and not isinstance(error, AssertionError):
        return _their_words(error, theirs, hidden, student)[:MAX_MESSAGE]
    if isinstance(error, AssertionError) and text and not hidden:
        return text[:MAX_MESSAGE]
    if isinstance(error, AssertionError) and text and "Mismatched elements" not in text:  # these words show arrays
        return (text if text in constant_messages(cell) else redacted(text))[:MAX_MESSAGE]
    if hidden or line is None:
        said = "" if isinstance(error, AssertionError) else f" ({kind})"
        return f"A check that is not shown failed{said}." + (f"\n{redacted(text)}" if kind == "TypeError" else "")
    shown = cell.source.split("\n")[line - 1].strip()
    return f"This line failed: {shown}\n{kind}{': ' if text else ''}{text}"[:MAX_MESSAGE]


def _their_words(error: BaseException, theirs: str, hidden: bool, student: Student) -> str:
    name = re.match(r"name '(\w+)' is not defined", message_of(error)) if isinstance(error, NameError) else None
    stopped = student.stopped.get(name[1]) if name else None
    because = f"\n{name[1]}: {stopped}" if stopped else ""
    if not hidden:
        return f"Your code raised an exception:\n{clean(theirs)}{because}"
    steps = [f"  in {where}, line {line} of the notebook" for where, line in _FRAME.findall(clean(theirs))[-5:]]
    said = redacted(message_of(error))[:300]
    return "\n".join(["In a check that is not shown, your code raised an exception:", *steps,
                      f"{type(error).__name__}: {said}"]) + because  # fmt: skip


def message_of(error: BaseException) -> str:
    """An exception's message, whatever it takes to make one: a number of too many digits cannot be written."""
    try:
        return clean(str(error))[: 10 * MAX_MESSAGE]
    except Exception as second:
        return f"(a message that cannot be shown: {type(second).__name__})"


def line_of(error: BaseException, cell: Cell) -> int | None:
    """The line of the test cell's own code, as deep in the traceback as it occurs."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<cell {cell.id}>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line if line is not None and line <= len(cell.source.split("\n")) else None


def score(value: object, points: float) -> dict:
    """The score of a test that ran to its end: all points, or the number that it ended in."""
    number = isinstance(value, Real | np.number) and not isinstance(value, bool | np.bool_ | Handle)
    if not number:
        return {"score": points, "verdict": "right"}
    if not 0 <= value <= points:
        return {"messages": [f"The test ended in {value}, which is no score between 0 and {points:g}."]}
    return {"score": float(value), "verdict": "right" if value == points else "partial"}
