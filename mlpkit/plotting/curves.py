"""Curves: functions of one number, losses over training, and a loss over two parameters."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from mlpkit.arguments import floats
from mlpkit.plotting.style import COLOURS, new_axes

LINE_STYLES = ("-", "--", "-.", ":")


def curve(x: np.ndarray, ax: Axes | None = None, *, xlabel: str, ylabel: str, **curves: np.ndarray) -> Axes:
    """Draw named curves over x (n,), each with a colour and a line style of its own; underscores read as spaces."""
    ax = new_axes(ax)
    for n, (name, y) in enumerate(curves.items()):
        colour = list(COLOURS.values())[(0, 3, 2, 4, 1)[n % 5]]
        ax.plot(x, y, LINE_STYLES[n % 4], color=colour, label=name.replace("_", " "))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if len(curves) > 1:
        ax.legend(fontsize=9)
    return ax


def loss_curve(losses: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw the loss before each step, losses (steps,)."""
    (losses,) = floats(losses=(losses, "T"))
    ax = new_axes(ax)
    ax.plot(np.arange(len(losses)), losses, color=COLOURS["blue"])
    ax.set(xlabel="step", ylabel="loss (nats)", title="loss while learning", ylim=(0, None))
    return ax


def loss_surface(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    horizontal: tuple[float, float],
    vertical: tuple[float, float],
    ax: Axes | None = None,
    *,
    xlabel: str = "$w$",
    ylabel: str = "$b$",
    levels: int = 18,
) -> Axes:
    """Draw the contours of `loss` over two parameters; it takes two arrays of one shape and returns the losses."""
    ax = new_axes(ax)
    u, v = np.meshgrid(np.linspace(*horizontal, 81), np.linspace(*vertical, 81))
    values = loss(u, v)
    # Levels at equal steps of the square root: dense in the valley, where the eye needs them.
    steps = np.linspace(np.sqrt(values.min()), np.sqrt(values.max()), levels) ** 2
    ax.contourf(u, v, values, levels=steps, cmap="cividis")
    ax.contour(u, v, values, levels=steps, colors="white", linewidths=0.4)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=horizontal, ylim=vertical)
    return ax
