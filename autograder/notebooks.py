"""Notebooks: the source of an assignment taken apart, a submission read with care, and the two put together.

Everything that decides about points comes from the source: order, locked cells, tests, ids, points. From a
submission come the text of the solution cells and the student's own extra cells, and nothing else.
"""

import ast
import hashlib
import json
import re
import symtable
from dataclasses import dataclass, field
from functools import lru_cache

MAX_BYTES = 32 * 2**20
MAX_CELLS = 2_000
MAX_NESTING = 200
MAX_SOURCE = 500_000  # characters of one cell

_STRING, _BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL), re.compile(rb"[\[\]{}]")
ANSWERS = ("doctor",)  # rooms of mlpkit that are withheld whatever the assignment says
HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SOLUTION_BEGIN, SOLUTION_END = "### BEGIN SOLUTION", "### END SOLUTION"
STUBS = ("# YOUR CODE HERE\nraise NotImplementedError()", "YOUR ANSWER HERE")  # nbgrader's own: for code, for text


class Unreadable(ValueError):
    """A submission that is no notebook, or none that may be read."""


@dataclass
class Cell:
    """One cell of an assignment's source. `role` is one of

    test (graded by running it), manual (the student's, graded by a human), task (the instructor's, graded by a
    human), solution (the student's, ungraded by itself), locked (the instructor's, run as it is), free (the
    instructor's, which a student may change), text.
    """

    role: str
    kind: str  # "code" or "markdown"
    source: str
    released: str  # what students got
    id: str = ""
    points: float = 0.0
    metadata: dict = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    @property
    def students(self) -> bool:
        return self.role in ("solution", "manual")


@dataclass
class Source:
    """An assignment's source: its cells, the rooms it withholds, and a hash of all that decides about scores."""

    cells: list[Cell]
    withheld: list[str]
    metadata: dict
    hash: str

    @property
    def tests(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.role == "test"]

    @property
    def graded(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.role in ("test", "manual", "task")]

    def student_names(self) -> set[str]:
        """What the source's own solution cells bind, which is what a test expects of a student."""
        return set().union(*(bound_names(c.source) for c in self.cells if c.students and c.kind == "code"))

    def trusted_names(self) -> set[str]:
        """What the instructor's cells bind."""
        return set().union(*(bound_names(c.source) for c in self.cells if not c.students and c.kind == "code"))

    def modules(self, tests: bool) -> list[str]:
        """The modules that the instructor's cells import, to have them ready; those of the tests only if `tests`."""
        cells = [
            c
            for c in self.cells
            if c.kind == "code" and (c.role in ("locked", "free") or (tests and c.role == "test"))
        ]
        return sorted(set().union(*(imported(c.source) for c in cells), set()))

    def needed(self) -> set[int]:
        """Which of the instructor's ungraded code cells the tests need: they define what a test (or another such
        cell) names, or do something that names nothing of a student's, like seeding a generator."""
        wanted = set().union(*(used_names(c.source) for c in self.tests), set())
        students, chosen = self.student_names(), set()
        for index in reversed(range(len(self.cells))):
            cell = self.cells[index]
            if cell.role not in ("locked", "free") or cell.kind != "code":
                continue
            bound, used = bound_names(cell.source), used_names(cell.source)
            if bound & wanted or "*" in bound or (not bound and not used & students):
                chosen.add(index)
                wanted |= used
        return chosen


def read_source(data: bytes, files: dict[str, bytes] | None = None, stubs: tuple[str, str] = STUBS) -> Source:
    """Take an assignment's source apart. Raises ValueError, with the cell's id, for what cannot be graded.

    `files` are the other files of its folder, `stubs` what nbgrader puts in the place of a solution.
    """
    notebook = json.loads(data)
    cells, ids = [], set()
    for raw in notebook["cells"]:
        meta = raw.get("metadata", {}).get("nbgrader") or {}
        text, kind = _text(raw), "code" if raw["cell_type"] == "code" else "markdown"
        id = str(meta.get("grade_id", ""))
        graded, solution = bool(meta.get("grade")), bool(meta.get("solution"))
        if meta.get("task") or (graded and solution):
            role = "manual"
        elif graded:
            role = "test" if kind == "code" else "manual"
        elif solution:
            role = "solution"
        elif kind == "markdown":
            role = "text"
        else:
            role = "locked" if meta.get("locked") else "free"
        if (graded or solution or meta.get("locked")) and (not id or id in ids):
            raise ValueError(f"cell {id!r} has {'the id of another' if id else 'no id'}")
        ids.add(id)
        points = float(meta.get("points", 0) or 0) if graded or meta.get("task") else 0.0
        tags = raw.get("metadata", {}).get("tags", [])
        cells.append(Cell(role, kind, text, released(text, kind, role, stubs), id, points, dict(meta), tags))
    settings = notebook.get("metadata", {})
    withheld = sorted({*settings.get("mlpkit", {}).get("withhold", []), *ANSWERS})
    # The hash is of what decides about scores: a new kernel name or an output that was saved is no new assignment.
    relevant = [[c.role, c.kind, c.source, c.id, c.points] for c in cells]
    digest = hashlib.sha256(json.dumps([relevant, withheld], sort_keys=True).encode())
    for name in sorted(files or {}):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return Source(cells, withheld, settings, digest.hexdigest())


def released(text: str, kind: str, role: str, stubs: tuple[str, str]) -> str:
    """What nbgrader makes of a cell for the students: no solutions (a stub in their place), no hidden tests."""
    if role in ("solution", "manual"):
        stub = stubs[0] if kind == "code" else stubs[1]
        lines, inside, found = [], False, False
        for line in text.split("\n"):
            if SOLUTION_BEGIN in line:
                inside, found = True, True
                indent = line[: len(line) - len(line.lstrip())]
                lines += [indent + part for part in stub.split("\n")]
            elif SOLUTION_END in line:
                inside = False
            elif not inside:
                lines.append(line)
        return "\n".join(lines) if found else stub
    if role == "test":
        return "\n".join(
            line for line, hidden in zip(text.split("\n"), hidden_lines(text), strict=True) if not hidden
        )
    return text


def hidden_lines(text: str) -> list[bool]:
    """For each line of a test cell whether it is hidden from students, the markers included."""
    result, inside = [], False
    for line in text.split("\n"):
        if HIDDEN_BEGIN in line:
            inside = True
        result.append(inside)
        if HIDDEN_END in line:
            inside = False
    return result


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
def used_names(source: str) -> frozenset[str]:
    """Every name that occurs in a cell, at any depth, and those that a check says it is about."""
    tree = _parse(source)
    if tree is None:
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) | _checked_names(tree)


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


def _text(raw: dict) -> str:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


@dataclass
class Step:
    """One cell of a rebuilt notebook. `cell` is the source's, None for a student's own; `text` is what to run, and
    `outputs` what it had shown when it was handed in, which is believed by nobody."""

    cell: Cell | None
    kind: str
    text: str
    outputs: object = None


def read_submission(data: bytes) -> list[dict]:
    """The cells of a submitted notebook. Raises Unreadable, in words for an instructor, for anything else."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"the file has {len(data) / 2**20:.0f} MB, and at most {MAX_BYTES // 2**20} are read")
    if _depth(data) > MAX_NESTING:
        raise Unreadable(f"the file is no notebook: it is nested more than {MAX_NESTING} deep")
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is no notebook: {str(error)[:200]}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("the file has no cells: it is no notebook of the current format")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(cells)} cells, and at most {MAX_CELLS} are read")
    return [cell for cell in cells if isinstance(cell, dict)]


def _depth(data: bytes) -> int:
    """How deep brackets are nested outside of strings. A parser that meets too many overflows the stack, and no
    exception saves a process whose limit on recursion somebody has raised."""
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def rebuild(source: Source, submitted: list[dict]) -> tuple[list[Step], list[str]]:
    """Put the student's text into the source. Returns the cells to run, in order, and what was not as released."""
    by_id = {cell.id: cell for cell in source.cells if cell.id}
    last = {_grade_id(raw): index for index, raw in enumerate(submitted)}  # of several copies the last one counts
    findings: list[str] = []
    texts: dict[str, str] = {}
    outputs: dict[str, object] = {}
    extras: dict[str, list[Step]] = {"": []}  # the student's own cells, after the cell with that id
    order, anchor = [], ""
    for index, raw in enumerate(submitted):
        id, text = _grade_id(raw), _text(raw)
        kind = "code" if raw.get("cell_type") == "code" else "markdown"
        if len(text) > MAX_SOURCE:
            findings.append(f"a cell of {len(text)} characters was cut")
            text = text[:MAX_SOURCE]
        cell = by_id.get(id)
        if cell is not None and last[id] == index:
            anchor = id
            order.append(id)
            texts[id], outputs[id] = text, raw.get("outputs")
            if kind != cell.kind:
                findings.append(f"cell {id} was turned into {kind} and has been turned back")
            if not cell.students and text.strip() != cell.released.strip():
                findings.append(f"cell {id} was changed and has been restored")
            findings += _claims(cell, raw)
            continue
        if cell is not None:
            findings.append(f"cell {id} occurs more than once: the last one counts")
        if text.strip():
            extras.setdefault(anchor, []).append(Step(None, kind, text, raw.get("outputs")))
    known = [cell.id for cell in source.cells if cell.id in texts]
    if order != known:
        findings.append("cells were moved and have been put back in order")
    steps = extras.pop("")
    for cell in source.cells:
        if not cell.id:
            continue  # without an id it is free: the student's copy of it is among the extras
        if cell.id not in texts:
            findings.append(f"cell {cell.id} was missing and has been put back")
        text = texts.get(cell.id, cell.released) if cell.students else cell.source
        steps.append(Step(cell, cell.kind, text, outputs.get(cell.id)))
        steps += extras.get(cell.id, ())
    return steps, list(dict.fromkeys(findings))


def _grade_id(raw: dict) -> str:
    metadata = raw.get("metadata")
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    id = grader.get("grade_id") if isinstance(grader, dict) else None
    return id if isinstance(id, str) else ""


def _claims(cell: Cell, raw: dict) -> list[str]:
    """What the submission's metadata says of a cell and the source does not."""
    claimed = raw["metadata"]["nbgrader"]
    changed = [
        k
        for k in ("points", "grade", "solution", "locked", "task")
        if k in claimed and claimed[k] != cell.metadata.get(k, claimed[k])
    ]
    tags = raw["metadata"].get("tags")
    tags = [t for t in tags if t not in cell.tags] if isinstance(tags, list) else []
    found = [f"cell {cell.id}: the submission's {' and '.join(changed)} counted for nothing"] if changed else []
    if tags:
        found.append(f"cell {cell.id}: tags counted for nothing: {', '.join(str(t)[:40] for t in tags[:5])}")
    return found
