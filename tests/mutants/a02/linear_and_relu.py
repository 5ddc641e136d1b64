import numpy as np

from tests.mutants.marks import Mutants

least = Mutants("02_xor", "least_squares")
network = Mutants("02_xor", "relu_network")


@least.right
def normal_equations(X, y):
    A = np.hstack([X, np.ones((X.shape[0], 1))])
    theta = np.linalg.inv(A.T @ A) @ (A.T @ y)
    return theta[:-1], theta[-1]


@least.right
def library(X, y):
    theta, *_ = np.linalg.lstsq(np.c_[np.ones(len(y)), X], y, rcond=None)
    return [theta[1:], float(theta[0])]


@least.right
def centred(X, y):
    Xc, yc = X - X.mean(axis=0), y - y.mean()
    w = np.linalg.solve(Xc.T @ Xc, Xc.T @ yc)
    return w, y.mean() - X.mean(axis=0) @ w


@least.right
def by_qr(X, y):
    Q, R = np.linalg.qr(np.column_stack((X, np.ones(len(X)))))
    theta = np.linalg.solve(R, Q.T @ y)
    return theta[: X.shape[1]], float(theta[X.shape[1]])


@least.wrong("bias-missing")
def through_the_origin(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y), 0.0


@least.wrong("returns-list-order-swapped")
def bias_first(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.linalg.solve(A.T @ A, A.T @ y)
    return float(theta[-1]), theta[:-1]


@least.wrong("hard-coded-answer")
def for_xor_only(X, y):
    return np.zeros(X.shape[1]), 0.5


@least.wrong("sign")
def negated(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    theta = -np.linalg.solve(A.T @ A, A.T @ y)
    return theta[:-1], float(theta[-1])


@least.wrong("wrong-formula")
def ridge(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T @ y)
    return theta[:-1], float(theta[-1])


@network.right
def one_line(X, W, c, w, b):
    return np.maximum(0, X @ W + c) @ w + b


@network.right
def masked(X, W, c, w, b):
    z = X.dot(W) + c
    z[z < 0] = 0
    return z.dot(w) + b


@network.right
def loops(X, W, c, w, b):
    out = np.zeros(len(X))
    for n in range(len(X)):
        total = b
        for j in range(len(w)):
            total += w[j] * max(0.0, float(sum(X[n, i] * W[i, j] for i in range(X.shape[1])) + c[j]))
        out[n] = total
    return out


@network.right
def einsum(X, W, c, w, b):
    z = np.einsum("ni,ij->nj", X, W) + c
    return np.einsum("nj,j->n", z * (z > 0), w) + b


@network.wrong("bias-missing")
def no_hidden_bias(X, W, c, w, b):
    return np.maximum(0, X @ W) @ w + b


@network.wrong("activation-missing")
def linear(X, W, c, w, b):
    return (X @ W + c) @ w + b


@network.wrong("activation-on-output")
def rectified(X, W, c, w, b):
    return np.maximum(0, np.maximum(0, X @ W + c) @ w + b)


@network.wrong("returns-wrong-shape")
def column(X, W, c, w, b):
    return np.maximum(0, X @ W + c) @ w.reshape(-1, 1) + b


@network.wrong("mutates-input")
def shifts_X(X, W, c, w, b):
    X += 0.0
    out = np.maximum(0, X @ W + c) @ w + b
    X *= 2
    return out


@network.wrong("float32-precision")
def single(X, W, c, w, b):
    return (np.maximum(0, X.astype("f4") @ W.astype("f4") + c.astype("f4")) @ w.astype("f4") + np.float32(b)).astype(
        "f8"
    )
