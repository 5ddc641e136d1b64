import numpy as np

from tests.mutants.marks import Mutants

parameters = Mutants("02_xor", "xor_parameters")
region = Mutants("02_xor", "convex_region")


@parameters.right
def from_the_book():
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


@parameters.right
def differences():
    return np.array([[1, -1], [-1, 1]]), np.zeros(2), np.array([1, 1]), 0


@parameters.right
def shifted():
    return np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([-1.0, 1.0]), np.array([-1.0, -1.0]), np.float64(1.0)


@parameters.right
def other_scale():
    return [np.full((2, 2), 2.0), np.array([0.0, -2.0]), np.array([0.5, -1.0]), 0.0]


@parameters.wrong("bias-missing")
def no_biases():
    return np.ones((2, 2)), np.zeros(2), np.array([1.0, -2.0]), 0.0


@parameters.wrong("sign")
def adds():
    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, 2.0]), 0.0


@parameters.wrong("labels-swapped")
def xnor():
    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([-1.0, 2.0]), 1.0


@parameters.wrong("wrong-formula")
def logical_or():
    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -1.0]), 0.0


@region.right
def all_of_them(X, normals, offsets):
    return ((X @ normals.T + offsets) > 0).all(axis=1).astype(int)


@region.right
def two_layers_of_steps(X, normals, offsets):
    hidden = np.where(X @ normals.T + offsets > 0, 1.0, 0.0)
    return np.where(hidden.sum(axis=1) - (len(normals) - 0.5) > 0, 1.0, 0.0)


@region.right
def product(X, normals, offsets):
    inside = np.ones(len(X))
    for normal, offset in zip(normals, offsets, strict=True):
        inside *= X @ normal + offset > 0
    return inside


@region.right
def smallest_margin(X, normals, offsets):
    return np.min(X @ normals.T + offsets, axis=1) > 0


@region.wrong("not-strict")
def with_edges(X, normals, offsets):
    return ((X @ normals.T + offsets) >= 0).all(axis=1).astype(float)


@region.wrong("wrong-threshold")
def any_of_them(X, normals, offsets):
    hidden = X @ normals.T + offsets > 0
    return (hidden.sum(axis=1) > 0.5).astype(float)


@region.wrong("bias-missing")
def through_origin(X, normals, offsets):
    return (X @ normals.T > 0).all(axis=1).astype(float)


@region.wrong("labels-swapped")
def outside(X, normals, offsets):
    return 1 - (X @ normals.T + offsets > 0).all(axis=1).astype(int)


@region.wrong("sign")
def minus_offsets(X, normals, offsets):
    return (X @ normals.T - offsets > 0).all(axis=1).astype(float)
