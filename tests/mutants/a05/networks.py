import numpy as np

from tests.mutants.marks import Mutants

two = Mutants("05_backpropagation", "two_layer_gradients")
deep = Mutants("05_backpropagation", "mlp_gradients")


@two.right
def matrices(X, Y, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    delta2 = (h @ W2 + b2 - Y) / len(X)
    delta1 = delta2 @ W2.T * (1 - h**2)
    return X.T @ delta1, delta1.sum(0), h.T @ delta2, delta2.sum(0)


@two.right
def loop(X, Y, W1, b1, W2, b2):
    parts = [np.zeros_like(part) for part in (W1, b1, W2, b2)]
    for x, target in zip(X, Y, strict=True):
        h = np.tanh(x @ W1 + b1)
        delta2 = h @ W2 + b2 - target
        delta1 = (W2 @ delta2) * (1 - h) * (1 + h)
        for part, step in zip(parts, (np.outer(x, delta1), delta1, np.outer(h, delta2), delta2), strict=True):
            part += step / len(X)
    return parts


@two.right
def einsum(X, Y, W1, b1, W2, b2):
    h = np.tanh(np.einsum("nd,dh->nh", X, W1) + b1)
    error = h @ W2 + b2 - Y
    slope = 1 / np.cosh(X @ W1 + b1) ** 2
    N = X.shape[0]
    return (
        np.einsum("nd,nk,hk,nh->dh", X, error, W2, slope) / N,
        np.einsum("nk,hk,nh->h", error, W2, slope) / N,
        np.einsum("nh,nk->hk", h, error) / N,
        error.mean(axis=0),
    )


@two.right
def columns(X, Y, W1, b1, W2, b2):
    A = np.tanh(W1.T @ X.T + b1[:, None])
    D2 = (W2.T @ A + b2[:, None] - Y.T) / X.shape[0]
    D1 = (W2 @ D2) * (1 - A * A)
    return (D1 @ X).T, D1.sum(axis=1), (D2 @ A.T).T, D2.sum(axis=1)


def backward(X, Y, W1, b1, W2, b2, slope=None, mean=True, sums=np.sum, through=None, out_slope=None):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    d2 = (out - Y) / (len(X) if mean else 1)
    if out_slope:
        d2 = (np.tanh(out) - Y) / len(X) * out_slope(np.tanh(out))
    d1 = d2 @ (W2 if through is None else through).T * (1 - h**2 if slope is None else slope(h, X @ W1 + b1))
    return X.T @ d1, sums(d1, axis=0), h.T @ d2, sums(d2, axis=0)


@two.wrong("slide-bug-(1-z)^2")
def slide(*args):
    return backward(*args, slope=lambda h, z: (1 - h) ** 2)


@two.wrong("missing-mean")
def summed(*args):
    return backward(*args, mean=False)


@two.wrong("sign")
def target_minus_output(*args):
    return tuple(-part for part in backward(*args))


@two.wrong("factor-2")
def no_half(*args):
    return tuple(2 * part for part in backward(*args))


@two.wrong("activation-derivative-missing")
def no_slope(*args):
    return backward(*args, slope=lambda h, z: 1.0)


@two.wrong("activation-derivative-wrong-argument")
def slope_of_z(*args):
    return backward(*args, slope=lambda h, z: 1 - z**2)


@two.wrong("activation-on-output")
def tanh_on_top(*args):
    return backward(*args, out_slope=lambda a: 1 - a**2)


@two.wrong("bias-mean-instead-of-sum")
def mean_biases(*args):
    return backward(*args, sums=np.mean)


@two.wrong("stale-weights")
def updated_first(X, Y, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    dW2 = h.T @ (h @ W2 + b2 - Y) / len(X)
    return backward(X, Y, W1, b1, W2, b2, through=W2 - 0.1 * dW2)


@two.wrong("last-layer-only")
def top_only(X, Y, W1, b1, W2, b2):
    _, _, dW2, db2 = backward(X, Y, W1, b1, W2, b2)
    return np.zeros(W1.shape), np.zeros(b1.shape), dW2, db2


@two.wrong("returns-list-order-swapped")
def top_first(*args):
    dW1, db1, dW2, db2 = backward(*args)
    return dW2, db2, dW1, db1


@two.wrong("divides-by-wrong-count")
def over_outputs(X, Y, *rest):
    return tuple(part / Y.shape[1] for part in backward(X, Y, *rest))


@two.wrong("transpose")
def transposed(*args):
    dW1, db1, dW2, db2 = backward(*args)
    return dW1.T, db1, dW2.T, db2


@two.wrong("slide-bug-(1-z)^2", "missing-mean")
def slide_and_sum(*args):
    return backward(*args, slope=lambda h, z: (1 - h) ** 2, mean=False)


@two.wrong("bias-missing")
def no_hidden_bias(X, Y, W1, b1, W2, b2):
    return backward(X, Y, W1, 0 * b1, W2, b2)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@deep.right
def usual(weights, biases, X, y):
    hs = [X]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        hs.append(np.maximum(hs[-1] @ W + b, 0))
    delta = softmax(hs[-1] @ weights[-1] + biases[-1])
    delta[np.arange(len(y)), y] -= 1
    delta /= len(y)
    dweights, dbiases = [], []
    for n in range(len(weights) - 1, -1, -1):
        dweights.insert(0, hs[n].T @ delta)
        dbiases.insert(0, delta.sum(axis=0))
        if n:
            delta = (delta @ weights[n].T) * (hs[n] > 0)
    return dweights, dbiases


@deep.right
def recursive(weights, biases, X, y):
    N = len(y)

    def below(h, layer):
        z = h @ weights[layer] + biases[layer]
        if layer == len(weights) - 1:
            dz = (softmax(z) - np.eye(z.shape[1])[y]) / N
            dWs, dbs = [], []
        else:
            dh, dWs, dbs = below(np.where(z > 0, z, 0), layer + 1)
            dz = np.where(z > 0, dh, 0)
        return dz @ weights[layer].T, [h.T @ dz, *dWs], [dz.sum(0), *dbs]

    _, dWs, dbs = below(X, 0)
    return dWs, dbs


@deep.right
def one_example_at_a_time(weights, biases, X, y):
    dWs, dbs = [np.zeros_like(W) for W in weights], [np.zeros_like(b) for b in biases]
    for n in range(len(X)):
        for kept, new in zip((dWs, dbs), network(weights, biases, X[n : n + 1], y[n : n + 1]), strict=True):
            for total, part in zip(kept, new, strict=True):
                total += part / len(X)
    return dWs, dbs


@deep.right
def masks_kept(weights, biases, X, y):
    h, inputs, masks, last = X, [], [], len(weights) - 1
    for n, (W, b) in enumerate(zip(weights, biases, strict=True)):
        inputs.append(h)
        z = h.dot(W) + b
        masks.append(np.ones_like(z) if n == last else (z > 0) * 1.0)
        h = z * masks[-1]
    up = (softmax(h) - (y[:, None] == np.arange(h.shape[1]))) / X.shape[0]
    out = []
    for W, x, mask in reversed(list(zip(weights, inputs, masks, strict=True))):
        up = up * mask
        out.append((x.T.dot(up), np.sum(up, axis=0)))
        up = up.dot(W.T)
    return [pair[0] for pair in out[::-1]], [pair[1] for pair in out[::-1]]


def network(
    weights, biases, X, y, gate=lambda z: z > 0, scale=None, target=None, sums=np.sum, reverse=False, relu=True
):
    hs, zs = [X], []
    for n, (W, b) in enumerate(zip(weights, biases, strict=True)):
        zs.append(hs[-1] @ W + b)
        hs.append(np.maximum(zs[-1], 0) if n < len(weights) - 1 and relu else zs[-1])
    p = softmax(zs[-1])
    delta = (p - (np.eye(p.shape[1])[y] if target is None else target(p))) / (len(y) if scale is None else scale)
    dWs, dbs = [], []
    for n in reversed(range(len(weights))):
        dWs.append(hs[n].T @ delta)
        dbs.append(sums(delta, axis=0))
        if n:
            delta = delta @ weights[n].T * gate(zs[n - 1])
    return (dWs, dbs) if reverse else (dWs[::-1], dbs[::-1])


@deep.wrong("layer-order-reversed")
def backwards(*args):
    return network(*args, reverse=True)


@deep.wrong("missing-mean")
def totals(*args):
    return network(*args, scale=1)


@deep.wrong("activation-derivative-missing")
def no_gate(*args):
    return network(*args, gate=lambda z: 1.0)


@deep.wrong("kink-wrong-side")
def gate_at_zero(*args):
    return network(*args, gate=lambda z: z >= 0)


@deep.wrong("missing-one-hot-subtraction")
def no_targets(*args):
    return network(*args, target=lambda p: 0)


@deep.wrong("bias-mean-instead-of-sum")
def bias_means(*args):
    return network(*args, sums=np.mean)


@deep.wrong("one-hot-off-by-one")
def classes_from_one(weights, biases, X, y):
    return network(weights, biases, X, (y - 1) % len(biases[-1]))


@deep.wrong("last-layer-only")
def only_top(*args):
    dWs, dbs = network(*args)
    return [0 * W for W in dWs[:-1]] + dWs[-1:], [0 * b for b in dbs[:-1]] + dbs[-1:]


@deep.wrong("activation-missing")
def linear_layers(*args):
    return network(*args, relu=False, gate=lambda z: 1.0)


@deep.wrong("sign")
def ascent(*args):
    dWs, dbs = network(*args)
    return [-W for W in dWs], [-b for b in dbs]


@deep.wrong("returns-list-order-swapped")
def biases_first(*args):
    return network(*args)[::-1]


@deep.wrong("layer-order-reversed", "missing-mean")
def backwards_totals(*args):
    return network(*args, scale=1, reverse=True)
