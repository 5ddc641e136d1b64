"""The step of a numerical derivative: too long and the curve bends, too short and the numbers' grain shows."""

import numpy as np

from mlpkit.gradcheck import numerical_gradient, relative_error
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_X, _Y = np.array([-1.2, -0.4, 0.3, 0.9, 1.6]), np.array([0.2, -0.5, 0.4, 0.8, -0.1])
_W0 = 0.7
_KINK = 1e-3  # how far the weight is from the nearest kink of the ReLU unit
_B = -(_W0 + _KINK) * _X[0]
_T = np.linspace(-2.0, 2.0, 201)
_STEPS = np.logspace(-15, 0, 61)


def tanh_loss(w: np.ndarray) -> np.ndarray:
    """Return the half mean squared error of h = tanh(w x + 0.2) on five points, for w of any shape."""
    return ((np.tanh(np.multiply.outer(w, _X) + 0.2) - _Y) ** 2).mean(axis=-1) / 2


def relu_loss(w: np.ndarray) -> np.ndarray:
    """Return the same of h = max(0, w x + b), with a kink at w = 0.7 + 0.001, where the unit is off for one point."""
    return ((np.maximum(0.0, np.multiply.outer(w, _X) + _B) - _Y) ** 2).mean(axis=-1) / 2


_LOSSES = {"tanh": tanh_loss, "relu": relu_loss}


def step_size(**start: object) -> Explorer:
    """Return the loss over one weight under a microscope that enlarges by 1 / h, and the error over all steps h.

    Left: where the two points lie that a difference takes, and the line through them, with the true slope drawn as
    the diagonal; right: the relative error of central and one-sided differences, with the present step marked.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.9)
    left.plot([-2, 2], [-2, 2], "--", color=COLOURS["green"], linewidth=1.5, label="true slope")
    (curve,) = left.plot(_T, _T, color=COLOURS["black"], linewidth=1.2, animated=True, label="loss in float64")
    (chord,) = left.plot([], [], "o-", color=COLOURS["red"], markersize=6, animated=True, label="the difference")
    left.set(xlim=(-2, 2), ylim=(-4, 4), xlabel="(w − w₀) / h", ylabel="change of the loss, in units of slope × h")
    left.set_title("microscope: one unit is one step h")
    (central,) = right.plot(_STEPS, _STEPS, color=COLOURS["blue"], animated=True, label="central")
    (forward,) = right.plot(_STEPS, _STEPS, "--", color=COLOURS["orange"], animated=True, label="one-sided")
    (here,) = right.plot([], [], "o", color=COLOURS["red"], markeredgecolor="black", markersize=9, animated=True)
    right.set(xscale="log", yscale="log", xlim=(1e-15, 1), ylim=(1e-13, 30), title="relative error of the slope")
    right.set(xlabel="step h")
    handles = [*left.get_legend_handles_labels()[0], central, forward]
    picture.legend(handles, [h.get_label() for h in handles], loc="outside lower center", ncols=5, fontsize=9)
    errors = {name: _errors(name) for name in _LOSSES}

    def update(h: float, method: str, unit: str) -> str:
        loss, slope = _LOSSES[unit], true_slope(unit)
        scale = slope * h
        curve.set_ydata((loss(_W0 + _T * h) - loss(_W0)) / scale)
        ends = np.array([-1.0 if method == "central" else 0.0, 1.0])
        chord.set_data(ends, (loss(_W0 + ends * h) - loss(_W0)) / scale)
        central.set_ydata(errors[unit]["central"])
        forward.set_ydata(errors[unit]["forward"])
        found = float(numerical_gradient(loss, np.array(_W0), h, method))
        error = float(relative_error(np.array(slope), np.array(found)))
        here.set_data([h], [max(error, 2e-13)])
        kind = "central" if method == "central" else "one-sided"
        near = f", a kink at a distance of {_KINK:g}" if unit == "relu" else ""
        return (
            f"A {'tanh' if unit == 'tanh' else 'ReLU'} unit{near}: the {kind} difference with step h = {h:.2g} gives "
            f"{found:.10f}, the true slope is {slope:.10f}; relative error {error:.1e}."
        )

    controls = {
        "h": log_slider("step h", -15, 0, 0.1),
        "method": choice("difference", {"central": "central", "one-sided": "forward"}, "central"),
        "unit": choice("unit", {"tanh": "tanh", "ReLU near a kink": "relu"}, "tanh"),
    }

    def exact(h: float, method: str, unit: str) -> tuple[bool, str]:
        found = numerical_gradient(_LOSSES[unit], np.array(_W0), h, method)
        error = float(relative_error(np.array(true_slope(unit)), found))
        return (
            method == "forward" and error < 1e-7,
            f"{'one-sided' if method == 'forward' else 'central'}, {error:.1e}.",
        )

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(right, lambda: np.transpose(here.get_data()), lambda k, x, y: {"h": x}, "step h")],
        tries="make the step smaller until the number grows worse again, and look through the microscope there.",
        goal=goal("get the one-sided difference below a relative error of 1e-7.", exact),
        code=[numerical_gradient, tanh_loss, relu_loss],
        start=start,
    )


def true_slope(unit: str) -> float:
    """Return the derivative of the unit's loss at the weight, from the formula."""
    if unit == "tanh":
        h = np.tanh(_W0 * _X + 0.2)
        return float(np.mean((h - _Y) * _X * (1 - h**2)))
    z = _W0 * _X + _B
    return float(np.mean((np.maximum(0.0, z) - _Y) * _X * (z > 0)))


def _errors(unit: str) -> dict[str, np.ndarray]:
    loss, slope = _LOSSES[unit], np.array(true_slope(unit))
    return {
        method: np.array(
            [float(relative_error(slope, numerical_gradient(loss, np.array(_W0), h, method))) for h in _STEPS]
        )
        for method in ("central", "forward")
    }
