"""A function and its derivative in one small picture."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes

_JUMP = 0.4  # a larger change between neighbouring points is a jump, not a slope


def value_and_slope(
    z: np.ndarray, value: np.ndarray, derivative: np.ndarray, ax: Axes | None = None, *, name: str
) -> Axes:
    """Draw value (n,) as a line and derivative (n,) dashed over z (n,), with a gap where the derivative jumps."""
    z, value, derivative = floats(z=(z, "n"), value=(value, "n"), derivative=(derivative, "n"))
    ax = new_axes(ax)
    drawn = derivative.copy()
    drawn[1:][np.abs(np.diff(derivative)) > _JUMP] = np.nan
    ax.axhline(0, color="0.6", linewidth=0.6)
    ax.axvline(0, color="0.6", linewidth=0.6)
    ax.plot(z, value, color=COLOURS["blue"], linewidth=2, label="value")
    ax.plot(z, drawn, "--", color=COLOURS["red"], linewidth=1.5, label="derivative")
    ax.set_title(name, fontsize=10)
    ax.set_xlabel("z", fontsize=9, labelpad=0)
    return ax
