"""A neuron on points in the plane: W turns its boundary, b shifts it; the loss and its gradient follow."""

import numpy as np
from matplotlib import colormaps

from mlpkit.activations import sigmoid
from mlpkit.arguments import floats
from mlpkit.losses import binary_cross_entropy_backward, binary_cross_entropy_forward
from mlpkit.plotting import CLASS_COLOURS, CLASS_MARKERS, figure
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import kept, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area, line, point

_PIXELS = 40  # a side of the two shaded images: coarse enough to follow a drag, smoothed by interpolation
_LIMIT = 4.0


def neuron(X: np.ndarray, y: np.ndarray, **start: object) -> Explorer:
    """Return a neuron with two inputs on labelled points X (N, 2), y (N,) of 0 and 1.

    Left the data with the probability of class 1, the boundary and the weights as an arrow; right the loss over the
    two weights at this bias, with the present weights and an arrow against the gradient: where one step of descent
    would go. The line, the arrow and every point can be taken; a double press adds or removes a point.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    picture, (data, weights) = figure(1, 2, width=9.0, height=4.2)
    reach = float(max(1.1 * np.abs(X).max(), 1.0))
    data.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$x_1$", ylabel="$x_2$")
    data.set_aspect("equal")  # or a right angle would not look like one
    data.set_title("probability of class 1; line: 1/2")
    shade = Shading(data)
    clouds = [
        data.plot([], [], CLASS_MARKERS[k], color=CLASS_COLOURS[k], markeredgecolor="white", markersize=6.5,
                  linestyle="", label=f"y = {k}", zorder=3, animated=True)[0]
        for k in (0, 1)
    ]  # fmt: skip
    (edge,) = data.plot([], [], color="black", linewidth=2, animated=True)
    normal = data.quiver(0, 0, 0, 0, angles="xy", scale_units="xy", scale=1, width=0.012, zorder=5, animated=True)
    picture.legend(*data.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    surface = Shading(weights, colormaps["cividis"])
    downhill = weights.quiver(
        0, 0, 0, 0, color="white", angles="xy", scale_units="xy", scale=1, width=0.015, zorder=4, animated=True
    )
    (here,) = weights.plot([], [], "o", color="white", markeredgecolor="black", markersize=9, zorder=5, animated=True)
    weights.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), xlabel="$w_1$", ylabel="$w_2$")
    weights.set_title("loss (dark: small); arrow: downhill")
    inputs, w_grid = grid(-reach, reach, -reach, reach, _PIXELS), grid(-_LIMIT, _LIMIT, -_LIMIT, _LIMIT, _PIXELS)
    shown: dict[str, object] = {}

    def update(w1: float, w2: float, b: float, points: list) -> str:
        w, (X, y) = np.array([w1, w2]), _parted(points)
        loss, accuracy, dw, db = loss_and_gradient(X, y, w, b)
        shade.show(sigmoid(inputs @ w + b).reshape(_PIXELS, _PIXELS))
        edge.set_data(*boundary_line(w, b, data))
        normal.set_offsets([_foot(w, b, reach)])
        normal.set_UVC(*(0.25 * reach * w))
        for k, cloud in enumerate(clouds):
            cloud.set_data(*X[y == k].T)
        if shown.get("surface") != (b, points):  # the surface does not depend on the weights
            shown["surface"], logits = (b, points), X @ w_grid.T + b
            losses = np.logaddexp(0.0, logits).mean(axis=0) - (y @ logits) / len(y)
            surface.show(losses.reshape(_PIXELS, _PIXELS), high=losses.max())
        here.set_data([w1], [w2])
        downhill.set_offsets([[w1, w2]])
        downhill.set_UVC(-2.0 * dw[0], -2.0 * dw[1])
        slope = f"({dw[0]:+.2f}, {dw[1]:+.2f})"
        return (
            f"Neuron with weights ({w1:.1f}, {w2:.1f}) and bias {b:.1f} on {len(y)} points: loss {loss:.3f}, "
            f"accuracy {accuracy:.0%}, gradient {slope} for the weights and {round(db, 2) + 0.0:+.2f} for the bias."
        )

    def separated(w1: float, w2: float, b: float, points: list) -> tuple[bool, str]:
        X, y = _parted(points)
        right = int(np.sum((X @ [w1, w2] + b > 0) == (y == 1)))
        if shown.get("points") != points:
            shown["points"], shown["best"] = points, most_on_their_sides(X, y)
        done = right >= shown["best"]
        more = "no line can do better." if done else "a line can do better."
        return done, f"{right} of {len(y)} are: {more}"

    controls = {
        "w1": slider("weight w₁", -_LIMIT, _LIMIT, 1.0, 0.1),
        "w2": slider("weight w₂", -_LIMIT, _LIMIT, -1.0, 0.1),
        "b": slider("bias b", -6, 6, 0, 0.1),
        "points": kept([[*map(float, x), int(label)] for x, label in zip(np.round(X, 2), y, strict=True)]),
    }

    def now() -> tuple[np.ndarray, float, list]:
        return np.array([controls["w1"].value, controls["w2"].value]), controls["b"].value, controls["points"].value

    def turn(k: int, x: float, y: float) -> dict[str, object]:
        """Bring the arrow's tip to (x, y): the line turns and stays on the arrow's foot."""
        foot = _foot(*now()[:2], reach)
        w = np.clip((np.array([x, y]) - foot) / (0.25 * reach), -_LIMIT, _LIMIT)
        return {"w1": w[0], "w2": w[1], "b": -w @ foot}

    def move(k: int, x: float, y: float) -> dict[str, object]:
        return {"points": [[x, y, p[2]] if n == k else p for n, p in enumerate(now()[2])]}

    def add(x: float, y: float) -> dict[str, object]:
        """Add a point of the class that the neuron does not expect there."""
        w, b, points = now()
        return {"points": [*points, [x, y, int(w @ [x, y] + b <= 0)]]}

    def remove(k: int) -> dict[str, object]:
        points = now()[2]
        return {"points": points[:k] + points[k + 1 :] if len(points) > 2 else points}

    def tip() -> np.ndarray:
        return _foot(*now()[:2], reach) + 0.25 * reach * now()[0]

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(data, tip, turn, "arrow w"),
            point(data, lambda: np.array(now()[2])[:, :2], move, "example", add=add, remove=remove),
            line(data, lambda: np.transpose(edge.get_data()), lambda k, x, y: {"b": -now()[0] @ [x, y]}, "boundary"),
            area(weights, lambda x, y: {"w1": x, "w2": y}, "weights"),
        ],
        tries="take the line, the arrow, or a point of the data; on the right, go downhill by hand.",
        goal=goal("as many points as a line can put on their own sides.", separated),
        code=loss_and_gradient,
        start=start,
    )


def loss_and_gradient(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float
) -> tuple[float, float, np.ndarray, float]:
    """Return loss, accuracy, and the loss's gradient for w (2,) and b, on points X (N, 2), y (N,) of 0 and 1."""
    z = X @ w + b
    loss, cache = binary_cross_entropy_forward(z, y)
    dz = binary_cross_entropy_backward(cache)  # (p - y) / N
    return float(loss), float(np.mean((z > 0) == (y == 1))), X.T @ dz, float(dz.sum())


def most_on_their_sides(X: np.ndarray, y: np.ndarray) -> int:
    """Return how many of X (N, 2), y (N,) of 0 and 1, a line can put on their own sides at most.

    A best line can be moved until it touches two points, which a touch further lie on either side as one likes.
    """
    first, second = np.triu_indices(len(X), 1)
    along = X[second] - X[first]
    normals = np.column_stack([-along[:, 1], along[:, 0]])
    z = normals @ X.T - np.sum(normals * X[first], axis=1, keepdims=True)
    rows = np.arange(len(first))
    z[rows, first] = z[rows, second] = 0.0
    ones = y == 1
    above, below = (z > 0) & ones, (z < 0) & ~ones
    right = (above | below).sum(axis=1)
    wrong = ((z != 0).sum(axis=1)) - right
    return int(max(np.maximum(right, wrong).max() + 2, ones.sum(), (~ones).sum()))


def _parted(points: list) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (N, 2) and labels (N,) of points given as [x1, x2, label]."""
    table = np.array(points, dtype=float)
    return table[:, :2], table[:, 2]


def _foot(w: np.ndarray, b: float, reach: float) -> np.ndarray:
    """Return the point of the boundary that is nearest to the origin, kept inside the picture."""
    length = w @ w
    return np.clip(-b * w / length, -0.9 * reach, 0.9 * reach) if length else np.zeros(2)
