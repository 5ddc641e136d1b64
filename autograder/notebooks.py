"""The source of an assignment, taken apart: order, locked cells, tests, ids, all that decides about points."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pkgutil import iter_modules

from autograder.names import bound_names, imported, module_imports, used_names

SCHEMA = 3  # of nbgrader's metadata, the newest that is known
FOLLOW_THROUGH = ("better", "own", "reference")
ANSWERS = ("doctor",)  # rooms of mlpkit that are withheld whatever the assignment says
TOOLS = frozenset(
    ("arguments", "checks", "data", "datasets", "freshness", "jupyter", "patience", "place", "plotting", "questions")
)
HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SOLUTION_BEGIN, SOLUTION_END = "### BEGIN SOLUTION", "### END SOLUTION"
STUBS = ("# YOUR CODE HERE\nraise NotImplementedError()", "YOUR ANSWER HERE")  # nbgrader's own: for code, for text


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
    notebook_id: str = ""  # which Jupyter gives to every cell

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
    follow_through: str = "better"  # which counts of a later question: the "better", the student's "own", "reference"

    @property
    def tests(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.role == "test"]

    @property
    def graded(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.role in ("test", "manual", "task")]

    def student_names(self) -> set[str]:
        """What the source's own solution cells bind, which is what a test expects of a student."""
        cells = [c for c in self.cells if c.students and c.kind == "code"]
        return set().union(*(bound_names(c.source) - module_imports(c.source).keys() for c in cells))

    @property
    def lacks_solutions(self) -> bool:
        """Whether a solution cell binds nothing in the source, so that a student's names cannot be known from it."""
        return any(not bound_names(c.source) for c in self.cells if c.role == "solution" and c.kind == "code")

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
        text, kind = cell_text(raw), "code" if raw["cell_type"] == "code" else "markdown"
        id = str(meta.get("grade_id", ""))
        if isinstance(version := meta.get("schema_version", 0), int) and version > SCHEMA:
            raise ValueError(f"cell {id!r} was made by a newer nbgrader: schema {version}, {SCHEMA} is known")
        graded, solution = bool(meta.get("grade")), bool(meta.get("solution"))
        if meta.get("task"):
            role = "task"
        elif graded and solution:
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
        cells.append(Cell(role, kind, text, released(text, kind, role, stubs), id, points, dict(meta), tags,
                          str(raw.get("id", ""))))  # fmt: skip
    settings = notebook.get("metadata", {})
    asked = settings.get("mlpkit", {}).get("withhold", [])
    withheld = sorted({*asked, *(answers() - _needed_rooms(cells)), *ANSWERS})
    # The hash is of what decides about scores: a new kernel name or an output that was saved is no new assignment.
    relevant = [[c.role, c.kind, c.source, c.id, c.points] for c in cells]
    follow = settings.get("mlpkit", {}).get("follow_through", "better")
    if follow not in FOLLOW_THROUGH:
        raise ValueError(f"follow_through must be one of {', '.join(FOLLOW_THROUGH)}, but it is {follow!r}")
    digest = hashlib.sha256(json.dumps([relevant, sorted(asked), withheld, follow], sort_keys=True).encode())
    for name in sorted(files or {}):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return Source(cells, withheld, settings, digest.hexdigest(), follow)


@lru_cache(1)
def answers() -> frozenset[str]:
    """The modules of mlpkit that may hold an answer: all but its tools, so that a new one is withheld by itself."""
    package = find_spec("mlpkit")
    folders = package.submodule_search_locations if package is not None else ()
    return frozenset(module.name for module in iter_modules(folders or ())) - TOOLS


def _needed_rooms(cells: list[Cell]) -> set[str]:
    """The modules of mlpkit that the students' version of an assignment imports outside of its tests."""
    cells = [c for c in cells if c.kind == "code" and c.role in ("locked", "free", "solution", "manual")]
    names = set().union(*(imported(c.released) for c in cells), set())
    return {name.split(".")[1] for name in names if name.startswith("mlpkit.")}


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


def cell_text(raw: dict) -> str:
    """The text of a cell as it stands in a file, with one kind of line ends."""
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return re.sub(r"\r\n?", "\n", source).lstrip("\ufeff") if isinstance(source, str) else ""
