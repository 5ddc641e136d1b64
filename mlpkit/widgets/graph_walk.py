"""The graph of (x + y) z, walked forward for the values and back for the gradients, one edge a step."""

import math

import numpy as np

from mlpkit.autodiff import Var
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.graph_picture import GraphPicture
from mlpkit.widgets.hands import point

_NODES = {"x": (0, 1.8, "x"), "y": (0, 0.1, "y"), "z": (0, -1.3, "z"), "q": (1.7, 0.95, "+"), "f": (3.2, -0.1, "×")}
_EDGES = [("x", "q"), ("y", "q"), ("q", "f"), ("z", "f"), ("f", (4.6, -0.1))]
_ROWS = (1.8, 0.1, -1.3)  # of the inputs
_LEFT, _SCALE = -1.15, 0.12  # where an input of 0 stands on its track, and how far one unit reaches
_END = 5.0


def graph_walk(**start: object) -> Explorer:
    """Return the graph of f = (x + y) z: drag the inputs, step forward to the values and back to the gradients.

    Blue, above an edge: the value that goes along it. Red, below: the derivative of f by that value.
    """
    picture, ax = figure(width=6.6, height=3.7)
    ax.set(xlim=(-2.0, 4.8), ylim=(-2.35, 2.2))
    drawn = GraphPicture(ax, _NODES, _EDGES)
    for row in _ROWS:
        ax.plot([_LEFT - _END * _SCALE, _LEFT + _END * _SCALE], [row, row], color="0.7", linewidth=3, zorder=0)
        ax.plot([_LEFT, _LEFT], [row - 0.1, row + 0.1], color="0.7", linewidth=1, zorder=0)
    (knobs,) = ax.plot([], [], "o", color=COLOURS["blue"], markersize=11, animated=True, zorder=4)
    product = ax.text(1.4, -2.0, "", ha="center", va="center", fontsize=11, animated=True)

    def places() -> np.ndarray:
        now = [controls[name].value for name in "xyz"]
        return np.column_stack([_LEFT + _SCALE * np.array(now), _ROWS])

    def move(k: int, x: float, y: float) -> dict[str, float]:
        return {"xyz"[k]: (x - _LEFT) / _SCALE}

    def update(step: int, x: float, y: float, z: float) -> str:
        q, f = x + y, (x + y) * z
        known = [x, y, q if step >= 1 else math.nan, z, f if step >= 2 else math.nan]
        since = (6, 7, 4, 5, 3)  # the step in which each edge gets its gradient
        gradients = _gradients(x, y, z)
        grads = [g if step >= s else math.nan for g, s in zip(gradients, since, strict=True)]
        drawn.show(known, grads, {3: 4, 4: 2, 5: 3, 6: 0, 7: 1}.get(step))
        knobs.set_data(*np.column_stack([_LEFT + _SCALE * np.array([x, y, z]), _ROWS]).T)
        short, words = _said(step, x, y, z)
        product.set_text(short)
        return f"Step {step} of 7, x = {x:g}, y = {y:g}, z = {z:g}: {words}"

    controls = {
        "step": whole_slider("step", 0, 7, 0),
        "x": slider("x", -_END, _END, -2.0, 0.5),
        "y": slider("y", -_END, _END, 5.0, 0.5),
        "z": slider("z", -_END, _END, -4.0, 0.5),
    }
    return Explorer(
        picture,
        controls,
        update,
        play="step",
        tries="Step to the end. Then drag z: which of the red numbers change, and which do not?",
        goal=goal("Find x, y and z for which f is 12 and the gradient by x is 3, and step to the end.", _judge),
        code=CODE,
        hands=[point(ax, places, move)],
        start=start,
    )


CODE = """x, y, z = Var(-2.0), Var(5.0), Var(-4.0)
f = (x + y) * z          # forward: values, and how each was made
f.backward()             # back: 1 at the output, then edge by edge
print(f.value)           # -12.0
print(x.grad, y.grad, z.grad)  # -4.0 -4.0 3.0
"""


def _gradients(x: float, y: float, z: float) -> tuple[float, float, float, float, float]:
    """The derivatives of f by what goes along each edge, from the engine."""
    a, b, c = Var(x), Var(y), Var(z)
    q = a + b
    f = q * c
    f.backward()
    return a.grad, b.grad, q.grad, c.grad, f.grad


def _said(step: int, x: float, y: float, z: float) -> tuple[str, str]:
    """What one step does, short for the picture and in a sentence."""
    q, f = x + y, (x + y) * z
    lines = [
        ("three inputs", "the inputs are known, nothing else."),
        (f"q = x + y = {q:g}", f"forward, q = x + y = {q:g}."),
        (f"f = q · z = {f:g}", f"forward, f = q · z = {f:g}."),
        ("∂f/∂f = 1", "back, the output by itself: ∂f/∂f = 1."),
        (f"∂f/∂q = 1 · z = {z:g}", f"back along q: ∂f/∂q = ∂f/∂f · ∂(q z)/∂q = 1 · z = {z:g}."),
        (f"∂f/∂z = 1 · q = {q:g}", f"back along z: ∂f/∂z = ∂f/∂f · ∂(q z)/∂z = 1 · q = {q:g}."),
        (f"∂f/∂x = {z:g} · 1 = {z:g}", f"back along x: ∂f/∂x = ∂f/∂q · ∂(x + y)/∂x = {z:g} · 1 = {z:g}."),
        (f"∂f/∂y = {z:g} · 1 = {z:g}", f"back along y: ∂f/∂y = ∂f/∂q · ∂(x + y)/∂y = {z:g} · 1 = {z:g}. "
         f"All three: ({z:g}, {z:g}, {q:g})."),
    ]  # fmt: skip
    return lines[step]


def _judge(step: int, x: float, y: float, z: float) -> tuple[bool, str]:
    f, by_x = (x + y) * z, z
    done = step == 7 and math.isclose(f, 12) and math.isclose(by_x, 3)
    return done, f"f is {f:g} and the gradient by x is {by_x:g}; step {step} of 7."
