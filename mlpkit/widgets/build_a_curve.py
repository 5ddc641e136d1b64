"""A curve that the reader draws, built from pairs of sigmoids or from ReLU kinks: every piece, and their sum."""

import numpy as np

from mlpkit.activations import relu, sigmoid
from mlpkit.approximation import relu_interpolant, sigmoid_bumps
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import Slider, choice, kept, log_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area, point

_AT = np.linspace(0.0, 1.0, 49)  # where the curve's heights are kept
_EVERY = 6  # one point for the hand in so many heights
_X = np.linspace(-0.25, 1.25, 451)
_MOST = 40
_SHAPES = {
    "wave": 0.8 * np.sin(2 * np.pi * _AT) + 0.2,
    "hill": 1.4 * np.exp(-40 * (_AT - 0.45) ** 2) - 0.4,
    "step": np.where(_AT < 0.5, -0.6, 0.6),
    "own": None,
}
_START = [round(float(y), 3) for y in _SHAPES["wave"]]


def build_a_curve(**start: object) -> Explorer:
    """Return a network with one hidden layer through a curve on [0, 1] that can be drawn, and all of its pieces.

    Units is the number of hidden units: a bump takes a pair of sigmoids, a kink one ReLU. Nothing is trained.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.2)
    for ax in (left, right):
        ax.set(xlim=(-0.25, 1.25), ylim=(-1.5, 1.5), xlabel="$x$")
        for edge in (0.0, 1.0):
            ax.axvline(edge, color="0.75", linewidth=0.8)
    left.set_title("your curve, and the network")
    right.set_title("what each unit or pair adds")
    (target,) = left.plot([], [], color=COLOURS["orange"], linewidth=5, animated=True, label="your curve")
    (network,) = left.plot([], [], color=COLOURS["blue"], linewidth=1.8, animated=True, label="network: the sum")
    (worst,) = left.plot([], [], "-", color=COLOURS["red"], linewidth=3, animated=True, label="largest error")
    (dots,) = left.plot([], [], "o", color="0.25", markersize=6, animated=True)
    pieces = [right.plot([], [], color=COLOURS[("green", "purple", "sky")[n % 3]], linewidth=1.1, animated=True)[0]
              for n in range(_MOST)]  # fmt: skip
    picture.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)

    def update(units: int, steepness: float, kind: str, shape: str, hand: str, curve: list) -> str:
        heights = np.array(curve)
        shares, offset = parts(kind, units, steepness, heights)
        total = shares.sum(axis=0) + offset
        x, error, at = largest_error(total, heights)
        target.set_data(_AT, heights)
        network.set_data(_X, total)
        worst.set_data([x, x], [at, np.interp(x, _AT, heights)])
        dots.set_data(*(np.transpose(handles()) if hand == "points" else ([], [])))
        for n, piece in enumerate(pieces):
            piece.set_data(*((_X, shares[n]) if n < len(shares) else ([], [])))
        far = np.interp([-0.25, 1.25], _X, total)
        bumps = f"{units} sigmoids in pairs, steepness {steepness:.3g},"
        made = f"{units} ReLU units" if kind == "relu" else bumps
        return (
            f"{made} for the curve {shape!r} ({hand}): the largest error on [0, 1] is {error:.3f}, at x = {x:.2f}. "
            f"Outside, at −0.25 and 1.25, the network says {far[0]:.2f} and {far[1]:.2f}."
        )

    controls = {
        "units": Slider("hidden units", 2, _MOST, 2, 2, whole=True),
        "steepness": log_slider("steepness", 0.5, 3, 100.0),
        "kind": choice("made of", {"sigmoid pairs": "sigmoid", "ReLU kinks": "relu"}, "sigmoid"),
        "shape": choice("curve", {"wave": "wave", "hill": "hill", "step": "step", "your own": "own"}, "wave"),
        "hand": choice("your hand", {"draws": "draws", "moves points": "points"}, "draws"),
        "curve": kept(_START),
    }
    pen: list[float] = []  # where it was last, so that a quick stroke leaves no gaps

    def settle(changed: set[str], shape: str, curve: list, **others: object) -> dict:
        wanted = _SHAPES[shape]
        same = wanted is not None and np.allclose(wanted, curve, atol=1e-3)
        if "curve" in changed:
            return {} if same else {"shape": "own"}
        if "shape" in changed and wanted is not None:
            return {"curve": [round(float(y), 3) for y in wanted]}
        return {}

    def draw(x: float, y: float) -> dict[str, object]:
        before = pen[-2:] if pen and abs(pen[-2] - x) < 0.12 else [x, y]
        pen[:] = [x, y]
        (a, b), (low, high) = sorted([(before[0], before[1]), (x, y)])
        heights = np.array(controls["curve"].value)
        half = _AT[1] / 2
        touched = (a - half <= _AT) & (low + half >= _AT)
        heights[touched] = np.interp(_AT[touched], [a, max(low, a + 1e-9)], [b, high])
        return {"curve": [round(float(h), 3) for h in heights]}

    def handles() -> np.ndarray:
        if controls["hand"].value != "points":
            return np.empty((0, 2))
        return np.column_stack([_AT[::_EVERY], np.array(controls["curve"].value)[::_EVERY]])

    def lift(k: int, x: float, y: float) -> dict[str, object]:
        """Move point k up or down, and the curve between it and its neighbours along with it."""
        heights = np.array(controls["curve"].value)
        away = np.abs(np.arange(len(_AT)) - k * _EVERY) / _EVERY
        heights += np.maximum(1 - away, 0) * (y - heights[k * _EVERY])
        return {"curve": [round(float(h), 3) for h in heights.clip(-1.5, 1.5)]}

    def close(kind: str, units: int, steepness: float, curve: list, **others: object) -> tuple[bool, str]:
        shares, offset = parts(kind, units, steepness, np.array(curve))
        error = largest_error(shares.sum(axis=0) + offset, np.array(curve))[1]
        reached = error < 0.05 and units <= 12 and np.ptp(curve) >= 1.0
        return bool(reached), f"{error:.3f} with {units} units, {np.ptp(curve):.1f} high."

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(left, handles, lift, "point of the curve"), area(left, draw, "pen")],
        play="units",
        settle=settle,
        tries="draw a curve of your own from left to right, then Play; change what the network is made of.",
        goal=goal("A curve at least 1 high, with a largest error below 0.05 from at most 12 units.", close),
        code=[sigmoid_bumps, relu_interpolant],
        start=start,
    )


def parts(kind: str, units: int, steepness: float, heights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return what each pair of sigmoids or each ReLU adds over the picture, (P, 451), and the output's bias."""
    if kind == "relu":
        xs = np.linspace(0.0, 1.0, units + 1)
        W, c, w, b = relu_interpolant(xs, np.interp(xs, _AT, heights))
        return (relu(_X[:, None] @ W + c) * w).T, b
    edges = np.linspace(0.0, 1.0, units // 2 + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    edges[[0, -1]] = -0.15, 1.15  # the outer steps stand outside, or the curve would lack half of its ends
    W, c, w, b = sigmoid_bumps(edges, np.interp(middles, _AT, heights), steepness)
    each = sigmoid(_X[:, None] @ W + c) * w
    return (each[:, ::2] + each[:, 1::2]).T, b


def largest_error(total: np.ndarray, heights: np.ndarray) -> tuple[float, float, float]:
    """Return where on [0, 1] the network is farthest from the curve, by how much, and its output there."""
    inside = (_X >= 0.0) & (_X <= 1.0)
    errors = np.abs(total - np.interp(_X, _AT, heights)) * inside
    k = int(np.argmax(errors))
    return float(_X[k]), float(errors[k]), float(total[k])
