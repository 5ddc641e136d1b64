"""Whether the questions of an assignment are independent: no test needs what another binds only where it passes."""

import ast
import builtins

from autograder.names import asked_names, bound_names, used_names
from autograder.notebooks import Cell, Source


def dependent(source: Source) -> list[str]:
    """A sentence for each test that needs a name which another test binds after something that can fail."""
    students, inside = source.student_names(), _inside(source)
    trusted = set(dir(builtins)).union(*(bound_names(c.source) for c in source.cells if _is_locked(c)))
    owner: dict[str, tuple[Cell, bool]] = {}  # of names that tests bind: the first cell that does, and whether safely
    problems = []
    for cell in source.tests:
        needed: dict[str, list[str]] = {}
        for name in sorted(asked_names(cell.source) - trusted - students):
            if name in owner and not owner[name][1]:
                needed.setdefault(owner[name][0].id, []).append(name)
        for other, names in needed.items():
            problems.append(
                f"cell {cell.id!r}: it needs {', '.join(names)}, which {other} binds after something that can fail: "
                "put it into a locked cell of its own, or before all that can fail"
            )
        for name, safe in bindings(cell, students, inside):
            if name not in owner or (safe and not owner[name][1]):
                owner[name] = cell, safe
    return problems


def bindings(cell: Cell, students: set[str], inside: dict[str, set[str]]) -> list[tuple[str, bool]]:
    """The names that a test cell binds, in order, each with whether nothing before it can fail."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return []
    found, safe = [], True
    for node in tree.body:
        safe = safe and not can_fail(node, students, inside)
        found += [(name, safe) for name in sorted(bound_names(ast.unparse(node)))]
    return found


def can_fail(node: ast.stmt, students: set[str], inside: dict[str, set[str]]) -> bool:
    """Whether running a statement of a test can fail because of a student: it asserts, or asks for what is theirs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return False
    if any(isinstance(part, ast.Assert | ast.Raise) for part in ast.walk(node)):
        return True
    waiting, seen = set(used_names(ast.unparse(node))), set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in students:
            return True
        waiting |= inside.get(name, set()) - seen
    return False


def _inside(source: Source) -> dict[str, set[str]]:
    """The names that each function and class of the instructor's uses."""
    found: dict[str, set[str]] = {}
    for cell in source.cells:
        if cell.kind != "code" or cell.students:
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.setdefault(node.name, set()).update(used_names(ast.unparse(node)))
    return found


def _is_locked(cell: Cell) -> bool:
    return cell.kind == "code" and cell.role in ("locked", "free")
