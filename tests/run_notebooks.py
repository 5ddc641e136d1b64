"""Run notebooks from top to bottom and keep their outputs: `python -m tests.run_notebooks [NOTEBOOK ...]`.

Without names it runs every lesson and every source of an assignment. nbval holds the outputs against a fresh run.
"""

import base64
import io
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"


def notebooks_with_outputs() -> list[Path]:
    """Return the notebooks whose outputs are committed: lessons and sources, not the students' assignments."""
    lessons = [ROOT / "lessons" / "00_start_here.ipynb", *sorted(ROOT.glob("lessons/*/lesson.ipynb"))]
    return lessons + sorted(ROOT.glob("solutions/*/assignment.ipynb"))


def bundles(notebook: nbformat.NotebookNode) -> list[dict]:
    """Return the data of all outputs that hold a picture."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data for output in outputs if "image/png" in output.get("data", {})]


def pixels(coded: str) -> tuple:
    """Return the size of a picture in base64, and its colours."""
    image = Image.open(io.BytesIO(base64.b64decode(coded))).convert("RGB")
    return image.size, image.tobytes()


def keep_pictures(new: nbformat.NotebookNode, old: nbformat.NotebookNode) -> None:
    """Give each picture of `new` the bytes that a picture of the same pixels has in `old`.

    Encoders change from version to version: what looks the same should be no change of the notebook.
    """
    kept = {pixels(data["image/png"]): data["image/png"] for data in bundles(old)}
    for data in bundles(new):
        coded = data["image/png"]
        data["image/png"] = kept.get(pixels(coded), coded)
        if "text/html" in data:
            data["text/html"] = data["text/html"].replace(coded, data["image/png"])


def fold(notebook: nbformat.NotebookNode) -> None:
    """Hide what the cells from a prediction to the end of its section hold: Lab shows it once they are run.

    In an assignment the code of the checks is folded: what a student sees are the lines to write.
    """
    answering = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            answering = answering and not cell.source.startswith("#")
            continue
        asks = "widgets.predict(" in cell.source
        cell.metadata.pop("jupyter", None)
        if is_check(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if answering and not asks and cell.outputs:
            cell.metadata["jupyter"] = {"outputs_hidden": True}
        answering = answering or asks


def is_check(cell: nbformat.NotebookNode) -> bool:
    """Return whether a cell is a test that students run and do not write."""
    role = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(role.get("grade")) and not role.get("solution")


def run(path: Path) -> None:
    """Execute the notebook in its folder and write it back with outputs that are the same on every machine."""
    notebook, before = nbformat.read(path, as_version=4), nbformat.read(path, as_version=4)
    where = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where, coalesce_streams=True).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # A live widget cannot be kept; its picture and its words can.
            output.get("data", {}).pop(WIDGET, None)
    keep_pictures(notebook, before)
    fold(notebook)
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLPKIT_PREDICTIONS"] = str(Path(folder) / "predictions.json")
        for path in [Path(name).resolve() for name in sys.argv[1:]] or notebooks_with_outputs():
            print(path.relative_to(ROOT), flush=True)
            run(path)
