"""One unit in the plane: W turns its hyperplane, b moves it, the activation says what happens on either side."""

import numpy as np

from mlpkit.activations import ACTIVATIONS
from mlpkit.arguments import floats
from mlpkit.plotting import CLASS_COLOURS, CLASS_MARKERS, COLOURS, figure, points
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import choice, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line as held_line
from mlpkit.widgets.hands import point

_LIMIT = 2.5
_PIXELS = 40
_UNITS = {"step": "step", "sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu", "|z|": "absolute"}
_NAMES = {name: said for said, name in _UNITS.items()}
_LOW, _HIGH = -1.3, 4.0  # of the outputs that are drawn


def unit(X: np.ndarray, y: np.ndarray, **start: object) -> Explorer:
    """Return the unit f(w . x + b) over labelled points X (N, 2), y (N,) of 0 and 1, within -2.5 and 2.5.

    Left its output over the plane, with the line z = 0 and the direction of w; right the output of every example over
    its z. The words say how many examples a threshold on the output can put on their right sides.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    picture, (plane, line) = figure(1, 2, width=9.0, height=4.3)
    plane.set_aspect("equal")  # or a right angle would not look like one
    plane.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), title="output; line: z = 0, arrow: w")
    points(X, y, plane)
    for scatter in plane.collections:
        scatter.set_animated(True)
    shade = Shading(plane)
    (edge,) = plane.plot([], [], color="black", linewidth=2, animated=True)
    arrow = plane.quiver(0, 0, 1, 1, angles="xy", scale_units="xy", scale=1, width=0.012, zorder=5, animated=True)
    z_all = np.linspace(-4.0, 4.0, 161)
    (curve,) = line.plot(z_all, z_all, color="black", linewidth=1.5, animated=True)
    dots = []
    for label in (0, 1):
        look = {"color": CLASS_COLOURS[label], "markeredgecolor": "white", "markersize": 7, "linestyle": ""}
        dots += line.plot([], [], CLASS_MARKERS[label], animated=True, **look)
    (cut,) = line.plot([], [], "--", color=COLOURS["green"], linewidth=2, animated=True, label="best threshold")
    line.set(xlim=(-4, 4), ylim=(_LOW, _HIGH), xlabel="z = w · x + b", ylabel="output", title="the same, over z")
    handles = [*plane.get_legend_handles_labels()[0], cut]
    picture.legend(handles, ["y = 0", "y = 1", "best threshold"], loc="outside lower center", ncols=3, fontsize=9)
    pixels = grid(-_LIMIT, _LIMIT, -_LIMIT, _LIMIT, _PIXELS)

    def update(angle: float, length: float, b: float, name: str) -> str:
        f = ACTIVATIONS[name].function
        direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        w = length * direction
        over = f(pixels @ w + b).reshape(_PIXELS, _PIXELS)
        reach = max(np.abs(over).max(), 1e-9)
        shade.show(over, -reach, reach)  # white is 0
        edge.set_data(*boundary_line(w, b, plane))
        foot = -b / length * direction
        arrow.set_offsets([foot])
        arrow.set_UVC(*w)
        curve.set_ydata(f(z_all))
        z = X @ w + b
        h = f(z)
        for label in (0, 1):
            dots[label].set_data(z[y == label], h[y == label])
        threshold, right = best_threshold(h, y)
        cut.set_data([-4, 4], [threshold, threshold])
        return (
            f"A unit of the kind {_NAMES[name]}, w = ({w[0]:.2f}, {w[1]:.2f}), b = {b:.1f}: the line z = 0 lies "
            f"{-b / length + 0.0:.2f} from the origin along w, which points to {angle:.0f} degrees. The best "
            f"threshold on the output is {threshold:.2f} and puts {right:.0%} of {len(y)} points on their sides."
        )

    controls = {
        "angle": slider("direction of w", 0, 355, 0, 5),
        "length": slider("length of w", 0.2, 3, 1, 0.1),
        "b": slider("bias b", -3, 3, 0, 0.1),
        "name": choice("unit", _UNITS, "relu"),
    }

    def parted(angle: float, length: float, b: float, name: str) -> tuple[bool, str]:
        z = X @ (length * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])) + b
        share = best_threshold(ACTIVATIONS[name].function(z), y)[1]
        return bool(share >= 0.98), f"{share:.0%} with the unit {_NAMES[name]}."

    def tip() -> np.ndarray:
        return np.asarray(arrow.get_offsets()) + np.column_stack([arrow.U, arrow.V])

    def turn(k: int, x: float, y: float) -> dict[str, object]:
        """Bring the arrow's tip to (x, y), with the line as far from the origin as it was."""
        distance = -controls["b"].value / controls["length"].value
        length = float(np.clip(np.hypot(x, y) - distance, 0.2, 3.0))
        return {"angle": np.rad2deg(np.arctan2(y, x)) % 360, "length": length, "b": -length * distance}

    def shift(k: int, x: float, y: float) -> dict[str, object]:
        angle = np.deg2rad(controls["angle"].value)
        return {"b": -controls["length"].value * (x * np.cos(angle) + y * np.sin(angle))}

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(plane, tip, turn, "arrow w"),
            held_line(plane, lambda: np.transpose(edge.get_data()), shift, "line z = 0"),
        ],
        tries="take the arrow by its tip and turn it; take the line and shift it.",
        goal=goal("put 98 % of the points on their sides with one unit and one threshold.", parted),
        code=best_threshold,
        start=start,
    )


def best_threshold(h: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the threshold on outputs h (N,) that separates the labels y (N,) of 0 and 1 best, and the share it does.

    Either side may be class 1. A threshold lies between two different outputs, or below them all.
    """
    order = np.argsort(h, kind="stable")
    sorted_h, ones = h[order], y[order]
    # with the first n below the threshold, how many are right if class 1 lies above it?
    right = np.concatenate([[ones.sum()], ones.sum() - np.cumsum(2 * ones - 1)]) / len(y)
    share = np.maximum(right, 1.0 - right)[:-1]
    share[1:][np.diff(sorted_h) <= 0] = 0.0
    n = int(share.argmax())
    return (float(sorted_h[n] if n == 0 else (sorted_h[n - 1] + sorted_h[n]) / 2), float(share[n]))
