import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("02_xor", "relu_network_gradients")


def forward(X, W, c, w, b):
    z = X @ W + c
    h = np.maximum(z, 0)
    return z, h, h @ w + b


@answers.right
def matrices(X, y, W, c, w, b):
    z, h, out = forward(X, W, c, w, b)
    d = 2 / len(y) * (out - y)
    delta = d[:, None] * w * (z > 0)
    return X.T @ delta, delta.sum(0), h.T @ d, d.sum()


@answers.right
def loop(X, y, W, c, w, b):
    dW, dc, dw, db = np.zeros(W.shape), np.zeros(c.shape), np.zeros(w.shape), 0.0
    for x, target in zip(X, y, strict=True):
        z = x @ W + c
        h = np.where(z > 0, z, 0.0)
        d = 2 * (h @ w + b - target) / len(y)
        db += d
        dw += d * h
        dz = d * w * (h > 0)
        dc += dz
        dW += np.outer(x, dz)
    return [dW, dc, dw, float(db)]


@answers.right
def einsum(X, y, W, c, w, b):
    z, h, out = forward(X, W, c, w, b)
    d = 2 * (out - y)
    gate = np.heaviside(z, 0.0)
    return (
        np.einsum("n,nd,j,nj->dj", d, X, w, gate) / len(y),
        np.einsum("n,j,nj->j", d, w, gate) / len(y),
        np.einsum("n,nj->j", d, h) / len(y),
        np.mean(d),
    )


@answers.right
def augmented(X, y, W, c, w, b):
    X1 = np.c_[X, np.ones(len(X))]
    z = X1 @ np.vstack([W, c])
    h1 = np.c_[z.clip(0), np.ones(len(X))]
    d = (h1 @ np.append(w, b) - y) * (2 / len(y))
    first = X1.T @ (np.outer(d, w) * (z > 0))
    second = h1.T @ d
    return first[:-1], first[-1], second[:-1], float(second[-1])


def backward(X, y, W, c, w, b, scale=None, gate=None, through=None, sums=np.sum):
    z, h, out = forward(X, W, c, w, b)
    d = (out - y) * (2 / len(y) if scale is None else scale)
    dh = np.outer(d, w if through is None else through)
    dz = dh * ((z > 0) if gate is None else gate(z, h, out))
    return X.T @ dz, sums(dz, axis=0), h.T @ d, sums(d)


@answers.wrong("missing-mean")
def sums_up(*args):
    return backward(*args, scale=2.0)


@answers.wrong("half")
def forgets_the_two(X, y, *rest):
    return backward(X, y, *rest, scale=1 / len(y))


@answers.wrong("sign")
def other_way(X, y, *rest):
    return backward(X, y, *rest, scale=-2 / len(y))


@answers.wrong("kink-wrong-side")
def greater_or_equal(*args):
    return backward(*args, gate=lambda z, h, out: z >= 0)


@answers.wrong("activation-derivative-missing")
def no_gate(*args):
    return backward(*args, gate=lambda z, h, out: 1.0)


@answers.wrong("mask-from-output-vs-input")
def gate_of_output(*args):
    return backward(*args, gate=lambda z, h, out: (out > 0)[:, None])


@answers.wrong("weights-not-in-chain")
def forgets_w(X, y, W, c, w, b):
    return backward(X, y, W, c, w, b, through=np.ones_like(w))


@answers.wrong("bias-mean-instead-of-sum")
def mean_biases(*args):
    return backward(*args, sums=np.mean)


@answers.wrong("transpose")
def transposed(*args):
    dW, dc, dw, db = backward(*args)
    return dW.T, dc, dw, db


@answers.wrong("bias-missing")
def no_c(X, y, W, c, w, b):
    return backward(X, y, W, 0 * c, w, b)


@answers.wrong("last-layer-only")
def only_the_top(X, y, W, c, w, b):
    _, _, dw, db = backward(X, y, W, c, w, b)
    return np.zeros_like(W), np.zeros_like(c), dw, db


@answers.wrong("returns-list-order-swapped")
def top_first(*args):
    dW, dc, dw, db = backward(*args)
    return dw, db, dW, dc


@answers.wrong("numeric-differentiation")
def differences(X, y, W, c, w, b, h=1e-5):
    def loss(W, c, w, b):
        return np.mean((forward(X, W, c, w, b)[2] - y) ** 2)

    parts = [W, c, w]
    found = []
    for k, part in enumerate(parts):
        slope = np.zeros_like(part)
        for index in np.ndindex(part.shape):
            up, down = [p.copy() for p in parts], [p.copy() for p in parts]
            up[k][index] += h
            down[k][index] -= h
            slope[index] = (loss(*up, b) - loss(*down, b)) / (2 * h)
        found.append(slope)
    return *found, (loss(*parts, b + h) - loss(*parts, b - h)) / (2 * h)
