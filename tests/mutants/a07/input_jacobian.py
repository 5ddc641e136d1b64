import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("07_vanishing_gradients", "input_jacobian")


@answers.right
def from_the_input_up(weights, biases, x, activation, derivative):
    jacobian = np.eye(len(x))
    for W, b in zip(weights, biases, strict=True):
        z = x @ W + b
        jacobian = np.diag(derivative(z)) @ W.T @ jacobian
        x = activation(z)
    return jacobian


@answers.right
def from_the_output_down(weights, biases, x, activation, derivative):
    zs, h = [], x
    for W, b in zip(weights, biases, strict=True):
        zs.append(h @ W + b)
        h = activation(zs[-1])
    back = np.eye(len(h))
    for W, z in zip(weights[::-1], zs[::-1], strict=True):
        back = (back * derivative(z)) @ W.T
    return back


@answers.right
def batch_of_directions(weights, biases, x, activation, derivative):
    tangent, h = np.identity(x.shape[0]), x.copy()
    for k in range(len(weights)):
        z = np.einsum("i,ij->j", h, weights[k]) + biases[k]
        tangent = np.einsum("di,ij,j->dj", tangent, weights[k], derivative(z))
        h = activation(z)
    return tangent.T


@answers.right
def entry_by_entry(weights, biases, x, activation, derivative):
    h, J = x, [[float(i == j) for j in range(len(x))] for i in range(len(x))]
    for W, b in zip(weights, biases, strict=True):
        z = W.T @ h + b
        slope = derivative(z)
        J = [
            [sum(slope[k] * W[i, k] * J[i][j] for i in range(W.shape[0])) for j in range(len(x))]
            for k in range(W.shape[1])
        ]
        h = activation(z)
    return np.array(J)


@answers.right
def recursive(weights, biases, x, activation, derivative):
    if not weights:
        return np.eye(len(x))
    z = x.reshape(1, -1) @ weights[0] + biases[0]
    rest = recursive(weights[1:], biases[1:], activation(z)[0], activation, derivative)
    return rest @ (weights[0] * derivative(z)).T


@answers.wrong("transpose")
def inputs_first(weights, biases, x, activation, derivative):
    return from_the_output_down(weights, biases, x, activation, derivative).T


@answers.wrong("activation-derivative-wrong-argument")
def derivative_of_output(weights, biases, x, activation, derivative):
    J, h = np.eye(len(x)), x
    for W, b in zip(weights, biases, strict=True):
        h = activation(h @ W + b)
        J = derivative(h)[:, None] * (W.T @ J)
    return J


@answers.wrong("activation-derivative-missing")
def product_of_weights(weights, biases, x, activation, derivative):
    J = np.eye(len(x))
    for W in weights:
        J = W.T @ J
    return J


@answers.wrong("activation-derivative-missing")
def linear_output(weights, biases, x, activation, derivative):
    J, h = np.eye(len(x)), x
    for layer in range(len(weights)):
        z = h @ weights[layer] + biases[layer]
        J = weights[layer].T @ J
        if layer < len(weights) - 1:
            J = derivative(z)[:, None] * J
        h = activation(z)
    return J


@answers.wrong("bias-missing")
def without_bias(weights, biases, x, activation, derivative):
    J, h = np.eye(len(x)), x
    for W in weights:
        z = h @ W
        J, h = derivative(z)[:, None] * (W.T @ J), activation(z)
    return J


@answers.wrong("activation-missing")
def linear_forward(weights, biases, x, activation, derivative):
    J, h = np.eye(len(x)), x
    for W, b in zip(weights, biases, strict=True):
        h = h @ W + b
        J = derivative(h)[:, None] * (W.T @ J)
    return J


@answers.wrong("numeric-differentiation")
def central(weights, biases, x, activation, derivative):
    def f(x):
        for W, b in zip(weights, biases, strict=True):
            x = activation(x @ W + b)
        return x

    h = 1e-6
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]).T


@answers.wrong("argument-ignored")
def always_tanh(weights, biases, x, activation, derivative):
    J, h = np.eye(len(x)), x
    for W, b in zip(weights, biases, strict=True):
        z = h @ W + b
        J, h = (1 - np.tanh(z) ** 2)[:, None] * (W.T @ J), activation(z)
    return J


@answers.wrong("layer-skipped")
def starts_too_late(weights, biases, x, activation, derivative):
    J, h = None, x
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        z = h @ W + b
        h = activation(z)
        if layer == 0 and len(weights) > 1:
            J = np.eye(len(h))
        else:
            J = derivative(z)[:, None] * (W.T @ (np.eye(len(x)) if J is None else J))
    return J


@answers.wrong("only-works-for-square")
def wrong_order(weights, biases, x, activation, derivative):
    slopes, h = [], x
    for W, b in zip(weights, biases, strict=True):
        slopes.append(derivative(h @ W + b))
        h = activation(h @ W + b)
    if len({*map(len, slopes), len(x)}) > 1:
        raise ValueError("shapes not aligned")
    return from_the_input_up(weights, biases, x, activation, derivative)


@answers.wrong("missing-term")
def sum_of_outputs(weights, biases, x, activation, derivative):
    return from_the_input_up(weights, biases, x, activation, derivative).sum(axis=0)
