"""A submission, put into the source: which cell is whose answer, whatever has become of marks, ids and cells.

From a submission come the text of the solution cells and the student's own extra cells, and nothing else.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

from autograder.names import bound_names, defined_names, is_idle, only_fills_in, syntax, without
from autograder.notebooks import SCHEMA, Cell, Source, cell_text

MAX_BYTES = 32 * 2**20
MAX_CELLS = 2_000
MAX_NESTING = 200
MAX_SOURCE = 500_000  # characters of one cell
MAX_PICTURE = 3_000_000  # characters of base64
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_STRING, _BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL), re.compile(rb"[\[\]{}]")


class Unreadable(ValueError):
    """A submission that is no notebook, or none that may be read."""


@dataclass
class Step:
    """One cell of a rebuilt notebook. `cell` is the source's, None for a student's own; `text` is what to run, and
    `outputs` what it had shown when it was handed in, which is believed by nobody. `answered` says of a student's
    cell that it holds more than what was handed out."""

    cell: Cell | None
    kind: str
    text: str
    outputs: object = None
    attachments: dict = field(default_factory=dict)
    answered: bool = True


class Doubt(str):
    """A finding that a human must look at, because nobody else can be certain."""


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
    versions = (_grader_metadata(cell).get("schema_version", 0) for cell in cells if isinstance(cell, dict))
    if newer := [version for version in versions if type(version) is int and version > SCHEMA]:
        raise Unreadable(f"the notebook was made by a newer nbgrader: schema {max(newer)}, {SCHEMA} is known")
    return [cell for cell in cells if isinstance(cell, dict)]


def _depth(data: bytes) -> int:
    """How deep brackets are nested outside of strings. A parser that meets too many overflows the stack, and no
    exception saves a process whose limit on recursion somebody has raised."""
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


ELSEWHERE = "# What this cell asks for is in another cell of this notebook."


@dataclass
class Raw:
    """One cell of a submission, as far as it is believed."""

    text: str
    kind: str
    id: str  # nbgrader's
    raw: dict

    @property
    def names(self) -> frozenset[str]:
        return defined_names(self.text)

    @property
    def attachments(self) -> dict[str, dict[str, str]]:
        """Pictures that were pasted into a text, by name: base64 and nothing else."""
        given = self.raw.get("attachments")
        kept = {}
        for name, data in given.items() if isinstance(given, dict) else ():
            pictures = {m: "".join(v) if isinstance(v, list) and all(type(part) is str for part in v) else v
                        for m, v in data.items() if m in PICTURES} if isinstance(data, dict) else {}  # fmt: skip
            kept[str(name)[:200]] = {m: v for m, v in pictures.items() if is_base64(v)}
        return {name: pictures for name, pictures in kept.items() if pictures}

    def step(self, cell: Cell | None = None, answered: bool = True) -> Step:
        kind = cell.kind if cell is not None else self.kind
        attachments = self.attachments if kind == "markdown" else {}
        return Step(cell, kind, self.text, self.raw.get("outputs"), attachments, answered)

    def is_as_released(self) -> bool:
        """Whether it is as nbgrader handed it out, be it from an earlier state of the source: by its checksum."""
        meta = _grader_metadata(self.raw)
        if not isinstance(meta.get("checksum"), str):
            return False
        graded, solution = bool(meta.get("grade")), bool(meta.get("solution"))
        locked = not solution and (graded or bool(meta.get("locked")))
        parts = [self.text, str(self.raw.get("cell_type")), str(graded), str(solution), str(locked), self.id]
        try:
            parts += [str(float(meta["points"]))] if graded else []
        except (KeyError, TypeError, ValueError):
            return False
        return hashlib.md5("".join(parts).encode("utf-8", "replace")).hexdigest() == meta["checksum"]

    def is_untouched(self, cell: Cell) -> bool:
        return same_text(self.text, cell.released, cell.kind) or self.is_as_released()


def same_text(one: str, other: str, kind: str) -> bool:
    """Whether two texts differ in nothing that means anything: ends of lines, spaces at them, comments."""
    if [line.rstrip() for line in one.strip().split("\n")] == [line.rstrip() for line in other.strip().split("\n")]:
        return True
    if kind != "code":
        return one.split() == other.split()
    trees = syntax(one), syntax(other)
    return trees[0] is not None and trees[0] == trees[1] and bool(trees[0])


def rebuild(source: Source, submitted: list[dict]) -> tuple[list[Step], list[str]]:
    """Put the student's text into the source. Returns the cells to run, in order, and what was not as released."""
    findings: list[str] = []
    raws = [_raw(cell, findings) for cell in submitted]
    found = _recognise(source, raws, findings)
    if raws and not any(raws[i].id == cell.id or not cell.students for i, cell in found.items()):
        findings.append(Doubt("none of the assignment's cells is in this notebook: is it another one?"))
    copies: dict[str, Raw] = {cell.id: raws[index] for index, cell in found.items()}
    order = [cell.id for _, cell in sorted(found.items())]
    place = {cell.id: number for number, cell in enumerate(source.cells) if cell.id}
    known = [cell.id for cell in source.cells if cell.id in copies]
    before: dict[str, list[Step]] = {}
    after: dict[str, list[Step]] = {"": []}  # the student's own cells, after the cell with that id
    anchor, own = "", []
    for index, raw in enumerate(raws):
        cell = found.get(index)
        if cell is None:
            if raw.text.strip() or raw.attachments:
                own.append(raw)
                after.setdefault(anchor, []).append(raw.step())
            continue
        if not raw.id and anchor and place[cell.id] < place[anchor]:
            # Recognised far from its place: what was written right before it may be its helpers, and moves with it.
            before[cell.id] = after.pop(anchor, [])
        else:
            anchor = cell.id
        findings += _changes(cell, raw)
        if not cell.students and not raw.is_untouched(cell):
            added = raw.names & source.student_names() - bound_names(cell.source)
            if raw.kind != "code" or cell.kind != "code" or added:
                own.append(raw)  # an answer was written into a locked cell: it stands beside what is restored
                after.setdefault(cell.id, []).append(raw.step())
    if order != known:
        findings.append("cells were moved and have been put back in order")
    steps = after.pop("")
    writing = [raw for raw in own if _is_prose(raw) and not _is_sources(raw, source)]
    code = [raw for raw in own if raw.kind == "code" and not _is_sources(raw, source)]
    asked = source.student_names()
    elsewhere = [copies[c.id] for c in source.cells if c.students and c.id in copies
                 and asked & copies[c.id].names - bound_names(c.source)]  # fmt: skip
    for cell in source.cells:
        if not cell.id:
            continue  # without an id it is free: the student's copy of it is among their own
        steps += before.get(cell.id, ())
        raw = copies.get(cell.id)
        if not cell.students:
            if raw is None:
                findings.append(f"cell {cell.id} was missing and has been put back")
            attachments = raw.attachments if raw is not None and cell.kind == "markdown" else {}
            steps.append(Step(cell, cell.kind, cell.source, raw and raw.raw.get("outputs"), attachments))
        elif cell.role == "manual":
            code_too = [raw for raw in code if not only_fills_in(raw.text)] if cell.kind == "code" else []
            steps.append(_written(cell, raw, [*writing, *code_too], findings))
        elif raw is not None:
            steps.append(raw.step(cell, answered=not raw.is_untouched(cell)))
            _doubt_order(cell, raws, found, findings)
        else:
            steps.append(_put_back(cell, [*code, *elsewhere], findings))
        steps += after.get(cell.id, ())
    return steps, list(dict.fromkeys(findings))


def _raw(cell: dict, findings: list[str]) -> Raw:
    text, kind = cell_text(cell), "code" if cell.get("cell_type") == "code" else "markdown"
    if len(text) > MAX_SOURCE:
        findings.append(f"a cell of {len(text)} characters was cut")
        text = text[:MAX_SOURCE]
    return Raw(text, kind, _grade_id(cell), cell)


def _recognise(source: Source, raws: list[Raw], findings: list[str]) -> dict[int, Cell]:
    """Which cell of the source each cell of a submission is: by nbgrader's id, else by the notebook's own id, else by
    its text, else, for an answer, by the names that it alone defines."""
    by_id = {cell.id: cell for cell in source.cells if cell.id}
    last = {raw.id: index for index, raw in enumerate(raws)}  # of several copies the last one counts
    found = {index: by_id[id] for id, index in last.items() if id in by_id}
    for index, raw in enumerate(raws):
        if raw.id in by_id and last[raw.id] != index:
            words = f"cell {raw.id} occurs more than once: the last one counts"
            cell, counts = by_id[raw.id], raws[last[raw.id]]
            doubtful = cell.students and counts.is_untouched(cell) and not raw.is_untouched(cell)
            findings.append(Doubt(f"{words}, and it is empty") if doubtful else words)

    def missing() -> list[Cell]:
        taken = {cell.id for cell in found.values()}
        return [cell for cell in source.cells if cell.id and cell.id not in taken]

    def unknown() -> list[int]:
        return [index for index, raw in enumerate(raws) if index not in found and raw.id not in by_id]

    for fits in (
        lambda raw, cell: bool(cell.notebook_id) and raw.raw.get("id") == cell.notebook_id,
        lambda raw, cell: raw.kind == cell.kind and raw.text.strip() != "" and raw.is_untouched(cell) and not raw.id,
        lambda raw, cell: cell.role == "solution" and cell.kind == "code" and bool(bound_names(cell.source))
        and bound_names(cell.source) <= raw.names,
    ):  # fmt: skip
        for cell in missing():
            matches = [index for index in unknown() if fits(raws[index], cell)]
            if len(matches) == 1 and sum(fits(raws[matches[0]], other) for other in missing()) == 1:
                found[matches[0]] = cell
                findings.append(f"cell {cell.id} had lost its mark and was recognised")
    return found


def _changes(cell: Cell, raw: Raw) -> list[str]:
    """What is not as it was handed out, but for the student's text."""
    if raw.is_as_released():
        return []  # the source was mended since: nobody has changed anything
    findings = []
    if raw.kind != cell.kind:
        findings.append(f"cell {cell.id} was turned into {raw.kind} and has been turned back")
    if not cell.students and not same_text(raw.text, cell.released, cell.kind):
        findings.append(f"cell {cell.id} was changed and has been restored")
    return findings + (_claims(cell, raw.raw) if raw.id else [])


def _is_sources(raw: Raw, source: Source) -> bool:
    """Whether it is one of the source's cells without an id, or a cell of an earlier state of the source."""
    return raw.is_as_released() or any(same_text(raw.text, c.released, c.kind) for c in source.cells if not c.id)


def _is_prose(raw: Raw) -> bool:
    """Whether a cell holds words for a human: text, or code that is nothing but comments and strings."""
    return (
        raw.kind != "code" or raw.text.lstrip().startswith(("%%markdown", "%%latex", "%%html")) or is_idle(raw.text)
    )


def _written(cell: Cell, raw: Raw | None, own: list[Raw], findings: list[str]) -> Step:
    """A written answer; where its cell is empty and the student has written elsewhere, a human looks."""
    if raw is not None and (not raw.is_untouched(cell) or raw.attachments):
        return raw.step(cell)
    if own:
        findings.append(Doubt(f"cell {cell.id} is empty, but there are cells of their own that may answer it"))
    elif raw is None:
        findings.append(f"cell {cell.id} was missing and has been put back")
    return Step(cell, cell.kind, cell.released, answered=bool(own))


def _put_back(cell: Cell, code: list[Raw], findings: list[str]) -> Step:
    """The stub of a solution cell that is not there, without the names that cells of the student's own define."""
    asked = defined_names(cell.source)
    theirs = asked & frozenset().union(*(raw.names for raw in code))
    if asked and theirs == asked:
        several = any(sum(name in raw.names for raw in code) > 1 for name in asked)
        words = f"cell {cell.id} was missing: what it asks for is in another cell"
        findings.append(Doubt(f"{words}, in several versions") if several else words)
        return Step(cell, cell.kind, ELSEWHERE)
    words = f"cell {cell.id} was missing and has been put back"
    doubtful = bool(theirs) or any(raw.names - {"_"} for raw in code) or (bool(code) and not asked)
    findings.append(Doubt(f"{words}, though cells of their own may answer it") if doubtful else words)
    return Step(cell, cell.kind, without(cell.released, theirs), answered=bool(theirs))


def _doubt_order(cell: Cell, raws: list[Raw], found: dict[int, Cell], findings: list[str]) -> None:
    """An untouched stub below a cell of the student's that has the answer undoes it; a human looks."""
    index = next(i for i, c in found.items() if c.id == cell.id)
    asked = defined_names(cell.source)
    above = frozenset().union(*(raw.names for i, raw in enumerate(raws[:index]) if i not in found))
    if asked & above and raws[index].is_untouched(cell):
        findings.append(Doubt(f"cell {cell.id} is empty and stands below a cell of their own that answers it"))


def is_base64(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_PICTURE and bool(re.fullmatch(r"[A-Za-z0-9+/=\s]*", value))


def _grader_metadata(raw: dict) -> dict:
    metadata = raw.get("metadata")
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return grader if isinstance(grader, dict) else {}


def _grade_id(raw: dict) -> str:
    id = _grader_metadata(raw).get("grade_id")
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
