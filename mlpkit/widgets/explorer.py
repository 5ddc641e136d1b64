"""An explorer: a figure with controls, whose moving parts follow the controls and the hand at once.

Matplotlib draws the figure once, without its moving artists, and keeps the pixels. A change of a control sets the
data of the moving artists, draws those over the kept pixels and sends one image: several times as fast as drawing the
figure anew.
"""

import html
import inspect
import io
import traceback
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from types import FunctionType

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from PIL import Image

from mlpkit.plotting.arrangement import Arrangement
from mlpkit.plotting.style import bundle, small_png
from mlpkit.widgets.controls import Control
from mlpkit.widgets.hands import Hand
from mlpkit.widgets.picture import Picture
from mlpkit.widgets.share import call_of, with_arguments

_MOST_PIXELS = 3.0  # for each pixel of the page: more is not seen, and costs time


@dataclass(frozen=True)
class Goal:
    """Something to reach: what it is, and `judge(**values)`, which returns whether it is reached and says how far."""

    text: str
    judge: Callable[..., tuple[bool, str]]


def goal(text: str, judge: Callable[..., tuple[bool, str]]) -> Goal:
    """Return a goal for an explorer: `judge` takes the values of all controls."""
    return Goal(text, judge)


class Explorer:
    """A figure with controls; `update(**values)` moves the artists and returns the words that tell what is shown.

    Artists made with `animated=True` are the moving ones; all others are drawn once. `controls` maps the names of
    update's arguments to controls. An error in `update` is shown to the reader and kept in `error`.

    `hands` can be taken in the picture. `play` names the control that is a step or a time. `tries` is a line that
    says what to try. `code` is a function, several, or a text: the lines that matter. `settle(changed, **values)`
    returns values of other controls that follow from a change of those named in `changed`. `start` holds values of
    controls to begin with, as in the line of code that a reader can share.
    """

    def __init__(
        self,
        figure: Figure,
        controls: dict[str, Control],
        update: Callable[..., str],
        *,
        hands: Sequence[Hand] = (),
        play: str | None = None,
        tries: str = "",
        goal: Goal | None = None,
        code: str | Callable | Sequence[Callable] = "",
        settle: Callable[..., dict[str, object]] | None = None,
        start: dict[str, object] | None = None,
    ) -> None:
        self.figure, self.controls, self.hands = figure, controls, tuple(hands)
        self.error: Exception | None = None
        self._update, self._goal, self._settle = update, goal, settle
        self._call = call_of(inspect.currentframe())
        self._dpi, self._arrangement = figure.dpi, Arrangement(figure)
        self.picture = Picture(
            controls={name: control.described() for name, control in controls.items()},
            about={"play": play, "tries": tries, "code": _listing(code)},
        )
        self._begin(start or {})
        self._draw_background()
        self.redraw()
        if self.error is not None:
            raise self.error
        for name, control in controls.items():
            control.changed = lambda name=name: self._follow({name})
        self.picture.observe(self._on_values, "values")
        self.picture.observe(self._on_pointer, "pointer")
        self.picture.observe(self._on_page, "page")
        self.picture.on_msg(self._on_question)

    def set(self, **values: object) -> None:
        """Set several controls and redraw once."""
        self._follow({name for name, value in values.items() if self.controls[name].take(value)})

    def values(self) -> dict[str, object]:
        """Return the present values of all controls by name."""
        return {name: control.value for name, control in self.controls.items()}

    def redraw(self) -> None:
        """Move the artists to the controls' values and send the picture; show an error in place of hiding it."""
        try:
            words = self._update(**self.values())
            reached = self._goal.judge(**self.values()) if self._goal else None
        except Exception as error:
            self.error = error
            self.picture.error = html.escape("".join(traceback.format_exception(error)[-2:]))
            return
        self.error = None
        canvas = self.figure.canvas
        canvas.restore_region(self._background)
        for artist in self._moving:
            artist.draw(canvas.get_renderer())
        size = canvas.get_width_height()
        with self.picture.hold_sync():
            self.picture.data = _jpeg(canvas)
            self.picture.alt = words
            self.picture.error = ""
            self.picture.values = {name: control.position for name, control in self.controls.items()}
            self.picture.grips = [hand.described(*size) for hand in self.hands]
            if reached is not None:
                self.picture.goal = {"text": self._goal.text, "reached": bool(reached[0]), "words": reached[1]}
            self.picture.frame += 1

    def code_line(self) -> str:
        """Return the line of code that makes this explorer as it stands now."""
        changed = {name: control.value for name, control in self.controls.items() if control.value != control.first}
        return with_arguments(self._call, changed)

    def _begin(self, start: dict[str, object]) -> None:
        unknown = [name for name in start if name not in self.controls]
        if unknown:
            raise TypeError(f"there is no control {unknown[0]!r} to begin with: there are {', '.join(self.controls)}")
        for name, value in start.items():
            self.controls[name].take(value)
        if start and self._settle:
            self._take_settled(set(start))

    def _follow(self, changed: Set[str]) -> None:
        """Redraw after a change of the controls named."""
        if changed and self._settle:
            self._take_settled(changed)
        self.redraw()

    def _take_settled(self, changed: Set[str]) -> None:
        for name, value in self._settle(changed, **self.values()).items():
            self.controls[name].take(value)

    def _draw_background(self) -> None:
        """Draw all but the moving artists once and keep the pixels."""
        canvas = self.figure.canvas
        canvas.draw()
        self.figure.set_layout_engine("none")
        self._background = canvas.copy_from_bbox(self.figure.bbox)
        artists = chain.from_iterable(ax.get_children() for ax in self.figure.axes)
        self._moving: list[Artist] = sorted((a for a in artists if a.get_animated()), key=Artist.get_zorder)
        self.picture.width = round(self.figure.get_size_inches()[0] * self._dpi)

    def _on_values(self, change: dict) -> None:
        """Follow the controls of the page."""
        moved = {name: at for name, at in change["new"].items() if at != self.controls[name].position}
        if moved:
            self.set(**{name: self.controls[name].at(at) for name, at in moved.items()})

    def _on_pointer(self, change: dict) -> None:
        """Follow the hand: move, add or remove what it holds."""
        said = change["new"]
        hand = self.hands[said["grip"]]
        x, y = hand.at(said["x"], said["y"])
        deeds = {
            "take": lambda: hand.take(said["part"]) if hand.take else {},
            "move": lambda: hand.move(said["part"], x, y),
            "add": lambda: hand.add(x, y),
            "remove": lambda: hand.remove(said["part"]),
        }
        values = deeds[said["deed"]]()
        self.set(**{name: self.controls[name].nearest(value) for name, value in values.items()})

    def _on_page(self, change: dict) -> None:
        """Draw for the width that there is, with as many pixels as the reader's screen has."""
        dpi = self._dpi * min(max(change["new"]["pixels"], 1.0), _MOST_PIXELS)
        if self._arrangement.fit(change["new"]["room"]) or dpi != self.figure.dpi:
            self.figure.set_dpi(dpi)
            self.figure.set_layout_engine("constrained")
            self._draw_background()
            self.redraw()

    def _on_question(self, widget: Picture, content: dict, buffers: list) -> None:
        """Answer the page, which asks for the line of code to share."""
        if content.get("ask") == "code line":
            self.picture.send({"code line": self.code_line()})

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live widget, and a picture with alt text for readers without a kernel."""
        canvas = self.figure.canvas
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        return self.picture._repr_mimebundle_(**kwargs)[0] | bundle(small_png(image), self.picture.alt)


def _listing(code: str | Callable | Sequence[Callable]) -> str:
    """Return the text of a function, or of several, as it stands in the course."""
    if isinstance(code, str):
        return inspect.cleandoc(code)
    functions = [code] if isinstance(code, FunctionType) or not isinstance(code, Sequence) else code
    return "\n\n".join(inspect.cleandoc("\n" + inspect.getsource(function)) for function in functions)


def _jpeg(canvas: object) -> bytes:
    """Return the canvas as JPEG bytes: a fifth of the time of a PNG, and at this quality no eye tells."""
    out = io.BytesIO()
    image = Image.frombuffer("RGBX", canvas.get_width_height(), canvas.buffer_rgba())
    image.save(out, "jpeg", quality=88, subsampling=0)
    return out.getvalue()
