"""Assignment 8: relu_interpolant, sigmoid_bump, sawtooth, judged by the functions that their networks compute.

Hidden units may come in any order and arrangement, so the networks are compared by their values and by the shapes of
their parameters. (count_linear_pieces is in linear_pieces.)
"""

import itertools

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.doctor.exercise import Case, Exercise

ID = "08_universality"


def _shape(part: object) -> str:
    """Describe an array by its shape, a number as such, and anything else by its type."""
    if isinstance(part, np.ndarray):
        return str(part.shape) if part.dtype.kind in "fiu" else f"an array of {part.dtype}"
    number = isinstance(part, (int, float, np.integer, np.floating)) and not isinstance(part, bool)
    return "a number" if number else f"a {type(part).__name__}"


def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0.0)


def _one_layer(answer: object, H: int, activation, points: np.ndarray) -> dict:
    """Return the parts of an answer (W, c, w, b) with H units: its shapes, and its values where they are right."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 4:
        return {"the number of parts": len(answer) if isinstance(answer, (list, tuple)) else 1}
    shapes = ", ".join(_shape(part) for part in answer).replace("()", "a number")
    parts = {"the shapes of W, c, w, b": shapes}
    if shapes == f"(1, {H}), ({H},), ({H},), a number":
        W, c, w, b = (np.asarray(part, dtype=np.float64) for part in answer)
        parts["the network's values"] = activation(points[:, None] @ W + c) @ w + b
    return parts


# relu_interpolant ---------------------------------------------------------------------------------------------------


def _interpolant_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (6, 9, 3):
        xs = np.cumsum(rng.uniform(0.2, 1.5, size=n)) - 2.0
        cases.append(Case((xs, rng.normal(scale=2.0, size=n)), rtol=1e-8, atol=1e-8))
    cases.append(Case((np.array([-0.7, 1.6]), rng.normal(size=2)), "two points", rtol=1e-8, atol=1e-8))
    evenly = np.linspace(0.0, 1.0, 5)
    cases.append(Case((evenly, rng.normal(size=5)), "evenly spaced points", rtol=1e-8, atol=1e-8))
    xs = np.array([-3.0, -2.5, -1.0, 0.0, 0.25, 2.0])
    cases.append(Case((xs, 1.5 * xs - 4.0), "points on one line", rtol=1e-8, atol=1e-8))
    cases.append(Case((xs + 800.0, rng.normal(size=6)), "points far from 0", rtol=1e-8, atol=1e-7))
    cases.append(Case((xs - 800.0, rng.normal(size=6)), "points far from 0", rtol=1e-8, atol=1e-7))
    return cases


def _observe_interpolant(function, xs, ys):
    points = np.unique(np.concatenate([xs[:-1] + t * np.diff(xs) for t in (0.0, 0.01, 0.37, 0.5, 0.99)] + [xs[-1:]]))
    return _one_layer(function(xs, ys), len(xs) - 1, relu, points)


relu_interpolant = Exercise(
    ID, "relu_interpolant", arguments="xs, ys", cases=_interpolant_cases, observe=_observe_interpolant
)


def _interpolant(xs, ys, *, knots=None, changes=None, b=None, W=None):
    """Return (W, c, w, b); the keywords are what a wrong answer puts in the place of the right thing."""
    slopes = np.diff(ys) / np.diff(xs)
    w = np.diff(slopes, prepend=0.0) if changes is None else changes
    W = np.ones((1, len(xs) - 1)) if W is None else W
    return W, -(xs[:-1] if knots is None else knots), w, (ys[0] if b is None else b)


@relu_interpolant.reference
def _(xs, ys):
    return _interpolant(xs, ys)


def _interpolant_mistake(cause, hint, **changed):
    relu_interpolant.mistake(cause, hint)(
        lambda xs, ys: _interpolant(xs, ys, **{name: make(xs, ys) for name, make in changed.items()})
    )


def _slopes(xs, ys):
    return np.diff(ys) / np.diff(xs)


_interpolant_mistake(
    "slope-not-difference",
    "to the right of a kink all earlier units go on: what must the next one add?",
    changes=_slopes,
)
_interpolant_mistake(
    "slope-not-difference", "without a first slope the first piece is flat.",
    changes=lambda xs, ys: np.diff(_slopes(xs, ys), append=_slopes(xs, ys)[-1]),
)  # fmt: skip
_interpolant_mistake("bias-missing", "at xs[0] all units are off: what is left there?", b=lambda xs, ys: 0.0)
_interpolant_mistake("wrong-formula", "at xs[0] all units are off: what is left there?", b=lambda xs, ys: ys[-1])
_interpolant_mistake("wrong-formula", "at xs[0] all units are off: what is left there?", b=lambda xs, ys: np.mean(ys))
_KNOTS = "each unit folds where its piece begins."
_interpolant_mistake("wrong-knots", _KNOTS, knots=lambda xs, ys: xs[1:])
_interpolant_mistake("wrong-knots", _KNOTS, knots=lambda xs, ys: (xs[1:] + xs[:-1]) / 2)
_interpolant_mistake("wrong-knots", _KNOTS, knots=lambda xs, ys: xs[:-1] - xs[0])
_interpolant_mistake("wrong-knots", _KNOTS, knots=lambda xs, ys: np.linspace(xs[0], xs[-1], len(xs))[:-1])
_interpolant_mistake("bias-missing", "without c all units fold at 0.", knots=lambda xs, ys: np.zeros(len(xs) - 1))
_interpolant_mistake("sign", "x + c is 0 at the kink: what sign has c?", knots=lambda xs, ys: -xs[:-1])
_interpolant_mistake(
    "sign", "a change of slope is the new one minus the old one.",
    changes=lambda xs, ys: -np.diff(_slopes(xs, ys), prepend=0.0),
)  # fmt: skip
_interpolant_mistake(
    "sign", "a change of slope is the new one minus the old one.",
    changes=lambda xs, ys: np.append(_slopes(xs, ys)[0], -np.diff(_slopes(xs, ys))),
)  # fmt: skip
_interpolant_mistake(
    "missing-term", "the first unit gives the first slope.",
    changes=lambda xs, ys: np.append(0.0, np.diff(_slopes(xs, ys))),
)  # fmt: skip
_DISTANCE = "a slope is a rise over a run, and the points need not be one apart or evenly spaced."
_interpolant_mistake("wrong-formula", _DISTANCE, changes=lambda xs, ys: np.diff(np.diff(ys), prepend=0.0))
_interpolant_mistake("wrong-formula", _DISTANCE, changes=lambda xs, ys: np.diff(ys))
_interpolant_mistake(
    "wrong-formula", _DISTANCE, changes=lambda xs, ys: np.diff(np.diff(ys) / (xs[1] - xs[0]), prepend=0.0)
)
_interpolant_mistake(
    "wrong-formula", _DISTANCE,
    changes=lambda xs, ys: np.diff(np.diff(ys) / ((xs[-1] - xs[0]) / (len(xs) - 1)), prepend=0.0),
)  # fmt: skip
_interpolant_mistake(
    "sign", "with -1 in W the units are on to the left of their kink.", W=lambda xs, ys: -np.ones((1, len(xs) - 1))
)
_interpolant_mistake("transpose", "W is (D, H) with one input: one row.", W=lambda xs, ys: np.ones((len(xs) - 1, 1)))
_interpolant_mistake("returns-wrong-shape", "W is (D, H): two dimensions.", W=lambda xs, ys: np.ones(len(xs) - 1))
_interpolant_mistake("returns-wrong-shape", "b is one number.", b=lambda xs, ys: ys[:1])


@relu_interpolant.mistake("off-by-one", "n points make n - 1 pieces, and one unit a piece is enough.")
def _(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    return np.ones((1, len(xs))), -xs, np.append(np.diff(slopes, prepend=0.0), 0.0), ys[0]


@relu_interpolant.mistake("off-by-one", "the last piece has a unit as well.")
def _(xs, ys):
    W, c, w, b = _interpolant(xs, ys)
    return W[:, :-1], c[:-1], w[:-1], b


@relu_interpolant.mistake("returns-list-order-swapped", "the order is (W, c, w, b).")
def _(xs, ys):
    W, c, w, b = _interpolant(xs, ys)
    return W, w, c, b


@relu_interpolant.mistake("integer-dtype-truncation", "an integer array cuts what is put into it.")
def _(xs, ys):
    W, c, w, b = _interpolant(xs, ys)
    return W, c.astype(int), w.astype(int), b


@relu_interpolant.mistake("integer-dtype-truncation", "an integer array cuts what is put into it.")
def _(xs, ys):
    W, c, w, b = _interpolant(xs, ys)
    return W, c, w.astype(int), b


@relu_interpolant.mistake("integer-dtype-truncation", "an integer array cuts what is put into it.")
def _(xs, ys):
    W, c, w, b = _interpolant(xs, ys)
    return W, c.astype(int), w, b


# sigmoid_bump -------------------------------------------------------------------------------------------------------


def _bump_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for height, steepness in [(1.7, 6.0), (-2.3, 11.0), (0.4, 1.3), (3.1, 300.0)]:
        left = float(rng.uniform(-1.0, 0.3))
        right = left + float(rng.uniform(0.3, 1.5))
        about = "a steep bump" if steepness > 100 else "a negative bump" if height < 0 else Case.about
        cases.append(Case((left, right, height, steepness), about, rtol=1e-9, atol=1e-10))
    return cases


def _observe_bump(function, left, right, height, steepness):
    near = np.array([-3.0, -1.0, -0.3, 0.0, 0.2, 1.0, 2.5]) / steepness
    points = np.concatenate([[left - 2.0], left + near, [(left + right) / 2], right + near, [right + 3.0]])
    answer = function(left, right, height, steepness)
    parts = _one_layer(answer, 2, sigmoid, points)
    if "the network's values" in parts:
        W, _c, w, b = answer
        parts["b is 0 though units are on far to the left"] = bool(b == 0 and abs(np.sum(w[W[0] < 0])) > 1e-9)
    return parts


sigmoid_bump = Exercise(
    ID, "sigmoid_bump", arguments="left, right, height, steepness", cases=_bump_cases, observe=_observe_bump
)


@sigmoid_bump.reference
def _(left, right, height, steepness):
    s = steepness
    return np.array([[s, s]]), np.array([-s * left, -s * right]), np.array([height, -height]), 0.0


def _bump_mistake(cause, hint, make):
    """`make` returns W's entries, c, w and b of a wrong answer."""

    def bump(left, right, height, steepness):
        W, c, w, b = make(left, right, height, steepness)
        return np.array([W], float), np.array(c, float), np.array(w, float), b

    sigmoid_bump.mistake(cause, hint)(bump)


_bump_mistake(
    "wrong-knots", "s * (x - left) = s * x + c: what is c?", lambda left, r, h, s: ((s, s), (-left, -r), (h, -h), 0.0)
)
_bump_mistake(
    "wrong-knots", "a step up at left and down at right: the units' biases are exchanged with each other's weights.",
    lambda left, r, h, s: ((s, s), (-s * left, -s * left), (h, -h), 0.0),
)  # fmt: skip
_bump_mistake(
    "sign", "s * (x - left): what sign has c?", lambda left, r, h, s: ((s, s), (s * left, s * r), (h, -h), 0.0)
)
_bump_mistake(
    "sign", "the second step has to take away what the first adds.",
    lambda left, r, h, s: ((s, s), (-s * left, -s * r), (h, h), 0.0),
)  # fmt: skip
_bump_mistake(
    "sign", "the bump stands upside down.", lambda left, r, h, s: ((s, s), (-s * left, -s * r), (-h, h), 0.0)
)
_bump_mistake(
    "sign", "a negative steepness turns both steps round.",
    lambda left, r, h, s: ((-s, -s), (s * left, s * r), (h, -h), 0.0),
)  # fmt: skip
_HEIGHT = "the height is an argument, and both steps have it."
_bump_mistake("argument-ignored", _HEIGHT, lambda left, r, h, s: ((s, s), (-s * left, -s * r), (1.0, -1.0), 0.0))
_bump_mistake("missing-term", _HEIGHT, lambda left, r, h, s: ((s, s), (-s * left, -s * r), (h, -1.0), 0.0))
_bump_mistake(
    "missing-term", "the step down is missing.", lambda left, r, h, s: ((s, s), (-s * left, -s * r), (h, 0), 0.0)
)
_STEEP = "the steepness is an argument."
_bump_mistake("argument-ignored", _STEEP, lambda left, r, h, s: ((1, 1), (-left, -r), (h, -h), 0.0))
_bump_mistake("argument-ignored", _STEEP, lambda left, r, h, s: ((1, 1), (-s * left, -s * r), (h, -h), 0.0))
for _fixed in (10.0, 50.0, 100.0, 1000.0):
    _bump_mistake(
        "argument-ignored", _STEEP,
        lambda left, r, h, s, f=_fixed: ((f, f), (-f * left, -f * r), (h, -h), 0.0),
    )  # fmt: skip
_bump_mistake("bias-missing", "the units need biases.", lambda left, r, h, s: ((s, s), (0, 0), (h, -h), 0.0))
_bump_mistake(
    "wrong-formula", "far away the bump is 0.", lambda left, r, h, s: ((s, s), (-s * left, -s * r), (h, -h), h)
)
_bump_mistake(
    "bias-missing", "far away the bump is 0.", lambda left, r, h, s: ((s, -s), (-s * left, s * r), (h, h), 0.0)
)
_bump_mistake("sign", "far away the bump is 0.", lambda left, r, h, s: ((s, -s), (-s * left, s * r), (h, h), h))
_bump_mistake(
    "half", "the bump has half its height.", lambda left, r, h, s: ((s, s), (-s * left, -s * r), (h / 2, -h / 2), 0.0)
)


@sigmoid_bump.mistake("transpose", "W is (D, H) with one input: one row.")
def _(left, right, height, steepness):
    W, c, w, b = sigmoid_bump.right(left, right, height, steepness)
    return W.T, c, w, b


@sigmoid_bump.mistake("returns-wrong-shape", "W is (D, H): two dimensions.")
def _(left, right, height, steepness):
    W, c, w, b = sigmoid_bump.right(left, right, height, steepness)
    return W[0], c, w, b


@sigmoid_bump.mistake("returns-wrong-shape", "b is one number.")
def _(left, right, height, steepness):
    W, c, w, _b = sigmoid_bump.right(left, right, height, steepness)
    return W, c, w, np.zeros(1)


@sigmoid_bump.mistake("returns-list-order-swapped", "the order is (W, c, w, b).")
def _(left, right, height, steepness):
    W, c, w, b = sigmoid_bump.right(left, right, height, steepness)
    return W, w, c, b


# sawtooth -----------------------------------------------------------------------------------------------------------


def _observe_sawtooth(function, depth):
    answer = function(depth)
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return {"the number of parts": len(answer) if isinstance(answer, (list, tuple)) else 1}
    weights, biases = answer
    if not isinstance(weights, (list, tuple)) or not isinstance(biases, (list, tuple)):
        return {"the lists": f"a {type(weights).__name__} and a {type(biases).__name__}"}
    shapes = "; ".join(", ".join(_shape(part) for part in parts) for parts in (weights, biases))
    parts = {"the lists": "a list and a list", "the shapes": shapes}
    sizes = [1, *[2] * depth, 1]
    right = [str((a, b)) for a, b in itertools.pairwise(sizes)], [str((b,)) for b in sizes[1:]]
    if shapes == "; ".join(", ".join(part) for part in right):
        points = np.linspace(0.0, 1.0, 2 ** (depth + 2) + 1)
        parts["the network's values"] = _deep_network(weights, biases, points)
    return parts


def _deep_network(weights, biases, points):
    h = points[:, None]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = relu(h @ W + b)
    return (h @ weights[-1] + biases[-1])[:, 0].astype(np.float64)


def _sawtooth_cases(rng: np.random.Generator) -> list[Case]:
    return [Case((depth,), f"depth {depth}", rtol=1e-8, atol=1e-8) for depth in (3, 1, 2, 5, 9)]


sawtooth = Exercise(ID, "sawtooth", arguments="depth", cases=_sawtooth_cases, observe=_observe_sawtooth)


def _sawtooth(depth, *, fold=(2.0, -4.0), knots=(0.0, -0.5), top=None, top_bias=0.0, transposed=False):
    """Return the tent map 2 relu(x) - 4 relu(x - 1/2), `depth` times; the keywords are the mistakes in it."""
    fold, top = np.array(fold), np.array(fold if top is None else top)
    inner = np.outer(fold, np.ones(2))
    weights = [np.ones((1, 2)), *[inner.T.copy() if transposed else inner] * (depth - 1), top[:, None]]
    return weights, [*[np.array(knots)] * depth, np.array([top_bias])]


@sawtooth.reference
def _(depth):
    return _sawtooth(depth)


def _sawtooth_mistake(cause, hint, **how):
    sawtooth.mistake(cause, hint)(lambda depth: _sawtooth(depth, **how))


_FOLD = "up with slope 2, then down with slope -2: by how much does the slope change at 1/2?"
_sawtooth_mistake("slope-not-difference", _FOLD, fold=(2.0, -2.0))
_sawtooth_mistake("wrong-formula", _FOLD, fold=(1.0, -2.0))
_sawtooth_mistake("sign", _FOLD, fold=(2.0, 4.0))
_sawtooth_mistake("sign", "the wave starts at 0 and goes up.", fold=(-2.0, 4.0))
_sawtooth_mistake("sign", "the wave starts at 0 and goes up.", top=(-2.0, 4.0))
_sawtooth_mistake("sign", "the wave starts at 0 and goes up.", top=(-2.0, 4.0), top_bias=1.0)
_sawtooth_mistake("wrong-knots", "the fold is in the middle, at 1/2.", knots=(0.0, -1.0))
_sawtooth_mistake("wrong-knots", "the fold is in the middle, at 1/2.", knots=(0.0, -0.25))
_sawtooth_mistake("sign", "x + c is 0 at the kink: what sign has c?", knots=(0.0, 0.5))
_sawtooth_mistake("bias-missing", "without a bias both units fold at 0.", knots=(0.0, 0.0))
_sawtooth_mistake("transpose", "each unit of a layer sees the same fold of the layer below.", transposed=True)
_sawtooth_mistake("wrong-formula", "the output layer folds as the others do.", top=(1.0, 1.0))
_sawtooth_mistake("wrong-formula", "the output layer folds as the others do.", top=(1.0, -1.0))
_sawtooth_mistake("wrong-formula", "the output layer folds as the others do.", top=(1.0, 0.0))
_sawtooth_mistake("wrong-formula", "the wave starts at 0.", top_bias=1.0)


@sawtooth.mistake("off-by-one", "depth hidden layers make 2 ** depth pieces: that is one too many.")
def _(depth):
    return _sawtooth(depth + 1)


@sawtooth.mistake("off-by-one", "depth hidden layers make 2 ** depth pieces: that is one too few.")
def _(depth):
    return _sawtooth(depth - 1) if depth > 1 else ([np.ones((1, 1))], [np.zeros(1)])


@sawtooth.mistake("off-by-one", "depth hidden layers make 2 ** depth pieces: that is one too few.")
def _(depth):
    return _sawtooth(max(depth - 1, 1))


@sawtooth.mistake("layer-order-reversed", "the first layer comes first.")
def _(depth):
    weights, biases = _sawtooth(depth)
    return weights[::-1], biases[::-1]


@sawtooth.mistake("layer-skipped", "the linear output is a layer as well.")
def _(depth):
    weights, biases = _sawtooth(depth)
    return weights[:-1], biases[:-1]


@sawtooth.mistake("bias-missing", "the output has a bias, be it 0.")
def _(depth):
    weights, biases = _sawtooth(depth)
    return weights, biases[:-1]


@sawtooth.mistake("argument-ignored", "the depth is an argument.")
def _(depth):
    return _sawtooth(1)


@sawtooth.mistake("argument-ignored", "the depth is an argument.")
def _(depth):
    return _sawtooth(2)


@sawtooth.mistake("argument-ignored", "the depth is an argument.")
def _(depth):
    return _sawtooth(3)


@sawtooth.mistake("layer-skipped", "every layer folds, not the first alone.")
def _(depth):
    weights, biases = _sawtooth(depth)
    passing = np.array([[2.0, 0.0], [-4.0, 0.0]])
    weights[1:-1] = [passing if layer == 0 else np.diag([1.0, 0.0]) for layer in range(depth - 1)]
    biases[1:-1] = [np.zeros(2) for _ in range(depth - 1)]
    weights[-1] = np.array([[1.0], [0.0]]) if depth > 1 else weights[-1]
    return weights, biases


@sawtooth.mistake("transpose", "W is (n_in, n_out): the layer is h @ W + b.")
def _(depth):
    weights, biases = _sawtooth(depth)
    return [W.T.copy() for W in weights], biases


@sawtooth.mistake("returns-list-order-swapped", "first the weights, then the biases.")
def _(depth):
    weights, biases = _sawtooth(depth)
    return biases, weights
