"""The table of how far one has come with an assignment: functions, warm-ups, bug-hunts and written answers."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mlpkit.doctor.examine import examine
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.source import uses_name
from mlpkit.doctor.tasks import TASKS, Task
from mlpkit.doctor.visible import results, seconds_of_patience
from mlpkit.freshness import why_old
from mlpkit.patience import NeverEnded, time_limit

_SIGNS = {"done": "✓ done", "wrong": "✗ wrong", "not tried": "· not tried", "not checked": "· not checked"}
_STUBS = ("", "*Your answer here.*", "YOUR ANSWER HERE")  # this course's, and nbgrader's own
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Progress:
    """A table with a row (answer, status, hint) for each answer of an assignment, as text and as HTML."""

    rows: tuple[Row, ...]

    def __str__(self) -> str:
        lines = []
        for name, status, hint in self.rows:
            lines.append(f"{name:40} {_SIGNS[status]}")
            lines += [f"    {line}" for line in hint.split("\n") if line]
        return "\n".join([*lines, self._count()])

    __repr__ = __str__

    def _count(self) -> str:
        return f"{sum(status == 'done' for _, status, _ in self.rows)} of {len(self.rows)} done"

    def _repr_html_(self) -> str:
        style = 'style="text-align: left; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere"'
        rows = "".join(
            f"<tr><th scope='row' {style}>{escape(name)}</th><td {style}>{_SIGNS[status]}</td>"
            f"<td {style}>{escape(hint)}</td></tr>"
            for name, status, hint in self.rows
        )
        head = "".join(f"<th scope='col' {style}>{word}</th>" for word in ("answer", "status", "hint"))
        return f"<table><caption>{self._count()}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def progress(assignment_id: str, names: Mapping[str, object]) -> Progress:
    """Return which answers of an assignment are done, wrong, not checked or not tried; `names` are globals().

    The doctor examines each function, so the table knows more than the visible checks. Of a warm-up and of a bug-hunt
    it says how its own check ended; a written answer is looked for in the notebook's file, as it was last saved.
    Raises ValueError for an assignment that there is none of.
    """
    if assignment_id not in EXERCISES:
        raise ValueError(f"assignment_id must be one of {', '.join(EXERCISES)}, but it is {assignment_id!r}")
    tasks = TASKS.get(assignment_id, ())
    rows = [_task_row(assignment_id, task, names) for task in tasks if task.is_warm_up]
    refused = {name: getattr(value, "never_ended", None) for name, value in names.items() if callable(value)}
    endless = {name: stopped for name, stopped in refused.items() if isinstance(stopped, NeverEnded)}
    rows += [_function_row(assignment_id, name, names, endless) for name in EXERCISES[assignment_id]]
    for task in tasks:
        if task.is_written:
            rows.append(_written_row(task, names))
        elif not task.is_warm_up:
            rows.append(_task_row(assignment_id, task, names))
    return Progress(tuple(rows))


def _function_row(assignment_id: str, name: str, names: Mapping[str, object], endless: dict[str, NeverEnded]) -> Row:
    function = names.get(name)
    if function is None:
        return name, "not tried", "Run the cell in which it is defined."
    error = why_old(name, dict(names))
    if error:
        return name, "wrong", f"The last run of its cell ended in {error}: mend it and run it again."
    if not callable(function):
        return name, "wrong", f"{name} should be a function, but it is a {type(function).__name__}."
    if name in endless:
        return name, "wrong", str(endless[name])
    for other, stopped in endless.items():
        if uses_name(function, other):
            return name, "wrong", f"It calls {other}. {stopped}"
    try:
        with time_limit(seconds_of_patience()):
            report = examine(assignment_id, name, function)
    except NeverEnded as stopped:
        if not stopped.function:
            return name, "not checked", "The doctor has not come to an end in time: run this cell again later."
        endless[stopped.function] = stopped
        return name, "wrong", str(stopped)
    if not report.attempted:
        return name, "not tried", ""
    return (name, "done", "") if report.passed else (name, "wrong", report.message)


def _task_row(assignment_id: str, task: Task, names: Mapping[str, object]) -> Row:
    title = f"{task.title}: {', '.join(task.names)}"
    missing = [name for name in task.names if name not in names]
    if missing:
        return title, "not tried", "" if missing == list(task.names) else f"{', '.join(missing)} is missing."
    result = results.get((assignment_id, task.names))
    now = tuple(names[name] for name in task.names)
    if result is None or any(old is not new for old, new in zip(result.answers, now, strict=True)):
        return title, "not checked", "Run the check below it."
    if result.status == "done":
        return title, "done", "Its check passes; the instructor's tests look closer."
    return title, result.status, result.words


def _written_row(task: Task, names: Mapping[str, object]) -> Row:
    texts = _written_answers(names)
    if texts is None:
        return task.title, "not checked", "The notebook's file was not found: look yourself."
    if all(text.strip() in _STUBS for text in texts):
        return task.title, "not tried", "If you have written it, save the notebook and run this cell again."
    return task.title, "done", "Written; a person reads it."


def _written_answers(names: Mapping[str, object]) -> list[str] | None:
    """Return the text of the written answers in the file of this notebook, None if there is no such file."""
    # Jupyter's server tells the kernel its file, VS Code's extension tells the notebook.
    told = os.environ.get("JPY_SESSION_NAME") or names.get("__vsc_ipynb_file__") or ""
    for path in (Path(str(told)), Path(str(told)).name, "assignment.ipynb"):
        try:
            cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        settings = [(cell, cell.get("metadata", {}).get("nbgrader", {})) for cell in cells]
        found = [
            "".join(cell["source"])
            for cell, nbgrader in settings
            if cell["cell_type"] == "markdown" and nbgrader.get("grade") and nbgrader.get("solution")
        ]
        if found:
            return found
    return None
