"""The names of a cell of Python: what it binds, what it uses, what it imports, without running it."""

import ast
import builtins
import re
import symtable
from functools import lru_cache

_DEFINITION = re.compile(r"(?m)^(?:(?:async )?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=(?!=))")


@lru_cache(1000)
def bound_names(source: str) -> frozenset[str]:
    """The names that a cell binds at its top level; "*" for an import of everything."""
    names: set[str] = set()
    for node in _top_level(source):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return frozenset(names)


@lru_cache(1000)
def module_imports(source: str) -> dict[str, str]:
    """The names that `import module` binds at a cell's top level, each with the module that it then stands for."""
    aliases = [alias for node in _top_level(source) if isinstance(node, ast.Import) for alias in node.names]
    return {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0] for a in aliases}


@lru_cache(1000)
def used_names(source: str) -> frozenset[str]:
    """Every name that occurs in a cell, at any depth, and those that a check says it is about."""
    tree = _parse(source)
    if tree is None:
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) | _checked_names(tree)


@lru_cache(1000)
def defined_names(source: str) -> frozenset[str]:
    """What a cell binds, read off its lines where it is no Python as a whole."""
    if _parse(source) is not None:
        return bound_names(source)
    return frozenset(found[1] or found[2] for found in _DEFINITION.finditer(source))


@lru_cache(1000)
def syntax(source: str) -> str | None:
    """A cell's meaning as text, without its layout and comments; None for what is no Python or holds magics."""
    if re.search(r"(?m)^\s*[%!]", source):
        return None
    tree = _parse(source)
    return None if tree is None else ast.dump(tree)


def is_idle(source: str) -> bool:
    """Whether a cell of code does nothing: comments and bare strings only."""
    tree = None if re.search(r"(?m)^\s*[%!]", source) else _parse(source)
    return tree is not None and all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in tree.body)


def only_fills_in(source: str) -> bool:
    """Whether a cell does no more than give constants names, as `NAME = "Ada"` at the head of a notebook."""
    tree = None if re.search(r"(?m)^\s*[%!]", source) else _parse(source)
    return tree is not None and all(
        isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Constant) for node in tree.body
    )


def without(source: str, names: frozenset[str]) -> str:
    """A cell without the statements that bind these names."""
    tree = _parse(source)
    if not names or tree is None:
        return "" if names else source
    kept = [node for node in tree.body if not bound_names(ast.unparse(node)) & names]
    return "\n".join(ast.unparse(node) for node in kept)


@lru_cache(1000)
def can_fail(source: str) -> bool:
    """Whether anything in a test cell can fail at all: comments, prints, imports and constants cannot."""
    tree = _parse(source)
    if tree is None:
        return True
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    known = bound_names(source) | set(dir(builtins)) | {"display"}
    functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    waiting: list[ast.AST] = [n for n in tree.body if not isinstance(n, functions) or n.name in called]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assert):
            if not isinstance(node.test, ast.Constant) or not node.test.value:
                return True
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            return True
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name not in ("print", "display"):
                return True
        if isinstance(node, ast.Raise | ast.Subscript | ast.Attribute | ast.BinOp | ast.Delete | ast.Compare):
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


@lru_cache(1000)
def asked_names(source: str) -> frozenset[str]:
    """The names that a cell takes from the cells before it: what its functions keep to themselves is left out."""
    tree = _parse(source)
    if tree is None:
        return frozenset()
    top = symtable.symtable(ast.unparse(tree), "cell", "exec")
    tables, names = [top], set()
    for table in tables:
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
    return (frozenset(names) | _checked_names(tree)) - bound_names(source)


def _checked_names(tree: ast.Module) -> frozenset[str]:
    """The answers that `doctor.explains(assignment, "name", ...)` names, which the cell itself may call by a helper
    of an earlier cell only."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    answers = (a for c in calls if getattr(c.func, "attr", "") == "explains" for a in c.args[1:])
    return frozenset(a.value for a in answers if isinstance(a, ast.Constant) and isinstance(a.value, str))


def imported(source: str) -> set[str]:
    modules: set[str] = set()
    for node in _top_level(source):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules |= {node.module, *(f"{node.module}.{a.name}" for a in node.names if node.module == "mlpkit")}
    return modules


def _parse(source: str) -> ast.Module | None:
    # A magic is no Python: what it binds is not known, and nothing that a test needs may come from one.
    plain = re.sub(r"(?m)^([ \t]*)[%!].*$", r"\1pass", source)
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _top_level(source: str) -> list[ast.AST]:
    """All nodes of a cell but those inside functions, classes and comprehensions, which have scopes of their own."""
    tree, found = _parse(source), []
    waiting: list[ast.AST] = list(tree.body) if tree else []
    while waiting:
        node = waiting.pop()
        found.append(node)
        scopes = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda
        scopes += ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
        if not isinstance(node, scopes):
            waiting.extend(ast.iter_child_nodes(node))
    return found
