"""Running the notebooks again changes no picture that looks the same."""

import base64
import io

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from mlpkit.plotting.style import bundle
from tests.run_notebooks import keep_pictures


def png(colour: str, **how: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 40), colour).save(out, "png", **how)
    return out.getvalue()


def notebook(*pictures: bytes) -> nbformat.NotebookNode:
    outputs = [new_output("display_data", bundle(picture, "a patch of colour")) for picture in pictures]
    return new_notebook(cells=[new_code_cell(outputs=outputs)])


def test_the_same_pixels_keep_their_bytes_and_others_are_new():
    old_red, new_red, blue = png("red", compress_level=1), png("red", compress_level=9), png("blue")
    assert old_red != new_red
    new = notebook(blue, new_red)

    keep_pictures(new, notebook(old_red))

    wanted = [base64.b64encode(picture).decode() for picture in (blue, old_red)]
    for output, coded in zip(new.cells[0].outputs, wanted, strict=True):
        assert output.data["image/png"] == coded
        assert coded in output.data["text/html"]
