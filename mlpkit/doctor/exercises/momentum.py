"""Assignment 9: momentum_update, one step of gradient descent with momentum on lists of arrays."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.training import ID

_SHAPES = [[(3, 4), (4,), (4, 2), (2,)], [(5,), (2, 3)], [(2, 3, 2), (6,), (1, 1)], [(7,)], [(1, 4), (4, 1), (1,)]]


def _cases(rng: np.random.Generator) -> list[Case]:
    def case(k, rate, momentum, about=Case.about, *, first=False):
        arrays = [[rng.normal(size=shape) for shape in _SHAPES[k]] for _ in range(3)]
        if first:
            arrays[2] = [np.zeros(shape) for shape in _SHAPES[k]]
        return Case((*arrays, rate, momentum), about, {}, 1e-12, 1e-15)

    return [
        case(0, 0.3, 0.8),
        case(1, 1.7, 0.6),
        case(2, 0.02, 0.95),
        case(3, 0.4, 0.7, "one array"),
        case(4, 0.25, 0.45, "sizes of one"),
        case(0, 0.3, 0.8, "the first step, velocities of zero", first=True),
        case(1, 0.3, 0.0, "momentum 0"),
        case(2, 0.0, 0.85, "learning rate 0"),
        case(0, 0.0, 0.0, "learning rate and momentum 0"),
    ]


def _observe(function, parameters, gradients, velocities, learning_rate, momentum):
    answer = function(parameters, gradients, velocities, learning_rate, momentum)
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return {"the result": answer}
    given = [*parameters, *gradients, *velocities]
    found = {}
    for name, part in zip(("parameters", "velocities"), answer, strict=True):
        if not isinstance(part, (list, tuple)):
            found[name] = part
            continue
        arrays = [array for array in part if isinstance(array, np.ndarray)]
        found |= {f"{name}[{n}]": array for n, array in enumerate(part)}
        found[f"the number of {name}"] = len(part)
        found[f"new arrays for {name}"] = not any(np.shares_memory(array, old) for array in arrays for old in given)
    return found


momentum_update = Exercise(
    ID,
    "momentum_update",
    arguments="parameters, gradients, velocities, learning_rate, momentum",
    cases=_cases,
    observe=_observe,
)


def _update(parameters, gradients, velocities, velocity, step):
    """Return both lists, where `velocity(g, v)` is the new one and `step(p, new, g, old)` the new parameter."""
    new = [velocity(g, v) for g, v in zip(gradients, velocities, strict=True)]
    rows = zip(parameters, new, gradients, velocities, strict=True)
    return [step(p, n, g, v) for p, n, g, v in rows], new


@momentum_update.reference
def _(parameters, gradients, velocities, rate, momentum):
    return _update(
        parameters, gradients, velocities, lambda g, v: momentum * v + g, lambda p, new, g, old: p - rate * new
    )


def _mistake(cause, hint, velocity=lambda g, v, lr, m: m * v + g, step=lambda p, new, g, old, lr, m: p - lr * new):
    @momentum_update.mistake(cause, hint)
    def _(parameters, gradients, velocities, lr, m):
        return _update(
            parameters, gradients, velocities, lambda g, v: velocity(g, v, lr, m),
            lambda p, new, g, old: step(p, new, g, old, lr, m),
        )  # fmt: skip


_RATE = "the learning rate belongs to the step, not to the velocity."
_mistake(
    "wrong-formula", "the gradient is added whole, without a factor 1 - momentum.",
    lambda g, v, lr, m: m * v + (1 - m) * g,
)  # fmt: skip
_mistake("wrong-formula", _RATE, lambda g, v, lr, m: m * v - lr * g, lambda p, new, g, old, lr, m: p + new)
_mistake("wrong-formula", _RATE, lambda g, v, lr, m: m * v + lr * g, lambda p, new, g, old, lr, m: p - new)
_mistake("wrong-formula", _RATE, lambda g, v, lr, m: m * v + lr * g)
_mistake("wrong-formula", _RATE, lambda g, v, lr, m: lr * (m * v + g), lambda p, new, g, old, lr, m: p - new)
_UPHILL = "the loss goes up: the step is against the gradient."
_mistake("sign", _UPHILL, step=lambda p, new, g, old, lr, m: p + lr * new)
_mistake("sign", "the velocity adds up gradients: what is its sign?", lambda g, v, lr, m: m * v - g)
_mistake(
    "sign", "the velocity adds up gradients: what is its sign?",
    lambda g, v, lr, m: m * v - g, lambda p, new, g, old, lr, m: p + lr * new,
)  # fmt: skip
_mistake("sign", "the old velocity is added, not subtracted.", lambda g, v, lr, m: g - m * v)
_KEPT = "momentum is the share of the old velocity that is kept."
_mistake("argument-ignored", _KEPT, lambda g, v, lr, m: v + g)
for _fixed in (0.9, 0.5, 0.99):
    _mistake("argument-ignored", _KEPT, lambda g, v, lr, m, fixed=_fixed: fixed * v + g)
_mistake("missing-term", "what is left of the old velocity belongs to the new one.", lambda g, v, lr, m: g.copy())
_mistake("missing-term", "the gradient belongs to the new velocity.", lambda g, v, lr, m: m * v)
_mistake(
    "wrong-formula", "which of the two has the factor momentum, velocity or gradient?", lambda g, v, lr, m: v + m * g
)
_mistake("wrong-formula", "the sum of both is not multiplied by momentum.", lambda g, v, lr, m: m * (v + g))
_mistake(
    "wrong-formula", "momentum, not 1 - momentum, is the share that is kept.", lambda g, v, lr, m: (1 - m) * v + g
)
_mistake(
    "learning-rate-changed",
    "the step is learning_rate times the velocity.",
    step=lambda p, new, g, old, lr, m: p - new,
)
for _fixed in (0.1, 0.01):
    _mistake(
        "learning-rate-changed", "the step is learning_rate times the velocity.",
        step=lambda p, new, g, old, lr, m, fixed=_fixed: p - fixed * new,
    )  # fmt: skip
_mistake(
    "wrong-formula", "the step is made with the velocity, not with the gradient.",
    step=lambda p, new, g, old, lr, m: p - lr * g,
)  # fmt: skip
_mistake(
    "off-by-one", "the step is made with the new velocity, not with the old one.",
    step=lambda p, new, g, old, lr, m: p - lr * old,
)  # fmt: skip
_NESTEROV = "that is Nesterov's step, or a velocity that counts twice: here it is learning_rate times the velocity."
_mistake("wrong-formula", _NESTEROV, step=lambda p, new, g, old, lr, m: p - lr * (g + m * new))
_mistake("wrong-formula", _NESTEROV, step=lambda p, new, g, old, lr, m: p - lr * (g + new))
_mistake("wrong-formula", _NESTEROV, step=lambda p, new, g, old, lr, m: p - lr * m * new)
_mistake("wrong-formula", "the step starts from the parameter.", step=lambda p, new, g, old, lr, m: -lr * new)


def _right(parameters, gradients, velocities, rate, momentum):
    return momentum_update.right(parameters, gradients, velocities, rate, momentum)


@momentum_update.mistake("layer-skipped", "every array of the list is updated, not the first alone.")
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return [new[0], *(p.copy() for p in parameters[1:])], [moved[0], *(v.copy() for v in velocities[1:])]


@momentum_update.mistake("layer-skipped", "is there a return inside the loop? All arrays of the list are asked for.")
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return new[:1], moved[:1]


@momentum_update.mistake("last-layer-only", "every array of the list is updated, not the last alone.")
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return [*(p.copy() for p in parameters[:-1]), new[-1]], [*(v.copy() for v in velocities[:-1]), moved[-1]]


@momentum_update.mistake("last-layer-only", "the lists hold the last array alone: append within the loop.")
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return new[-1:], moved[-1:]


@momentum_update.mistake("returns-list-order-swapped", "the order is (parameters, velocities).")
def _(parameters, gradients, velocities, rate, momentum):
    return _right(parameters, gradients, velocities, rate, momentum)[::-1]


@momentum_update.mistake("layer-order-reversed", "the lists keep the order in which they came.")
def _(parameters, gradients, velocities, rate, momentum):
    return [part[::-1] for part in _right(parameters, gradients, velocities, rate, momentum)]


@momentum_update.mistake("returns-wrong-type", "both are asked for: (parameters, velocities).")
def _(parameters, gradients, velocities, rate, momentum):
    return _right(parameters, gradients, velocities, rate, momentum)[0]


@momentum_update.mistake("returns-wrong-type", "two lists are asked for, not a list of pairs.")
def _(parameters, gradients, velocities, rate, momentum):
    return list(zip(*_right(parameters, gradients, velocities, rate, momentum), strict=True))


@momentum_update.mistake("returns-wrong-type", "nothing comes back: is a return missing?")
def _(parameters, gradients, velocities, rate, momentum):
    return None


@momentum_update.mistake("stale-velocities", "the velocities that come back are the old ones.")
def _(parameters, gradients, velocities, rate, momentum):
    return _right(parameters, gradients, velocities, rate, momentum)[0], [v.copy() for v in velocities]


_NEW = "new arrays are asked for, also where momentum or learning rate is 0."


@momentum_update.mistake("returns-its-argument", _NEW)
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return new, list(gradients) if momentum == 0 else moved


@momentum_update.mistake("returns-its-argument", _NEW)
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return list(parameters) if rate == 0 else new, moved


@momentum_update.mistake("float32-precision", "right to seven digits: is something computed in float32?")
def _(parameters, gradients, velocities, rate, momentum):
    new, moved = _right(parameters, gradients, velocities, rate, momentum)
    return [p.astype(np.float32).astype(float) for p in new], [v.astype(np.float32).astype(float) for v in moved]
