"""What the course's server extension does to a notebook on its way to the page and back to the file."""

import asyncio
import copy
import json

import pytest

from mlpkit.jupyter.server import FOLD, WIDGET, keep_pictures, kernel_language, opened_unmodified
from tests.course.classroom import ROOT


def notebook(*cells):
    return {"cells": list(cells), "metadata": {"language_info": {"name": "python"}}}


def code(source, *outputs, hidden=False):
    metadata = {"jupyter": {"outputs_hidden": True}} if hidden else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": list(outputs)}


def opened(notebook):
    get = opened_unmodified(lambda path, content: {"content": notebook})
    return asyncio.run(get("lesson.ipynb"))["content"]


def shown(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_opening_names_the_language_as_the_kernel_does():
    assert opened(notebook(code("import mlpkit")))["metadata"]["language_info"] == kernel_language()
    assert kernel_language()["name"] == "python"


def test_opening_leaves_other_notebooks_alone():
    other = notebook(code("import numpy", shown(**{"text/plain": "1"}), hidden=True))

    assert opened(copy.deepcopy(other)) == other


def test_what_is_folded_begins_with_a_line_that_tells_nothing_and_the_file_does_not_keep_it():
    lesson = notebook(code("import mlpkit"), code("1", shown(**{"text/plain": "1"}), hidden=True))
    page = opened(copy.deepcopy(lesson))
    assert page["cells"][1]["outputs"][0] == FOLD

    keep_pictures({"type": "notebook", "content": page})
    assert page == lesson


def test_saving_keeps_pictures_in_place_of_live_views_but_never_an_output_without_any():
    outputs = shown(**{WIDGET: {}, "text/html": "<img>"}), shown(**{WIDGET: {}, "text/plain": "x"})
    lesson = notebook(code("import mlpkit", *outputs))
    keep_pictures({"type": "notebook", "content": lesson})

    assert [list(output["data"]) for output in lesson["cells"][0]["outputs"]] == [
        ["text/html"],
        [WIDGET, "text/plain"],
    ]


@pytest.mark.parametrize("content", [None, {}, {"cells": []}, "text", {"cells": [{"cell_type": "raw"}]}])
def test_whatever_else_is_saved_passes_untouched(content):
    model = {"type": "file", "content": copy.deepcopy(content)}
    keep_pictures(model)

    assert model["content"] == content


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("lessons/**/*.ipynb")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_lesson_that_is_opened_and_saved_is_the_same_to_the_byte(path):
    lesson = json.loads(path.read_text())
    page = opened(copy.deepcopy(lesson))
    keep_pictures({"type": "notebook", "content": page})

    assert page == lesson
