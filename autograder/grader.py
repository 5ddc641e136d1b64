"""Grades one submission: the student's cells run in a worker, the tests run here.

`grade` is a function of bytes: the source, the submission, the limits. It runs in a process of its own, forked for
this one submission, so nothing that a test does to NumPy's state or to a module outlives it.
"""

import ast
import contextlib
import hashlib
import importlib
import random
import re
import signal
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

import numpy as np

from autograder import static
from autograder.hearing import Heard, clean
from autograder.judging import LOST, MAX_MESSAGE, Exercise, Student, TestTimeout, exercises, judge, score
from autograder.looking import look_through, show_own_modules
from autograder.names import bound_names, can_fail, defined_names, module_imports, used_names
from autograder.namespace import Namespace
from autograder.notebooks import Cell, Source
from autograder.protocol import CannotCross
from autograder.proxies import Connection, Handle, Lost, WorkerLost
from autograder.rebuild import Doubt, Step, Unreadable, read_submission, rebuild
from autograder.reference import Questions, reference
from autograder.sandbox import Limits, NoSandbox, Template, Worker
from autograder.shown import clean_outputs, error_output, keep_in_budget, notebook_cell, test_outputs

# Without one of these in a text no package is imported and no complex number is made by it.
_SUSPICIOUS = re.compile(r"import|imag|complex|cdouble|csingle|[0-9.][jJ]\b")
ENGINE = "2"  # part of every result's key: raise it when grading changes


class GraderFault(Exception):
    """Something that is no student's fault: the question is not graded."""


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
        self.namespace = Namespace(self)
        self.needed, self.prepared = source.needed(), 0
        self.student_names = source.student_names()
        self.student = Student(self.student_names, source.lacks_solutions)
        self.questions = Questions(source)
        self.lost_cells: set[int] = set()  # the solution cells that lost points in a test of their own
        self.endless: set[int] = set()  # those of them that took the worker with them

    def close(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker = None

    def ask(self, name: str) -> object:
        return self.connect().name(name)

    def own_modules(self) -> dict[str, str]:
        """The modules of the student's own, with their text, as the worker says."""
        with contextlib.suppress(WorkerLost, Lost):
            found = self.connect().do("own modules", "", [], {})
            if type(found) is dict and all(type(part) is str for pair in found.items() for part in pair):
                return found
        return {}

    def rebind(self, name: str, value: object) -> None:
        """Let the student's functions find `value` under their own name, as a test in the same process would."""
        with contextlib.suppress(CannotCross):  # what cannot be sent they do not see
            self.connect().bind(name, value)

    def unbind(self, name: str) -> None:
        self.connect().unbind(name)

    def connect(self) -> Connection:
        """The connection to a living worker, if need be a new one in which the student's cells ran again."""
        if self.connection is not None and self.connection.alive:
            return self.connection
        self.close()
        if self.forks > self.limits.replays or time.monotonic() >= self.deadline:
            raise WorkerLost("time-out", "the time for running this notebook again is used up")
        self.forks += 1
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # no worker is started and not kept
        try:
            self.worker = self.template.fork(self.seed)
        except OSError as error:
            raise NoSandbox(f"the worker could not be started: {error}") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
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

    def run_student_cell(self, source: str, cell: Cell | None, answered: bool = True) -> list[dict]:
        if cell is None or cell.students:
            self.texts.append(source)
        names = defined_names(source) | (bound_names(cell.source) if cell else frozenset())
        if cell is not None and not answered:
            self.student.unwritten |= bound_names(cell.source)
        try:
            outputs = self.connect().run_cell(source, self.limits.cell_seconds)
        except WorkerLost as lost:
            self.findings.append(f"{f'cell {cell.id}' if cell else 'a cell of their own'}: {lost}")
            self.student.lost.update(dict.fromkeys(names, lost.why))
            return [error_output(LOST[lost.why], lost.detail)]
        self.done.append(source)
        outputs = clean_outputs(outputs)
        self.student.saw(names, outputs)
        return outputs

    def prepare(self, index: int) -> None:
        """Run those of the instructor's cells before cell `index` that the tests need."""
        while self.prepared < index:
            cell = self.source.cells[self.prepared]
            if cell.kind == "code" and cell.students:
                modules = module_imports(cell.source)
                for name in bound_names(cell.source) - modules.keys():
                    self.namespace.pop(name, None)
                    self.namespace.owner[name] = "student"
                for name in modules.keys() - self.namespace.keys():  # a module is nobody's answer
                    with contextlib.suppress(Exception):
                        self.namespace[name] = importlib.import_module(modules[name])
            elif cell.kind == "code":
                self.namespace.take(bound_names(cell.source), by_test=cell.role == "test")
                if self.prepared in self.needed:
                    with contextlib.suppress(Exception, WorkerLost), self.captured():
                        _execute(cell, self.namespace)
            self.prepared += 1

    @contextlib.contextmanager
    def captured(self, cell: Cell | None = None) -> Iterator[Heard]:
        """Keep what is printed, keep the time, put the warning filters and NumPy's error state back at the end."""

        def stop(*_: object) -> None:
            raise TestTimeout

        heard = Heard(cell, lambda: self.connection is not None and self.connection.forwarding)
        previous = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(
            signal.ITIMER_REAL, max(min(self.limits.cell_seconds, self.deadline - time.monotonic()), 0.01)
        )
        try:
            printed = contextlib.redirect_stdout(heard.out), contextlib.redirect_stderr(heard.err)
            with printed[0], printed[1], np.errstate(), warnings.catch_warnings():
                warnings.showwarning = heard.show_warning
                if self.connection is not None:
                    self.connection.begin_test()
                yield heard
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    def run_test(self, cell: Cell, index: int) -> dict:
        """Run one test and judge it; one that is lost is tried again with the reference for what was lost before."""
        question = {"id": cell.id, "points": cell.points, "score": None, "verdict": "not graded", "messages": []}
        if cell.points and not can_fail(cell.source):
            return {**question, "messages": ["Nothing in this test can fail, so it gives nothing: mend the source."]}
        start = time.monotonic()
        instead, about = self.instead(index), self.questions.about[index]
        # A function that never ends is not waited for again where it is known from its own question.
        second = self.try_test(cell, index, instead) if instead and self.lost_cells & self.endless else None
        if second is None or second["score"] != cell.points:
            question.update(self.try_test(cell, index, {}))
        if second is None and instead and _is_lost(question):
            second = self.try_test(cell, index, instead)
        self.endless |= {about} if question["verdict"] in ("time-out", "crash", "memory") else set()
        if second is not None:
            question = self.follow_through(question, second, sorted(instead))
        if _is_lost(question):
            self.bind_rest(cell)
            self.lost_cells |= {about} - {None}
        question["seconds"] = round(time.monotonic() - start, 3)
        return question

    def try_test(self, cell: Cell, index: int, instead: dict[str, Callable]) -> dict:
        """What one run of a test gives, with other functions `instead` of the student's of those names. Nothing but
        reaching its end gives points."""
        heard = None
        try:
            self.connect()
            self.prepare(index)
            with self.captured(cell) as heard:
                for name, function in instead.items():
                    self.connection.bind(name, function)
                    self.namespace.pop(name, None)
                try:
                    value = _execute(cell, self.namespace)
                finally:
                    self.connection.restore_names()
                    self.namespace.forget_students()
            result = {"messages": [], **score(value, cell.points)}
            result.update(self.forbidden(cell))
            if heard.theirs:
                said = "".join(heard.theirs).strip()
                result.update(score=0.0, verdict="wrong", messages=[f"The check ran, but with a warning:\n{said}"])
            if heard.own:
                self.findings.append(f"{cell.id}: the test itself warns: {heard.own[0].strip()[:300]}")
        except NoSandbox as error:
            raise GraderFault(str(error)) from error
        except (Exception, SystemExit, KeyboardInterrupt, WorkerLost, Lost, TestTimeout, GeneratorExit) as error:
            result = judge(error, cell, self.student)
            if result["verdict"] == "wrong" and not getattr(error, "missing", None) and not instead:
                causes, words = self.examine(cell)
                result |= {"messages": list(dict.fromkeys([*result["messages"], *words])), "causes": causes}
            if result["verdict"] in ("tampering", "memory"):
                self.findings.append(f"{cell.id}: {error}")
        return {**result, "stdout": heard.printed if heard is not None else ""}

    def follow_through(self, question: dict, second: dict, names: list[str]) -> dict:
        """The question as it is, or as it is with the reference in the place of earlier functions that lost points.

        The assignment decides which of the two counts; what the second run prints is thrown away.
        """
        score, rule = question["score"], self.source.follow_through
        if second["score"] is None or (rule == "better" and score is not None and second["score"] <= score):
            return question
        said = f"Tried with the reference in the place of your {' and '.join(names)}, and it counts like that."
        words = [said, *second["messages"]]
        return {**question, "causes": [], **second, "stdout": question.get("stdout", ""), "messages": words,
                "with_reference": names}  # fmt: skip

    def instead(self, index: int) -> dict[str, Callable]:
        """The reference of earlier functions that lost points and that a test, or what it tests, leans on."""
        about = self.questions.about[index]
        if not self.lost_cells or self.source.follow_through == "own" or about is None:
            return {}
        if bound_names(self.source.cells[about].source) <= self.student.unwritten:
            return {}
        used = set().union(*(used_names(text) for text in self.texts), set())
        names = self.questions.earlier(index, self.lost_cells, used)
        return {name: self.reference[name] for name in names if name in self.reference}

    @cached_property
    def reference(self) -> dict[str, Callable]:
        with contextlib.suppress(Exception, TestTimeout), self.captured():
            return reference(self.source)
        return {}

    def bind_rest(self, cell: Cell) -> None:
        """Bind what a test that was lost would have left to later ones: a test may lose its own points only."""
        for names, code in definitions(cell.source, f"<cell {cell.id}>"):
            if not names <= self.namespace.keys() and not names & self.student_names:
                with contextlib.suppress(Exception, WorkerLost, Lost, TestTimeout), self.captured(cell):
                    exec(code, self.namespace)

    def forbidden(self, cell: Cell) -> dict:
        """A verdict on answers that are right by means that are not allowed: other packages, a complex step."""
        if not any(map(_SUSPICIOUS.search, self.texts)):
            return {}
        for name in sorted(used_names(cell.source) & self.student_names & self.exercises.keys()):
            report = self.exercises[name].forbidden(self.ask(name))
            if report is not None:
                words = clean(report.message)[:MAX_MESSAGE]
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
                        self.reports[name] = list(report.causes), clean(report.hint)[:MAX_MESSAGE]
            causes += self.reports[name][0]
            words += filter(None, [self.reports[name][1]])
        return causes, words


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


@lru_cache(1000)
def definitions(text: str, name: str) -> list[tuple[frozenset[str], types.CodeType]]:
    """The statements of a test cell that bind names by importing, defining or assigning, each compiled alone."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
    nodes = [node for node in ast.parse(text, name).body if isinstance(node, kinds)]
    return [(bound_names(ast.unparse(node)), compile(ast.Module([node], []), name, "exec")) for node in nodes]


def show_the_doctor(run: Run) -> None:
    """Let the doctor, which reads a function's code, see through a handle to the student's text.

    It is asked once for each function, after the test (see `examine`), so within a test it has nothing to add.
    """
    look_through()
    doctor = sys.modules.get("mlpkit.doctor.source")
    if doctor is None:
        return
    codes = doctor._codes

    def through(function: object) -> object:
        if isinstance(function, Handle):
            function = static.functions(run.done, run.own_modules()).get(function._name, function)
        return codes(function)

    doctor._codes = through
    show_own_modules(doctor, run.own_modules)
    sys.modules["mlpkit.doctor"].explains = lambda *args, **functions: contextlib.nullcontext()


def warm_up(source: Source, assignment: str) -> None:
    """Load, compile and analyse what is the same for every submission."""
    exercises(assignment)
    source.needed()
    for cell in source.cells:
        if cell.kind == "code" and not cell.students:
            with contextlib.suppress(SyntaxError):
                compiled(cell.source, f"<cell {cell.id}>")


def _is_lost(question: dict) -> bool:
    return question["score"] is not None and question["score"] < question["points"]


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
        cells = [notebook_cell(step, []) for step in steps]
        result |= {"status": "unreadable", "unanswered": [], "findings": [str(error)]}
        return {**result, "questions": questions, "cells": cells}
    run = Run(source, files, template, limits, seed)
    run.exercises = exercises(assignment)
    show_the_doctor(run)
    questions, cells = [], []
    # What comes after the last question decides nothing and need not run: what was handed in is shown.
    last = max(
        (i for i, s in enumerate(steps) if s.cell is not None and s.kind == "code" and s.cell in source.graded),
        default=-1,
    )
    try:
        for number, step in enumerate(steps):
            outputs: list[dict] = []
            cell = step.cell
            if cell is not None and cell.role == "test":
                question = run.run_test(cell, source.cells.index(cell))
                questions.append(question)
                outputs = test_outputs(question)
                if limits.until_lost and question["verdict"] != "right":
                    break
            elif step.kind == "code" and number > last and not limits.run_all:
                outputs = clean_outputs(step.outputs)
            elif step.kind == "code" and step.text.strip():
                outputs = run.run_student_cell(step.text, cell, step.answered)
            if cell is not None and cell.role in ("manual", "task"):
                answered = cell.role == "task" or step.answered
                verdict, score = ("manual", None) if answered else ("not attempted", 0.0)
                words = [] if answered else ["No response."]
                questions.append(
                    {"id": cell.id, "points": cell.points, "score": score, "verdict": verdict, "messages": words}
                )
            cells.append(notebook_cell(step, outputs))
    finally:
        run.close()
    seconds = round(time.monotonic() - start, 3)
    findings = list(dict.fromkeys(findings + run.findings))
    unanswered = [s.cell.id for s in steps if s.cell is not None and s.cell.students and not s.answered]
    look = [str(words) for words in findings if isinstance(words, Doubt)]
    if any("none of the assignment's cells" in words for words in look):
        for question in questions:
            if question["score"] == 0:  # whatever this is, nobody was asked for it: no zero
                question.update(score=None, verdict="not graded")
    keep_in_budget(cells)
    result |= {"unanswered": unanswered, "findings": findings, "look": look, "seconds": seconds}
    return {**result, "questions": questions, "cells": cells}


def _ungraded(cell: Cell, message: str) -> dict:
    return {"id": cell.id, "points": cell.points, "score": None, "verdict": "not graded", "messages": [message]}


def _manual(cell: Cell, answered: bool) -> dict:
    question = {"id": cell.id, "points": cell.points, "score": None, "verdict": "manual", "messages": []}
    return (
        question if answered else {**question, "score": 0.0, "verdict": "not attempted", "messages": ["No response."]}
    )
