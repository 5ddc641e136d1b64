"""Thirteen training runs, at most one fault in each: read the instruments, say what is wrong, mend it, fly again."""

import numpy as np

from mlpkit.flight import EVERY, FAULTS, NOTHING, STEPS, Log, fly, mended, settings_of
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, whole_slider
from mlpkit.widgets.explorer import Explorer, goal

_KINDS = (NOTHING, *FAULTS)
RUNS = [_KINDS[n] for n in np.random.default_rng(4).permutation(len(_KINDS))]  # run 1 is the first
_LOW, _HIGH = 1e-3, 1e3
# What each of them would look like: said to those who guess it and are wrong, and to those who are right.
_TELLS = {
    NOTHING: "both losses fall side by side, and validation data and new digits say the same, above 90 %",
    "rate too high": "all looks well at the start, and after the first steps the loss jumps and units die",
    "rate too low": "all looks well, the loss falls evenly, and a step is a tiny share of the weights",
    "dead units": "all units are off before the first step, and yet the weights have an ordinary size",
    "y not shuffled with X": "units are alive and steps are taken, and nothing more is learned than ln 10 = 2.30",
    "dropout left on in use": "the same question gets different answers when it is asked twice",
    "inputs not scaled": "the inputs' standard deviation is far from 1, and the first loss in the hundreds",
    "labels off by one": "training goes well, and on validation data and new digits nearly nothing is right",
    "loss a sum, batch doubled": "the first loss is 64 times 2.3, though inputs and signals have ordinary sizes",
    "all weights zero": "the weights have standard deviation 0, and so has h",
    "validation data in training": "validation data are as good as training data, and new digits are not",
    "saturated start": "before the first step the weights are large, most units flat, the loss far above 2.3",
    "overfitting": "few examples, all of them right, and a validation loss that rises again",
}  # fmt: skip


def flight_simulator(**start: object) -> Explorer:
    """Return the losses, the shares that are right, and the instruments of a training run, as it goes on.

    The reader says what is wrong and how sure they are, locks it in, and flies the run again with that fault mended.
    """
    picture, (left, middle, right) = figure(1, 3, width=10.4, height=3.05)
    steps = np.arange(0, STEPS + 1, EVERY)
    looks = {"training": ("blue", "-", "o"), "validation": ("red", "--", "s"), "new digits": ("green", ":", "^")}
    losses, shares, before = {}, {}, {}
    for name, (ink, style, mark) in looks.items():
        look = {"color": COLOURS[ink], "marker": mark, "markersize": 4, "label": name, "animated": True}
        (shares[name],) = middle.plot([], [], style, **look)
        if name != "new digits":
            (losses[name],) = left.plot([], [], style, **look)
    (before["loss"],) = left.plot([], [], color="0.55", linewidth=1, animated=True)
    (before["share"],) = middle.plot([], [], color="0.55", linewidth=1, animated=True, label="before mending")
    left.axhline(np.log(10), color="0.4", linestyle=":", linewidth=1.2)
    left.set(
        xlim=(-10, STEPS + 10),
        ylim=(_LOW, _HIGH),
        yscale="log",
        xlabel="step",
        title="loss, as counted; dotted: ln 10",
    )
    middle.set(xlim=(-10, STEPS + 10), ylim=(-0.03, 1.03), xlabel="step", title="share that is right")
    right.axis("off")
    right.set_title("instruments")
    look = {"va": "top", "fontsize": 9.5, "linespacing": 1.3, "transform": right.transAxes}
    labels = [label for label, _ in _instruments(fly(settings_of(NOTHING)), 0)]
    right.text(0, 1, "\n".join(labels), **look)
    table = right.text(0.58, 1, "", animated=True, **look)  # the numbers alone: to draw letters takes time
    yours = right.text(0, 1, "", animated=True, **look)
    picture.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    def update(time: int, run: int, diagnosis: str, sure: int, locked: bool, again: bool) -> str:
        fault = RUNS[run - 1]
        log = fly(settings_of(fault))
        is_new = again and diagnosis not in ("", NOTHING)
        old, log = log, fly(mended(fault, diagnosis)) if is_new else log
        shown = slice(0, time + 1)
        for name, line in losses.items():
            line.set_data(steps[shown], _drawn(getattr(log, name)[shown]))
        shown_shares = dict(zip(looks, (log.training_right, log.validation_right, log.fresh_right), strict=True))
        for name, line in shares.items():
            line.set_data(steps[shown], shown_shares[name][shown])
        before["loss"].set_data(*((steps, _drawn(old.validation)) if is_new else ([], [])))
        before["share"].set_data(*((steps, old.fresh_right) if is_new else ([], [])))
        told = _instruments(log, time)
        said = f"you: {diagnosis}, {sure} % sure" if diagnosis else f"you: no diagnosis yet, {sure} % sure"
        state = ("locked in" if locked else "not locked in") + (", flying mended" if again else "")
        table.set_text("\n".join(value for _, value in told))
        yours.set_text("\n" * len(told) + f"you: {diagnosis or 'nothing yet'}, {sure} %\n{state}")
        read = ". ".join(f"{label.strip()} {value}" for label, value in told)
        rights = f"{log.training_right[time]:.0%}, {log.validation_right[time]:.0%}, and {log.fresh_right[time]:.0%}"
        return (
            f"Run {run}{', mended' if is_new else ''}, step {steps[time]}: loss {_number(log.training[time])} in "
            f"training, {_number(log.validation[time])} in validation; right {rights} of new digits. "
            f"{read}. {said[0].upper()}{said[1:]}; {state}. "
            f"{_verdict(fault, diagnosis, sure, locked)}"
        )

    controls = {
        "run": whole_slider("run", 1, len(RUNS), 1),
        "diagnosis": choice("what is wrong?", {"not yet": "", **{kind: kind for kind in _KINDS}}, ""),
        "sure": choice("how sure", {f"{n} %": n for n in (60, 80, 95)}, 60),
        "locked": choice("verdict", {"not yet": False, "lock in": True}, False),
        "again": choice("fly", {"as it was": False, "with your diagnosis mended": True}, False),
        "time": whole_slider("time", 0, STEPS // EVERY, 0),
    }

    def settle(changed: set, **values: object) -> dict[str, object]:
        """A new run begins without a diagnosis, and a new diagnosis is not locked in."""
        fresh = {"diagnosis": "", "locked": False, "again": False} if "run" in changed else {}
        if "diagnosis" in changed:
            fresh |= {"locked": False, "again": False}
        return {name: value for name, value in fresh.items() if name not in changed}

    def landed(time: int, run: int, diagnosis: str, sure: int, locked: bool, again: bool) -> tuple[bool, str]:
        right = locked and diagnosis == RUNS[run - 1] and diagnosis != NOTHING
        end = again and time == STEPS // EVERY
        state = f"run {run}, {'locked in' if locked else 'not locked in'}, {'mended' if again else 'as it was'}."
        return bool(right and end and sure >= 80), state

    return Explorer(
        picture,
        controls,
        update,
        play="time",
        tries="press Play, read all three panels, and only then choose. Which number rules out your second guess?",
        goal=goal("find a fault, at least 80 % sure; lock it in, mend it, and fly to the end.", landed),
        code=_LOOP,
        settle=settle,
        start=start,
    )


def _drawn(losses: np.ndarray) -> np.ndarray:
    """Return losses within the panel; what overflowed lies on its upper edge."""
    return np.clip(np.nan_to_num(losses, nan=_HIGH, posinf=_HIGH), _LOW, _HIGH)


def _number(loss: float) -> str:
    return f"{loss:.3g}" if np.isfinite(loss) else "no number"


def _instruments(log: Log, time: int) -> list[tuple[str, str]]:
    """Return the instruments at a time: for each line what it tells, and what it says."""

    def both(values: np.ndarray, form: str) -> str:
        return ", ".join(f"{value:{form}}" if np.isfinite(value) else "no number" for value in values)

    return [
        ("examples, batch size:", f"{log.examples}, {log.batch_size}"),
        ("inputs: mean, std:", f"{log.inputs[0]:.2g}, {log.inputs[1]:.2g}"),
        ("first weights: std:", f"{log.weights:.2g}"),
        ("std of h at first:", both(log.spread[0], ".2g")),
        ("    std of h now:", both(log.spread[time], ".2g")),
        ("flat units at first:", both(log.flat[0], ".0%")),
        ("    flat units now:", both(log.flat[time], ".0%")),
        ("dead units at first:", both(log.dead[0], ".0%")),
        ("    dead units now:", both(log.dead[time], ".0%")),
        ("step / weights:", both(log.step_ratio[time : time + 1], ".2g")),
        ("asked twice, alike:", f"{log.same_twice[time]:.0%}"),
    ]


def _verdict(fault: str, diagnosis: str, sure: int, locked: bool) -> str:
    if not locked:
        return ""
    if not diagnosis:
        return "Choose what is wrong first."
    if diagnosis == fault:
        return f"Right, and you said {sure} %. The sign: {_TELLS[fault]}."
    return f"Not so, and you said {sure} %. If it were “{diagnosis}”, then {_TELLS[diagnosis]}. Look again."


_LOOP = """
    for step in range(500):
        rows = next_batch()                              # X and y by the same indices
        hs, slopes, z = forward(X[rows], dropout)        # dropout in training only
        dz = softmax(z)
        dz[np.arange(len(rows)), y[rows]] -= 1
        dz /= len(rows)                                  # the loss is a mean
        for layer in reversed(range(3)):
            dW, db = hs[layer].T @ dz, dz.sum(axis=0)
            if layer:
                dz = dz @ weights[layer].T * slopes[layer - 1]
            weights[layer] = weights[layer] - learning_rate * dW
            biases[layer] = biases[layer] - learning_rate * db
"""
