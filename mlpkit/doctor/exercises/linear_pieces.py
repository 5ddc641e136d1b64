"""Assignment 8: count_linear_pieces, on networks with kinks at the ends, close together, and without an effect."""

import itertools

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.universality import ID, relu, sawtooth


def _network(W, c, w, b=0.0):
    """Return (weights, biases) of a network with one hidden layer."""
    weights = [np.array([W], float), np.array(w, float)[:, None]]
    return weights, [np.array(c, float), np.array([b], float)]


def _at_kinks(kinks, w, b=0.0, scale=None):
    """Return a network whose units fold at the kinks; `scale` is W, 1 unless given."""
    W = np.ones(len(kinks)) if scale is None else np.array(scale, float)
    return _network(W, -W * np.array(kinks, float), w, b)


def _forward(weights, biases, x):
    """Return the pre-activations of all layers at the points x, the output last."""
    h, found = np.asarray(x, float)[:, None], []
    for W, b in zip(weights, biases, strict=True):
        found.append(h @ W + b)
        h = relu(found[-1])
    return found


def _kinks(weights, biases, low, high, layers=None):
    """Return the points inside (low, high) where a hidden unit's pre-activation changes its sign, in order."""
    points = np.array([low, high])
    for layer in range(len(weights) - 1 if layers is None else layers):
        z = _forward(weights, biases, points)[layer]
        left, right = z[:-1], z[1:]
        interval, unit = np.nonzero(left * right < 0)
        a, b = left[interval, unit], right[interval, unit]
        new = points[interval] + (points[interval + 1] - points[interval]) * a / (a - b)
        touching = points[1:-1][(z[1:-1] == 0).any(axis=1)]
        points = np.unique(np.concatenate([points, new, touching]))
        apart = np.append(True, np.diff(points) > 1e-9)
        points = points[apart]
    return points[(points > low + 1e-9) & (points < high - 1e-9)]


def _slopes(weights, biases, points):
    """Return the slope of the network's output at each point, by the active units there."""
    slope = np.ones((len(points), 1))
    pre_activations = _forward(weights, biases, points)
    for layer, W in enumerate(weights):
        slope = slope @ W
        if layer < len(weights) - 1:
            slope = slope * (pre_activations[layer] > 0)
    return slope[:, 0]


def _piece_slopes(weights, biases, low, high, layers=None):
    """Return the slope between each two neighbouring kinks."""
    edges = np.concatenate([[low], _kinks(weights, biases, low, high, layers), [high]])
    return _slopes(weights, biases, (edges[1:] + edges[:-1]) / 2)


def _count(weights, biases, low, high):
    return 1 + int(np.sum(np.abs(np.diff(_piece_slopes(weights, biases, low, high))) > 1e-9))


def _is_clear(weights, biases, low, high):
    """Return whether all kinks are well apart, and each changes the slope clearly or not at all."""
    edges = np.concatenate([[low], _kinks(weights, biases, low, high), [high]])
    changes = np.abs(np.diff(_piece_slopes(weights, biases, low, high)))
    far = [kink for W, b in _first_layer(weights, biases) for kink in (low + b / W, high + b / W)]
    return (
        np.diff(edges).min() > 1e-3
        and len(changes) > 1
        and not ((changes > 1e-13) & (changes < 1e-4)).any()
        and min(np.abs(far)) > 1e-3
        and len(_kinks(weights, biases, -100.0, 100.0)) == len(_kinks(weights, biases, -10_000.0, 10_000.0))
    )


def _first_layer(weights, biases):
    return zip(weights[0][0], biases[0], strict=True)


def _random_network(rng, sizes, low, high):
    while True:
        weights = [rng.normal(size=shape) for shape in itertools.pairwise(sizes)]
        biases = [rng.normal(size=n) for n in sizes[1:]]
        middle = _forward(weights, biases, np.linspace(low, high, 9))[-1]
        biases[-1] = biases[-1] - np.median(middle)  # the output crosses 0
        if _is_clear(weights, biases, low, high):
            return weights, biases


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for sizes in ([1, 5, 1], [1, 4, 3, 1], [1, 3, 4, 3, 1], [1, 6, 5, 1]):
        low, high = -2.0 - float(rng.random()), 2.0 + float(rng.random())
        cases.append(Case((*_random_network(rng, sizes, low, high), low, high)))
    for depth in (1, 2, 4, 8):
        low, high = 0.3 * float(rng.random()), 1.0 - 0.3 * float(rng.random())
        cases.append(Case((*sawtooth.right(depth), low, high), f"a part of a sawtooth of depth {depth}"))
    ends = _at_kinks([-1.0, 0.5, 2.0], [1.0, -2.0, 3.0], scale=[1.0, 2.0, -1.0])
    cases.append(Case((*ends, -1.0, 2.0), "kinks at both ends of the interval"))
    cases.append(Case((*_at_kinks([-3.0, 0.25, 5.0], [1.0, 1.5, -1.0]), -1.0, 2.0), "kinks outside the interval"))
    cases.append(Case((*_at_kinks([-3.0, 4.0], [1.0, 1.5]), -1.0, 2.0), "no kink in the interval"))
    # Two units fold at -0.5 and cancel, one at 0.25 has no weight, one at 0.75 next to none, and one at 1 counts.
    silent = _at_kinks([-0.5, -0.5, 0.25, 0.75, 1.0], [2.0, -1.0, 0.0, 1e-11, 0.5], scale=[1.0, 2.0, 1.0, 1.0, -1.0])
    cases.append(Case((*silent, -2.0, 2.0), "kinks that do not change the slope"))
    # Two units fold at 0.5 together, and one unit with weight 0 has no kink at all.
    together = _network([1.0, 2.0, 0.0, -1.0], [-0.5, -1.0, 1.0, 1.0], [1.0, 0.5, 2.0, 1.0])
    cases.append(Case((*together, -2.0, 2.0), "two units with one kink"))
    # Unit 3 of the second layer never sees anything but 0: a dead unit.
    dead = [np.array([[1.0, -1.0]]), np.array([[1.0, 0.5, -1.0], [1.0, -1.5, -1.0]]), np.array([[1.0], [2.0], [3.0]])]
    biases = [np.array([0.25, 0.5]), np.array([-1.0, 0.125, -2.0]), np.array([-0.5])]
    cases.append(Case((dead, biases, -3.0, 3.0), "a dead unit"))
    # Twelve groups of kinks that are 2e-6 apart: a grid that sees one of them by chance does not see them all.
    kinks = np.linspace(-1.8, 2.5, 12) + rng.uniform(-0.1, 0.1, size=12)
    close = np.concatenate([kinks, kinks + 2e-6, kinks[:1] + 4e-6])
    near = _at_kinks(close, rng.uniform(0.5, 1.5, size=25) * np.repeat([1, -1], [12, 13]))
    cases.append(Case((*near, -2.0, 3.0), "kinks close together"))
    return cases


def _observe(function, weights, biases, low, high):
    count = function(weights, biases, low, high)
    if isinstance(count, (float, np.floating)) and float(count).is_integer():
        count = int(count)
    count = int(count) if isinstance(count, np.integer) else count
    # Only a network with one hidden layer has kinks that are close together.
    kinks = _kinks(weights, biases, low, high) if len(weights) == 2 else []
    if isinstance(count, int) and len(kinks) > 1 and np.diff(kinks).min() < 1e-5:
        right = _count(weights, biases, low, high)
        return {
            "all kinks that are close together count": "yes"
            if count == right
            else "too few"
            if count < right
            else "too many"
        }
    return count


count_linear_pieces = Exercise(
    ID, "count_linear_pieces", arguments="weights, biases, low, high", cases=_cases, observe=_observe
)


@count_linear_pieces.reference
def _(weights, biases, low, high):
    return _count(weights, biases, low, high)


_SILENT = "not every kink of a unit is a kink of the network: does the slope change there?"


@count_linear_pieces.mistake("counts-units-not-slopes", _SILENT)
def _(weights, biases, low, high):
    return 1 + len(_kinks(weights, biases, low, high))


@count_linear_pieces.mistake("counts-units-not-slopes", _SILENT)
def _(weights, biases, low, high):
    return 1 + int(np.sum(np.diff(_piece_slopes(weights, biases, low, high)) != 0))


@count_linear_pieces.mistake("counts-units-not-slopes", "two units may fold at one point, or without any effect.")
def _(weights, biases, low, high):
    return 1 + _unit_kinks(weights, biases, low, high)


def _unit_kinks(weights, biases, low, high):
    """Return how many sign changes the hidden units have, each unit by itself."""
    edges = np.concatenate([[low], _kinks(weights, biases, low, high), [high]])
    active = [z > 0 for z in _forward(weights, biases, (edges[1:] + edges[:-1]) / 2)[:-1]]
    return int(sum(np.sum(on[1:] != on[:-1]) for on in active))


@count_linear_pieces.mistake("counts-units-not-slopes", "a unit may have several kinks, one, or none.")
def _(weights, biases, low, high):
    return 1 + sum(len(b) for b in biases[:-1])


@count_linear_pieces.mistake("hard-coded-answer", "2 ** depth is the most there can be: count what there is.")
def _(weights, biases, low, high):
    return 2 ** (len(weights) - 1)


@count_linear_pieces.mistake("hard-coded-answer", "this is the most there can be: count what there is.")
def _(weights, biases, low, high):
    return int(np.prod([len(b) + 1 for b in biases[:-1]]))


@count_linear_pieces.mistake("off-by-one", "n kinks part the interval into n + 1 pieces.")
def _(weights, biases, low, high):
    return _count(weights, biases, low, high) - 1


@count_linear_pieces.mistake("off-by-one", "n kinks part the interval into n + 1 pieces.")
def _(weights, biases, low, high):
    return _count(weights, biases, low, high) + 1


@count_linear_pieces.mistake("endpoint-counted", "a kink at the end of the interval parts nothing.")
def _(weights, biases, low, high):
    ends = [-b / W for W, b in _first_layer(weights, biases) if W != 0 and -b / W in (low, high)]
    return _count(weights, biases, low, high) + len(ends)


@count_linear_pieces.mistake("endpoint-counted", "a kink at the end of the interval parts nothing.")
def _(weights, biases, low, high):
    beyond = 1e-4 * (high - low)
    return _count(weights, biases, low - beyond, high + beyond)


@count_linear_pieces.mistake("endpoint-counted", "a kink at the end of the interval parts nothing.")
def _(weights, biases, low, high):
    return _count(weights, biases, low, high + 1e-4 * (high - low))


@count_linear_pieces.mistake("endpoint-counted", "a kink at the end of the interval parts nothing.")
def _(weights, biases, low, high):
    return _count(weights, biases, low - 1e-4 * (high - low), high)


_DEEPER = "units of the second layer have kinks of their own."


@count_linear_pieces.mistake("first-layer-only", _DEEPER)
def _(weights, biases, low, high):
    slopes = _piece_slopes(weights, biases, low, high, layers=1)
    return 1 + int(np.sum(np.abs(np.diff(slopes)) > 1e-9))


@count_linear_pieces.mistake("first-layer-only", _DEEPER)
def _(weights, biases, low, high):
    return 1 + len(_kinks(weights, biases, low, high, layers=1))


@count_linear_pieces.mistake("first-layer-only", _DEEPER)
def _(weights, biases, low, high):
    return 1 + sum(low < -b / W < high for W, b in _first_layer(weights, biases) if W != 0)


@count_linear_pieces.mistake("first-layer-only", _DEEPER)
def _(weights, biases, low, high):
    """Take the slopes from the values at the first layer's kinks."""
    edges = np.concatenate([[low], _kinks(weights, biases, low, high, layers=1), [high]])
    values = _forward(weights, biases, edges)[-1][:, 0]
    return 1 + int(np.sum(np.abs(np.diff(np.diff(values) / np.diff(edges))) > 1e-9))


@count_linear_pieces.mistake("argument-ignored", "only the pieces between low and high count.")
def _(weights, biases, low, high):
    return _count(weights, biases, -1000.0, 1000.0)


@count_linear_pieces.mistake("activation-on-output", "the output is linear: where it crosses 0 nothing folds.")
def _(weights, biases, low, high):
    identity = [np.eye(1)], [np.zeros(1)]
    return _count([*weights, *identity[0]], [*biases, *identity[1]], low, high)


@count_linear_pieces.mistake("bias-missing", "the biases move the kinks.")
def _(weights, biases, low, high):
    return _count(weights, [np.zeros_like(b) for b in biases], low, high)


@count_linear_pieces.mistake("wrong-formula", "the same slope may come again further on, and is another piece.")
def _(weights, biases, low, high):
    return len(np.unique(np.round(_piece_slopes(weights, biases, low, high), 9)))


@count_linear_pieces.mistake("sign", "up and down are two slopes, be they equally steep.")
def _(weights, biases, low, high):
    return 1 + int(np.sum(np.abs(np.diff(np.abs(_piece_slopes(weights, biases, low, high)))) > 1e-9))


def _grid(points, threshold):
    def count(weights, biases, low, high):
        x = np.linspace(low, high, points)
        slopes = np.diff(_forward(weights, biases, x)[-1][:, 0]) / np.diff(x)
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > threshold))

    return count


def _grid_of_patterns(points):
    """Count where the pattern of active units differs between neighbours on a grid and the slope does, too."""

    def count(weights, biases, low, high):
        slopes = _slopes(weights, biases, np.linspace(low, high, points))
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > 1e-9))

    return count


_GRID = "a grid does not see two kinks within one step: find each kink from a unit's own line."
for _points in (101, 200, 201, 500, 501, 1000, 1001, 2001, 10_000, 10_001, 100_001):
    count_linear_pieces.mistake("approximates-by-grid", _GRID)(_grid_of_patterns(_points))
    for _threshold in (1e-9, 1e-6):
        count_linear_pieces.mistake("approximates-by-grid", _GRID)(_grid(_points, _threshold))


@count_linear_pieces.mistake("approximates-by-grid", _GRID)
def _(weights, biases, low, high):
    """Any grid that is fine enough for all kinks but those that are very close together."""
    edges = np.concatenate([[low], _kinks(weights, biases, low, high), [high]])
    middles, wide = (edges[1:] + edges[:-1]) / 2, np.diff(edges) > 2e-5
    return 1 + int(np.sum(np.abs(np.diff(_slopes(weights, biases, middles[wide]))) > 1e-9))
