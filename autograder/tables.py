"""The tables of nbgrader's gradebook: which there are, how a row is found and made, and what stands in a cell's."""

import hashlib
import secrets
import time

import sqlalchemy as sa

from autograder.notebooks import Cell

TABLES = [
    "course",
    "assignment",
    "notebook",
    "base_cell",
    "grade_cells",
    "solution_cells",
    "task_cells",
    "source_cell",
    "student",
    "submitted_assignment",
    "submitted_notebook",
    "grade",
    "comment",
]


def write_version(db_url: str) -> None:
    """Write the version of nbgrader's tables, as nbgrader does, but without the seconds of a process of its own."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    engine = sa.create_engine(db_url)
    with engine.begin() as db:
        db.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        db.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    engine.dispose()


def find_id(db: sa.Connection, table: sa.Table, **values: object) -> str | None:
    """The id of a row with these values, None where there is none."""
    query = sa.select(table.c.id)
    for name, value in values.items():
        query = query.where(table.c[name] == value)
    return db.execute(query).scalar()


def insert(db: sa.Connection, table: sa.Table, **values: object) -> str:
    """Make a row with these values and a new id, which is returned."""
    id = new_id()
    db.execute(table.insert().values(id=id, **values))
    return id


def new_id() -> str:
    """An id as nbgrader's, 32 hexadecimal digits, but later ones sort later.

    So new rows go to the end of each index, where random ids would touch pages all over a large gradebook.
    """
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


def is_kept(cell: Cell) -> bool:
    """Whether nbgrader keeps a row for a cell of a source."""
    return cell.role in ("test", "manual", "solution", "task") or bool(cell.metadata.get("locked"))


def source_row(cell: Cell, notebook: str) -> dict:
    """The row of a cell as it was handed out."""
    text = cell.released if cell.students else cell.source
    locked = not cell.students
    row = {"id": new_id(), "name": cell.id, "cell_type": cell.kind, "locked": locked, "source": text}
    return {**row, "checksum": checksum(cell, text), "notebook_id": notebook}


def checksum(cell: Cell, text: str) -> str:
    """nbgrader's checksum of a cell, by which its own autograder restores locked cells."""
    graded = bool(cell.metadata.get("grade"))
    parts = [text, cell.kind, str(graded), str(cell.students), str(not cell.students), cell.id]
    parts += [str(cell.points)] if graded else []
    return hashlib.md5("".join(parts).encode()).hexdigest()
