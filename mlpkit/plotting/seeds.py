"""Training from many random starts: every curve, so that no mean hides the runs that failed."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes


def seed_curves(steps: np.ndarray, losses: np.ndarray, limit: float, ax: Axes | None = None) -> Axes:
    """Draw losses (T, S) of S runs over steps (T,); runs that end at `limit` or above are red and dashed.

    The axis ends above the losses of the second half and at those of a usual beginning, so that a few wild ones do
    not press all curves flat.
    """
    steps, losses = floats(steps=(steps, "T"), losses=(losses, "T S"))
    ax = new_axes(ax)
    failed = losses[-1] >= limit
    blue, red = {"color": COLOURS["blue"], "linestyle": "-"}, {"color": COLOURS["red"], "linestyle": "--"}
    for chosen, look, said in ((~failed, blue, f"end below {limit:g}"), (failed, red, "do not")):
        ax.plot(steps, losses[:, chosen], linewidth=0.7, alpha=0.6, **look)
        ax.plot([], [], label=f"{chosen.sum()} {said}", **look)
    top = max(2.2 * losses[len(losses) // 2 :].max(), np.median(losses[0]), 2.2 * limit)
    ax.set(xlabel="step", ylabel="loss", ylim=(0, top))
    ax.legend(loc="upper right", fontsize=9)
    return ax
