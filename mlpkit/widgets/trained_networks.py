"""Many small networks while they learn: one of them over the plane, and the losses of all."""

import numpy as np
from matplotlib.lines import Line2D

from mlpkit.activations import relu
from mlpkit.arguments import floats
from mlpkit.plotting import COLOURS, figure, points
from mlpkit.plotting.points import boundary_line, grid
from mlpkit.plotting.shading import Shading
from mlpkit.widgets.controls import choice, slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_PIXELS = 40
_LOWEST = 1e-5  # a smaller loss is drawn here
_LEARNED = 0.01
_LIFT = np.full((2, 1), np.nan)  # between two strokes of one line


def trained_networks(X: np.ndarray, y: np.ndarray, runs: dict[int, tuple], every: int, **start: object) -> Explorer:
    """Return networks w . relu(x W + c) + b during training on X (N, 2), y (N,), from S starts each.

    `runs` maps a number of hidden units H to (W, c, w, b, losses) of shapes (T, S, 2, H), (T, S, H), (T, S, H),
    (T, S) and (T, S): the parameters of all S networks at step 0, `every`, 2 `every`, ... and their losses there.
    """
    X, y = floats(X=(X, "N 2"), y=(y, "N"))
    kept, starts = next(iter(runs.values()))[4].shape
    picture, (plane, losses) = figure(1, 2, width=9.0, height=4.0)
    plane.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
    points(X, y, plane)
    for scatter in plane.collections:
        scatter.set(animated=True, sizes=[110])
    plane.set_title("output; dashed: a unit switches on")
    shade = Shading(plane)
    (kinks,) = plane.plot([], [], "--", color="black", linewidth=1.2, animated=True)
    losses.set(xlim=(-2, starts + 1), ylim=(_LOWEST / 2, 3), yscale="log", xlabel="seed", ylabel="loss")
    losses.set_title("all networks at this step")
    (good,) = losses.plot([], [], "o", color=COLOURS["blue"], markersize=5, animated=True)
    (bad,) = losses.plot([], [], "^", color=COLOURS["red"], markersize=6, animated=True)
    (here,) = losses.plot([], [], "s", color="black", fillstyle="none", markersize=13, animated=True)
    picture.legend(handles=_handles(), loc="outside lower center", ncols=3, fontsize=9)
    pixels, seeds = grid(-0.5, 1.5, -0.5, 1.5, _PIXELS), np.arange(starts)

    def update(H: int, seed: int, step: float) -> str:
        t = round(step / every)
        W, c, w, b, loss = (part[t] for part in runs[H])
        learned = loss < _LEARNED
        one = W[seed], c[seed], w[seed], b[seed]
        shade.show(_output(pixels, *one).reshape(_PIXELS, _PIXELS))
        units = zip(W[seed].T, c[seed], strict=True)
        ends = [np.append(boundary_line(*unit, plane), _LIFT, axis=1) for unit in units]
        kinks.set_data(np.concatenate(ends, axis=1))
        drawn = np.maximum(loss, _LOWEST)
        good.set_data(seeds[learned], drawn[learned])
        bad.set_data(seeds[~learned], drawn[~learned])
        here.set_data([seed], [drawn[seed]])
        said = ", ".join(f"{value:.2f}" for value in _output(X, *one))
        return (
            f"{H} hidden units, seed {seed}, step {step:.0f}: loss {loss[seed]:.4f}, outputs {said}. "
            f"Of {starts} networks {learned.sum()} have a loss below {_LEARNED} at this step."
        )

    controls = {
        "H": choice("hidden units", {str(H): H for H in runs}, next(iter(runs))),
        "seed": whole_slider("seed", 0, starts - 1, 0),
        "step": slider("step", 0, every * (kept - 1), 0, every),
    }

    def loss_of(H: int, seed: int, step: float) -> float:
        return float(runs[H][4][round(step / every), seed])

    def stuck(H: int, seed: int, step: float) -> tuple[bool, str]:
        last = every * (kept - 1)
        found = step == last and loss_of(H, seed, step) >= _LEARNED
        return found, f"seed {seed} has a loss of {loss_of(H, seed, last):.4f} at step {last}."

    def dots() -> np.ndarray:
        t = round(controls["step"].value / every)
        return np.column_stack([seeds, np.maximum(runs[controls["H"].value][4][t], _LOWEST)])

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(losses, dots, lambda k, x, y: {}, "network", take=lambda k: {"seed": k})],
        play="step",
        tries="press Play; then take one of the networks on the right that did not learn, and play it.",
        goal=goal("find a network that is still stuck at the last step.", stuck),
        code=_output,
        start=start,
    )


def _output(X: np.ndarray, W: np.ndarray, c: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """Return w . relu(x W + c) + b for X (N, 2), (N,)."""
    return relu(X @ W + c) @ w + b


def _handles() -> list[Line2D]:
    """Return legend entries; the artists themselves move and stay out of the background."""
    signs = {"learned: loss below 0.01": ("o", "blue"), "not learned": ("^", "red")}
    made = [
        Line2D([], [], marker=marker, color=COLOURS[colour], linestyle="", label=label)
        for label, (marker, colour) in signs.items()
    ]
    return [*made, Line2D([], [], marker="s", color="black", fillstyle="none", linestyle="", label="the one shown")]
