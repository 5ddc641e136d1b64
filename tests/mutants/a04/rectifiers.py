"""The derivatives of rectifiers and of hard tanh: right ones in several styles, wrong ones as students write them."""

import math

import numpy as np

from tests.mutants.marks import Mutants

relus = Mutants("04_activations", "relu_derivative")
leaky_relus = Mutants("04_activations", "leaky_relu_derivative")
elus = Mutants("04_activations", "elu_derivative")
hard_tanhs = Mutants("04_activations", "hard_tanh_derivative")


def elu_slope(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


def hard_slope(z):
    return ((z > -1) & (z < 1)).astype(float)


@relus.right
def relu_by_astype(z):
    return (z > 0).astype(np.float64)


@relus.right
def relu_by_where(z):
    return np.where(z > 0, 1.0, 0.0)


@relus.right
def relu_one_number_at_a_time(z):
    return np.array([1.0 if v > 0 else 0.0 for v in z.ravel().tolist()]).reshape(z.shape)


@relus.right
def relu_by_heaviside(z):
    return np.heaviside(z, 0.0)


@relus.right
def relu_by_product(z):
    return 1.0 * (z > 0)


@relus.wrong("kink-wrong-side")
def relu_one_at_zero(z):
    return (z >= 0).astype(float)


@relus.wrong("kink-wrong-side")
def relu_where_not_negative(z):
    return np.where(z < 0, 0.0, 1.0)


@relus.wrong("kink-wrong-side")
def relu_a_half_at_zero(z):
    return np.heaviside(z, 0.5)


@relus.wrong("wrong-derivative-formula")
def relu_relu_itself(z):
    return np.maximum(z, 0)


@relus.wrong("wrong-derivative-formula")
def relu_sign_of_z(z):
    return np.sign(z)


@relus.wrong("returns-wrong-type")
def relu_booleans(z):
    return z > 0


@relus.wrong("sign")
def relu_minus(z):
    return -1.0 * (z > 0)


@relus.wrong("mutates-input")
def relu_overwrites_z(z):
    z[...] = (z > 0).astype(float)
    return z


@relus.wrong("wrong-derivative-formula")
def relu_one_everywhere(z):
    return np.ones_like(z)


@leaky_relus.right
def leaky_relu_by_where(z, alpha=0.01):
    return np.where(z > 0, 1.0, alpha)


@leaky_relus.right
def leaky_relu_by_arithmetic(z, alpha=0.01):
    return alpha + (1 - alpha) * (z > 0)


@leaky_relus.right
def leaky_relu_two_masks(z, alpha=0.01):
    return (z > 0) * 1.0 + (z <= 0) * alpha


@leaky_relus.right
def leaky_relu_one_number_at_a_time(z, alpha=0.01):
    return np.array([1.0 if v > 0 else alpha for v in z.flat]).reshape(z.shape)


@leaky_relus.right
def leaky_relu_by_heaviside(z, alpha=0.01):
    return np.heaviside(z, 0.0) * (1 - alpha) + alpha


@leaky_relus.wrong("kink-wrong-side")
def leaky_relu_one_at_zero(z, alpha=0.01):
    return np.where(z >= 0, 1.0, alpha)


@leaky_relus.wrong("alpha-ignored")
def leaky_relu_slope_of_its_own(z, alpha=0.01):
    return np.where(z > 0, 1.0, 0.01)


@leaky_relus.wrong("alpha-ignored")
def leaky_relu_relus(z, alpha=0.01):
    return np.where(z > 0, 1.0, 0.0)


@leaky_relus.wrong("wrong-derivative-formula")
def leaky_relu_leaky_relu_itself(z, alpha=0.01):
    return np.where(z > 0, z, alpha * z)


@leaky_relus.wrong("sign")
def leaky_relu_minus_alpha(z, alpha=0.01):
    return np.where(z > 0, 1.0, -alpha)


@leaky_relus.wrong("wrong-derivative-formula")
def leaky_relu_sides_swapped(z, alpha=0.01):
    return np.where(z > 0, alpha, 1.0)


@leaky_relus.wrong("wrong-derivative-formula")
def leaky_relu_times_z(z, alpha=0.01):
    return np.where(z > 0, 1.0, alpha * z)


@leaky_relus.wrong("sign")
def leaky_relu_minus(z, alpha=0.01):
    return -np.where(z > 0, 1.0, alpha)


@leaky_relus.wrong("mutates-input")
def leaky_relu_overwrites_z(z, alpha=0.01):
    z[...] = np.where(z > 0, 1.0, alpha)
    return z


@elus.right
def elu_by_where(z, alpha=1.0):
    return elu_slope(z, alpha)


@elus.right
def elu_one_number_at_a_time(z, alpha=1.0):
    return np.array([1.0 if v > 0 else alpha * math.exp(v) for v in z.ravel().tolist()]).reshape(z.shape)


@elus.right
def elu_two_masks(z, alpha=1.0):
    slopes, right = np.zeros(z.shape), z > 0
    slopes[right] = 1.0
    slopes[~right] = alpha * np.exp(z[~right])
    return slopes


@elus.right
def elu_by_arithmetic(z, alpha=1.0):
    return (z > 0) + (z <= 0) * alpha * np.exp(-np.abs(z))


@elus.wrong("overflow")
def elu_exponential_of_everything(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(z))


@elus.wrong("alpha-ignored")
def elu_alpha_of_one(z, alpha=1.0):
    return elu_slope(z)


@elus.wrong("kink-wrong-side")
def elu_one_at_zero(z, alpha=1.0):
    return np.where(z >= 0, 1.0, elu_slope(z, alpha))


@elus.wrong("wrong-derivative-formula")
def elu_elu_itself(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))


@elus.wrong("wrong-derivative-formula")
def elu_elu_below_zero(z, alpha=1.0):
    return np.where(z > 0, 1, alpha * (np.exp(np.minimum(z, 0)) - 1))


@elus.wrong("sign")
def elu_minus_below_zero(z, alpha=1.0):
    return np.where(z > 0, 1.0, -alpha * np.exp(np.minimum(z, 0)))


@elus.wrong("wrong-derivative-formula")
def elu_alpha_in_the_exponent(z, alpha=1.0):
    return np.where(z > 0, 1.0, np.exp(alpha * np.minimum(z, 0)))


@elus.wrong("float32-precision")
def elu_in_single_precision(z, alpha=1.0):
    return elu_slope(z.astype(np.float32), alpha).astype(np.float64)


@elus.wrong("mutates-input")
def elu_overwrites_z(z, alpha=1.0):
    z[...] = elu_slope(z, alpha)
    return z


@hard_tanhs.right
def hard_tanh_by_where(z):
    return np.where(np.abs(z) < 1, 1.0, 0.0)


@hard_tanhs.right
def hard_tanh_one_number_at_a_time(z):
    return np.array([1.0 if -1 < v < 1 else 0.0 for v in z.ravel().tolist()]).reshape(z.shape)


@hard_tanhs.right
def hard_tanh_two_comparisons(z):
    return hard_slope(z)


@hard_tanhs.right
def hard_tanh_by_clip(z):
    return (np.clip(z, -1, 1) == z) * (np.abs(z) != 1) * 1.0


@hard_tanhs.wrong("not-strict")
def hard_tanh_closed_interval(z):
    return (np.abs(z) <= 1).astype(float)


@hard_tanhs.wrong("kink-wrong-side")
def hard_tanh_half_closed_interval(z):
    return ((z > -1) & (z <= 1)).astype(float)


@hard_tanhs.wrong("wrong-derivative-formula")
def hard_tanh_hard_tanh_itself(z):
    return np.clip(z, -1, 1)


@hard_tanhs.wrong("wrong-derivative-formula")
def hard_tanh_tanhs_derivative(z):
    return 1 - np.tanh(z) ** 2


@hard_tanhs.wrong("wrong-threshold")
def hard_tanh_upper_end_only(z):
    return (z < 1).astype(float)


@hard_tanhs.wrong("returns-wrong-type")
def hard_tanh_booleans(z):
    return np.abs(z) < 1


@hard_tanhs.wrong("sign")
def hard_tanh_minus(z):
    return -hard_slope(z)


@hard_tanhs.wrong("mutates-input")
def hard_tanh_overwrites_z(z):
    z[...] = hard_slope(z)
    return z
