"""Assignment 7: input_jacobian and layer_gradient_norms, of networks whose activation and derivative are given."""

from itertools import pairwise

import numpy as np

from mlpkit.activations import sigmoid
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.initialisation import ID


def _tanh_derivative(z):
    return 1.0 - np.tanh(z) ** 2


def _swish(z):
    return z * sigmoid(z)


def _swish_derivative(z):
    return sigmoid(z) + z * sigmoid(z) * sigmoid(-z)


def _sigmoid_derivative(z):
    return sigmoid(z) * sigmoid(-z)


def _relu(z):
    return np.maximum(z, 0.0)


def _step(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def _step_with_edge(z):
    return np.where(np.asarray(z) >= 0, 1.0, 0.0)


_TANH, _SWISH, _SIGMOID = (np.tanh, _tanh_derivative), (_swish, _swish_derivative), (sigmoid, _sigmoid_derivative)


def _network(rng: np.random.Generator, sizes: list[int]) -> tuple[list, list]:
    weights = [rng.normal(size=(a, b)) / np.sqrt(a) for a, b in pairwise(sizes)]
    return weights, [0.5 * rng.normal(size=b) for b in sizes[1:]]


_NETWORKS = [
    ([3, 5, 4, 2], _SWISH, "ordinary numbers"),
    ([2, 6, 3, 5], _TANH, "ordinary numbers"),
    ([4, 3, 5], _SIGMOID, "ordinary numbers"),
    ([4, 3], _SWISH, "one layer"),
    ([1, 4, 1], _SWISH, "one input, one output"),
    ([3, 3, 3, 3], _SWISH, "all sizes equal"),
    ([5, 4, 3, 4, 2], (_relu, _step), "ordinary numbers"),
]


def _kinked() -> tuple[list, list]:
    """Return a small network that has units exactly at their kink for the input (1, 1)."""
    first, second = np.array([[1.0, -1.0, 2.0], [-1.0, 2.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 2.0], [1.0, -1.0]])
    return [first, second], [np.zeros(3), np.array([-1.0, 2.0])]


# input_jacobian -----------------------------------------------------------------------------------------------------


def _jacobian_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for sizes, functions, about in _NETWORKS:
        weights, biases = _network(rng, sizes)
        cases.append(Case((weights, biases, rng.normal(size=sizes[0]), *functions), about, {}, 1e-10, 1e-15))
    weights, biases = _kinked()
    cases.append(Case((weights, biases, np.ones(2), _relu, _step_with_edge), "units at their kink", {}, 1e-9, 1e-15))
    weights, biases = _network(rng, [3, 4, 2])
    cases.append(Case((weights, biases, 700.0 * np.ones(3), *_SIGMOID), "large pre-activations", {}, 1e-9, 1e-300))
    return cases


input_jacobian = Exercise(
    ID,
    "input_jacobian",
    arguments="weights, biases, x, activation, derivative",
    cases=_jacobian_cases,
    analytic=True,
)


def _at(derivative, activation, z, h, last, wrong):
    """Return the layer's f'(z), or what stands in for it in a wrong answer."""
    if wrong == "no derivative" or (wrong == "linear on top" and last):
        return np.ones_like(z)
    stand_ins = {"of h": lambda: derivative(h), "f for f'": lambda: h, "derivative twice": lambda: derivative(z) ** 2}
    stand_ins["tanh always"] = lambda: _tanh_derivative(z)
    stand_ins["sigmoid always"] = lambda: _sigmoid_derivative(z)
    stand_ins["relu always"] = lambda: _step(z)
    return stand_ins.get(wrong, lambda: derivative(z))()


def _jacobian(weights, biases, x, activation, derivative, wrong=""):
    h, product = x, np.eye(len(x))
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        last = layer == len(weights) - 1
        z = (x if wrong == "x in every layer" else h) @ W + (0.0 if wrong == "no bias" else b)
        h = z if wrong == "no activation" or (wrong == "linear on top" and last) else activation(z)
        slope = _at(derivative, activation, z, h, last, wrong)
        if not (wrong == "first layer left out" and layer == 0 and len(weights) > 1):
            product = slope[:, None] * (W.T @ product)
        else:
            product = np.eye(len(h))
        if wrong == "last layer only":
            product = slope[:, None] * W.T
    return product


@input_jacobian.reference
def _(weights, biases, x, activation, derivative):
    return _jacobian(weights, biases, x, activation, derivative)


def _jacobian_mistake(wrong, cause, hint):
    input_jacobian.mistake(cause, hint)(lambda *arguments: _jacobian(*arguments, wrong=wrong))


_FIXED = "the derivative is an argument: it may be that of any activation."
_SHARED_MISTAKES = [
    ("of h", "activation-derivative-wrong-argument", "derivative takes the pre-activation z, not the output h."),
    ("no derivative", "activation-derivative-missing", "each layer contributes its W and its f'(z)."),
    ("linear on top", "activation-derivative-missing", "the last layer has its activation as well."),
    ("derivative twice", "extra-activation-derivative", "each layer's f'(z) counts once."),
    ("f for f'", "wrong-derivative-formula", "the factor is the derivative f'(z), not the value f(z)."),
    ("no activation", "activation-missing", "the next layer sees f(z), not z."),
    ("no bias", "bias-missing", "z = h @ W + b."),
    ("tanh always", "argument-ignored", _FIXED),
    ("sigmoid always", "argument-ignored", _FIXED),
    ("relu always", "argument-ignored", _FIXED),
]
for _wrong, _cause, _hint in _SHARED_MISTAKES:
    _jacobian_mistake(_wrong, _cause, _hint)
_jacobian_mistake("x in every layer", "wrong-layer-input", "the second layer's input is the first layer's output.")
_jacobian_mistake("last layer only", "last-layer-only", "the Jacobians of all layers are multiplied.")
_jacobian_mistake("first layer left out", "layer-skipped", "the first layer has a Jacobian as well.")


@input_jacobian.mistake("activation-derivative-missing", "the last layer has its activation as well.")
def _(weights, biases, x, activation, derivative):
    last = np.eye(weights[-1].shape[1])
    hidden = _jacobian(weights[:-1], biases[:-1], x, activation, derivative) if len(weights) > 1 else np.eye(len(x))
    return last @ weights[-1].T @ hidden


@input_jacobian.mistake("activation-derivative-missing", "the first layer has its activation as well.")
def _(weights, biases, x, activation, derivative):
    z = x @ weights[0] + biases[0]
    if len(weights) == 1:
        return weights[0].T.copy()
    return _jacobian(weights[1:], biases[1:], activation(z), activation, derivative) @ weights[0].T


@input_jacobian.mistake("missing-term", "each output has its own row: this is the sum of the rows.")
def _(weights, biases, x, activation, derivative):
    return _jacobian(weights, biases, x, activation, derivative).sum(axis=0)


@input_jacobian.mistake("weights-not-in-chain", "each layer contributes its W and its f'(z).")
def _(weights, biases, x, activation, derivative):
    h, slopes = x, np.ones(1)
    for W, b in zip(weights, biases, strict=True):
        z = h @ W + b
        slopes = np.array([np.prod(slopes)]) if len(slopes) not in (1, len(z)) else slopes
        h, slopes = activation(z), slopes * derivative(z)
    return np.diag(slopes)


@input_jacobian.mistake("wrong-axis", "f'(z) belongs to the layer's outputs, the rows of its Jacobian.")
def _(weights, biases, x, activation, derivative):
    h, product = x, np.eye(len(x))
    for W, b in zip(weights, biases, strict=True):
        z = h @ W + b
        h, product = activation(z), (W.T * derivative(z)) @ product
    return product


# layer_gradient_norms -----------------------------------------------------------------------------------------------


def _norm_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, (sizes, functions, about) in zip([6, 5, 7, 4, 3, 3, 8], _NETWORKS, strict=True):
        weights, biases = _network(rng, sizes)
        cases.append(_norm_case(weights, biases, rng.normal(size=(N, sizes[0])), functions, about))
    weights, biases = _network(rng, [3, 4, 2])
    cases.append(_norm_case(weights, biases, rng.normal(size=(1, 3)), _SWISH, "one example"))
    cases.append(_norm_case(*_kinked(), np.ones((2, 2)), (_relu, _step_with_edge), "units at their kink"))
    # Inputs that differ in scale by 10^8: no one step size suits a finite difference.
    scale = 10.0 ** np.linspace(-5, 3, 5)
    weights, biases = _network(rng, [5, 4, 3])
    weights[0] = weights[0] / scale[:, None]
    cases.append(_norm_case(weights, biases, rng.normal(size=(6, 5)) * scale, _SWISH, "inputs of unequal scale"))
    return cases


def _norm_case(weights, biases, X, functions, about):
    sizes = {"N": len(X), "K": weights[-1].shape[1], "D": X.shape[1]}
    return Case((weights, biases, X, *functions), about, sizes, 1e-11, 1e-16)


layer_gradient_norms = Exercise(
    ID,
    "layer_gradient_norms",
    arguments="weights, biases, X, activation, derivative",
    cases=_norm_cases,
    analytic=True,
)


def _layer_gradients(weights, biases, X, activation, derivative, wrong=""):
    """Return a pair (delta, dW) for each layer."""
    inputs, slopes, h = [], [], X
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        last = layer == len(weights) - 1
        inputs.append(h)
        z = h @ W + (0.0 if wrong == "no bias" else b)
        h = z if wrong == "no activation" else activation(z)
        slopes.append(_at(derivative, activation, z, h, last, wrong))
        if wrong == "own output":
            inputs[-1] = h
    if wrong == "no derivative on top":
        slopes[-1] = np.ones_like(slopes[-1])
    delta, found = slopes[-1] / len(X), []
    if wrong == "upstream":
        delta = h * slopes[-1] / len(X)
    for layer in range(len(weights) - 1, -1, -1):
        found.append((delta, inputs[layer].T @ delta))
        if wrong == "dW before f'" and layer:
            found[-1] = (delta, activation(inputs[layer]).T @ delta)
        if layer:
            hidden = 1.0 if wrong == "no hidden derivative" else slopes[layer - 1]
            delta = (delta @ weights[layer].T) * hidden
    return found[::-1]


def _norms(*arguments, wrong="", norm=lambda delta, dW: np.sqrt(np.sum(dW**2))):
    return np.array([norm(delta, dW) for delta, dW in _layer_gradients(*arguments, wrong=wrong)])


@layer_gradient_norms.reference
def _(*arguments):
    return _norms(*arguments)


def _norm_mistake(cause, hint, **how):
    layer_gradient_norms.mistake(cause, hint)(lambda *arguments: _norms(*arguments, **how))


for _wrong, _cause, _hint in _SHARED_MISTAKES:
    if _wrong != "linear on top":
        _norm_mistake(_cause, _hint, wrong=_wrong)
_norm_mistake(
    "activation-derivative-missing", "the last layer has its activation as well.", wrong="no derivative on top"
)
_norm_mistake("activation-derivative-missing", "the hidden layers have f'(z) as well.", wrong="no hidden derivative")
_norm_mistake("wrong-layer-input", "dW is made of the layer's input, not of its own output.", wrong="own output")
_norm_mistake(
    "wrong-formula", "the loss is the sum of the outputs: its derivative by each of them is 1.", wrong="upstream"
)
_norm_mistake(
    "wrong-formula", "the root of the sum of squares: the root is missing.", norm=lambda d, dW: np.sum(dW**2)
)
_norm_mistake(
    "wrong-formula", "Frobenius' norm counts all entries: this is the largest singular value.",
    norm=lambda d, dW: np.linalg.norm(dW, 2),
)  # fmt: skip
_norm_mistake("wrong-formula", "the squares are summed, not the sizes.", norm=lambda d, dW: np.sum(np.abs(dW)))
_norm_mistake("wrong-formula", "the norm counts all entries, not the largest.", norm=lambda d, dW: np.max(np.abs(dW)))
_norm_mistake("wrong-formula", "a norm, not the mean of the sizes.", norm=lambda d, dW: np.mean(np.abs(dW)))
_norm_mistake("wrong-formula", "a norm is no standard deviation.", norm=lambda d, dW: np.std(dW))
_norm_mistake(
    "divides-by-wrong-count", "the squares are summed, not averaged.", norm=lambda d, dW: np.sqrt(np.mean(dW**2))
)
_norm_mistake(
    "wrong-formula", "d loss / d W is asked for, not d loss / d z.", norm=lambda d, dW: np.sqrt(np.sum(d**2))
)
_norm_mistake(
    "wrong-formula", "only the weights' gradient counts, not the biases'.",
    norm=lambda d, dW: np.sqrt(np.sum(dW**2) + np.sum(d.sum(axis=0) ** 2)),
)  # fmt: skip


@layer_gradient_norms.mistake("layer-order-reversed", "the first entry belongs to the first layer.")
def _(*arguments):
    return _norms(*arguments)[::-1].copy()


@layer_gradient_norms.mistake("last-layer-only", "the gradient goes on to the layers below.")
def _(*arguments):
    norms = _norms(*arguments)
    return np.where(np.arange(len(norms)) == len(norms) - 1, norms, 0.0)


@layer_gradient_norms.mistake("returns-wrong-type", "an array of shape (L,) is asked for.")
def _(*arguments):
    return [float(norm) for norm in _norms(*arguments)]


@layer_gradient_norms.mistake("wrong-formula", "one gradient of the mean loss, not the mean of the examples' norms.")
def _(weights, biases, X, activation, derivative):
    return np.mean([_norms(weights, biases, x[None], activation, derivative) for x in X], axis=0)


@layer_gradient_norms.mistake("loop-overwrites-accumulator", "every example adds to the gradient.")
def _(weights, biases, X, activation, derivative):
    return _norms(weights, biases, X[-1:], activation, derivative) / len(X)


@layer_gradient_norms.mistake("wrong-layer-input", "a layer's input is the output of the one below, not X.")
def _(weights, biases, X, activation, derivative):
    pairs = _layer_gradients(weights, biases, X, activation, derivative)
    return np.array([np.sqrt(np.sum((X.T @ delta) ** 2)) for delta, _ in pairs])
