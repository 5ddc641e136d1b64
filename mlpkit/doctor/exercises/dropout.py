"""Assignment 9: dropout_forward and dropout_backward, with any way of drawing the mask."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.training import ID


def _hidden(rng: np.random.Generator, N: int, H: int) -> np.ndarray:
    """Return activations of both signs and none of them 0, so that a 0 in the output is a dropped unit."""
    return rng.choice([-1.0, 1.0], size=(N, H)) * rng.uniform(0.2, 2.0, size=(N, H))


def _close(a, b):
    return bool(np.allclose(a, b, rtol=1e-10, atol=1e-13))


# dropout_forward ----------------------------------------------------------------------------------------------------


def _forward_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, H, rate in [(100, 200, 0.3), (160, 100, 0.8), (100, 160, 0.1), (4, 5, 0.0), (1, 70, 0.4)]:
        about = {0.0: "rate 0", 0.4: "one example"}.get(rate, Case.about)
        cases.append(Case((_hidden(rng, N, H), rate, int(rng.integers(2**31))), about))
    return cases


def _factor(kept: np.ndarray, rate: float) -> str:
    """Name what the kept units were multiplied by, given out / h for them."""
    names = {
        "1 / (1 - rate)": 1 / (1 - rate),
        "1": 1.0,
        "1 - rate": 1 - rate,
        "rate": rate,
        "1 / rate": 1 / rate,
        "1 + rate": 1 + rate,
        "2": 2.0,
        "1 / (1 - rate) squared": (1 - rate) ** -2,
        "its own square root": (1 - rate) ** -0.5,
    }
    for name, value in names.items():
        if _close(kept, value):
            return name
    return f"something else, {float(np.mean(kept)):.6g} on average"


def _share(mask: np.ndarray, rate: float) -> str:
    """Name the share of dropped units; chance misses the right one in fewer than one of 10^8 draws."""
    share = 1.0 - float(np.mean(mask))
    for name, value in {"rate": rate, "1 - rate": 1 - rate, "0": 0.0, "1": 1.0}.items():
        if abs(share - value) < 0.02:
            return name
    return f"something else, {share:.3g}"


def _spread(mask: np.ndarray) -> str:
    if (mask == mask[0]).all():
        return "one mask for all examples"
    if (mask == mask[:, :1]).all():
        return "one decision for all units of an example"
    return "a mask for each example"


def _observe_forward(function, h, rate, seed):
    before, rng = h.copy(), np.random.default_rng(seed)
    answer, next_one = function(h, rate, rng), function(before.copy(), rate, rng)
    again = function(before.copy(), rate, np.random.default_rng(seed))
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return {"out and cache": f"a {type(answer).__name__}"}
    out = answer[0]
    if not isinstance(out, np.ndarray) or out.shape != h.shape or out.dtype != np.float64:
        shape = f"an array {out.shape} of {out.dtype}" if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
        return {"out and cache": "two", "out": shape}
    parts = {
        "out and cache": "two",
        "out is repeated by the same generator": bool(np.array_equal(out, again[0])),
    }
    if rate == 0.0:
        parts["out is h where rate is 0"] = _close(out, before)
    elif not np.isfinite(out).all():
        parts["out is finite"] = False
    elif out.size > 10_000:
        mask = out != 0
        shared = not _spread(mask).startswith("a mask")
        parts["the share of dropped units"] = "too few decisions to say" if shared else _share(mask, rate)
        parts["the factor of the others"] = _factor(out[mask] / before[mask], rate)
        parts["the mask"] = _spread(mask)
        parts["a second call draws another mask"] = not np.array_equal(mask, next_one[0] != 0)
    return parts


dropout_forward = Exercise(
    ID, "dropout_forward", arguments="h, rate, rng", cases=_forward_cases, observe=_observe_forward
)


def _drop(h, rate, rng, *, keep=None, factor=None, shape=None):
    """Return (out, None); the keywords stand for the mistakes in the mask and in the factor."""
    kept = rng.random(h.shape if shape is None else shape) < (1 - rate if keep is None else keep)
    return h * kept * (1 / (1 - rate) if factor is None else factor), None


@dropout_forward.reference
def _(h, rate, rng):
    return _drop(h, rate, rng)


_SCALE = "on average a unit should give as much with dropout as without: by what is it multiplied?"
_KEEP = "rate is the probability of dropping."


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=1.0)


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=1 - rate)


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    with np.errstate(all="ignore"):
        return _drop(h, rate, rng, factor=np.float64(1.0) / rate)


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=2.0)


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=rate)


@dropout_forward.mistake("not-inverted-dropout", _SCALE)
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=1 + rate)


@dropout_forward.mistake("not-inverted-dropout", "the factor counts once.")
def _(h, rate, rng):
    return _drop(h, rate, rng, factor=(1 - rate) ** -2)


@dropout_forward.mistake("keep-rate-as-drop-rate", _KEEP)
def _(h, rate, rng):
    return _drop(h, rate, rng, keep=rate)


@dropout_forward.mistake("keep-rate-as-drop-rate", _KEEP)
def _(h, rate, rng):
    return _drop(h, rate, rng, keep=rate, factor=1.0 / rate if rate else 0.0)


@dropout_forward.mistake("keep-rate-as-drop-rate", _KEEP)
def _(h, rate, rng):
    with np.errstate(all="ignore"):
        return _drop(h, rate, rng, keep=rate, factor=np.float64(1.0) / rate)


@dropout_forward.mistake("keep-rate-as-drop-rate", _KEEP)
def _(h, rate, rng):
    return _drop(h, rate, rng, keep=rate, factor=1.0 / rate)


_MASK = "every unit of every example is dropped or kept by itself."


@dropout_forward.mistake("dropout-mask-shared", _MASK)
def _(h, rate, rng):
    return _drop(h, rate, rng, shape=(1, h.shape[1]))


@dropout_forward.mistake("dropout-mask-shared", _MASK)
def _(h, rate, rng):
    return _drop(h, rate, rng, shape=(len(h), 1))


@dropout_forward.mistake("wrong-formula", "nothing is dropped.")
def _(h, rate, rng):
    return h.copy(), None


@dropout_forward.mistake("wrong-formula", "nothing is dropped: the factor 1 - rate is its mean, not dropout.")
def _(h, rate, rng):
    return h * (1 - rate), None


@dropout_forward.mistake("returns-wrong-type", "the pair (out, cache) is asked for.")
def _(h, rate, rng):
    return _drop(h, rate, rng)[0]


for _make in (lambda: np.random.default_rng(0), lambda: np.random.default_rng()):

    @dropout_forward.mistake("seed-ignored", "the mask comes from rng, the generator that is given.")
    def _(h, rate, rng, make=_make):
        return _drop(h, rate, make())


# dropout_backward ---------------------------------------------------------------------------------------------------


def _forward(h, rate, rng):
    """Return (out, cache) as a right answer does; the cache holds what wrong backward passes use as well."""
    kept = rng.random(h.shape) < 1 - rate
    return h * kept / (1 - rate), (kept, rate, h)


def _backward_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, H, rate in [(60, 100, 0.3), (100, 50, 0.7), (7, 40, 0.2), (1, 60, 0.4), (5, 6, 0.0)]:
        about = {0.0: "rate 0", 0.4: "one example"}.get(rate, Case.about)
        cases.append(Case((rng.normal(size=(N, H)), _hidden(rng, N, H), rate, int(rng.integers(2**31))), about))
    return cases


def _observe_backward(function, dout, h, rate, seed, forward):
    rng = np.random.default_rng(seed)
    out, cache = forward(h, rate, rng)
    forward(_hidden(np.random.default_rng(1), 3, 2), rate, rng)  # a later pass must not disturb the earlier one
    before = dout.copy()
    dh = function(dout, cache)
    if not isinstance(dh, np.ndarray) or dh.shape != h.shape or dh.dtype != np.float64:
        return {
            "dh": f"an array {dh.shape} of {dh.dtype}" if isinstance(dh, np.ndarray) else f"a {type(dh).__name__}"
        }
    again = function(before.copy(), cache)
    return {
        "dh": _passed_back(dh, before, h, out, rate),
        "the cache can be used again": bool(np.array_equal(dh, again)),
    }


def _passed_back(dh, dout, h, out, rate):
    """Name what came back, by the mask and the factor that the forward pass had."""
    kept = out != 0
    factor = float(np.max(np.abs(out / h)))
    meant = {
        "dout times mask and factor": dout * out / h,
        "dout times the mask, without the factor": dout * kept,
        "dout times the factor, without the mask": dout * factor,
        "dout as it came": dout,
        "the factor 1 - rate": dout * kept * (1 - rate),
        "the factor rate": dout * kept * rate,
        "the factor twice": dout * kept * factor**2,
        "mask and factor, without dout": kept * factor,
        "the mask, without dout": kept * 1.0,
        "dout times the output": dout * out,
        "dout times h and the mask": dout * h * kept,
        "dout times h": dout * h,
        "the dropped units' part": dout * ~kept * factor,
        "the dropped units' part, without the factor": dout * ~kept,
        "the output": out,
        "nothing": np.zeros_like(dout),
        "a lost sign": -dout * out / h,
    }
    if rate:
        meant["the factor 1 / rate"] = dout * kept / rate
        meant["twice the gradient"] = 2 * dout * out / h
        meant["half the gradient"] = dout * out / h / 2
        meant["divided by N"] = dout * out / h / len(h)
    for name, value in meant.items():
        if _close(dh, value):
            return name
    for name, size in {"another mask": factor, "another mask, without the factor": 1.0}.items():
        if np.all(np.isclose(dh, 0.0) | np.isclose(dh, dout * size, rtol=1e-9)):
            return name
    return f"something else, {float(np.sum(dh)):.9g} in all"


dropout_backward = Exercise(
    ID,
    "dropout_backward",
    arguments="dout, h, rate, seed",
    cases=_backward_cases,
    observe=_observe_backward,
    forward=("dropout_forward", _forward),
    analytic=True,
)


@dropout_backward.reference
def _(dout, cache):
    kept, rate, _h = cache
    return dout * kept / (1 - rate)


def _resampled(dout, cache, factor, make):
    rate = cache[1]
    return dout * (make().random(dout.shape) < 1 - rate) * factor(rate)


_SAME = "what was dropped on the way forward passes nothing back: the same mask, from the cache."
_FACTOR = "what was multiplied on the way forward is multiplied on the way back."
for _cause, _words, _wrong in [
    ("dropout-not-in-backward", _SAME, lambda dout, cache: dout.copy()),
    ("dropout-not-in-backward", _SAME, lambda dout, cache: dout / (1 - cache[1])),
    ("dropout-scale-missing-in-backward", _FACTOR, lambda dout, cache: dout * cache[0]),
    ("dropout-scale-missing-in-backward", _FACTOR, lambda dout, cache: dout * cache[0] * (1 - cache[1])),
    ("wrong-formula", _FACTOR, lambda dout, cache: dout * cache[0] * cache[1]),
    ("extra-activation-derivative", "the factor counts once.",
     lambda dout, cache: dout * cache[0] / (1 - cache[1]) ** 2),
    ("upstream-ignored", "dout is multiplied in.", lambda dout, cache: cache[0] / (1 - cache[1])),
    ("upstream-ignored", "dout is multiplied in.", lambda dout, cache: cache[0] * 1.0),
    ("wrong-derivative-formula", "out is h times a number: its derivative does not hold h.",
     lambda dout, cache: dout * cache[2] * cache[0] / (1 - cache[1])),
    ("wrong-derivative-formula", "out is h times a number: its derivative does not hold h.",
     lambda dout, cache: dout * cache[2] * cache[0]),
    ("wrong-derivative-formula", "out is h times a number: its derivative does not hold h.",
     lambda dout, cache: dout * cache[2]),
    ("wrong-formula", "that is the output again, not a gradient.",
     lambda dout, cache: cache[2] * cache[0] / (1 - cache[1])),
    ("keep-rate-as-drop-rate", "what was kept passes the gradient on, what was dropped does not.",
     lambda dout, cache: dout * ~cache[0] / (1 - cache[1])),
    ("keep-rate-as-drop-rate", "what was kept passes the gradient on, what was dropped does not.",
     lambda dout, cache: dout * ~cache[0]),
    ("sign", "the sign of dout stays.", lambda dout, cache: -dout * cache[0] / (1 - cache[1])),
    ("factor-2", "the gradient is twice too large.", lambda dout, cache: 2 * dout * cache[0] / (1 - cache[1])),
    ("half", "the gradient is half of what it should be.", lambda dout, cache: dout * cache[0] / (1 - cache[1]) / 2),
    ("extra-mean", "the mean was taken in the loss.",
     lambda dout, cache: dout * cache[0] / (1 - cache[1]) / len(dout)),
]:  # fmt: skip
    dropout_backward.mistake(_cause, _words)(_wrong)

for _make in (lambda: np.random.default_rng(0), lambda: np.random.default_rng()):
    for _size in (lambda rate: 1 / (1 - rate), lambda rate: 1.0):

        @dropout_backward.mistake("dropout-mask-resampled-in-backward", _SAME)
        def _(dout, cache, make=_make, size=_size):
            return _resampled(dout, cache, size, make)


@dropout_backward.mistake("dropout-scale-missing-in-backward", "where rate is the factor's divisor, it is 1 - rate.")
def _(dout, cache):
    with np.errstate(all="ignore"):
        return dout * cache[0] / np.float64(cache[1])
