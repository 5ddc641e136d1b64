import numpy as np

from tests.mutants.marks import Mutants

linear = Mutants("05_backpropagation", "linear_backward")
tanh = Mutants("05_backpropagation", "tanh_backward")


@linear.right
def matrices(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.sum(axis=0)


@linear.right
def einsum(dz, h, W):
    return [np.einsum("nk,ik->ni", dz, W), np.einsum("ni,nk->ik", h, dz), np.einsum("nk->k", dz)]


@linear.right
def loop(dz, h, W):
    dh, dW, db = np.zeros(h.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for n in range(len(h)):
        dh[n] = W @ dz[n]
        dW += np.outer(h[n], dz[n])
        db += dz[n]
    return dh, dW, db


@linear.right
def ones_trick(dz, h, W):
    return np.dot(W, dz.T).T, np.dot(dz.T, h).T, np.ones(len(dz)) @ dz


@linear.wrong("transpose")
def wrong_way_round(dz, h, W):
    return dz @ W.T, dz.T @ h, dz.sum(axis=0)


@linear.wrong("bias-not-summed")
def bias_rows(dz, h, W):
    return dz @ W.T, h.T @ dz, dz


@linear.wrong("bias-mean-instead-of-sum")
def bias_mean(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.mean(axis=0)


@linear.wrong("wrong-axis")
def bias_axis(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.sum(axis=1)


@linear.wrong("extra-mean")
def mean_again(dz, h, W):
    return dz @ W.T, h.T @ dz / len(dz), dz.sum(axis=0) / len(dz)


@linear.wrong("returns-list-order-swapped")
def weights_first(dz, h, W):
    return h.T @ dz, dz.sum(axis=0), dz @ W.T


@linear.wrong("sign")
def minus(dz, h, W):
    return -dz @ W.T, -h.T @ dz, -dz.sum(axis=0)


@linear.wrong("upstream-ignored")
def without_dz(dz, h, W):
    one = np.ones(dz.shape)
    return one @ W.T, h.T @ one, one.sum(axis=0)


@linear.wrong("loop-overwrites-accumulator")
def last_example(dz, h, W):
    for n in range(len(h)):
        dW = np.outer(h[n], dz[n])
        db = dz[n]
    return dz @ W.T, dW, db


@linear.wrong("returns-wrong-shape")
def bias_as_row(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.sum(axis=0, keepdims=True)


@linear.wrong("float32-precision")
def single(dz, h, W):
    dz, h, W = (part.astype(np.float32) for part in (dz, h, W))
    return tuple(part.astype(np.float64) for part in (dz @ W.T, h.T @ dz, dz.sum(axis=0)))


@tanh.right
def square(dh, h):
    return dh * (1 - h * h)


@tanh.right
def factors(dh, h):
    return (1 - h) * (1 + h) * dh


@tanh.right
def difference(dh, h):
    return dh - dh * np.square(h)


@tanh.right
def by_entry(dh, h):
    return np.array([d * (1 - v**2) for d, v in zip(dh.flat, h.flat, strict=True)]).reshape(h.shape)


@tanh.wrong("slide-bug-(1-z)^2")
def from_the_slide(dh, h):
    return dh * (1 - h) ** 2


@tanh.wrong("activation-derivative-wrong-argument")
def tanh_again(dh, h):
    return dh * (1 - np.tanh(h) ** 2)


@tanh.wrong("upstream-ignored")
def local(dh, h):
    return 1 - h**2


@tanh.wrong("wrong-derivative-formula")
def of_the_sigmoid(dh, h):
    return dh * h * (1 - h)


@tanh.wrong("wrong-derivative-formula")
def no_square(dh, h):
    return dh * (1 - h)


@tanh.wrong("sign")
def turned(dh, h):
    return dh * (h**2 - 1)


@tanh.wrong("activation-derivative-missing")
def passed_on(dh, h):
    return dh.copy()


@tanh.wrong("mutates-input")
def in_place(dh, h):
    h **= 2
    return dh * (1 - h)


@tanh.wrong("wrong-derivative-formula")
def plus(dh, h):
    return dh * (1 + h**2)
