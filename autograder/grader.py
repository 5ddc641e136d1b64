"""Grades one submission: the student's cells run in a worker, the tests run here.

`grade` is a function of bytes: the source, the submission, the limits. It runs in a process of its own, forked for
this one submission, so nothing that a test does to NumPy's state or to a module outlives it.
"""

import ast
import builtins
import contextlib
import hashlib
import io
import random
import re
import signal
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from numbers import Real
from typing import NamedTuple

import numpy as np

from autograder import static
from autograder.notebooks import (
    Cell,
    Source,
    Step,
    Unreadable,
    bound_names,
    hidden_lines,
    read_submission,
    rebuild,
    used_names,
)
from autograder.protocol import CannotCross
from autograder.proxies import Connection, Handle, Lost, WorkerLost
from autograder.sandbox import Limits, NoSandbox, Template, Worker

# Without one of these in a text no package is imported and no complex number is made by it.
_SUSPICIOUS = re.compile(r"import|imag|complex|cdouble|csingle|[0-9.][jJ]\b")
ENGINE = "1"  # part of every result's key: raise it when grading changes
MAX_MESSAGE = 4_000


class TestTimeout(BaseException):
    """A test cell used up its time."""


class GraderFault(Exception):
    """Something that is no student's fault: the question is not graded."""


class Namespace(dict):
    """The globals of the test cells. A name that the instructor's cells bind is the instructor's, bound or not; one
    that the solution cells bind, or that nobody knows, is asked for in the worker each time it is read."""

    def __init__(self, ask: object) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=lambda: _Magics())
        self.ask, self.owner = ask, {}

    def __missing__(self, name: str) -> object:
        owner = self.owner.get(name)
        if owner == "instructor" or (owner is None and hasattr(builtins, name)):
            raise KeyError(name)
        return self.ask(name)


class _Magics:
    """What a trusted cell's magics do in the grader, which has no IPython: nothing."""

    def run_line_magic(self, *args: object, **kwargs: object) -> None:
        pass

    def run_cell_magic(self, *args: object, **kwargs: object) -> None:
        pass


class Run:
    """One submission being graded."""

    def __init__(
        self, source: Source, files: dict[str, bytes], template: Template, limits: Limits, seed: int
    ) -> None:
        self.source, self.files, self.template, self.limits, self.seed = source, files, template, limits, seed
        self.deadline = time.monotonic() + limits.notebook_seconds
        self.worker: Worker | None = None
        self.connection: Connection | None = None
        self.done: list[str] = []  # the cells that ran, to be run again in a new worker
        self.texts: list[str] = []  # what the student wrote
        self.forks = 0
        self.findings: list[str] = []
        self.exercises: dict[str, Exercise] = {}  # what the doctor can examine
        self.reports: dict[str, tuple[list[str], str]] = {}
        self.namespace = Namespace(self.ask)
        self.needed, self.prepared = source.needed(), 0
        self.student_names = source.student_names()
        self.lost: dict[str, str] = {}  # names of the cells in which the worker was lost, and why it was

    def close(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker = None

    def ask(self, name: str) -> object:
        return self.connect().name(name)

    def connect(self) -> Connection:
        """The connection to a living worker, if need be a new one in which the student's cells ran again."""
        if self.connection is not None and self.connection.alive:
            return self.connection
        self.close()
        if self.forks > self.limits.replays or time.monotonic() >= self.deadline:
            raise WorkerLost("time-out", "the time for running this notebook again is used up")
        self.forks += 1
        self.worker = self.template.fork(self.seed)
        self.connection = Connection(self.worker.sock, self.limits.call_seconds, self.watch)
        self.connection.deadline = self.deadline
        for name, data in self.files.items():
            self.connection.put_file(name, data)
        for source in list(self.done):
            try:
                self.connection.run_cell(source, self.limits.cell_seconds)
            except WorkerLost:
                self.done.remove(source)  # it ran once and does not now: the others go on without it
                return self.connect()
        return self.connection

    def watch(self) -> None:
        if self.worker is not None and self.worker.over_memory():
            raise WorkerLost("memory", f"more than {self.limits.memory // 2**20} MB")

    def run_student_cell(self, source: str, cell: Cell | None) -> list[dict]:
        if cell is None or cell.students:
            self.texts.append(source)
        try:
            outputs = self.connect().run_cell(source, self.limits.cell_seconds)
        except WorkerLost as lost:
            self.findings.append(f"{f'cell {cell.id}' if cell else 'a cell of their own'}: {lost}")
            names = bound_names(source) | (bound_names(cell.source) if cell else frozenset())
            self.lost.update(dict.fromkeys(names, lost.why))
            return [_error_output(_LOST[lost.why], lost.detail)]
        self.done.append(source)
        return clean_outputs(outputs)

    def prepare(self, index: int) -> None:
        """Run those of the instructor's cells before cell `index` that the tests need."""
        while self.prepared < index:
            cell = self.source.cells[self.prepared]
            if cell.kind == "code" and cell.students:
                for name in bound_names(cell.source):
                    self.namespace.pop(name, None)
                    self.namespace.owner[name] = "student"
            elif cell.kind == "code":
                self.namespace.owner.update(dict.fromkeys(bound_names(cell.source), "instructor"))
                if self.prepared in self.needed:
                    with contextlib.suppress(Exception, WorkerLost), self.captured():
                        _execute(cell, self.namespace)
            self.prepared += 1

    @contextlib.contextmanager
    def captured(self) -> Iterator[tuple[io.StringIO, io.StringIO]]:
        """Keep what is printed, keep the time, put the warning filters and NumPy's error state back at the end."""

        def stop(*_: object) -> None:
            raise TestTimeout

        out, err = io.StringIO(), io.StringIO()
        previous = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(
            signal.ITIMER_REAL, max(min(self.limits.cell_seconds, self.deadline - time.monotonic()), 0.01)
        )
        try:
            printed = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
            with printed[0], printed[1], np.errstate(), warnings.catch_warnings():
                if self.connection is not None:
                    self.connection.begin_test()
                yield out, err
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    def run_test(self, cell: Cell, index: int) -> dict:
        """Run one test and judge it. Nothing but reaching its end gives points."""
        question = {"id": cell.id, "points": cell.points, "score": None, "verdict": "not graded", "messages": []}
        start = time.monotonic()
        try:
            self.connect()
            self.prepare(index)
            with self.captured() as (out, err):
                try:
                    value = _execute(cell, self.namespace)
                finally:
                    question["stdout"] = _clean(out.getvalue() + self.connection.stdout)[:20_000]
                    printed = _clean(err.getvalue() + self.connection.stderr)[:5_000]
            question.update(_score(value, cell.points))
            question.update(self.forbidden(cell))
            if printed.strip():
                question.update(
                    score=0.0, verdict="wrong", messages=[f"The check ran, but with a warning:\n{printed.strip()}"]
                )
        except (NoSandbox, OSError) as error:
            raise GraderFault(f"the worker could not be started: {error}") from error
        except (Exception, SystemExit, KeyboardInterrupt, WorkerLost, Lost, TestTimeout, GeneratorExit) as error:
            question.update(self.judge(error, cell))
            if question["verdict"] in ("tampering", "memory"):
                self.findings.append(f"{cell.id}: {error}")
        question["seconds"] = round(time.monotonic() - start, 3)
        return question

    def judge(self, error: BaseException, cell: Cell) -> dict:
        """What an exception that ended a test means: a verdict, a score (None: not graded), words for the student."""
        zero = {"score": 0.0}
        if isinstance(error, WorkerLost):
            return {**zero, "verdict": error.why, "messages": [_LOST[error.why]]}
        if isinstance(error, TestTimeout):
            return {**zero, "verdict": "time-out", "messages": [_LOST["time-out"]]}
        fault = {"score": None, "verdict": "not graded"}
        if isinstance(error, Lost):
            return {**fault, "messages": ["An earlier question ended the worker that held an object of this one."]}
        theirs = getattr(error, "student_traceback", None)
        missing = getattr(error, "missing", None)
        if missing in self.lost:
            why = self.lost[missing]
            return {**zero, "verdict": why, "messages": [f"The cell of {missing}: {_LOST[why]}"]}
        if missing in self.student_names:
            return {**zero, "verdict": "not attempted", "messages": [f"{missing} is not defined."]}
        if missing is not None:
            return {**fault, "messages": [f"The test names {missing}, which nothing defines."]}
        if isinstance(error, NotImplementedError):
            return {**zero, "verdict": "not attempted", "messages": ["Not attempted: the answer is still missing."]}
        if theirs is None and isinstance(error, ImportError | SyntaxError | CannotCross | MemoryError | GraderFault):
            return {**fault, "messages": [f"The test itself failed: {type(error).__name__}: {error}"[:MAX_MESSAGE]]}
        causes, words = self.examine(cell)
        messages = list(dict.fromkeys([self.words(error, cell, theirs), *words]))
        return {**zero, "verdict": "wrong", "messages": messages, "causes": causes}

    def forbidden(self, cell: Cell) -> dict:
        """A verdict on answers that are right by means that are not allowed: other packages, a complex step."""
        if not any(map(_SUSPICIOUS.search, self.texts)):
            return {}
        for name in sorted(used_names(cell.source) & self.student_names & self.exercises.keys()):
            report = self.exercises[name].forbidden(self.ask(name))
            if report is not None:
                words = _clean(report.message)[:MAX_MESSAGE]
                return {"score": 0.0, "verdict": "wrong", "messages": [words], "causes": list(report.causes)}
        return {}

    def examine(self, cell: Cell) -> tuple[list[str], list[str]]:
        """The causes by name, and the doctor's words, for the functions that a failed test names."""
        causes, words = [], []
        if self.limits.until_lost:  # nobody reads why
            return causes, words
        for name in sorted(used_names(cell.source) & self.student_names & self.exercises.keys()):
            if name not in self.reports:
                self.reports[name] = [], ""
                with contextlib.suppress(Exception, WorkerLost, Lost, TestTimeout), self.captured():
                    report = self.exercises[name].examine(self.ask(name))
                    if report.attempted and not report.passed:
                        self.reports[name] = list(report.causes), _clean(report.hint)[:MAX_MESSAGE]
            causes += self.reports[name][0]
            words += filter(None, [self.reports[name][1]])
        return causes, words

    def words(self, error: BaseException, cell: Cell, theirs: str | None) -> str:
        """What a student reads about a failed test; of a hidden test not a line."""
        text = _clean(str(error)).strip()
        if theirs is not None and not isinstance(error, AssertionError):
            return f"Your code raised an exception:\n{_clean(theirs)}"[:MAX_MESSAGE]
        line = _line_of(error, cell)
        hidden = line is not None and hidden_lines(cell.source)[line - 1]
        numpys = "Mismatched elements" in text  # its words show the arrays of the test
        if isinstance(error, AssertionError) and text and not (hidden and numpys):
            return text[:MAX_MESSAGE]
        if hidden or line is None:
            kind = "" if isinstance(error, AssertionError) else f" ({type(error).__name__})"
            return f"A check that is not shown failed{kind}." + (f"\n{text}" if isinstance(error, TypeError) else "")
        shown = cell.source.split("\n")[line - 1].strip()
        return f"This line failed: {shown}\n{type(error).__name__}{': ' if text else ''}{text}"[:MAX_MESSAGE]


_LOST = {
    "time-out": "The time for this was used up: is there a loop that does not end?",
    "crash": "The Python that ran the notebook ended.",
    "memory": "The notebook used more memory than it may.",
    "tampering": "The notebook interfered with the grading. A human will look at it.",
}


def _execute(cell: Cell, namespace: Namespace) -> object:
    """Run a trusted cell; the value of its last line if that is an expression without a semicolon behind it."""
    body, last = compiled(cell.source, f"<cell {cell.id}>")
    exec(body, namespace)
    return None if last is None else eval(last, namespace)


@lru_cache(1000)
def compiled(text: str, name: str) -> tuple[types.CodeType, types.CodeType | None]:
    """A trusted cell's code, and that of the expression it ends in, if its value is shown."""
    if re.search(r"(?m)^\s*[%!]", text):
        from IPython.core.inputtransformer2 import TransformerManager

        text = TransformerManager().transform_cell(text)
    tree = ast.parse(text, name)
    shown = tree.body and isinstance(tree.body[-1], ast.Expr) and not text.rstrip().endswith(";")
    last = compile(ast.Expression(tree.body.pop().value), name, "eval") if shown else None
    return compile(tree, name, "exec"), last


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


def show_the_doctor(run: Run) -> None:
    """Let the doctor, which reads a function's code, see through a handle to the student's text.

    It is asked once for each function, after the test (see `examine`), so within a test it has nothing to add.
    """
    doctor = sys.modules.get("mlpkit.doctor.source")
    if doctor is None:
        return
    codes = doctor._codes

    def through(function: object) -> object:
        if isinstance(function, Handle):
            function = static.functions(run.done).get(function._name, function)
        return codes(function)

    doctor._codes = through
    sys.modules["mlpkit.doctor"].explains = lambda *args, **functions: contextlib.nullcontext()


def warm_up(source: Source, assignment: str) -> None:
    """Load, compile and analyse what is the same for every submission."""
    exercises(assignment)
    source.needed()
    for cell in source.cells:
        if cell.kind == "code" and not cell.students:
            with contextlib.suppress(SyntaxError):
                compiled(cell.source, f"<cell {cell.id}>")


def _score(value: object, points: float) -> dict:
    """The score of a test that ran to its end: all points, or the number that it ended in."""
    number = isinstance(value, Real | np.number) and not isinstance(value, bool | np.bool_ | Handle)
    if not number:
        return {"score": points, "verdict": "right"}
    if not 0 <= value <= points:
        return {"messages": [f"The test ended in {value}, which is no score between 0 and {points:g}."]}
    return {"score": float(value), "verdict": "right" if value == points else "partial"}


def _line_of(error: BaseException, cell: Cell) -> int | None:
    """The line of the test cell's own code, as deep in the traceback as it occurs."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<cell {cell.id}>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line if line is not None and line <= len(cell.source.split("\n")) else None


def _clean(text: str) -> str:
    """Text that any file can hold: no lone surrogates, no terminal colours, no control characters."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text.encode("utf-8", "replace").decode())
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)


def _error_output(message: str, detail: str = "") -> dict:
    return {"output_type": "error", "ename": "NotRun", "evalue": detail, "traceback": [message]}


def clean_outputs(outputs: object) -> list[dict]:
    """What the worker says a cell has shown, believed only as far as it is a harmless nbformat output."""
    cleaned = []
    for item in outputs if isinstance(outputs, list) else []:
        if not isinstance(item, dict) or len(cleaned) >= 100:
            continue
        kind = item.get("output_type")
        if kind == "stream" and isinstance(item.get("text"), str):
            name = "stderr" if item.get("name") == "stderr" else "stdout"
            cleaned.append({"output_type": "stream", "name": name, "text": _clean(item["text"])[:120_000]})
        elif kind in ("execute_result", "display_data") and isinstance(item.get("data"), dict):
            data = {}
            for mime, value in item["data"].items():
                if mime == "text/plain" and isinstance(value, str):
                    data[mime] = _clean(value)[:120_000]
                elif mime in ("image/png", "image/jpeg") and _is_base64(value):
                    data[mime] = value
            count = {"execution_count": None} if kind == "execute_result" else {}
            cleaned.append({"output_type": kind, "data": data, "metadata": {}, **count})
        elif kind == "error":
            lines = item.get("traceback") if isinstance(item.get("traceback"), list) else []
            fields = {k: _clean(str(item.get(k, "")))[:5_000] for k in ("ename", "evalue")}
            lines = [_clean(str(line))[:3_000] for line in lines[:100]]
            cleaned.append({"output_type": "error", **fields, "traceback": lines})
    return cleaned


def _is_base64(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 3_000_000 and bool(re.fullmatch(r"[A-Za-z0-9+/=\s]*", value))


def grade(
    source: Source, files: dict[str, bytes], data: bytes, template: Template, limits: Limits, assignment: str = ""
) -> dict:
    """Grade a submission. Returns its questions with scores and verdicts, its cells with outputs, and findings.

    The worker and everything that it started are dead when this returns. Raises GraderFault or NoSandbox if the
    machine and not the submission is at fault.
    """
    start = time.monotonic()
    digest = hashlib.sha256(data).hexdigest()
    result = {"engine": ENGINE, "source": source.hash, "submission": digest, "status": "graded"}
    seed = int(digest[:8], 16)
    np.random.seed(seed)  # noqa: NPY002 - a test may use it
    random.seed(seed)
    try:
        steps, findings = rebuild(source, read_submission(data))
    except Unreadable as error:
        questions = [_ungraded(cell, f"The file could not be read: {error}") for cell in source.graded]
        steps = [Step(cell, cell.kind, cell.released if cell.students else cell.source) for cell in source.cells]
        cells = [_notebook_cell(step, []) for step in steps]
        result |= {"status": "unreadable", "unanswered": [], "findings": [str(error)]}
        return {**result, "questions": questions, "cells": cells}
    run = Run(source, files, template, limits, seed)
    run.exercises = exercises(assignment)
    show_the_doctor(run)
    questions, cells = [], []
    # What comes after the last question decides nothing and need not run: what was handed in is shown.
    last = max(
        (i for i, s in enumerate(steps) if s.cell is not None and s.kind == "code" and s.cell.points), default=-1
    )
    try:
        for number, step in enumerate(steps):
            outputs: list[dict] = []
            cell = step.cell
            if cell is not None and cell.role == "test":
                question = run.run_test(cell, source.cells.index(cell))
                questions.append(question)
                outputs = _test_outputs(question)
                if limits.until_lost and question["verdict"] != "right":
                    break
            elif step.kind == "code" and number > last and not limits.run_all:
                outputs = clean_outputs(step.outputs)
            elif step.kind == "code" and step.text.strip():
                outputs = run.run_student_cell(step.text, cell)
            if cell is not None and cell.role in ("manual", "task"):
                answered = cell.role == "task" or step.text != cell.released
                verdict, score = ("manual", None) if answered else ("not attempted", 0.0)
                words = [] if answered else ["No response."]
                questions.append(
                    {"id": cell.id, "points": cell.points, "score": score, "verdict": verdict, "messages": words}
                )
            cells.append(_notebook_cell(step, outputs))
    finally:
        run.close()
    seconds = round(time.monotonic() - start, 3)
    findings = list(dict.fromkeys(findings + run.findings))
    unanswered = [s.cell.id for s in steps if s.cell is not None and s.cell.students and s.text == s.cell.released]
    result |= {"unanswered": unanswered, "findings": findings, "seconds": seconds}
    return {**result, "questions": questions, "cells": cells}


def _ungraded(cell: Cell, message: str) -> dict:
    return {"id": cell.id, "points": cell.points, "score": None, "verdict": "not graded", "messages": [message]}


def _manual(cell: Cell, answered: bool) -> dict:
    question = {"id": cell.id, "points": cell.points, "score": None, "verdict": "manual", "messages": []}
    return (
        question if answered else {**question, "score": 0.0, "verdict": "not attempted", "messages": ["No response."]}
    )


def _test_outputs(question: dict) -> list[dict]:
    outputs = []
    if question.get("stdout"):
        outputs.append({"output_type": "stream", "name": "stdout", "text": question["stdout"]})
    if question["verdict"] not in ("right", "partial"):
        lines = "\n".join(question["messages"]).split("\n")
        outputs.append({"output_type": "error", "ename": question["verdict"], "evalue": lines[0], "traceback": lines})
    elif question["verdict"] == "partial":
        data = {"text/plain": repr(question["score"])}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    return outputs


def _notebook_cell(step: Step, outputs: list[dict]) -> dict:
    metadata = {"nbgrader": step.cell.metadata} if step.cell is not None and step.cell.metadata else {}
    cell = {"cell_type": step.kind, "metadata": metadata, "source": step.text}
    if step.kind == "code":
        cell |= {"execution_count": None, "outputs": outputs}
    return cell
