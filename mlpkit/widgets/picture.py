"""A picture in the page that can be replaced without a flicker and says in words what it shows.

The words are its alt text, and stand below it for those who see: text in the page costs a tenth of text in a picture.
"""

from pathlib import Path

import anywidget
import traitlets


class Picture(anywidget.AnyWidget):
    """JPEG bytes and their alt text. `pointer` is where the reader last pressed or dragged, as fractions (x, y)."""

    _esm = Path(__file__).parent / "picture.js"

    data = traitlets.Bytes(b"").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    width = traitlets.Int(600).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    draggable = traitlets.Bool(False).tag(sync=True)
    pointer = traitlets.List(traitlets.Float()).tag(sync=True)
    pixel_ratio = traitlets.Float(1.0).tag(sync=True)
