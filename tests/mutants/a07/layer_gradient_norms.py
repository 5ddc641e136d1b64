import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("07_vanishing_gradients", "layer_gradient_norms")


def forward(weights, biases, X, activation):
    hs, zs = [X], []
    for W, b in zip(weights, biases, strict=True):
        zs.append(hs[-1] @ W + b)
        hs.append(activation(zs[-1]))
    return hs, zs


@answers.right
def plain(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    norms, dh = np.zeros(len(weights)), np.full(hs[-1].shape, 1 / len(X))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(zs[layer])
        norms[layer] = np.linalg.norm(hs[layer].T @ dz)
        dh = dz @ weights[layer].T
    return norms


@answers.right
def collected(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    delta, out = derivative(zs[-1]) / X.shape[0], []
    for layer in range(len(weights) - 1, -1, -1):
        out.insert(0, np.sqrt((np.einsum("ni,nj->ij", hs[layer], delta) ** 2).sum()))
        if layer > 0:
            delta = np.einsum("nj,ij->ni", delta, weights[layer]) * derivative(zs[layer - 1])
    return np.array(out)


@answers.right
def one_example_at_a_time(weights, biases, X, activation, derivative):
    total = [np.zeros(W.shape) for W in weights]
    for x in X:
        hs, zs = forward(weights, biases, x, activation)
        dh = np.ones(len(hs[-1]))
        for layer in reversed(range(len(weights))):
            dz = dh * derivative(zs[layer])
            total[layer] += np.outer(hs[layer], dz) / len(X)
            dh = weights[layer] @ dz
    return np.array([np.linalg.norm(dW, "fro") for dW in total])


@answers.right
def mean_at_the_end(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)

    def back(layer):
        if layer == len(weights) - 1:
            return derivative(zs[layer])
        return (back(layer + 1) @ weights[layer + 1].T) * derivative(zs[layer])

    return np.asarray([np.linalg.norm(hs[k].T @ back(k) / len(X)) for k in range(len(weights))])


@answers.wrong("missing-mean")
def summed_loss(weights, biases, X, activation, derivative):
    return plain(weights, biases, X, activation, derivative) * len(X)


@answers.wrong("divides-by-wrong-count")
def mean_of_everything(weights, biases, X, activation, derivative):
    return plain(weights, biases, X, activation, derivative) / weights[-1].shape[1]


@answers.wrong("layer-order-reversed")
def backwards(weights, biases, X, activation, derivative):
    return plain(weights, biases, X, activation, derivative)[::-1]


@answers.wrong("wrong-formula")
def squared(weights, biases, X, activation, derivative):
    return plain(weights, biases, X, activation, derivative) ** 2


@answers.wrong("wrong-formula")
def spectral(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    norms, dh = np.zeros(len(weights)), np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(zs[layer])
        norms[layer] = np.linalg.norm(hs[layer].T @ dz, ord=2)
        dh = dz @ weights[layer].T
    return norms


@answers.wrong("activation-derivative-missing")
def linear_output(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    norms, dz = np.zeros(len(weights)), np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        norms[layer] = np.linalg.norm(hs[layer].T @ dz)
        if layer:
            dz = (dz @ weights[layer].T) * derivative(zs[layer - 1])
    return norms


@answers.wrong("activation-derivative-missing")
def weights_alone(weights, biases, X, activation, derivative):
    hs, _ = forward(weights, biases, X, activation)
    norms, dz = np.zeros(len(weights)), np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        norms[layer] = np.linalg.norm(hs[layer].T @ dz)
        dz = dz @ weights[layer].T
    return norms


@answers.wrong("activation-derivative-wrong-argument")
def derivative_of_h(weights, biases, X, activation, derivative):
    hs, _ = forward(weights, biases, X, activation)
    norms, dh = np.zeros(len(weights)), np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(hs[layer + 1])
        norms[layer] = np.linalg.norm(hs[layer].T @ dz)
        dh = dz @ weights[layer].T
    return norms


@answers.wrong("returns-wrong-type")
def a_list(weights, biases, X, activation, derivative):
    return list(plain(weights, biases, X, activation, derivative))


@answers.wrong("returns-wrong-shape")
def a_column(weights, biases, X, activation, derivative):
    return plain(weights, biases, X, activation, derivative)[:, None]


@answers.wrong("wrong-formula")
def norm_of_the_delta(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    norms, dh = [], np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(zs[layer])
        norms.append(np.linalg.norm(dz))
        dh = dz @ weights[layer].T
    return np.array(norms[::-1])


@answers.wrong("bias-missing")
def without_bias(weights, biases, X, activation, derivative):
    return plain(weights, [0 * b for b in biases], X, activation, derivative)


@answers.wrong("wrong-layer-input")
def own_output(weights, biases, X, activation, derivative):
    hs, zs = forward(weights, biases, X, activation)
    norms, dh = np.zeros(len(weights)), np.ones(hs[-1].shape) / len(X)
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(zs[layer])
        norms[layer] = np.linalg.norm(hs[layer + 1].T @ dz)
        dh = dz @ weights[layer].T
    return norms


@answers.wrong("numeric-differentiation")
def differences(weights, biases, X, activation, derivative):
    def loss(weights):
        return forward(weights, biases, X, activation)[0][-1].sum() / len(X)

    norms, step = [], 1e-5
    for layer, W in enumerate(weights):
        dW = np.zeros(W.shape)
        for index in np.ndindex(W.shape):
            up, down = [W.copy() for W in weights], [W.copy() for W in weights]
            up[layer][index] += step
            down[layer][index] -= step
            dW[index] = (loss(up) - loss(down)) / (2 * step)
        norms.append(np.linalg.norm(dW))
    return np.array(norms)


@answers.wrong("layer-order-reversed", "missing-mean")
def two_mistakes(weights, biases, X, activation, derivative):
    return len(X) * plain(weights, biases, X, activation, derivative)[::-1]
