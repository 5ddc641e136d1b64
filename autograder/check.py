"""Whether an assignment's source is sound, before a class finds out that it is not."""

import ast
import builtins
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.engine import Job, close_engines, grade_bytes
from autograder.independence import dependent
from autograder.names import asked_names, bound_names, can_fail, used_names
from autograder.notebooks import (
    HIDDEN_BEGIN,
    HIDDEN_END,
    SOLUTION_BEGIN,
    SOLUTION_END,
    Cell,
    Source,
)


def check(course: Course, assignment: str, job: Job, variants: Path | None) -> int:
    """Print what is wrong with an assignment's source. Returns 0 if nothing is, else 1.

    Tries the answers in the folder `variants`, or else those beside the source; CourseError for a folder without any.
    """
    if variants is not None and not any(variants.glob("*.py")):
        what = "a folder without answers" if variants.is_dir() else "no folder"
        raise CourseError(f"--variants {variants} is {what}")
    problems = inspect(job.parsed)
    try:
        problems += try_out(job, variants or _beside(course, assignment))
    finally:
        close_engines()
    for problem in problems:
        print(f"NO  {problem}")
    for hint in hints(job.parsed):
        print(f"hint  {hint}", file=sys.stderr)
    points = sum(cell.points for cell in job.parsed.graded)
    tests = len(job.parsed.tests)
    print(
        f"{assignment}: {tests} tests, {points:g} points, {'sound' if not problems else f'{len(problems)} problems'}"
    )
    return 1 if problems else 0


def _beside(course: Course, assignment: str) -> Path | None:
    """The folder of the source if answers lie in it, right*.py or wrong*.py."""
    folder = course.notebook(assignment).parent
    return folder if any(True for kind in ("right", "wrong") for _ in folder.glob(f"{kind}*.py")) else None


def inspect(source: Source) -> list[str]:
    """What can be seen without running anything."""
    problems = []
    if not source.tests:
        problems.append("there is no test cell")
    for cell in source.cells:
        name = f"cell {cell.id or cell.source[:30]!r}"
        for begin, end in ((HIDDEN_BEGIN, HIDDEN_END), (SOLUTION_BEGIN, SOLUTION_END)):
            marks = [m for line in cell.source.split("\n") for m in (begin, end) if m in line]
            if marks != [begin, end] * (len(marks) // 2):
                problems.append(f"{name}: {begin} and {end} do not pair up")
        if cell.students and cell.kind == "code" and SOLUTION_BEGIN not in cell.source:
            problems.append(f"{name}: no {SOLUTION_BEGIN}, so students get an empty cell")
        if not cell.students and SOLUTION_BEGIN in cell.source:
            problems.append(f"{name}: a solution in a cell that is not marked as one: students would get it")
        if cell.role != "test" and HIDDEN_BEGIN in cell.source:
            problems.append(f"{name}: hidden tests in a cell that is no test")
        if cell.role == "test":
            problems += [f"{name}: {words}" for words in _inspect_test(cell, source)]
    return problems + dependent(source)


def hints(source: Source) -> list[str]:
    """What is sound and could be better: assertions that say nothing to a student."""
    found = []
    for cell in source.tests:
        try:
            nodes = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Assert) and n.msg is None]
        except SyntaxError:
            continue
        if nodes:
            lines = ", ".join(str(node.lineno) for node in nodes[:5])
            found.append(
                f"cell {cell.id!r}: a student who fails reads a bare AssertionError from line {lines}: "
                'write what is wrong behind it, assert f(1) == 2, "f(1) should be 2"'
            )
    return found


def _inspect_test(cell: Cell, source: Source) -> list[str]:
    problems = []
    if not can_fail(cell.source):
        problems.append("nothing in it can fail")
    if cell.points <= 0:
        problems.append("it is worth no points")
    if not cell.metadata.get("locked", True):
        problems.append("it is not locked")
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        return [*problems, f"line {error.lineno} is no Python"]
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Compare):
        problems.append("it ends in a comparison, whose False would count as full points: write assert before it")
    inside = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    inside |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    imports = [a for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names]
    inside |= {a.asname or a.name.partition(".")[0] for a in imports}
    named = ast.ExceptHandler | ast.FunctionDef | ast.ClassDef
    inside |= {n.name for n in ast.walk(tree) if isinstance(n, named) and n.name}
    known = source.trusted_names() | source.student_names() | bound_names(cell.source) | inside | set(dir(builtins))
    unknown = sorted(used_names(cell.source) - known)
    if unknown and "*" not in known:
        problems.append(f"nothing defines {', '.join(unknown)}")
    return problems


def try_out(job: Job, variants: Path | None) -> list[str]:
    """What shows when the solution, the stub and the variants are graded."""
    source, problems = job.parsed, []
    raw = json.loads(job.source)
    result = grade_bytes(job, _with(raw, source, {}))
    if result["status"] != "graded":
        return [f"the solution could not be graded: {result.get('why', result.get('findings'))}"]
    for question in result["questions"]:
        if question["verdict"] not in ("right", "manual"):
            words = " ".join(question["messages"])[:300]
            problems.append(
                f"the solution gets {question['score']} of {question['points']:g} for {question['id']}: {words}"
            )
    problems += [words for words in result["findings"] if "the test itself warns" in words]
    stub = grade_bytes(job, _with(raw, source, {c.id: c.released for c in source.cells if c.students}))
    for question in stub["questions"]:
        if question["score"] != 0:
            problems.append(
                f"the untouched notebook gets {question['score']} for {question['id']}: {question['messages']}"
            )
    jobs: dict[frozenset, Job] = {}
    # Function by function, for a warm engine belongs to one job.
    tried = sorted(read_variants(variants), key=lambda v: v[0].partition(":")[0]) if variants else ()
    for name, right, text in tried:
        answered = [c for c in source.cells if c.students and bound_names(c.source) & bound_names(text)]
        names = frozenset().union(*(bound_names(c.source) for c in answered))
        limits = replace(job.limits, until_lost=True)  # one lost test says that an answer is wrong
        part = jobs.setdefault(names, replace(job, source=bearing_on(raw, source, names), limits=limits))
        cells = {c.id: text for c in answered}
        result = grade_bytes(part, _with(json.loads(part.source), part.parsed, cells))
        lost = [q["id"] for q in result["questions"] if q["verdict"] not in ("right", "manual")]
        if right == bool(lost):
            problems.append(f"{name} {'loses ' + ', '.join(lost) if right else 'gets full points'}")
    return problems


def bearing_on(raw: dict, source: Source, names: frozenset[str]) -> bytes:
    """The source with the tests that an answer to `names` can decide, and the code that those tests need."""
    cells = [(c, bound_names(c.source), asked_names(c.source)) for c in source.cells]
    affected, before = set(names), 0
    while len(affected) > before:
        before = len(affected)
        affected.update(*(bound for c, bound, used in cells if c.students and c.kind == "code" and used & affected))
    kept = {i for i, (c, _, used) in enumerate(cells) if c.role == "test" and used & affected}
    before = 0
    while len(kept) > before:
        before = len(kept)
        wanted = set().union(*(cells[i][2] for i in kept))
        kept |= {
            i
            for i, (c, bound, _) in enumerate(cells)
            if c.kind == "code" and (bound & wanted or "*" in bound or c.role == "locked")
        }
    return json.dumps({**raw, "cells": [raw["cells"][i] for i in sorted(kept)]}).encode()


def read_variants(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Name, whether it is right, and text of each answer in a folder.

    An answer is a file right*.py or wrong*.py, or a function or class marked `@answers.right` or
    `@answers.wrong(cause)` below `answers = Mutants(ASSIGNMENT, NAME)`, which then stands for the function NAME.
    """
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith(("right", "wrong")):
            yield path.name, path.name.startswith("right"), path.read_text()
            continue
        mutants, shared, answers = {}, [], []  # `shared` is what all answers of the file may use
        for node in ast.parse(path.read_text()).body:
            mark = [m for m in map(_mark, getattr(node, "decorator_list", ())) if m[0] in mutants]
            if _is_mutants(node):
                mutants[node.targets[0].id] = node.value.args[1].value
            elif mark:
                answers.append((node, *mark[0]))
            elif "Mutants" not in ast.unparse(node):
                shared.append(ast.unparse(node))
        for node, owner, kind in answers:
            node.decorator_list = []
            text = "\n".join([*shared, ast.unparse(node), f"{mutants[owner]} = {node.name}"])
            yield f"{mutants[owner]}: {node.name}", kind == "right", text


def _is_mutants(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Assign) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "Mutants"


def _mark(decorator: ast.expr) -> tuple[str, str]:
    """("answers", "right") of `@answers.right`, ("answers", "wrong") of `@answers.wrong(cause)`."""
    owner, _, kind = ast.unparse(decorator).partition("(")[0].rpartition(".")
    return owner, kind


def _with(raw: dict, source: Source, texts: dict[str, str]) -> bytes:
    """The source as a submission, some of its cells with other text."""
    cells = [
        {**old, "source": texts.get(cell.id, cell.released if not cell.students else cell.source)}
        for old, cell in zip(raw["cells"], source.cells, strict=True)
    ]
    return json.dumps({**raw, "cells": cells}).encode()
