"""Where a course keeps its things: read from nbgrader's own configuration, so that both graders agree."""

import hashlib
import json
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader

from autograder.engine import Job
from autograder.notebooks import STUBS
from autograder.sandbox import Limits

NAME = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_.@+ -]*")  # of a student or an assignment: no path


class CourseError(Exception):
    """Something about the course's folders that an instructor must set right; the message says what."""


@dataclass
class Course:
    """The folders of a course and the parts of nbgrader's configuration that grading needs."""

    root: Path
    config: Config
    config_folder: Path
    source: Path
    release: Path
    submitted: Path
    autograded: Path
    feedback: Path
    db_url: str
    stubs: tuple[str, str]

    @property
    def journal(self) -> Path:
        return self.autograded.parent / "journal.db"

    @property
    def reports(self) -> Path:
        return self.autograded.parent / "reports"

    def notebook(self, assignment: str) -> Path:
        """The one notebook of an assignment's source."""
        if not NAME.fullmatch(assignment):
            raise CourseError(f"{assignment!r} is no name of an assignment")
        found = sorted((self.source / assignment).glob("*.ipynb"))
        if len(found) != 1:
            known = sorted(p.parent.name for p in self.source.glob("*/*.ipynb"))
            raise CourseError(
                f"{self.source / assignment} holds {len(found)} notebooks and should hold one; "
                f"the assignments here are: {', '.join(known) or 'none'}"
            )
        return found[0]

    def _with_tests(self, notebook: Path) -> bytes:
        """The source with the tests in it that nbgrader makes of its AUTOTEST comments."""
        from autograder.autotest import has_autotests, instantiate

        data = self._with_header(notebook.read_bytes())
        if not has_autotests(data, _string(self.config.InstantiateTests, "autotest_delimiter", "AUTOTEST")):
            return data
        return instantiate(data, notebook.parent, self.root, self.config, self.autograded.parent / "autotests")

    def _with_header(self, data: bytes) -> bytes:
        """The source between the header and the footer that nbgrader's release puts around it."""
        around = []
        for end in ("header", "footer"):
            name = _string(self.config.IncludeHeaderFooter, end, "")
            try:
                around.append(json.loads((self.root / name).read_bytes())["cells"] if name else [])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CourseError(
                    f"c.IncludeHeaderFooter.{end}: {self.root / name} cannot be read: {error}"
                ) from None
        if not any(around):
            return data
        notebook = json.loads(data)
        return json.dumps({**notebook, "cells": [*around[0], *notebook["cells"], *around[1]]}).encode()

    def job(self, assignment: str, limits: Limits | None = None, sandboxed: bool = True) -> Job:
        """All that grading this assignment depends on."""
        notebook = self.notebook(assignment)
        files = {}
        for path in sorted(notebook.parent.rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(notebook.parent).parts)
            if path.is_file() and path.suffix not in (".ipynb", ".pyc") and not hidden:
                files[str(path.relative_to(notebook.parent))] = path.read_bytes()
        job = Job(self._with_tests(notebook), files, assignment, self.stubs, limits or Limits(), sandboxed)
        try:
            job.parsed  # noqa: B018 - reads it
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise CourseError(f"{notebook} cannot be graded: {error}") from None
        return job


def load(folder: Path | None = None) -> Course:
    """The course whose nbgrader_config.py lies in `folder` (default: here, or else beside this package)."""
    candidates = [folder] if folder else [Path.cwd(), Path(__file__).parent]
    folder = next((f for f in candidates if (f / "nbgrader_config.py").is_file()), None)
    if folder is None:
        raise CourseError(
            f"there is no nbgrader_config.py in {candidates[0]}: name the course's folder with --course"
        )
    # nbgrader starts alembic by its name, which is on the path only when the environment is activated.
    os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    except Exception as error:
        raise CourseError(f"{folder / 'nbgrader_config.py'} cannot be read: {error}") from error
    directory = config.CourseDirectory
    root = Path(_string(directory, "root", str(folder))).resolve()

    def place(name: str) -> Path:
        return root / _string(directory, f"{name}_directory", name)

    url = _string(directory, "db_url", f"sqlite:///{root / 'gradebook.db'}")
    code = config.ClearSolutions.get("code_stub", {})
    stubs = (code.get("python", STUBS[0]), _string(config.ClearSolutions, "text_stub", STUBS[1]))
    places = {name: place(name) for name in ("source", "release", "submitted", "autograded", "feedback")}
    return Course(root, config, folder.resolve(), db_url=url, stubs=stubs, **places)


def _string(section: Config, name: str, default: str) -> str:
    value = section.get(name, default)
    return value if isinstance(value, str) else default


def read_regular(path: Path, limit: int) -> bytes:
    """The first `limit` + 1 bytes of a regular file; OSError for a link, a device or a pipe."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no regular file")
        return file.read(limit + 1)


def write_if_changed(path: Path, data: bytes, mode: int = 0o644) -> bool:
    """Write a file in one step, unless it already holds `data`. Returns whether it was written."""
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.chmod(mode)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return True


def digest(*parts: bytes | str) -> str:
    """One hash of several parts, none of which can run into the next."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()
