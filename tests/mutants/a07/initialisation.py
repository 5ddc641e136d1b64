import math

import numpy as np

from tests.mutants.marks import Mutants

xavier = Mutants("07_vanishing_gradients", "xavier")
he = Mutants("07_vanishing_gradients", "he")


@xavier.right
def scaled_standard_normal(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / (n_in + n_out))


@xavier.right
def with_loc_and_scale(n_in, n_out, rng):
    return rng.normal(loc=0.0, scale=math.sqrt(2.0) / math.sqrt(n_in + n_out), size=[n_in, n_out])


@xavier.right
def drawn_by_columns(n_in, n_out, rng):
    variance = 1 / ((n_in + n_out) / 2)
    return rng.normal(0, variance**0.5, n_in * n_out).reshape(n_out, n_in).T


@xavier.right
def box_muller(n_in, n_out, rng):
    u, v = rng.random((n_in, n_out)), rng.random((n_in, n_out))
    return np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v) * np.sqrt(2 / (n_in + n_out))


@xavier.right
def row_by_row(n_in, n_out, rng):
    W = np.empty((n_in, n_out))
    for i in range(n_in):
        W[i] = rng.normal(0, np.sqrt(2 / (n_in + n_out)), n_out)
    return W


@xavier.wrong("std-vs-variance")
def variance_as_scale(n_in, n_out, rng):
    return rng.normal(0, 2 / (n_in + n_out), (n_in, n_out))


@xavier.wrong("uniform-instead-of-normal")
def glorot_uniform(n_in, n_out, rng):
    bound = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-bound, bound, (n_in, n_out))


@xavier.wrong("half")
def one_in_the_numerator(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(1 / (n_in + n_out)), (n_in, n_out))


@xavier.wrong("missing-term")
def lecun(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(1 / n_in), (n_in, n_out))


@xavier.wrong("transpose")
def rows_are_units(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_out, n_in))


@xavier.wrong("zero-init")
def nothing(n_in, n_out, rng):
    return np.zeros((n_in, n_out))


@xavier.wrong("seed-ignored")
def own_generator(n_in, n_out, rng):
    rng = np.random.default_rng(42)
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))


@xavier.wrong("uniform-instead-of-normal", "std-vs-variance")
def two_mistakes(n_in, n_out, rng):
    variance = (2 / (n_in + n_out)) ** 2
    return (rng.random((n_in, n_out)) - 0.5) * np.sqrt(12 * variance)


@he.right
def kaiming(n_in, n_out, rng):
    return rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)


@he.right
def divided(n_in, n_out, rng):
    return rng.standard_normal(size=(n_in, n_out)) / np.sqrt(n_in / 2)


@he.right
def one_at_a_time(n_in, n_out, rng):
    scale = (2 / n_in) ** 0.5
    return np.array([[rng.normal(0, scale) for _ in range(n_out)] for _ in range(n_in)])


@he.right
def a_seed_from_the_generator(n_in, n_out, rng):
    inner = np.random.default_rng(rng.integers(2**63))
    return inner.normal(0.0, np.sqrt(2.0 / n_in), (n_in, n_out))


@he.wrong("std-vs-variance")
def no_root(n_in, n_out, rng):
    return rng.normal(0, 2 / n_in, (n_in, n_out))


@he.wrong("fan-in-out-swapped")
def outputs(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(2 / n_out), (n_in, n_out))


@he.wrong("half")
def one_over(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)


@he.wrong("uniform-instead-of-normal")
def shifted(n_in, n_out, rng):
    return rng.random((n_in, n_out)) * np.sqrt(2 / n_in)


@he.wrong("argument-ignored")
def standard(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out))


@he.wrong("argument-ignored")
def small(n_in, n_out, rng):
    return 0.01 * rng.standard_normal((n_in, n_out))


@he.wrong("seed-ignored")
def global_state(n_in, n_out, rng):
    return np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)  # noqa: NPY002


@he.wrong("float32-precision")
def single(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out), dtype=np.float32) * np.float32(np.sqrt(2 / n_in))


@he.wrong("wrong-formula")
def glorot(n_in, n_out, rng):
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))
