"""A class of honest submissions of 01_logistic_regression, from the submitted folder to the gradebook: stock
`nbgrader autograde` over `autograder grade`, on the same files, ours before and after the other.

    python tests/benchmarks/grading.py [100]

Also checks that both give the same scores. `--run-all` makes ours run the cells after the last question too.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ID = "01_logistic_regression"
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "mlp"
c.CourseDirectory.source_directory = "solutions"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()  # your code here"}
c.ClearSolutions.text_stub = "*Your answer here.*"
"""


def make_class(folder: Path, count: int) -> None:
    """Right answers in the students' version, no two files alike."""
    (folder / "nbgrader_config.py").write_text(CONFIG)
    shutil.copytree(ROOT / "solutions" / ID, folder / "solutions" / ID)
    run(folder, "nbgrader", "generate_assignment", ID, "--create")
    source = json.loads((folder / "solutions" / ID / "assignment.ipynb").read_text())
    answers = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in source["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    notebook = json.loads((folder / "release" / ID / "assignment.ipynb").read_text())
    for i in range(count):
        for cell in notebook["cells"]:
            id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if id in answers:
                text = answers[id] if isinstance(answers[id], str) else "".join(answers[id])
                sign = f"# student {i}\n" if cell["cell_type"] == "code" else f"Student {i}: "
                cell["source"] = sign + text
        place = folder / "submitted" / f"student{i:05d}" / ID / "assignment.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(notebook))


def run(folder: Path, module: str, *arguments: str) -> float:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    seconds = time.perf_counter() - begin
    assert done.returncode == 0, done.stderr[-3000:]
    return seconds


def scores(folder: Path) -> list[tuple]:
    with sqlite3.connect(folder / "gradebook.db") as db:
        return db.execute(
            "select s.student_id, b.name, g.auto_score, g.needs_manual_grade from grade g "
            "join base_cell b on b.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id "
            "join submitted_assignment s on s.id = n.assignment_id order by 1, 2"
        ).fetchall()


def main(count: int, *more: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        master = Path(name, "master")
        master.mkdir()
        make_class(master, count)
        times, results = {"ours": [], "stock": []}, {}
        for turn, grader in enumerate(("ours", "stock", "ours")):
            folder = Path(name, f"turn{turn}")
            shutil.copytree(master, folder)
            if grader == "ours":
                seconds = run(folder, "autograder", "grade", ID, "--course", str(folder), "--quiet", *more)
            else:
                seconds = run(folder, "nbgrader", "autograde", ID, "--create")
            times[grader].append(seconds)
            results[turn] = scores(folder)
            print(f"{grader}: {seconds:.1f} s for {count}, {1000 * seconds / count:.0f} ms each", flush=True)
        assert results[0] == results[1] == results[2], "the graders disagree"
        ratio = times["stock"][0] / (sum(times["ours"]) / 2)
        print(f"nbgrader autograde / autograder grade: {ratio:.1f} (on {os.cpu_count()} cores, same scores)")


if __name__ == "__main__":
    numbers = [a for a in sys.argv[1:] if a.isdigit()]
    main(int(numbers[0]) if numbers else 100, *[a for a in sys.argv[1:] if not a.isdigit()])
