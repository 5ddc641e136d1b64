"""Run notebooks from top to bottom and keep their outputs: `python -m tests.run_notebooks [NOTEBOOK ...]`.

Without names it runs every lesson and every source of an assignment. nbval holds the outputs against a fresh run.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"


def notebooks_with_outputs() -> list[Path]:
    """Return the notebooks whose outputs are committed: lessons and sources, not the students' assignments."""
    lessons = [ROOT / "lessons" / "00_start_here.ipynb", *sorted(ROOT.glob("lessons/*/lesson.ipynb"))]
    return lessons + sorted(ROOT.glob("solutions/*/assignment.ipynb"))


def run(path: Path) -> None:
    """Execute the notebook in its folder and write it back with outputs that are the same on every machine."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # A live widget cannot be kept; its picture and its words can.
            output.get("data", {}).pop(WIDGET, None)
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLPKIT_PREDICTIONS"] = str(Path(folder) / "predictions.json")
        for path in [Path(name).resolve() for name in sys.argv[1:]] or notebooks_with_outputs():
            print(path.relative_to(ROOT), flush=True)
            run(path)
