import numpy as np

from tests.mutants.marks import Mutants

prelu = Mutants("04_activations", "prelu_backward")


@prelu.right
def with_where(dout, z, a):
    return dout * np.where(z > 0, 1, a), np.sum(np.where(z > 0, 0, dout * z))


@prelu.right
def with_masks(dout, z, a):
    negative = z <= 0
    dz = dout.copy()
    dz[negative] *= a
    return [dz, float((dout[negative] * z[negative]).sum())]


@prelu.right
def with_loops(dout, z, a):
    dz, da = np.empty(z.shape), 0.0
    for index in np.ndindex(z.shape):
        if z[index] > 0:
            dz[index] = dout[index]
        else:
            dz[index] = a * dout[index]
            da += float(dout[index] * z[index])
    return dz, da


@prelu.right
def with_minimum(dout, z, a):
    return dout * ((z > 0) + a * (z <= 0)), np.vdot(dout, np.minimum(z, 0))


@prelu.wrong("shared-gradient-not-summed")
def a_matrix(dout, z, a):
    return dout * np.where(z > 0, 1, a), dout * np.minimum(z, 0)


@prelu.wrong("shared-gradient-not-summed")
def a_vector(dout, z, a):
    return dout * np.where(z > 0, 1, a), (dout * np.minimum(z, 0)).sum(axis=0)


@prelu.wrong("upstream-ignored")
def local_only(dout, z, a):
    return np.where(z > 0, 1.0, a), np.sum(np.minimum(z, 0))


@prelu.wrong("kink-wrong-side")
def right_slope(dout, z, a):
    return dout * np.where(z >= 0, 1, a), np.sum(dout * np.minimum(z, 0))


@prelu.wrong("alpha-ignored")
def fixed_slope(dout, z, a):
    return dout * np.where(z > 0, 1, 0.01), np.sum(dout * np.minimum(z, 0))


@prelu.wrong("bias-mean-instead-of-sum")
def averaged(dout, z, a):
    return dout * np.where(z > 0, 1, a), np.mean(dout * np.minimum(z, 0))


@prelu.wrong("missing-term")
def positive_too(dout, z, a):
    return dout * np.where(z > 0, 1, a), np.sum(dout * z)


@prelu.wrong("sign")
def other_sign(dout, z, a):
    return dout * np.where(z > 0, 1, a), -np.sum(dout * np.minimum(z, 0))


@prelu.wrong("returns-list-order-swapped")
def slope_first(dout, z, a):
    return np.sum(dout * np.minimum(z, 0)), dout * np.where(z > 0, 1, a)


@prelu.wrong("mutates-input")
def in_place(dout, z, a):
    da = np.sum(dout * np.minimum(z, 0))
    dout *= np.where(z > 0, 1, a)
    return dout, da


@prelu.wrong("mask-from-output-vs-input")
def mask_of_gradient(dout, z, a):
    return dout * np.where(dout > 0, 1, a), np.sum(dout * np.minimum(z, 0))
