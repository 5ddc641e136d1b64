"""Numbers that change many times a second: glyphs as shapes in one artist, ten times as fast as so many texts."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

_INCH = 1 / 72  # a point
_FONT = FontProperties(family="DejaVu Sans")


class Numbers(PathCollection):
    """Numbers centred at `places` (M, 2) in data coordinates, each in its colour, to be set by `show`."""

    def __init__(self, ax: Axes, places: np.ndarray, colours: list[str], size: float = 10.0, **look: object) -> None:
        self._glyphs = {sign: TextPath((0, 0), sign, size * _INCH, prop=_FONT) for sign in "0123456789.−"}
        # every digit is as wide as a 0, so a number's place does not depend on its digits
        self._width = 0.636 * size * _INCH
        self._middle = self._glyphs["0"].get_extents().y1 / 2
        blank = [Path(np.zeros((1, 2)))] * len(places)
        super().__init__(blank, offsets=places, offset_transform=ax.transData, facecolors=colours, **look)
        self.set(linewidth=0, clip_on=False)
        self.set_transform(ax.figure.dpi_scale_trans)
        ax.add_collection(self, autolim=False)

    def show(self, values: np.ndarray, decimals: int = 2) -> None:
        """Show values (M,); where one is NaN there is nothing."""
        self.set_paths([self._written("" if np.isnan(v) else f"{v:.{decimals}f}") for v in values])
        self.stale = True

    def _written(self, said: str) -> Path:
        if not said:
            return Path(np.zeros((1, 2)))
        said = said.replace("-", "−")
        widths = [self._width * (0.5 if sign == "." else 1.32 if sign == "−" else 1.0) for sign in said]
        starts = np.cumsum([0.0, *widths]) - sum(widths) / 2
        glyphs = [self._glyphs[sign] for sign in said]
        vertices = [g.vertices + np.array([start, -self._middle]) for g, start in zip(glyphs, starts, strict=False)]
        return Path(np.concatenate(vertices), np.concatenate([g.codes for g in glyphs]))

    def set_sizes(self, sizes: np.ndarray | None, dpi: float = 72.0) -> None:
        """The glyphs have their own size, in inches: nothing to scale."""
        self._sizes, self._transforms = np.array([]), np.empty((0, 3, 3))
