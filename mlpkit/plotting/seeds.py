"""Training from many random starts: every curve, so that no mean hides the runs that failed."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes


def seed_curves(steps: np.ndarray, losses: np.ndarray, limit: float, ax: Axes | None = None) -> Axes:
    """Draw losses (T, S) of S runs over steps (T,); runs that end at `limit` or above are red and dashed."""
    steps, losses = floats(steps=(steps, "T"), losses=(losses, "T S"))
    ax = new_axes(ax)
    failed = losses[-1] >= limit
    ax.plot(steps, losses[:, ~failed], "-", color=COLOURS["blue"], linewidth=0.7, alpha=0.6)
    ax.plot(steps, losses[:, failed], "--", color=COLOURS["red"], linewidth=0.7, alpha=0.6)
    ax.set(xlabel="step", ylabel="loss", ylim=(0, None))
    return ax
