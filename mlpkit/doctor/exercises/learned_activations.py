"""Assignment 4: prelu_backward, whose slope is learned, and maxout, which learns its whole shape."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.activations import ID

# prelu_backward -----------------------------------------------------------------------------------------------------


def _prelu_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shape, a in [((5, 3), 0.25), ((4, 6), 0.7), ((1, 4), -0.3), ((7, 2), 0.1), ((6,), 0.4)]:
        about = "one example" if shape[0] == 1 else Case.about
        sizes = {"N": shape[0], "H": shape[-1]} if len(shape) == 2 else {"N": shape[0], "H": 1}
        cases.append(Case((rng.normal(size=shape), 2.0 * rng.normal(size=shape), a), about, sizes, 1e-12, 1e-13))
    z = np.array([[0.0, 0.0, 1.5], [-0.5, 0.0, -2.0]])
    cases.append(Case((rng.normal(size=(2, 3)), z, 0.35), "at the kink", {"N": 2, "H": 3}, 1e-12, 1e-13))
    return cases


prelu_backward = Exercise(
    ID, "prelu_backward", arguments="dout, z, a", cases=_prelu_cases, parts="dz, da", analytic=True
)


def _prelu(dout, z, a, slope=None, by_a=None):
    slope = np.where(z > 0, 1.0, a) if slope is None else slope
    return dout * slope, float(np.sum(dout * (np.minimum(z, 0.0) if by_a is None else by_a)))


@prelu_backward.reference
def _(dout, z, a):
    return _prelu(dout, z, a)


@prelu_backward.mistake(
    "shared-gradient-not-summed", "one slope serves all units: its gradient is the sum over all uses."
)
def _(dout, z, a):
    return _prelu(dout, z, a)[0], dout * np.minimum(z, 0.0)


@prelu_backward.mistake(
    "shared-gradient-not-summed", "one slope serves all units: sum over units as well as over examples."
)
def _(dout, z, a):
    return _prelu(dout, z, a)[0], np.sum(dout * np.minimum(z, 0.0), axis=0)


@prelu_backward.mistake("bias-mean-instead-of-sum", "the gradient of a shared parameter is a sum, not a mean.")
def _(dout, z, a):
    return _prelu(dout, z, a)[0], float(np.mean(dout * np.minimum(z, 0.0)))


@prelu_backward.mistake("upstream-ignored", "what comes from above is multiplied in.")
def _(dout, z, a):
    return _prelu(np.ones_like(dout), z, a)


@prelu_backward.mistake("upstream-ignored", "what comes from above is multiplied into da as well.")
def _(dout, z, a):
    return _prelu(dout, z, a)[0], _prelu(np.ones_like(dout), z, a)[1]


@prelu_backward.mistake("upstream-ignored", "what comes from above is multiplied into dz as well.")
def _(dout, z, a):
    return _prelu(np.ones_like(dout), z, a)[0], _prelu(dout, z, a)[1]


@prelu_backward.mistake("kink-wrong-side", "at z = 0 the derivative is the one from the left: a.")
def _(dout, z, a):
    return _prelu(dout, z, a, slope=np.where(z >= 0, 1.0, a))


for _slope in (0.0, 0.01, 0.25):

    @prelu_backward.mistake("alpha-ignored", "the slope a is given: use it.")
    def _(dout, z, a, fixed=_slope):
        return _prelu(dout, z, a, slope=np.where(z > 0, 1.0, fixed))


@prelu_backward.mistake("missing-term", "only negative z feel the slope: a positive z adds nothing to da.")
def _(dout, z, a):
    return _prelu(dout, z, a, by_a=z)


@prelu_backward.mistake("wrong-derivative-formula", "da counts how much came through: the factor z is missing.")
def _(dout, z, a):
    return _prelu(dout, z, a, by_a=(z <= 0).astype(float))


@prelu_backward.mistake("wrong-derivative-formula", "the output is a z: its derivative by a is z, not a z.")
def _(dout, z, a):
    return _prelu(dout, z, a, by_a=a * np.minimum(z, 0.0))


@prelu_backward.mistake("wrong-derivative-formula", "the negative side belongs to a, not the positive one.")
def _(dout, z, a):
    return _prelu(dout, z, a, by_a=np.maximum(z, 0.0))


@prelu_backward.mistake("wrong-derivative-formula", "left of 0 the slope is a, not a z.")
def _(dout, z, a):
    return _prelu(dout, z, a, slope=np.where(z > 0, 1.0, a * z))


@prelu_backward.mistake("wrong-derivative-formula", "the two sides are exchanged.")
def _(dout, z, a):
    return _prelu(dout, z, a, slope=np.where(z > 0, a, 1.0))


@prelu_backward.mistake("mask-from-output-vs-input", "the sides are told by z, not by what comes from above.")
def _(dout, z, a):
    return _prelu(dout, z, a, slope=np.where(dout > 0, 1.0, a))


# maxout -------------------------------------------------------------------------------------------------------------

_SIZES = [(5, 3, 2), (4, 2, 5), (1, 3, 4), (6, 1, 3), (3, 4, 3)]


def _maxout_inputs(rng: np.random.Generator) -> list[tuple[np.ndarray, int, str]]:
    inputs = [(rng.normal(size=(N, n * k)), k, "one example" if N == 1 else Case.about) for N, n, k in _SIZES]
    inputs.append((-1.0 - rng.random(size=(4, 6)), 3, "all negative"))
    inputs.append((rng.normal(size=(3, 4)), 1, "groups of one"))
    ties = np.array(
        [[2.0, 2.0, 1.0, 0.0, 3.0, 3.0], [-1.0, -1.0, -1.0, 5.0, 4.0, 5.0], [0.0, 1.0, 1.0, 2.0, 2.0, 2.0]]
    )
    inputs.append((ties, 3, "ties"))
    return inputs


def _forward_cases(rng: np.random.Generator) -> list[Case]:
    return [Case((z, k), about, {"N": len(z)}, 1e-12, 0.0) for z, k, about in _maxout_inputs(rng)]


def _observe_forward(function, z, k):
    answer = function(z, k)
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return answer
    return {"out": answer[0]}


maxout_forward = Exercise(ID, "maxout_forward", arguments="z, k", cases=_forward_cases, observe=_observe_forward)


def _groups(z, k):
    return z.reshape(len(z), -1, k)


@maxout_forward.reference
def _(z, k):
    return _groups(z, k).max(axis=2), None


@maxout_forward.mistake("wrong-grouping", "a group is k neighbours, not every n-th entry.")
def _(z, k):
    return z.reshape(len(z), k, -1).max(axis=1), None


@maxout_forward.mistake("wrong-grouping", "k is the size of a group, not the number of groups.")
def _(z, k):
    n = z.shape[1] // k
    return (z.reshape(len(z), k, n).max(axis=2) if n else z), None


@maxout_forward.mistake(
    "initial-max-zero", "all entries of a group may be negative: start the maximum with the first."
)
def _(z, k):
    return np.maximum(_groups(z, k).max(axis=2), 0.0), None


@maxout_forward.mistake("wrong-axis", "the maximum runs within a group, not over the examples.")
def _(z, k):
    return z.max(axis=1, keepdims=True), None


@maxout_forward.mistake("wrong-formula", "the largest entry, not the largest in size.")
def _(z, k):
    return np.abs(_groups(z, k)).max(axis=2), None


@maxout_forward.mistake("wrong-formula", "the maximum, not the mean.")
def _(z, k):
    return _groups(z, k).mean(axis=2), None


@maxout_forward.mistake("wrong-formula", "the value of the largest, not its place.")
def _(z, k):
    return _groups(z, k).argmax(axis=2).astype(float), None


@maxout_forward.mistake("hard-coded-shape", "k is given: groups need not have two entries.")
def _(z, k):
    return _groups(z[:, : z.shape[1] // 2 * 2], 2).max(axis=2), None


@maxout_forward.mistake("off-by-one", "the last entry of each group counts as well.")
def _(z, k):
    return _groups(z, k)[:, :, : max(k - 1, 1)].max(axis=2), None


def _backward_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case((rng.normal(size=(len(z), z.shape[1] // k)), z, k), about, {"N": len(z)}, 1e-12, 0.0)
        for z, k, about in _maxout_inputs(rng)
    ]


def _observe_backward(function, dout, z, k, forward):
    return function(dout, forward(z, k)[1])


maxout_backward = Exercise(
    ID,
    "maxout_backward",
    arguments="dout, z, k",
    cases=_backward_cases,
    observe=_observe_backward,
    forward=("maxout_forward", lambda z, k: (_groups(z, k).max(axis=2), (z, k))),
    analytic=True,
)


def _spread(dout, z, k, winners):
    """Return dz with dout times `winners` (N, n, k)."""
    return (dout[:, :, None] * winners).reshape(z.shape)


def _first(groups):
    return np.arange(groups.shape[2]) == groups.argmax(axis=2)[:, :, None]


@maxout_backward.reference
def _(dout, cache):
    z, k = cache
    return _spread(dout, z, k, _first(_groups(z, k)))


@maxout_backward.mistake("tie-goes-to-all", "on a tie the first maximal entry takes the gradient.")
def _(dout, cache):
    z, k = cache
    groups = _groups(z, k)
    return _spread(dout, z, k, groups == groups.max(axis=2, keepdims=True))


@maxout_backward.mistake("gradient-divided-on-tie", "on a tie the first maximal entry takes all of the gradient.")
def _(dout, cache):
    z, k = cache
    groups = _groups(z, k)
    winners = groups == groups.max(axis=2, keepdims=True)
    return _spread(dout, z, k, winners / winners.sum(axis=2, keepdims=True))


@maxout_backward.mistake("tie-goes-to-last", "on a tie the first maximal entry takes the gradient, not the last.")
def _(dout, cache):
    z, k = cache
    return _spread(dout, z, k, _first(_groups(z, k)[:, :, ::-1])[:, :, ::-1])


@maxout_backward.mistake("upstream-ignored", "what comes from above is multiplied in.")
def _(dout, cache):
    z, k = cache
    return _spread(np.ones_like(dout), z, k, _first(_groups(z, k)))


@maxout_backward.mistake("wrong-derivative-formula", "only the winner of a group gets the gradient.")
def _(dout, cache):
    z, k = cache
    return _spread(dout, z, k, np.ones_like(_groups(z, k)))


@maxout_backward.mistake("wrong-derivative-formula", "the gradient is passed on, not shared out evenly.")
def _(dout, cache):
    z, k = cache
    return _spread(dout, z, k, np.full_like(_groups(z, k), 1 / k))


@maxout_backward.mistake("extra-activation-derivative", "the winner passes dout on as it is, not times its value.")
def _(dout, cache):
    z, k = cache
    groups = _groups(z, k)
    return _spread(dout, z, k, _first(groups) * groups)


@maxout_backward.mistake("wrong-grouping", "a group is k neighbours, not every n-th entry.")
def _(dout, cache):
    z, k = cache
    strided = z.reshape(len(z), k, -1)
    winners = np.arange(k)[:, None] == strided.argmax(axis=1)[:, None, :]
    return (dout[:, None, :] * winners).reshape(z.shape)


@maxout_backward.mistake("index-offset-missing", "the winner's place within its group is not its place in the row.")
def _(dout, cache):
    z, k = cache
    dz = np.zeros_like(z)
    places = _groups(z, k).argmax(axis=2)
    np.put_along_axis(dz, places, dout, axis=1)
    return dz


@maxout_backward.mistake("index-offset-missing", "the winner's place within its group is not its place in the row.")
def _(dout, cache):
    z, k = cache
    dz = np.zeros_like(z)
    for n, g in np.ndindex(dout.shape):
        dz[n, _groups(z, k)[n, g].argmax()] += dout[n, g]
    return dz


@maxout_backward.mistake("initial-max-zero", "a group that is all negative has a winner too.")
def _(dout, cache):
    z, k = cache
    groups = _groups(z, k)
    return _spread(dout, z, k, _first(groups) & (groups > 0))
