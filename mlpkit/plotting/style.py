"""The look of every picture, and how one reaches the page: with its alt text, in Lab and without a kernel."""

import base64
import html
import io

from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mlpkit.arguments import number, whole

# Okabe and Ito (2008), Color Universal Design: told apart under every common form of colour blindness.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#000000",
}
_CLASS_NAMES = ("blue", "red", "green", "orange", "purple", "sky", "black", "yellow")
CLASS_COLOURS = tuple(COLOURS[name] for name in _CLASS_NAMES)
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")  # a shape a class, for readers who see no colours

_SMALL = {"axes.titlesize": 11, "axes.labelsize": 10, "xtick.labelsize": 9, "ytick.labelsize": 9}
DPI = 100


def figure(rows: int = 1, columns: int = 1, width: float = 6.0, height: float | None = None) -> tuple[Figure, object]:
    """Return a new Figure of `width` x `height` inches and its Axes: one, or an array of (rows, columns) squeezed.

    The figure does not belong to pyplot: it is shown when you `show` it and nothing else keeps it.
    """
    rows, columns = whole("rows", rows, 1), whole("columns", columns, 1)
    width = number("width", width, 1.0, 30.0)
    height = width * rows / columns * 0.72 if height is None else number("height", height, 1.0, 30.0)
    new = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(new)
    axes = new.subplots(rows, columns)
    for ax in new.axes:
        _tidy(ax)
    return new, axes


def new_axes(ax: Axes | None, width: float = 5.0, height: float | None = None) -> Axes:
    """Return `ax`, or the Axes of a new figure."""
    return figure(1, 1, width, height)[1] if ax is None else ax


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.title.set_fontsize(_SMALL["axes.titlesize"])
    ax.xaxis.label.set_fontsize(_SMALL["axes.labelsize"])
    ax.yaxis.label.set_fontsize(_SMALL["axes.labelsize"])
    ax.tick_params(labelsize=_SMALL["xtick.labelsize"])


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG of at most 256 colours, small enough to be kept inside a notebook."""
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    return small_png(Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()))


def small_png(image: Image.Image) -> bytes:
    """Return an image as PNG bytes with a palette of 256 colours; an octree keeps the rare ones, such as markers."""
    out = io.BytesIO()
    palette = image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette.save(out, "png", optimize=True)
    return out.getvalue()


def bundle(picture: bytes, alt: str) -> dict[str, str]:
    """Return what a notebook keeps of a picture: HTML with alt text for Lab, PNG for PDF, the words for the rest."""
    coded = base64.b64encode(picture).decode("ascii")
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{coded}" style="max-width: 100%">'
    return {"text/html": image, "image/png": coded, "text/plain": alt}


def show(figure: Figure | Axes, alt: str) -> None:
    """Display a figure with the words that tell a reader who cannot see it what it shows.

    Raises ValueError when `alt` says next to nothing.
    """
    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise ValueError(f"alt must say in words what the figure shows, but it is {alt!r}")
    if isinstance(figure, Axes):
        figure = figure.figure
    display(bundle(png(figure), alt), raw=True)
