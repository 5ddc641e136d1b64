"""Panels beside each other where the page is wide, under each other where it is narrow; words stay readable."""

import textwrap

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FixedFormatter

from mlpkit.plotting.style import DPI

_SMALLEST = 0.74  # a picture is shrunk by the page to this at most: 9 points at 100 dpi are then 9 pixels
_NARROWEST = 330  # pixels of the page before shrinking
_BESIDE = 280  # pixels of the page for each of the panels that stand beside each other
_UNSHRUNK = 440  # pixels of the page from which stacked panels are drawn as large as they are shown
_LOW = 3.0  # inches that a stacked panel is high
_LETTER = 0.52  # mean width of a letter in units of the size of its font


class Arrangement:
    """How a figure lies in the room that there is: remembers its natural size, titles and legends."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._size = tuple(figure.get_size_inches())
        self._panels = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
        self._places = [ax.get_subplotspec() for ax in self._panels]
        self._titles = [ax.get_title() for ax in self._panels]
        self._names = [ax.get_ylabel() for ax in self._panels]
        self._columns = [legend._ncols for legend in figure.legends]
        self._drawn = self._size[0] * DPI, False

    def fit(self, room: int) -> bool:
        """Arrange the figure for a page with `room` pixels (0: as much as it likes); return whether it changed."""
        natural, panels = self._size[0] * DPI, len(self._panels)
        wide = room <= 0 or room >= _SMALLEST * natural
        stacked = not wide and panels > 1 and room < panels * _BESIDE
        width = natural if wide else min(natural, max(room / _SMALLEST, _NARROWEST))
        if stacked:
            width = max(width if room < _UNSHRUNK else room, _NARROWEST)
        if (width, stacked) == self._drawn:
            return False
        self._drawn = width, stacked
        rows, height = (panels, _LOW) if stacked else (1, self._size[1])
        if not wide:
            height = min(height, self._size[1], max(0.85 * width / DPI, 0.75 * self._size[1]))
        self.figure.set_size_inches(width / DPI, rows * height)
        grid = GridSpec(rows, 1, figure=self.figure) if stacked else None
        for n, ax in enumerate(self._panels):
            ax.set_subplotspec(grid[n, 0] if stacked else self._places[n])
            beside = 1 if stacked else self._places[n].get_gridspec().ncols
            self._fit_words(n, width / DPI / beside - 0.6, height - 0.9)
        self._lay_out_legends(width)
        return True

    def _fit_words(self, n: int, across: float, up: float) -> None:
        """Break title and name of an axis into lines, and turn names of ticks, to fit inches across and up."""
        ax = self._panels[n]
        ax.set_title(_wrapped(self._titles[n], across, ax.title.get_fontsize()))
        ax.set_ylabel(_wrapped(self._names[n], up, ax.yaxis.label.get_fontsize()))
        if isinstance(ax.xaxis.get_major_formatter(), FixedFormatter):
            words = [tick.get_text() for tick in ax.get_xticklabels()]
            wide = sum(len(word) + 1 for word in words) * _LETTER * ax.get_xticklabels()[0].get_fontsize() / 72
            ax.tick_params(axis="x", rotation=90 if wide > across else 0)

    def _lay_out_legends(self, width: float) -> None:
        """Give the legends below as many columns as fit."""
        for n, legend in enumerate(list(self.figure.legends)):
            handles, words = legend.legend_handles, [text.get_text() for text in legend.get_texts()]
            size = legend.get_texts()[0].get_fontsize()
            widest = max(len(word) for word in words) * _LETTER * size / 72 + 0.55  # with its sign and the gap
            columns = max(1, min(self._columns[n], int(width / DPI / widest)))
            legend.remove()
            self.figure.legend(handles, words, loc="outside lower center", ncols=columns, fontsize=size)


def _wrapped(title: str, inches: float, size: float) -> str:
    """Return a title in lines that are no wider than `inches`; formulas are left whole."""
    letters = max(12, int(inches * 72 / (size * _LETTER)))
    return title if "$" in title else textwrap.fill(title, letters)
