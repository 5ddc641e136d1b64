"""The doctor beside a check in a notebook: a line when it passes, the useful words first when it fails."""

import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from types import TracebackType

from mlpkit import patience
from mlpkit.doctor.examine import examine, find_exercise
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.tasks import find_task
from mlpkit.freshness import STOPPED, current_shell, why_old

LINES = 5  # of a failed check, at most; a sixth unfolds the rest
_FOLD = "More: the whole traceback, and all that the doctor says"


@dataclass(frozen=True)
class Result:
    """How a check ended: "done", "wrong" or "not tried", in what words, and for which answers."""

    status: str
    words: str
    answers: tuple[object, ...]


results: dict[tuple[str, tuple[str, ...]], Result] = {}  # of the checks that this Python has run, the newest ones


def seconds_of_patience() -> float:
    """Return how long an answer may take: 10 seconds, and 5 where a whole notebook is validated."""
    return 5.0 if os.environ.get("NBGRADER_EXECUTION") == "validate" else 10.0


class explains:
    """Run a visible check of the answers called `names`, and say how it went.

    A check that passes says so, with its `points`. One that fails keeps its exception, shown in at most six lines,
    the useful sentence first and the rest folded away; the doctor's words are added as a note of the exception. An
    answer that is missing, or older than the last run of its cell, is not judged: "run the cell above first". One
    that does not end is stopped. While nbgrader grades, nothing is printed, folded or stopped.
    Raises ValueError for an assignment or a name that there is none of.
    """

    def __init__(self, assignment_id: str, *names: str, points: int | None = None) -> None:
        if find_task(assignment_id, names) is None:
            for name in names:
                find_exercise(assignment_id, name)
        self.assignment, self.names, self.points = assignment_id, names, points
        self.namespace = sys._getframe(1).f_globals
        self.is_graded = os.environ.get("NBGRADER_EXECUTION") == "autograde"

    def __enter__(self) -> None:
        if self.is_graded:
            return
        try:
            for name in self.names:
                _require_current(name, self.namespace)
        except Exception as error:
            self._keep("wrong", str(error))
            _show_briefly(error, [str(error)], fold=False)
            raise
        self._limit = patience.time_limit(seconds_of_patience(), refuse=True)
        self._limit.__enter__()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self.is_graded:
            try:
                self._limit.__exit__(kind, error, trace)
            except patience.NeverEnded as stopped:
                self._keep("wrong", str(stopped))
                _show_briefly(stopped, [str(stopped)], fold=False)
                raise
        if error is None:
            self._keep("done", "")
            if not self.is_graded:
                print(_praise(self.points))
        elif isinstance(error, Exception):
            plain = isinstance(error, NotImplementedError | patience.NeverEnded)
            lines = _useful_words(error, self.names) + ([] if plain else self._ask_the_doctor(error))
            self._keep("not tried" if isinstance(error, NotImplementedError) else "wrong", lines[0])
            if not self.is_graded:
                _show_briefly(error, lines, fold=not plain)

    def _ask_the_doctor(self, error: Exception) -> list[str]:
        """Note the doctor's words at the exception, and return them, for all the answers that are wrong."""
        hints = []
        for name in self.names:
            function = self.namespace.get(name)
            if name not in EXERCISES[self.assignment] or not callable(function) or hasattr(function, "never_ended"):
                continue
            try:
                with patience.time_limit(seconds_of_patience()):
                    report = examine(self.assignment, name, function)
            except patience.NeverEnded:
                continue
            known = f"{name} stops with {type(error).__name__} "  # the check has just said it
            said = [line for line in report.hint.split("\n") if line and not line.startswith(known)]
            if said:
                error.add_note("\n".join(["\nWhat the doctor says:", *said]))
            hints += said
        return hints

    def _keep(self, status: str, words: str) -> None:
        answers = tuple(self.namespace.get(name) for name in self.names)
        results[self.assignment, self.names] = Result(status, words, answers)


def _praise(points: int | None) -> str:
    if points is None:
        return "passed"
    return f"passed: {points} of {points} point{'' if points == 1 else 's'}"


def _require_current(name: str, namespace: dict) -> None:
    if name not in namespace:
        raise NameError(f"Run the cell above first, the one that defines {name}: it has not run yet.", name=name)
    error = why_old(name, namespace)
    if error == STOPPED:
        raise AssertionError(f"The cell that defines {name} did not come to an end: is there a loop that never ends?")
    if error:
        raise AssertionError(
            f"Run the cell above first: its last run ended in {_article(error)} {error}, and the {name} that is left "
            "is an earlier one."
        )


def _article(word: str) -> str:
    return "an" if word[0] in "AEIOU" else "a"


def _useful_words(error: Exception, names: tuple[str, ...]) -> list[str]:
    """Return what a student needs to know of an exception: what was wrong, or where their own code stopped."""
    if isinstance(error, patience.NeverEnded):
        return [str(error)]
    step = _own_step(error.__traceback__, names)
    if isinstance(error, NotImplementedError):
        where = step.name if step else "The answer"
        return [f"{where} is not written yet: put your code in the place of raise NotImplementedError()."]
    if isinstance(error, AssertionError) and str(error):
        return str(error).split("\n")
    if isinstance(error, NameError) and not step:
        return [f"{error}. Run the cells above first (menu Run, Run All Above Selected Cell)."]
    text = f"{type(error).__name__}: {error}".split("\n")
    if step is None:
        step = traceback.extract_tb(error.__traceback__)[-1]
        if isinstance(error, AssertionError):
            return [f"This line of the check failed: {step.line}"]
        return [text[0], f"    in line {step.lineno} of the check: {step.line}"]
    lines = [f"{step.name} stopped with {text[0]}", f"    in line {step.lineno} of its cell: {step.line}"]
    if isinstance(error, NameError):
        lines.append("If a cell above defines that name, run it first.")
    return lines


def _own_step(trace: TracebackType | None, names: tuple[str, ...]) -> traceback.FrameSummary | None:
    """Return the deepest step of a traceback that is in one of the answers, or in a function that one calls."""
    inside = None
    for step in traceback.extract_tb(trace):
        called = inside is not None and not patience.is_library(step.filename)
        if step.name in names or called:
            inside = step
    return inside


def _show_briefly(error: Exception, lines: list[str], fold: bool = True) -> None:
    """Let IPython show `lines` in place of the traceback, and that folded below; elsewhere nothing changes."""
    short = [line if len(line) <= 300 else line[:299] + "…" for line in lines[:LINES]]
    folded: list[str] = []

    def render() -> list[str]:  # IPython asks twice: for the cell, and for its reply to who runs it
        shell = current_shell()
        if fold and not folded:
            whole = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
            text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(whole))
            notes = (note for note in getattr(error, "__notes__", ()) if note.strip() not in text)
            folded.append("\n".join([text, *notes]))
            _after_this_cell(shell, lambda: _show_folded(folded[0]))
        return short

    error._render_traceback_ = render


def _after_this_cell(shell: object, show: Callable) -> None:
    def once(*_: object) -> None:
        shell.events.unregister("post_run_cell", once)
        show()

    shell.events.register("post_run_cell", once)


def _show_folded(text: str) -> None:
    from IPython.display import display

    html = f"<details><summary>{_FOLD}</summary><pre>{escape(text)}</pre></details>"
    display({"text/html": html, "text/plain": text}, raw=True)
