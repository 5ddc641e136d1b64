"""A value used twice, worked off in the right order, depth first, and with = in place of +=."""

import math

from mlpkit.plotting import COLOURS, figure
from mlpkit.plotting.numbers import Numbers
from mlpkit.widgets.controls import choice, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.graph_picture import GraphPicture

_NODES = {"x": (0, 0, "x"), "u": (1.7, 0, "2x"), "v": (3.3, 0.95, "u²"), "out": (4.9, 0, "+")}
_EDGES = [("x", "u"), ("u", "v"), ("v", "out"), ("u", "out"), ("out", (6.2, 0.0))]
_X, _UV, _V, _U = 0, 1, 2, 3  # the edges, by what comes back along them
_ORDERS = {  # the edges in the order in which they are worked off
    "right": (_V, _U, _UV, _X),
    "depth": (_U, _X, _V, _UV),
    "assign": (_V, _U, _UV, _X),
}
_SAYS = {"right": "right order, +=", "depth": "depth first, +=", "assign": "right order, ="}
_INTO = {_X: "x", _UV: "u", _V: "v", _U: "u"}
_FROM = {_X: "u", _UV: "v", _V: "out", _U: "out"}


def diamond(**start: object) -> Explorer:
    """Return out = u² + u with u = 2x, whose u is used twice, and three ways to hand its gradients back.

    Red, at an edge: the contribution that came back along it. Larger, at a node: its gradient so far.
    """
    picture, ax = figure(width=6.6, height=3.5)
    ax.set(xlim=(-0.5, 6.4), ylim=(-1.55, 1.65))
    drawn = GraphPicture(ax, _NODES, _EDGES)
    beside = [(x, y + (0.45 if name == "v" else -0.48)) for name, (x, y, _) in _NODES.items()]
    sums = Numbers(ax, beside, [COLOURS["red"]] * 4, size=12, animated=True, zorder=5)
    line = ax.text(2.9, -1.2, "", ha="center", va="center", fontsize=11, animated=True)

    def update(order: str, step: int, x: float) -> str:
        grads, came, said = walk(order, step, x)
        u = 2 * x
        drawn.show([x, u, u * u, u, u * u + u], came, _ORDERS[order][step - 2] if step >= 2 else None)
        sums.show([grads[name] for name in _NODES])
        line.set_text(said)
        words = f"Step {step} of 5, {_SAYS[order]}, x = {x:g}, u = {u:g}: {said}."
        true = 2 * (2 * u + 1)
        if step < 5:
            return words
        right = math.isclose(grads["x"], true, abs_tol=1e-9)
        verdict = "which is right" if right else f"but the derivative is {true:g}"
        return f"{words} In the end the gradient of x is {grads['x']:g}, {verdict}."

    controls = {
        "order": choice("way back", {says: key for key, says in _SAYS.items()}, "right"),
        "step": whole_slider("step", 0, 5, 0),
        "x": slider("x", -2, 2, 1.5, 0.25),
    }
    return Explorer(
        picture,
        controls,
        update,
        play="step",
        tries="Step through the right order first, then through the other two: where does a number go missing?",
        goal=goal(
            "One wrong way gives the right gradient at one x. Which way, and which x? Step to its end.", _judge
        ),
        code=CODE,
        start=start,
    )


CODE = """for node in reversed(order):            # each node after all of its uses
    for parent, slope in node.parents:
        parent.grad += slope * node.grad  # += : every use counts
"""


def walk(order: str, step: int, x: float) -> tuple[dict[str, float], list[float], str]:
    """The gradients after `step` steps, what came back along each edge, and what the last step did."""
    slopes = {_X: 2.0, _UV: 4.0 * x, _V: 1.0, _U: 1.0}
    grads, came = dict.fromkeys(_NODES, math.nan), [math.nan] * 5
    said = "forward: values only" if step == 0 else "the output by itself: 1"
    if step >= 1:
        grads, came[4] = {"x": 0.0, "u": 0.0, "v": 0.0, "out": 1.0}, 1.0
    for edge in _ORDERS[order][: max(step - 1, 0)]:
        source, target = _FROM[edge], _INTO[edge]
        came[edge] = slopes[edge] * grads[source] + 0.0
        before = grads[target]
        grads[target] = came[edge] if order == "assign" else before + came[edge]
        product = f"{grads[source]:g} · {slopes[edge]:g}"
        sign = "=" if order == "assign" else "+="
        said = f"{target}.grad {sign} {product}, from {before:g} to {grads[target]:g}"
    return grads, came, said


def _judge(order: str, step: int, x: float) -> tuple[bool, str]:
    found, true = walk(order, 5, x)[0]["x"], 2 * (4 * x + 1)
    done = order != "right" and step == 5 and math.isclose(found, true, abs_tol=1e-9)
    return done, f"At x = {x:g} this way comes to {found:g}, and {true:g} is right."
