"""Assignment 7: clip_by_global_norm, which shortens all gradients alike when they are too long together."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.initialisation import ID

_SHAPES = [[(3, 4), (4,), (4, 2), (2,)], [(5,), (2, 3)], [(2, 3, 2), (6,), (1, 1)], [(7,)], [(1, 4), (4, 1), (1,)]]


def _gradients(rng: np.random.Generator, shapes: list, norm: float) -> list[np.ndarray]:
    """Return arrays of these shapes whose global norm is `norm`; those further back are larger."""
    arrays = [(n + 1.0) * rng.normal(size=shape) for n, shape in enumerate(shapes)]
    total = np.sqrt(sum(np.sum(array**2) for array in arrays))
    return [array * (norm / total) for array in arrays]


def _cases(rng: np.random.Generator) -> list[Case]:
    def case(k, norm, max_norm, about=Case.about):
        return Case((_gradients(rng, _SHAPES[k], norm), max_norm), about, {}, 1e-11, 0.0)

    zeros = [np.zeros((2, 3)), np.zeros(4)]
    return [
        case(0, 7.3, 1.0),
        case(1, 2.9, 0.4),
        case(2, 11.0, 3.7),
        case(3, 5.1, 2.0, "one array"),
        case(4, 30.0, 25.0, "a norm just above max_norm"),
        case(0, 0.8, 1.3, "nothing to clip"),
        case(2, 4.0, 50.0, "nothing to clip"),
        case(1, 2e-3, 1e-3, "small gradients"),
        case(0, 3e-100, 1e-100, "tiny gradients"),
        case(2, 1e-100, 5.0, "tiny gradients, nothing to clip"),
        case(2, 1e100, 2.0, "huge gradients"),
        Case((zeros, 2.0), "gradients of zero", {}, 1e-11, 0.0),
        Case(([zeros[1], rng.normal(size=(3, 2)) * 9.0], 1.5), "one of them zero", {}, 1e-11, 0.0),
    ]


def _observe(function, gradients, max_norm):
    clipped = function(gradients, max_norm)
    if not isinstance(clipped, (list, tuple)):
        return {"the result": clipped}
    arrays = [part for part in clipped if isinstance(part, np.ndarray)]
    parts = {f"clipped[{n}]": part for n, part in enumerate(clipped)}
    parts["the number of arrays"] = len(clipped)
    parts["new arrays"] = not any(np.shares_memory(part, old) for part in arrays for old in gradients)
    return parts


clip_by_global_norm = Exercise(
    ID, "clip_by_global_norm", arguments="gradients, max_norm", cases=_cases, observe=_observe
)


def _global_norm(gradients):
    return np.sqrt(sum(float(np.sum(g**2)) for g in gradients))


def _clip(gradients, max_norm, norm=_global_norm, factor=None):
    """Clip with another norm or another factor of (max_norm, norm): what most mistakes are."""
    length = norm(gradients)
    if length == 0:
        return [g.copy() for g in gradients]
    scale = min(1.0, max_norm / length) if factor is None else factor(max_norm, length)
    return [g * scale for g in gradients]


@clip_by_global_norm.reference
def _(gradients, max_norm):
    return _clip(gradients, max_norm)


_ALL = "one norm for all arrays together, or their direction changes."


def _mistake(cause, hint, **changed):
    clip_by_global_norm.mistake(cause, hint)(lambda gradients, max_norm: _clip(gradients, max_norm, **changed))


@clip_by_global_norm.mistake("wrong-formula", _ALL)
def _(gradients, max_norm):
    return [_clip([g], max_norm)[0] for g in gradients]


@clip_by_global_norm.mistake("clipped-values", "every number is cut by itself: that changes the direction.")
def _(gradients, max_norm):
    return [np.clip(g, -max_norm, max_norm) for g in gradients]


_ROOT = "the norm is the root of the sum of all squares."
_mistake("wrong-formula", "the norm is a root, and it is missing.", norm=lambda gs: sum(np.sum(g**2) for g in gs))
_mistake("wrong-formula", _ROOT, norm=lambda gs: sum(np.linalg.norm(g) for g in gs))
_mistake("wrong-formula", _ROOT, norm=lambda gs: sum(np.sum(np.abs(g)) for g in gs))
_mistake("wrong-formula", _ROOT, norm=lambda gs: max(np.max(np.abs(g)) for g in gs))
_mistake("wrong-formula", _ALL, norm=lambda gs: max(np.linalg.norm(g) for g in gs))
_mistake(
    "divides-by-wrong-count", "the squares are summed, not averaged.",
    norm=lambda gs: np.sqrt(np.mean(np.concatenate([g.ravel() for g in gs]) ** 2)),
)  # fmt: skip
_mistake(
    "divides-by-wrong-count", "the squares are summed, not averaged.",
    norm=lambda gs: np.sqrt(sum(np.mean(g**2) for g in gs)),
)  # fmt: skip
_mistake(
    "divides-by-wrong-count", "the sum of squares is not divided by the number of arrays.",
    norm=lambda gs: _global_norm(gs) / np.sqrt(len(gs)),
)  # fmt: skip
_mistake(
    "loop-overwrites-accumulator", "every array adds to the sum of squares.",
    norm=lambda gs: np.linalg.norm(gs[-1]),
)  # fmt: skip
_mistake("missing-term", "all arrays count, not the first alone.", norm=lambda gs: np.linalg.norm(gs[0]))
_LONGER = "what is short enough stays as it is: the factor is at most 1."
_mistake("wrong-formula", _LONGER, factor=lambda most, norm: most / norm)
_mistake("wrong-formula", "min, not max: the factor is at most 1.", factor=lambda most, norm: max(1.0, most / norm))
_mistake(
    "wrong-formula", "what is too long is shortened to max_norm: divide by which number?",
    factor=lambda most, norm: min(1.0, norm / most),
)  # fmt: skip
_mistake(
    "argument-ignored", "the length is max_norm afterwards, not 1.",
    factor=lambda most, norm: 1 / norm if norm > most else 1.0,
)  # fmt: skip
_mistake(
    "argument-ignored", "the length is max_norm afterwards, not 1.", factor=lambda most, norm: min(1.0, 1 / norm)
)
_mistake("wrong-formula", "divided by the norm, too.", factor=lambda most, norm: most if norm > most else 1.0)
_mistake(
    "wrong-formula", "what is too long is shortened, not dropped.", factor=lambda most, norm: float(norm <= most)
)
for _epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16):
    _ADDED = "nothing is added to the norm: what does the small number do to tiny gradients?"
    _mistake(
        "clipped-values", _ADDED,
        factor=lambda most, norm, epsilon=_epsilon: min(1.0, most / (norm + epsilon)),
    )  # fmt: skip
    _mistake(
        "clipped-values", _ADDED,
        factor=lambda most, norm, epsilon=_epsilon: min(1.0, most / max(norm, epsilon)),
    )  # fmt: skip
    _mistake(
        "clipped-values", _ADDED,
        factor=lambda most, norm, epsilon=_epsilon: most / (norm + epsilon) if norm > most else 1.0,
    )  # fmt: skip


@clip_by_global_norm.mistake("division-by-zero", "gradients of zero have the norm 0: what is max_norm / 0?")
def _(gradients, max_norm):
    with np.errstate(all="ignore"):
        scale = np.float64(max_norm) / np.float64(_global_norm(gradients))
    return [g * (scale if np.isfinite(scale) and scale < 1 else np.float64(1) + 0 * scale) for g in gradients]


@clip_by_global_norm.mistake("returns-its-argument", "new arrays are asked for, also where nothing is clipped.")
def _(gradients, max_norm):
    return list(gradients) if _global_norm(gradients) <= max_norm else _clip(gradients, max_norm)


@clip_by_global_norm.mistake("mutates-input", "the arguments stay as they are: compute into new arrays.")
def _(gradients, max_norm):
    for g, new in zip(gradients, _clip(gradients, max_norm), strict=True):
        g[...] = new
    return gradients


@clip_by_global_norm.mistake("returns-wrong-type", "a list of arrays is asked for, in the shapes that came.")
def _(gradients, max_norm):
    return np.concatenate([g.ravel() for g in _clip(gradients, max_norm)])


@clip_by_global_norm.mistake("returns-wrong-shape", "each array keeps its shape.")
def _(gradients, max_norm):
    return [g.ravel() for g in _clip(gradients, max_norm)]


@clip_by_global_norm.mistake("returns-wrong-type", "the arrays alone are asked for, without the norm.")
def _(gradients, max_norm):
    return _clip(gradients, max_norm), _global_norm(gradients)


@clip_by_global_norm.mistake("float32-precision", "right to seven digits: is something computed in float32?")
def _(gradients, max_norm):
    norm = np.float32(_global_norm(gradients)) if _global_norm(gradients) < 1e30 else _global_norm(gradients)
    return _clip(gradients, max_norm, lambda _: float(norm))
