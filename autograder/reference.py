"""Follow-through: a later question is also tried with the reference in the place of a wrong earlier function.

The reference stays here and is called back by the student's code; nothing of it enters the worker.
"""

import ast
import builtins
import contextlib
from collections.abc import Callable

from autograder.names import bound_names, used_names
from autograder.notebooks import Cell, Source


class Questions:
    """Which solution cell each test is about, and which earlier ones it may lean on."""

    def __init__(self, source: Source) -> None:
        self.source = source
        cells = source.cells
        self.solutions = [i for i, c in enumerate(cells) if c.students and c.kind == "code"]
        self.about = {i: self._about(i) for i, c in enumerate(cells) if c.role == "test"}

    def wanted(self, index: int) -> set[str]:
        """The names that a test uses, itself or by the instructor's cells before it."""
        wanted = set(used_names(self.source.cells[index].source))
        for cell in reversed(self.source.cells[:index]):
            if (
                cell.kind == "code"
                and not cell.students
                and bound_names(cell.source) & wanted
                and cell.role != "test"
            ):
                wanted |= used_names(cell.source)
        return wanted

    def _about(self, index: int) -> int | None:
        wanted = self.wanted(index)
        before = [i for i in self.solutions if i < index and bound_names(self.source.cells[i].source) & wanted]
        return max(before, default=None)

    def earlier(self, index: int, lost: set[int], used: set[str]) -> list[str]:
        """The functions of earlier questions that lost points, which a test, or what the student wrote, uses.

        `lost` are the solution cells that lost points in a test of their own, `used` the names in the student's text.
        """
        about = self.about[index]
        if about is None:
            return []
        names = {name for i in lost if i < about for name in functions_of(self.source.cells[i])}
        return sorted(names & (self.wanted(index) | used))


def functions_of(cell: Cell) -> list[str]:
    try:
        return [node.name for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return []


def reference(source: Source) -> dict[str, Callable]:
    """The functions of the source's own solution, in a namespace of their own."""
    cells = [c for c in source.cells if c.kind == "code" and c.role in ("locked", "free", "solution")]
    wanted = set().union(*(used_names(c.source) for c in cells if c.students), set())
    chosen = []
    for cell in reversed(cells):
        if cell.students or bound_names(cell.source) & wanted or "*" in bound_names(cell.source):
            chosen.append(cell)
            wanted |= used_names(cell.source)
    namespace: dict = {"__name__": "reference", "__builtins__": builtins}
    for cell in reversed(chosen):
        with contextlib.suppress(Exception):
            exec(compile(cell.source, f"<reference {cell.id}>", "exec"), namespace)
    names = [name for cell in chosen if cell.students for name in functions_of(cell)]
    return {name: namespace[name] for name in names if callable(namespace.get(name))}
