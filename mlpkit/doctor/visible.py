"""The doctor inside a notebook: its words below a check that failed, and a table of how far one has come."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

from mlpkit.doctor.examine import examine, find_exercise
from mlpkit.doctor.exercises import EXERCISES

_SIGNS = {"done": "✓ done", "wrong": "✗ wrong", "not tried": "· not tried"}


@contextmanager
def explains(assignment_id: str, **functions: Callable) -> Iterator[None]:
    """Add the doctor's words to whatever goes wrong inside the block, for each of the `functions` that is wrong.

    They stand below the traceback, as a note of the exception. An answer that is not written yet gets no words.
    Raises ValueError for an exercise that there is none of.
    """
    for name in functions:
        find_exercise(assignment_id, name)
    try:
        yield
    except NotImplementedError:
        raise
    except Exception as error:
        for name, function in functions.items():
            report = examine(assignment_id, name, function)
            if report.attempted and not report.passed:
                error.add_note(f"\nWhat the doctor says:\n{report.message}")
        raise


@dataclass(frozen=True)
class Progress:
    """A table with a row (function, status, hint) for each function of an assignment, as text and as HTML."""

    rows: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        lines = []
        for name, status, hint in self.rows:
            lines.append(f"{name:24}{_SIGNS[status]}")
            lines += [f"    {line}" for line in hint.split("\n") if line]
        done = sum(status == "done" for _, status, _ in self.rows)
        return "\n".join([*lines, f"{done} of {len(self.rows)} done"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        style = 'style="text-align: left; vertical-align: top; white-space: pre-wrap"'
        rows = "".join(
            f"<tr><th scope='row' {style}><code>{escape(name)}</code></th><td {style}>{_SIGNS[status]}</td>"
            f"<td {style}>{escape(hint)}</td></tr>"
            for name, status, hint in self.rows
        )
        done = sum(status == "done" for _, status, _ in self.rows)
        head = "".join(f"<th scope='col' {style}>{word}</th>" for word in ("function", "status", "hint"))
        caption = f"{done} of {len(self.rows)} functions done"
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def progress(assignment_id: str, names: Mapping[str, object]) -> Progress:
    """Return which functions of an assignment are done, wrong or not tried; `names` is the notebook's globals().

    The doctor examines each, so the table knows more than the visible checks. Raises ValueError for an assignment
    that there is none of.
    """
    if assignment_id not in EXERCISES:
        raise ValueError(f"assignment_id must be one of {', '.join(EXERCISES)}, but it is {assignment_id!r}")
    return Progress(tuple(_row(assignment_id, name, names.get(name)) for name in EXERCISES[assignment_id]))


def _row(assignment_id: str, name: str, function: object) -> tuple[str, str, str]:
    if function is None:
        return name, "not tried", "Run the cell in which it is defined."
    if not callable(function):
        return name, "wrong", f"{name} should be a function, but it is a {type(function).__name__}."
    report = examine(assignment_id, name, function)
    if not report.attempted:
        return name, "not tried", ""
    return (name, "done", "") if report.passed else (name, "wrong", report.message)
