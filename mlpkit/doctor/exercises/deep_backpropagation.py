"""Assignment 5: mlp_gradients, backpropagation through any number of layers."""

from itertools import pairwise

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.backpropagation import ID, LOOP, SUM_BIAS
from mlpkit.doctor.exercises.softmax import one_hot, softmax_of, some_labels


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, *sizes in [(7, 3, 5, 4, 2), (6, 4, 3, 5), (5, 2, 6, 5, 4, 3), (8, 3, 4), (1, 3, 4, 2), (4, 4, 4, 4)]:
        cases.append(Case(*_network(rng, N, sizes), 1e-11, 1e-13))
    # Hidden units at z = 0 exactly, where the derivative is the one from the left.
    weights = [np.array([[1.0, 1.0, -1.0], [1.0, -1.0, 2.0]]), rng.normal(size=(3, 3))]
    biases = [np.array([0.0, 0.0, -1.0]), rng.normal(size=3)]
    X = np.array([[1.0, 1.0], [2.0, -1.0], [-1.0, 1.0], [0.5, 0.5]])
    cases.append(Case((weights, biases, X, np.array([2, 0, 1, 1])), "units at their kink", {"N": 4}, 1e-9, 1e-13))
    (weights, biases, X, y), _, sizes = _network(rng, 6, [3, 5, 4])
    large = ([weights[0], 300.0 * weights[1]], biases, X, y)
    cases.append(Case(large, "large logits", sizes, 1e-8, 1e-12))
    scale = 10.0 ** np.linspace(-5, 3, 4)
    (weights, biases, X, y), _, sizes = _network(rng, 8, [4, 5, 3])
    scaled = ([weights[0] / scale[:, None], weights[1]], biases, X * scale, y)
    cases.append(Case(scaled, "inputs of unequal scale", sizes, 1e-8, 1e-15))
    return cases


def _network(rng: np.random.Generator, N: int, sizes: list[int]) -> tuple[tuple, str, dict[str, int]]:
    weights = [rng.normal(size=(a, b)) for a, b in pairwise(sizes)]
    biases = [rng.normal(size=b) for b in sizes[1:]]
    about = "one example" if N == 1 else "all sizes equal" if set(sizes) == {N} else Case.about
    arguments = (weights, biases, rng.normal(size=(N, sizes[0])), some_labels(rng, N, sizes[-1]))
    return arguments, about, {"N": N, "D": sizes[0], "K": sizes[-1]}


mlp_gradients = Exercise(
    ID,
    "mlp_gradients",
    arguments="weights, biases, X, y",
    cases=_cases,
    parts="dweights, dbiases",
    analytic=True,
)


def gradients(weights, biases, X, y, *, wrong=""):
    """Return (dweights, dbiases); `wrong` names the one thing that is done wrongly."""
    L, N = len(weights), len(X)
    hs, zs = [X], []
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        zs.append(hs[-1] @ W + (0.0 if wrong == "no bias" else b))
        last = layer == L - 1
        rectified = not last or wrong == "relu output"
        hs.append(np.maximum(zs[-1], 0.0) if rectified and wrong not in ("no relu", "linear") else zs[-1])
    p = np.exp(hs[-1]) / np.exp(hs[-1]).sum(axis=1, keepdims=True) if wrong == "overflow" else softmax_of(hs[-1])
    targets = {"off by one": one_hot(y - 1, p.shape[1]), "no one-hot": 0.0}.get(wrong, one_hot(y, p.shape[1]))
    dz = (p - targets) / N
    if wrong == "extra slope":
        dz = dz * p * (1 - p)
    if wrong == "relu output":
        dz = dz * (zs[-1] > 0)
    dweights, dbiases = [None] * L, [None] * L
    for layer in reversed(range(L)):
        source = {"z for h": zs[layer - 1] if layer else X}.get(wrong, hs[layer])
        dweights[layer] = source.T @ dz
        dbiases[layer] = {"db mean": dz.mean(axis=0), "db rows": dz, "db last": dz[-1]}.get(wrong, dz.sum(axis=0))
        if layer:
            dh = (
                np.repeat(dz.sum(axis=1, keepdims=True), len(weights[layer]), axis=1)
                if wrong == "no W"
                else dz @ weights[layer].T
            )
            z = zs[layer - 1]
            masks = {
                "kink": z >= 0,
                "no mask": 1.0,
                "linear": 1.0,
                "mask of dh": dh > 0,
                "slope h": hs[layer],
                "tanh": 1 - hs[layer] ** 2,
            }
            skipped = wrong == "skip mask" and layer == 1
            dz = dh * (1.0 if skipped else masks.get(wrong, z > 0))
    if wrong == "last only":
        dweights[:-1] = [np.zeros_like(W) for W in dweights[:-1]]
        dbiases[:-1] = [np.zeros_like(b) for b in dbiases[:-1]]
    if wrong == "weights sum":
        dweights = [N * W for W in dweights]
    if wrong == "biases sum":
        dbiases = [N * b for b in dbiases]
    if wrong == "mean every layer":
        dweights = [W / N ** (L - 1 - n) for n, W in enumerate(dweights)]
        dbiases = [b / N ** (L - 1 - n) for n, b in enumerate(dbiases)]
    if wrong == "reversed":
        dweights, dbiases = dweights[::-1], dbiases[::-1]
    if wrong == "swapped":
        dweights, dbiases = dbiases, dweights
    if wrong == "first layer missing":
        dweights, dbiases = dweights[1:], dbiases[1:]
    return dweights, dbiases


mlp_gradients.reference(gradients)

for _wrong, _cause, _hint in [
    ("kink", "kink-wrong-side", "at z = 0 the derivative is the one from the left: 0."),
    ("reversed", "layer-order-reversed", "the lists start with the first layer; backward passes end there."),
    ("swapped", "returns-list-order-swapped", "the weights' gradients come first, then the biases'."),
    ("no mask", "activation-derivative-missing", "a unit that is off passes nothing back."),
    ("skip mask", "activation-derivative-missing", "one layer's units that are off pass something back."),
    ("mask of dh", "mask-from-output-vs-input", "the mask comes from the forward pass, not from the gradient."),
    ("slope h", "activation-derivative-wrong-argument", "the rectifier's slope is 0 or 1, not h."),
    ("tanh", "wrong-derivative-formula", "1 - h^2 is the slope of tanh: the hidden units are rectifiers."),
    ("last only", "last-layer-only", "every layer has gradients: how far does the loop run?"),
    ("no W", "weights-not-in-chain", "the error goes back through the layer's weights."),
    ("z for h", "wrong-layer-input", "a layer's input is the output h below it, after the rectifier."),
    ("no relu", "activation-missing", "the hidden layers are rectified."),
    ("linear", "activation-missing", "the hidden layers are rectified: without that they are one linear map."),
    ("relu output", "activation-on-output", "the logits are not rectified."),
    ("no bias", "bias-missing", "every layer adds its bias, in the forward pass too."),
    ("extra slope", "extra-activation-derivative", "softmax and logarithm cancel: there is no p (1 - p) left."),
    ("no one-hot", "missing-one-hot-subtraction", "the true class' 1 is subtracted from p."),
    ("off by one", "one-hot-off-by-one", "classes count from 0: the 1 stands one column off."),
    ("db mean", "bias-mean-instead-of-sum", "a bias' gradient is a sum: the mean is already in the loss."),
    ("db rows", "bias-not-summed", SUM_BIAS),
    ("db last", "loop-overwrites-accumulator", LOOP),
    ("weights sum", "missing-mean", "the weights' gradients are N times too large."),
    ("biases sum", "missing-mean", "the biases' gradients are N times too large."),
    ("mean every layer", "extra-mean", "the mean is taken once, at the loss, and not again in every layer."),
    ("first layer missing", "layer-skipped", "one layer's gradients are missing from the lists."),
    ("overflow", "overflow", "np.exp of a large logit is infinite: subtract each row's maximum first."),
]:
    mlp_gradients.mistake(_cause, _hint)(lambda *a, wrong=_wrong: gradients(*a, wrong=wrong))


@mlp_gradients.mistake("loop-overwrites-accumulator", LOOP)
def _(weights, biases, X, y):
    dweights, dbiases = gradients(weights, biases, X[-1:], y[-1:])
    return [W / len(X) for W in dweights], [b / len(X) for b in dbiases]


@mlp_gradients.mistake("layer-skipped", "the error jumps over a layer on its way back.")
def _(weights, biases, X, y):
    dweights, dbiases = gradients(weights, biases, X, y)
    return [np.zeros_like(dweights[0]), *dweights[1:]], [np.zeros_like(dbiases[0]), *dbiases[1:]]


@mlp_gradients.mistake("sign", "the error is p minus the one-hot row.")
def _(weights, biases, X, y):
    dweights, dbiases = gradients(weights, biases, X, y)
    return [-W for W in dweights], [-b for b in dbiases]
