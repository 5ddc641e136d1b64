"""Colours over the whole of an Axes that follow a slider: much quicker than an image that Matplotlib resamples."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from PIL import Image

from mlpkit.arguments import floats, number
from mlpkit.plotting.points import PROBABILITY_MAP


class Shading(Artist):
    """Values on a regular grid over the Axes, row by row from below, as colours of `cmap`, smoothed between them.

    It lies under all else in the Axes and counts as a moving artist (see `animated` in Matplotlib).
    """

    def __init__(self, ax: Axes, cmap: Colormap = PROBABILITY_MAP) -> None:
        super().__init__()
        self._cmap, self._colours = cmap, np.zeros((1, 1, 4), dtype=np.uint8)
        self.set(zorder=0, animated=True)
        ax.add_artist(self)

    def show(self, values: np.ndarray, low: float = 0.0, high: float = 1.0) -> None:
        """Colour by values (H, W): the map's first colour for `low`, its last for `high`."""
        (values,) = floats(values=(values, "H W"))
        low, high = number("low", low), number("high", high)
        self._colours = self._cmap((values - low) / max(high - low, np.finfo(float).tiny), bytes=True)

    def show_colours(self, colours: np.ndarray) -> None:
        """Show colours (H, W, 3), red, green and blue from 0 to 1, as they are."""
        (colours,) = floats(colours=(colours, "H W 3"))
        opaque = np.ones((*colours.shape[:2], 1))
        self._colours = (255.0 * np.concatenate([colours, opaque], axis=2)).astype(np.uint8)

    def draw(self, renderer: object) -> None:
        """Draw the colours at the Axes' own pixels."""
        left, bottom, right, top = np.rint(self.axes.bbox.extents).astype(int)
        image = Image.fromarray(self._colours).resize((right - left, top - bottom), Image.Resampling.BILINEAR)
        renderer.draw_image(renderer.new_gc(), left, bottom, np.array(image))
