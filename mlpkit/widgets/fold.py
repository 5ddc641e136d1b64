"""The hand-made ReLU network for XOR, one step at a time: how the plane is folded until a line suffices."""

import numpy as np

from mlpkit.activations import relu
from mlpkit.plotting import CLASS_COLOURS, CLASS_MARKERS, COLOURS, figure
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line

_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_XOR = np.array([0, 1, 1, 0])
_W = np.ones((2, 2))
_PIXELS = 40
_STEPS = ("the input plane", "multiplied by W", "shifted by c", "rectified")


def fold(**start: object) -> Explorer:
    """Return the network f(x) = w . relu(x W + c) with W all ones, c = (0, c2), w = (1, w2), step by step.

    Left the inputs, shaded by the output, with the lines where the two units switch on; right the place to which
    each step brings them (Goodfellow, Bengio and Courville 2016, section 6.1), with the line w . h = 1/2.
    """
    picture, (inputs, hidden) = figure(1, 2, width=9.0, height=4.0)
    inputs.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xlabel="$x_1$", ylabel="$x_2$")
    inputs.set_title("output; dashed: a unit switches on")
    hidden.set(xlim=(-0.9, 3.0), ylim=(-2.9, 3.2), xlabel="first coordinate", ylabel="second coordinate")
    hidden.set_title("the plane after the step; thick: 1/2")
    shade = Shading(inputs)
    (kinks,) = inputs.plot([], [], "--", color="black", linewidth=1.2, animated=True)
    (lines,) = hidden.plot([], [], color=COLOURS["sky"], linewidth=1.2, animated=True)
    (boundary,) = hidden.plot([], [], color="black", linewidth=2, animated=True)
    marks = []
    for label in (0, 1):
        look = {"color": CLASS_COLOURS[label], "markeredgecolor": "white", "markersize": 11, "linestyle": ""}
        corners = _CORNERS[label == _XOR].T
        inputs.plot(*corners, CLASS_MARKERS[label], label=f"XOR = {label}", animated=True, **look)
        marks += hidden.plot(*corners, CLASS_MARKERS[label], animated=True, **look)
    picture.legend(*inputs.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    pixels, mesh = grid(-0.4, 1.4, -0.4, 1.4, _PIXELS), _mesh()

    def update(step: float, c2: float, w2: float) -> str:
        c, w = np.array([0.0, c2]), np.array([1.0, w2])
        shade.show((relu(pixels @ _W + c) @ w).reshape(_PIXELS, _PIXELS))
        ends = [np.transpose(boundary_line(_W[:, j], c[j], inputs)) for j in range(2)]
        kinks.set_data(*_parted(np.array(ends)))
        lines.set_data(*_parted(move(mesh, c, step)))
        boundary.set_data(*boundary_line(w, -0.5, hidden))
        at = move(_CORNERS, c, step)
        for label in (0, 1):
            marks[label].set_data(*at[label == _XOR].T)
        out = relu(_CORNERS @ _W + c) @ w
        done = "XOR by the line of one half" if _is_xor(out) else "not XOR"
        places = ", ".join(f"({a:.2f}, {b:.2f})" for a, b in at)
        return (
            f"Step {step:.1f} of 3 ({_STEPS[round(step)]}), c2 = {c2:.1f}, w2 = {w2:.1f}: the corners 00, 01, 10, 11 "
            f"are at {places}; the network's outputs are {', '.join(f'{o:.1f}' for o in out)}: {done}."
        )

    controls = {
        "step": slider("step", 0, 3, 0, 0.05),
        "c2": slider("bias c₂", -2, 0.5, -1, 0.05),
        "w2": slider("weight w₂", -20, 2, -2, 0.1),
    }

    def farthest(step: float, c2: float, w2: float) -> tuple[bool, str]:
        right = _is_xor(relu(_CORNERS @ _W + np.array([0.0, c2])) @ np.array([1.0, w2]))
        return right and c2 <= -1.8, f"with c₂ = {c2:.2f} and w₂ = {w2:.1f} it is {'' if right else 'not '}XOR."

    def tilt(k: int, x: float, y: float) -> dict[str, object]:
        return {"w2": (0.5 - x) / y if abs(y) > 0.02 else -20.0}

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            line(
                inputs, lambda: np.transpose(kinks.get_data())[3:5], lambda k, x, y: {"c2": -x - y}, "kink of unit 2"
            ),
            line(hidden, lambda: np.transpose(boundary.get_data()), tilt, "line of one half"),
        ],
        play="step",
        tries="press Play and follow the corner 11 with your eyes.",
        goal=goal("keep it XOR with a c₂ of −1.8 or less.", farthest),
        code=move,
        start=start,
    )


def _is_xor(outputs: np.ndarray) -> bool:
    """Return whether outputs (4,) are above one half for exactly the corners where XOR is 1."""
    return bool(((outputs > 0.5) == (_XOR == 1)).all())


def move(X: np.ndarray, c: np.ndarray, step: float) -> np.ndarray:
    """Return where X (..., 2) is after 0: nothing, 1: X W, 2: X W + c, 3: rectified; straight lines between."""
    stages = [X, X @ _W, X @ _W + c, relu(X @ _W + c)]
    done = min(int(step), 2)
    part = step - done
    return (1.0 - part) * stages[done] + part * stages[done + 1]


def _mesh() -> np.ndarray:
    """Return the lines of squared paper over the inputs, (14, 25, 2): 14 lines of 25 points."""
    along, across = np.linspace(-0.25, 1.25, 25), np.linspace(-0.25, 1.25, 7)
    upright = [np.column_stack([np.full(25, at), along]) for at in across]
    return np.array(upright + [line[:, ::-1] for line in upright])


def _parted(lines: np.ndarray) -> np.ndarray:
    """Return lines (L, P, 2) as one stroke (2, L * (P + 1)), with NaN where the pen is lifted."""
    gaps = np.full((len(lines), 1, 2), np.nan)
    return np.concatenate([lines, gaps], axis=1).reshape(-1, 2).T
