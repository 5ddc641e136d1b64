import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("07_vanishing_gradients", "orthogonal")


@answers.right
def signs_of_r(n_in, n_out, rng):
    if n_in < n_out:
        return signs_of_r(n_out, n_in, rng).T
    q, r = np.linalg.qr(rng.normal(size=(n_in, n_out)))
    return q * np.sign(np.diag(r))


@answers.right
def signs_of_its_own(n_in, n_out, rng):
    big, small = max(n_in, n_out), min(n_in, n_out)
    q = np.linalg.qr(rng.standard_normal((big, small)))[0]
    q = q @ np.diag(rng.choice([-1.0, 1.0], size=small))
    return q.T if n_in < n_out else q


@answers.right
def polar(n_in, n_out, rng):
    u, _, vt = np.linalg.svd(rng.normal(size=(n_in, n_out)), full_matrices=False)
    return u @ vt


@answers.right
def gram_schmidt(n_in, n_out, rng):
    n, k = (n_in, n_out) if n_in >= n_out else (n_out, n_in)
    vectors = []
    for _ in range(k):
        v = rng.normal(size=n)
        for _ in range(2):  # once more, for the rounding
            for u in vectors:
                v = v - (u @ v) * u
        vectors.append(v / np.linalg.norm(v))
    W = np.array(vectors)
    return W.T if n_in >= n_out else W


@answers.right
def part_of_a_square_one(n_in, n_out, rng):
    n = max(n_in, n_out)
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    Q *= np.diag(R) / np.abs(np.diag(R))
    return Q[:n_in, :n_out].copy()


@answers.right
def whitened(n_in, n_out, rng):
    A = rng.normal(0.0, 1.0, (max(n_in, n_out), min(n_in, n_out)))
    values, vectors = np.linalg.eigh(A.T @ A)
    while values[0] < 1e-4 * values[-1]:  # too near to singular for a root
        A = rng.normal(0.0, 1.0, A.shape)
        values, vectors = np.linalg.eigh(A.T @ A)
    W = A @ (vectors / np.sqrt(values)) @ vectors.T
    return W if n_in >= n_out else W.T


@answers.wrong("sign")
def plain_qr(n_in, n_out, rng):
    if n_in >= n_out:
        return np.linalg.qr(rng.normal(size=(n_in, n_out)))[0]
    return np.linalg.qr(rng.normal(size=(n_out, n_in)))[0].T


@answers.wrong("sign")
def rotations_only(n_in, n_out, rng):
    W = signs_of_r(n_in, n_out, rng).copy()
    if n_in == n_out and np.linalg.det(W) < 0:
        W[:, 0] = -W[:, 0]
    return W


@answers.wrong("returns-wrong-shape")
def reduced(n_in, n_out, rng):
    q, r = np.linalg.qr(rng.normal(size=(n_in, n_out)))
    return q * np.sign(np.diag(r))


@answers.wrong("returns-wrong-shape")
def reduced_without_signs(n_in, n_out, rng):
    q, _ = np.linalg.qr(rng.normal(size=(n_in, n_out)))
    return q


@answers.wrong("transpose")
def not_turned_back(n_in, n_out, rng):
    q, r = np.linalg.qr(rng.standard_normal((max(n_in, n_out), min(n_in, n_out))))
    return q * np.sign(np.diag(r))


@answers.wrong("wrong-formula")
def only_normalised(n_in, n_out, rng):
    W = rng.normal(size=(n_in, n_out))
    return W / np.sqrt((W**2).sum(axis=0))


@answers.wrong("wrong-formula")
def roughly(n_in, n_out, rng):
    return rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out))


@answers.wrong("wrong-formula")
def with_gain(n_in, n_out, rng):
    return np.sqrt(2) * signs_of_r(n_in, n_out, rng)


@answers.wrong("wrong-formula")
def shuffled_identity(n_in, n_out, rng):
    n = max(n_in, n_out)
    W = np.eye(n)[rng.permutation(n)] * rng.choice([-1, 1], size=n)
    return W[:n_in, :n_out]


@answers.wrong("seed-ignored")
def identity(n_in, n_out, rng):
    return np.eye(n_in, n_out)


@answers.wrong("seed-ignored")
def fixed_seed(n_in, n_out, rng):
    return signs_of_r(n_in, n_out, np.random.default_rng(7))


@answers.wrong("seed-ignored")
def global_state(n_in, n_out, rng):
    a = np.random.randn(max(n_in, n_out), min(n_in, n_out))  # noqa: NPY002
    q, r = np.linalg.qr(a)
    q = q * np.sign(np.diag(r))
    return q if n_in >= n_out else q.T


@answers.wrong("uniform-instead-of-normal")
def uniform(n_in, n_out, rng):
    q, r = np.linalg.qr(rng.random((max(n_in, n_out), min(n_in, n_out))))
    q = q * np.sign(np.diag(r))
    return q if n_in >= n_out else q.T


@answers.wrong("float32-precision")
def single(n_in, n_out, rng):
    return signs_of_r(n_in, n_out, rng).astype(np.float32)
