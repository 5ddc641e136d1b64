"""An explorer as the page knows it: a picture in JPEG bytes, its words, and the controls around it.

The page draws the controls itself and sends their positions; the kernel answers with one message that holds the new
picture, its words, and where in it something can be taken. The files of page/ say how each part works.
"""

from pathlib import Path

import anywidget
import traitlets

PAGE = Path(__file__).parent / "page"


def page_code(*names: str) -> str:
    """Return the named files of page/ as one JavaScript module; the last one exports what the page calls."""
    return "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in names)


class Picture(anywidget.AnyWidget):
    """What is sent to and fro between an explorer and its page."""

    _esm = page_code("shell", "controls", "hands", "player", "explorer")
    _css = PAGE / "look.css"

    # to the page, with every frame
    data = traitlets.Bytes(b"").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    width = traitlets.Int(600).tag(sync=True)  # in pixels of the page, where there is room
    grips = traitlets.List().tag(sync=True)  # what can be taken: see hands.py
    goal = traitlets.Dict().tag(sync=True)  # {"text", "reached", "words"}
    error = traitlets.Unicode("").tag(sync=True)
    # once
    controls = traitlets.Dict().tag(sync=True)  # name: what the page needs to draw it
    about = traitlets.Dict().tag(sync=True)  # {"play", "tries", "code"}
    # both ways
    values = traitlets.Dict().tag(sync=True, echo_update=False)  # name: position
    # from the page
    pointer = traitlets.Dict().tag(sync=True, echo_update=False)  # {"grip", "part", "x", "y", "deed", "count"}
    page = traitlets.Dict({"room": 0, "pixels": 1.0}).tag(sync=True, echo_update=False)
