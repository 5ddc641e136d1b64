"""How sure somebody was, against how often they were right."""

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes


def confidence_curve(
    confidence: np.ndarray, share_right: np.ndarray, counts: np.ndarray, ax: Axes | None = None
) -> Axes:
    """Draw the share that was right (G,) against the confidence given (G,), both 0 to 1; discs grow with counts (G,).

    On the diagonal, somebody is right as often as they expect; below it they are surer than they should be.
    """
    confidence, share_right, counts = floats(
        confidence=(confidence, "G"), share_right=(share_right, "G"), counts=(counts, "G")
    )
    ax = new_axes(ax)
    ax.plot([0, 1], [0, 1], "--", color="0.5", linewidth=1)
    ax.scatter(confidence, share_right, s=40 + 30 * counts, color=COLOURS["blue"], alpha=0.8, clip_on=False, zorder=3)
    for x, y, count in zip(confidence, share_right, counts, strict=True):
        ax.annotate(f"{count:.0f}", (x, y), ha="center", va="center", color="white", fontsize=8, zorder=4)
    ax.set(xlabel="how sure you were", ylabel="share that was right", xlim=(0, 1), ylim=(0, 1))
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.yaxis.set_major_formatter("{x:.0%}")
    return ax
