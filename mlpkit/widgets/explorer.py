"""An explorer: a figure with controls beside it, whose moving parts follow the controls at once.

Matplotlib draws the figure once, without its moving artists, and keeps the pixels. A change of a control sets the
data of the moving artists, draws those over the kept pixels and sends one image: several times as fast as drawing the
figure anew.
"""

import html
import io
import traceback
from collections.abc import Callable
from itertools import chain

import ipywidgets
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from mlpkit.plotting.style import bundle, small_png
from mlpkit.widgets.picture import Picture


class Explorer(ipywidgets.VBox):
    """Controls above a figure; `update(**values)` moves the artists and returns the alt text, shown below as well.

    Artists made with `animated=True` are the moving ones; all others are drawn once. `controls` maps the names of
    update's arguments to ipywidgets with a `value`. An error in `update` is shown to the reader and kept in `error`.

    `drag=(axes, horizontal, vertical)` lets the reader set two controls by pressing or dragging in the Axes.
    """

    def __init__(
        self,
        figure: Figure,
        controls: dict[str, ipywidgets.Widget],
        update: Callable[..., str],
        drag: tuple[Axes, str, str] | None = None,
    ) -> None:
        self.figure, self.controls, self._update, self._drag = figure, controls, update, drag
        self.error: Exception | None = None
        width, _ = figure.canvas.get_width_height()
        self.picture = Picture(width=width, draggable=drag is not None)
        self._alert = ipywidgets.HTML()
        self._dpi = figure.dpi
        self._frozen = False
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", max_width="100%")
        self._draw_background()
        self.redraw()
        if self.error is not None:
            raise self.error
        super().__init__([ipywidgets.Box(list(controls.values()), layout=row), self.picture, self._alert])
        for control in controls.values():
            control.observe(self._on_change, "value")
        self.picture.observe(self._on_pointer, "pointer")
        self.picture.observe(self._on_pixel_ratio, "pixel_ratio")

    def set(self, **values: object) -> None:
        """Set several controls and redraw once."""
        self._frozen = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._frozen = False
        self.redraw()

    def redraw(self) -> None:
        """Move the artists to the controls' values and send the picture; show an error in place of hiding it."""
        try:
            alt = self._update(**{name: control.value for name, control in self.controls.items()})
        except Exception as error:
            self.error = error
            where = "".join(traceback.format_exception(error)[-2:])
            self._alert.value = f'<pre role="alert" style="color: #B00020">{html.escape(where)}</pre>'
            return
        self.error, self._alert.value = None, ""
        canvas = self.figure.canvas
        canvas.restore_region(self._background)
        for artist in self._moving:
            artist.draw(canvas.get_renderer())
        with self.picture.hold_sync():
            self.picture.data = _jpeg(canvas)
            self.picture.alt = alt
            self.picture.frame += 1

    def _draw_background(self) -> None:
        """Draw all but the moving artists once and keep the pixels."""
        canvas = self.figure.canvas
        canvas.draw()
        self.figure.set_layout_engine("none")
        self._background = canvas.copy_from_bbox(self.figure.bbox)
        artists = chain.from_iterable(ax.get_children() for ax in self.figure.axes)
        self._moving: list[Artist] = sorted((a for a in artists if a.get_animated()), key=Artist.get_zorder)

    def _on_change(self, change: dict) -> None:
        if not self._frozen:
            self.redraw()

    def _on_pointer(self, change: dict) -> None:
        """Set the two dragged controls from a press in the Axes; presses outside it count for nothing."""
        ax, horizontal, vertical = self._drag
        across, down = change["new"]
        width, height = self.figure.canvas.get_width_height()
        x, y = ax.transData.inverted().transform((across * width, (1.0 - down) * height))
        if ax.get_xlim()[0] <= x <= ax.get_xlim()[1] and ax.get_ylim()[0] <= y <= ax.get_ylim()[1]:
            pressed = {horizontal: x, vertical: y}
            self.set(**{name: _within(self.controls[name], value) for name, value in pressed.items()})

    def _on_pixel_ratio(self, change: dict) -> None:
        """Draw with as many pixels as the reader's screen has."""
        self.figure.set_dpi(self._dpi * min(max(change["new"], 1.0), 3.0))
        self._draw_background()
        self.redraw()

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live widget, and a picture with alt text for readers without a kernel."""
        canvas = self.figure.canvas
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        return super()._repr_mimebundle_(**kwargs) | bundle(small_png(image), self.picture.alt)


def _within(control: ipywidgets.Widget, value: float) -> float:
    """Return the value nearest to `value` that the slider can take."""
    step = round((min(max(value, control.min), control.max) - control.min) / control.step)
    return control.min + step * control.step


def _jpeg(canvas: object) -> bytes:
    """Return the canvas as JPEG bytes: a fifth of the time of a PNG, and at this quality no eye tells."""
    out = io.BytesIO()
    image = Image.frombuffer("RGBX", canvas.get_width_height(), canvas.buffer_rgba())
    image.save(out, "jpeg", quality=88, subsampling=0)
    return out.getvalue()
