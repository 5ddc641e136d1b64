"""Assignment 6: sum_to_shape, the way back through broadcasting."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.automatic_differentiation import ID, plain

SHAPES = [  # (of the result, of the array that was spread)
    ((5, 3), (3,), "a row added to a matrix"),
    ((5, 3), (5, 1), "a column added to a matrix"),
    ((5, 3), (1, 3), "a row of shape (1, 3)"),
    ((5, 3), (1, 1), "one number in a matrix"),
    ((5, 3), (), "a plain number added to a matrix"),
    ((5, 3), (5, 3), "nothing was spread"),
    ((4,), (), "a plain number added to a row"),
    ((4,), (1,), "one number in a row"),
    ((3, 3), (3,), "a square matrix"),
    ((3, 3), (3, 1), "a square matrix"),
    ((2, 5, 3), (3,), "three axes"),
    ((2, 5, 3), (5, 1), "three axes"),
    ((2, 5, 3), (1, 5, 3), "three axes"),
    ((2, 5, 3), (2, 1, 3), "three axes"),
    ((2, 5, 3), (2, 1, 1), "three axes"),
    ((2, 5, 3), (1, 3), "three axes"),
    ((2, 5, 3), (5, 3), "three axes"),
    ((3, 3, 3), (3, 1), "three axes of one size"),
    ((1, 4), (4,), "a new axis of size 1"),
    ((1, 1), (), "a new axis of size 1"),
    ((4, 1), (1, 1), "axes of size 1 that stay"),
    ((), (), "a plain number that stayed one"),
]


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, (result, shape, about) in enumerate(SHAPES):
        g = rng.normal(size=result) if result else np.array(rng.normal())
        if n % 3 == 1:
            g = np.asfortranarray(g)
        elif n % 3 == 2 and result:
            g = np.repeat(g, 2, axis=-1)[..., ::2]
        cases.append(Case((g, shape), about, {}, 1e-11, 1e-13))
    return cases


def _observe(function, g, shape):
    answer = function(g, shape)
    if shape == () and plain(answer) is not None:
        answer = np.array(plain(answer))
    return {"the gradient": answer}


sum_to_shape = Exercise(ID, "sum_to_shape", arguments="g, shape", cases=_cases, observe=_observe)


def _extra(g, shape):
    return tuple(range(g.ndim - len(shape)))


def _ones(g, shape):
    """Return the axes, counted in the spread array, along which it was 1 and became more."""
    return tuple(n for n, size in enumerate(shape) if size == 1 and g.shape[n - len(shape)] != 1)


@sum_to_shape.reference
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.array(g.sum(axis=_ones(g, shape), keepdims=True))


_EXTRA = "an axis in front that the array never had was spread, too."
_ONES = "an axis of size 1 was spread over a whole axis: all its uses add up."
_USES = "what was spread was used many times: all its uses add up."


@sum_to_shape.mistake("shared-gradient-not-summed", _USES)
def _(g, shape):
    return np.array(g)


@sum_to_shape.mistake("shared-gradient-not-summed", _ONES)
def _(g, shape):
    return np.array(g.sum(axis=_extra(g, shape)))


@sum_to_shape.mistake("shared-gradient-not-summed", _EXTRA)
def _(g, shape):
    axes = tuple(g.ndim - len(shape) + n for n in _ones(g, shape))
    return g.sum(axis=axes, keepdims=True)


@sum_to_shape.mistake("bias-mean-instead-of-sum", "a sum over all that was spread is asked for, not a mean.")
def _(g, shape):
    g = g.mean(axis=_extra(g, shape))
    return np.array(g.mean(axis=_ones(g, shape), keepdims=True))


@sum_to_shape.mistake("bias-mean-instead-of-sum", "over the axes of size 1 a sum is due as well, not a mean.")
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.array(g.mean(axis=_ones(g, shape), keepdims=True))


@sum_to_shape.mistake("bias-mean-instead-of-sum", "over the new axes a sum is due as well, not a mean.")
def _(g, shape):
    g = g.mean(axis=_extra(g, shape))
    return np.array(g.sum(axis=_ones(g, shape), keepdims=True))


_EXACT = "the gradient has exactly the shape of the array: which axes stay as 1, and which go?"


@sum_to_shape.mistake("returns-wrong-shape", _EXACT)
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.array(g.sum(axis=_ones(g, shape)))


@sum_to_shape.mistake("returns-wrong-shape", _EXACT)
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.array(g.sum(axis=tuple(n for n, size in enumerate(shape) if size == 1)))


@sum_to_shape.mistake("returns-wrong-shape", _EXACT)
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.squeeze(np.array(g.sum(axis=_ones(g, shape))))


@sum_to_shape.mistake("returns-wrong-shape", _EXACT)
def _(g, shape):
    ones = tuple(g.ndim - len(shape) + n for n in _ones(g, shape))
    return g.sum(axis=(*_extra(g, shape), *ones), keepdims=True)


_RIGHT = "broadcasting lines shapes up at their last axis: which axes of g are the new ones?"


@sum_to_shape.mistake("wrong-axis", _RIGHT)
def _(g, shape):
    g = g.sum(axis=tuple(range(len(shape), g.ndim)))
    return np.array(g.sum(axis=_ones(g, shape), keepdims=True))


@sum_to_shape.mistake("wrong-axis", _RIGHT)
def _(g, shape):
    padded = (*shape, *(1,) * (g.ndim - len(shape)))
    axes = tuple(n for n, size in enumerate(padded) if size == 1 and g.shape[n] != 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape)


@sum_to_shape.mistake("wrong-axis", "only what was spread is summed: the other entries keep their own gradients.")
def _(g, shape):
    return np.full(shape, g.sum())


@sum_to_shape.mistake("wrong-axis", "which axes were spread? Those in front, not always the first alone.")
def _(g, shape):
    if g.shape == shape:
        return np.array(g)
    return np.array(g.sum(axis=0)).reshape(shape)


@sum_to_shape.mistake("wrong-axis", "equal sizes do not say which axis is which: count from the last.")
def _(g, shape):
    axes = tuple(n for n, size in enumerate(g.shape) if size not in shape)
    return g.sum(axis=axes).reshape(shape)


@sum_to_shape.mistake("missing-term", "one of the uses is kept, and the others are left out: all add up.")
def _(g, shape):
    g = g[(0,) * (g.ndim - len(shape))]
    return np.array(g[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)])


@sum_to_shape.mistake("missing-term", "one of the uses is kept, and the others are left out: all add up.")
def _(g, shape):
    return np.resize(g, shape)


@sum_to_shape.mistake("wrong-formula", "the uses add up: the largest is not enough.")
def _(g, shape):
    g = g.max(axis=_extra(g, shape))
    return np.array(g.max(axis=_ones(g, shape), keepdims=True))


@sum_to_shape.mistake("extra-activation-derivative", "no factor is due: the array was only spread.")
def _(g, shape):
    out = g.sum(axis=_extra(g, shape))
    out = np.array(out.sum(axis=_ones(out, shape), keepdims=True))
    return out * g.size / max(out.size, 1)


@sum_to_shape.mistake("returns-wrong-type", "an array is asked for.")
def _(g, shape):
    g = g.sum(axis=_extra(g, shape))
    return np.array(g.sum(axis=_ones(g, shape), keepdims=True)).tolist()
