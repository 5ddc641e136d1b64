"""The corpus against both graders, side by side.

    python -m tests.autograder.attacks

Stock nbgrader runs students' code with the rights of whoever starts it. So here it runs inside bubblewrap, with a
file system that it can only read, no capabilities and processes of its own, and the dangerous attacks are spared it
all the same.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.engine import close_engines, grade_bytes
from tests.autograder.attacks.corpus import ATTACKS
from tests.autograder.course import ID, hand_in, job, make_course, submission

# Where Jupyter and IPython would write; the folder of the run is the only one that they can.
HOME = {"HOME": ".", "IPYTHONDIR": ".ipython", "JUPYTER_RUNTIME_DIR": ".runtime", "TMPDIR": "."}


def stock_points(folder: Path) -> tuple[dict[str, dict[str, float | None]], set[str]]:
    """What nbgrader's own autograder gives each attack, by number and test, and on which of them it hung."""
    hung: set[str] = set()
    make_course(folder)
    with open(folder / "nbgrader_config.py", "a") as config:
        config.write("c.ExecutePreprocessor.timeout = 5\nc.Execute.timeout = 5\n")
    for number, attack in enumerate(ATTACKS):
        if not attack.dangerous:
            hand_in(folder, f"attack{number:02d}", submission({attack.cell: attack.code}))
    run(folder, "generate_assignment", ID, "--create")
    for number, attack in enumerate(ATTACKS):
        if not attack.dangerous:
            ended = run(folder, "autograde", ID, "--create", "--student", f"attack{number:02d}")
            hung |= set() if ended else {f"attack{number:02d}"}
    found: dict[str, dict[str, float | None]] = {}
    with sqlite3.connect(folder / "gradebook.db") as db:
        for student, cell, points in db.execute(
            "select s.student_id, b.name, g.auto_score from grade g join base_cell b on b.id = g.cell_id "
            "join submitted_notebook n on n.id = g.notebook_id join submitted_assignment s on s.id = n.assignment_id"
        ):
            found.setdefault(student, {})[cell] = points
    return found, hung


def run(folder: Path, *command: str) -> bool:
    """Run nbgrader inside bubblewrap; whether it came to an end within a minute."""
    cage = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL"]
    cage += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", str(folder), str(folder), "--"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        [*cage, sys.executable, "-m", "nbgrader", *command], cwd=folder, env={**os.environ, "PATH": path, **HOME},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(60)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stock, hung = stock_points(Path(folder))
    ours = job(call_seconds=2.0, cell_seconds=3.0, notebook_seconds=40.0)
    passed = {"ours": 0, "stock": 0}
    print(f"{'attack':58} {'autograder':24} nbgrader")
    for number, attack in enumerate(ATTACKS):
        result = grade_bytes(ours, submission({attack.cell: attack.code}))
        question = next(q for q in result["questions"] if q["id"] == attack.target)
        points = stock.get(f"attack{number:02d}", {}).get(attack.target)
        passed["ours"] += bool(question["score"])
        passed["stock"] += bool(points)
        theirs = "no score" if points is None else f"{points:g} points"
        theirs = "not run" if attack.dangerous else "hangs" if f"attack{number:02d}" in hung else theirs
        mark = f"{question['score']:g} points, {question['verdict']}"
        print(f"{attack.name:58} {mark:24} {theirs}{'  <- full marks' if points == question['points'] else ''}")
    close_engines()
    tried = sum(not attack.dangerous for attack in ATTACKS)
    print(f"got points: autograder {passed['ours']} of {len(ATTACKS)}, nbgrader {passed['stock']} of {tried}")


if __name__ == "__main__":
    main()
