"""A course of its own for each test run: the sources and nbgrader's configuration, in a temporary folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


class Course:
    """A copy of solutions/ and autograder/nbgrader_config.py, or of another course; stock nbgrader runs in it."""

    def __init__(self, root: Path, other: Path | None = None) -> None:
        self.root, self.classroom = root, root / "autograder" / "class"
        if other is not None:
            shutil.copytree(other, root, dirs_exist_ok=True)
            return
        shutil.copytree(ROOT / "solutions", root / "solutions")
        (root / "autograder").mkdir()
        shutil.copy(ROOT / "autograder" / "nbgrader_config.py", root / "autograder")

    def nbgrader(self, *arguments: str) -> str:
        """Run `nbgrader ...` as an instructor does, in autograder/, and return what it printed."""
        done = subprocess.run(
            [str(BIN / "nbgrader"), *arguments],
            cwd=self.root / "autograder",
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"nbgrader {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def gradebook(self) -> "Gradebook":  # noqa: F821 - imported late, nbgrader is slow to import
        from nbgrader.api import Gradebook

        return Gradebook(f"sqlite:///{self.classroom / 'gradebook.db'}", "mlp")
