"""What a test shows and what it hears: prints, kept for the student where the test is visible, and warnings.

A hidden line of a test shows nothing of itself: not what is printed while it runs, and no number in its messages.
"""

import ast
import io
import re
import sys
import warnings
from collections.abc import Callable

from autograder.notebooks import Cell, hidden_lines

MAX_PRINTED = 100_000  # characters of one test
_VALUES = re.compile(r"""(?<![\w.])[-+]?(?:\d[\w.+-]*|\.\d+)|'[^']*'|"[^"]*\"""")


def clean(text: str) -> str:
    """Text that any file can hold: no lone surrogates, no terminal colours, no control characters."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text.encode("utf-8", "replace").decode())
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)


def redacted(text: str) -> str:
    """A message without the numbers and quoted texts in it."""
    return _VALUES.sub("…", text)


def in_hidden_line(cell: Cell | None) -> bool:
    """Whether a hidden line of this cell is running, or has called what is running."""
    if cell is None:
        return False
    hidden, frame = hidden_lines(cell.source), sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == f"<cell {cell.id}>" and hidden[min(frame.f_lineno, len(hidden)) - 1]:
            return True
        frame = frame.f_back
    return False


def constant_messages(cell: Cell) -> set[str]:
    """The messages that the cell's assertions hold as they are written, which are for students to read."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return set()
    words = [node.msg for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    words += [
        arg for n in ast.walk(tree) if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call) for arg in n.exc.args
    ]
    return {word.value.strip() for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)}


class Stream(io.StringIO):
    """Keeps what is printed in sight, so much and no more."""

    def __init__(self, cell: Cell | None) -> None:
        super().__init__()
        self.cell, self.room = cell, MAX_PRINTED

    def write(self, text: str) -> int:
        if self.room > 0 and not in_hidden_line(self.cell):
            super().write(text[: self.room])
            self.room -= len(text)
        return len(text)


class Heard:
    """The streams and the warnings of one test. A warning is `theirs` if the student's code gave it."""

    def __init__(self, cell: Cell | None, is_theirs: Callable[[], bool]) -> None:
        self.cell, self.is_theirs = cell, is_theirs
        self.out, self.err = Stream(cell), Stream(cell)
        self.theirs: list[str] = []
        self.own: list[str] = []

    @property
    def printed(self) -> str:
        return clean(self.out.getvalue() + self.err.getvalue())[:20_000]

    def show_warning(self, message: object, category: type, filename: str, lineno: int, *_: object) -> None:
        """Stands in for `warnings.showwarning`; a test that has redirected sys.stderr gets its text there."""
        text = clean(warnings.formatwarning(message, category, filename, lineno))
        if sys.stderr is not self.err:
            sys.stderr.write(text)
            return
        if in_hidden_line(self.cell):
            text = f"{category.__name__}: {redacted(str(message))}"
        (self.theirs if self.is_theirs() else self.own).append(text[:2000])
