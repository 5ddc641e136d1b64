"""Labelled points in the plane, and what a neuron makes of the plane around them."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.image import AxesImage

from mlpkit.arguments import floats
from mlpkit.plotting.style import CLASS_COLOURS, CLASS_MARKERS, new_axes

# From the colour of class 0 through white at one half to the colour of class 1, pale enough to read points on it.
PROBABILITY_MAP = LinearSegmentedColormap.from_list("probability", ["#66AAD1", "#FFFFFF", "#E69E66"])


def points(X: np.ndarray, y: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw X (N, 2) with a colour and a marker for each class of y (N,)."""
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    ax = new_axes(ax)
    for label in np.unique(y).astype(int):
        of_class = y == label
        ax.scatter(
            *X[of_class].T,
            s=28,
            c=CLASS_COLOURS[label % len(CLASS_COLOURS)],
            marker=CLASS_MARKERS[label % len(CLASS_MARKERS)],
            edgecolors="white",
            linewidths=0.6,
            label=f"y = {label}",
            zorder=3,
        )
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    return ax


def probability_image(
    probability: Callable[[np.ndarray], np.ndarray], ax: Axes | None = None, resolution: int = 80
) -> AxesImage:
    """Shade the Axes by `probability`, a function from grid points (M, 2) to probabilities (M,); return the image."""
    ax = new_axes(ax)
    left, right, low, high = *ax.get_xlim(), *ax.get_ylim()
    values = probability(grid(left, right, low, high, resolution)).reshape(resolution, resolution)
    image = ax.imshow(
        values, extent=(left, right, low, high), origin="lower", aspect="auto", vmin=0, vmax=1, cmap=PROBABILITY_MAP
    )
    image.set_zorder(0)
    ax.set(xlim=(left, right), ylim=(low, high))
    return image


def grid(left: float, right: float, low: float, high: float, resolution: int) -> np.ndarray:
    """Return the (resolution ** 2, 2) points of a regular grid over a rectangle, row by row from the lower left."""
    x, y = np.meshgrid(np.linspace(left, right, resolution), np.linspace(low, high, resolution))
    return np.column_stack([x.ravel(), y.ravel()])


def decision_boundary(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, ax: Axes | None = None) -> Axes:
    """Draw X (N, 2), y (N,), the neuron's probability sigmoid(w . x + b) and the line where it is one half."""
    X, y, w = floats(X=(X, "N 2"), y=(y, "N"), w=(w, "2"))
    ax = points(X, y, ax)
    # The sigmoid by tanh, exact enough for colours, so that pictures do not depend on the numeric rooms.
    probability_image(lambda x: 0.5 * (1.0 + np.tanh(0.5 * (x @ w + b))), ax)
    ax.plot(*boundary_line(w, b, ax), color="black", linewidth=1.5)
    ax.legend(loc="upper left", fontsize=9)
    ax.set_title("probability of class 1, and the line where it is 1/2")
    return ax


def boundary_line(w: np.ndarray, b: float, ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of two far ends of the line w . x + b = 0, or two NaNs when w = 0 and there is none."""
    length = np.hypot(*w)
    if length == 0:
        return np.full(2, np.nan), np.full(2, np.nan)
    middle = np.array([np.mean(ax.get_xlim()), np.mean(ax.get_ylim())])
    foot = middle - (middle @ w + b) * w / length**2
    reach = 2.0 * (np.ptp(ax.get_xlim()) + np.ptp(ax.get_ylim()))
    ends = foot + np.outer([-reach, reach], [-w[1], w[0]]) / length
    return ends[:, 0], ends[:, 1]
