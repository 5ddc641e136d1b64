"""A Jupyter server extension: an opened lesson is unmodified, and a saved one holds pictures."""

from collections.abc import Callable
from functools import cache

import nbformat
from jupyter_core.utils import ensure_async

WIDGET = "application/vnd.jupyter.widget-view+json"
# Lab shows the first line of a folded output beside its dots: this one, and not the answer to a prediction.
FOLD = {
    "output_type": "display_data",
    "data": {"text/plain": "What this cell gives:"},
    "metadata": {"mlpkit": "fold"},
}


def _load_jupyter_server_extension(app: object) -> None:
    """Take part in how this server reads and writes notebooks."""
    manager = app.contents_manager
    manager.register_pre_save_hook(keep_pictures)
    manager.get = opened_unmodified(manager.get)


def keep_pictures(model: dict, **kwargs: object) -> None:
    """Take the live view out of every output that also holds a picture or words, in a notebook about to be written.

    The page keeps its live explorers; but who opened the file without their kernel would find "model not found" in
    their place. Of `language_info` only the name is kept, as the course has it: the version of somebody's Python is
    no change of a lesson.
    """
    notebook = model.get("content")
    if not is_of_the_course(notebook):
        return
    for cell in notebook["cells"]:
        if cell.get("outputs"):
            cell["outputs"] = [output for output in cell["outputs"] if output.get("metadata") != FOLD["metadata"]]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data or "image/png" in data:
                data.pop(WIDGET, None)
    language = notebook.get("metadata", {}).get("language_info", {})
    if language.get("name") == "python":
        notebook["metadata"]["language_info"] = {"name": "python"}


def opened_unmodified(get: Callable) -> Callable:
    """Return a contents manager's `get` that gives notebooks of the course to the page as the page would have them.

    The language is named as the kernel will name it, so that Lab finds no difference, and what is folded begins with
    a line that tells nothing.
    """

    async def get_prepared(path: str, content: bool = True, **kwargs: object) -> dict:
        model = await ensure_async(get(path, content=content, **kwargs))
        notebook = model.get("content")
        if is_of_the_course(notebook):
            if notebook["metadata"].get("language_info") == {"name": "python"}:
                notebook["metadata"]["language_info"] = kernel_language()
            for cell in notebook["cells"]:
                if cell.get("outputs") and cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
                    cell["outputs"].insert(0, nbformat.from_dict(FOLD))
        return model

    return get_prepared


def is_of_the_course(notebook: object) -> bool:
    """Return whether a notebook's content, as JSON, has a cell that uses mlpkit."""
    cells = notebook.get("cells", []) if isinstance(notebook, dict) else []
    return any("mlpkit" in "".join(cell.get("source", "")) for cell in cells if cell.get("cell_type") == "code")


@cache
def kernel_language() -> dict:
    """Return what the Python kernel of this environment says of its language."""
    from ipykernel.ipkernel import IPythonKernel

    return dict(IPythonKernel.language_info)
