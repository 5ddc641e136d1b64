"""The derivatives of the smooth units: right ones in several styles, wrong ones as students write them."""

import math

import numpy as np

from tests.mutants.marks import Mutants

sigmoids = Mutants("04_activations", "sigmoid_derivative")
tanhs = Mutants("04_activations", "tanh_derivative")
softpluss = Mutants("04_activations", "softplus_derivative")
swishs = Mutants("04_activations", "swish_derivative")


def sig(z):
    return 0.5 * (1 + np.tanh(z / 2))


def one_sigmoid(v):
    return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))


def tiny_safe(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def stable(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def one_minus_square(z):
    return 1 / np.cosh(np.clip(z, -350, 350)) ** 2


def swish_slope(z):
    return stable(z) + z * tiny_safe(z)


@sigmoids.right
def sigmoid_by_logaddexp(z):
    return np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z))


@sigmoids.right
def sigmoid_one_number_at_a_time(z):
    return np.array([one_sigmoid(v) * one_sigmoid(-v) for v in z.ravel().tolist()]).reshape(z.shape)


@sigmoids.right
def sigmoid_from_the_size_of_z(z):
    return tiny_safe(z)


@sigmoids.right
def sigmoid_both_halves(z):
    return np.where(z > 0, tiny_safe(z), tiny_safe(-z))


@sigmoids.right
def sigmoid_two_masks(z):
    slopes, right = np.zeros(z.shape), z >= 0
    slopes[right] = np.exp(-z[right]) / (1 + np.exp(-z[right])) ** 2
    slopes[~right] = np.exp(z[~right]) / (1 + np.exp(z[~right])) ** 2
    return slopes


@sigmoids.wrong("wrong-derivative-formula")
def sigmoid_sigmoid_itself(z):
    return sig(z)


@sigmoids.wrong("wrong-derivative-formula")
def sigmoid_complement_squared(z):
    return (1 - sig(z)) ** 2


@sigmoids.wrong("wrong-derivative-formula")
def sigmoid_complement_alone(z):
    return 1 - sig(z)


@sigmoids.wrong("sign")
def sigmoid_minus(z):
    return -tiny_safe(z)


@sigmoids.wrong("overflow")
def sigmoid_one_exponential(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


@sigmoids.wrong("activation-derivative-wrong-argument")
def sigmoid_takes_z_for_the_output(z):
    return z * (1 - z)


@sigmoids.wrong("numeric-differentiation")
def sigmoid_differences(z):
    h = 1e-5
    return (sig(z + h) - sig(z - h)) / (2 * h)


@sigmoids.wrong("mutates-input")
def sigmoid_overwrites_z(z):
    z[...] = tiny_safe(z)
    return z


@sigmoids.wrong("float32-precision")
def sigmoid_in_single_precision(z):
    return tiny_safe(z.astype(np.float32)).astype(np.float64)


@sigmoids.wrong("returns-wrong-shape")
def sigmoid_flat(z):
    return tiny_safe(z).ravel()


@sigmoids.wrong("factor-2")
def sigmoid_twice(z):
    return 2 * tiny_safe(z)


@tanhs.right
def tanh_by_exponentials(z):
    return 4 * np.exp(-2 * np.abs(z)) / (1 + np.exp(-2 * np.abs(z))) ** 2


@tanhs.right
def tanh_one_number_at_a_time(z):
    return np.array([4 * one_sigmoid(2 * v) * one_sigmoid(-2 * v) for v in z.ravel().tolist()]).reshape(z.shape)


@tanhs.right
def tanh_by_cosh(z):
    return one_minus_square(z)


@tanhs.right
def tanh_two_factors(z):
    return (1 - np.tanh(z)) * (1 + np.tanh(z))


@tanhs.right
def tanh_one_minus_square(z):
    return 1 - np.tanh(z) ** 2


@tanhs.wrong("slide-bug-(1-z)^2")
def tanh_square_of_the_difference(z):
    return (1 - np.tanh(z)) ** 2


@tanhs.wrong("activation-derivative-wrong-argument")
def tanh_takes_z_for_the_output(z):
    return 1 - z * z


@tanhs.wrong("wrong-derivative-formula")
def tanh_tanh_itself(z):
    return np.tanh(z)


@tanhs.wrong("wrong-derivative-formula")
def tanh_no_square(z):
    return 1 - np.tanh(z)


@tanhs.wrong("sign")
def tanh_other_way_round(z):
    return np.tanh(z) ** 2 - 1


@tanhs.wrong("overflow")
def tanh_four_exponentials(z):
    return 1 - ((np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))) ** 2


@tanhs.wrong("numeric-differentiation")
def tanh_differences(z):
    h = 1e-5
    return (np.tanh(z + h) - np.tanh(z - h)) / (2 * h)


@tanhs.wrong("mutates-input")
def tanh_overwrites_z(z):
    z[...] = one_minus_square(z)
    return z


@tanhs.wrong("float32-precision")
def tanh_in_single_precision(z):
    return one_minus_square(z.astype(np.float32)).astype(np.float64)


@softpluss.right
def softplus_by_tanh(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)


@softpluss.right
def softplus_one_number_at_a_time(z):
    return np.array([one_sigmoid(v) for v in z.ravel().tolist()]).reshape(z.shape)


@softpluss.right
def softplus_by_logaddexp(z):
    return np.exp(-np.logaddexp(0, -z))


@softpluss.right
def softplus_by_where(z):
    return stable(z)


@softpluss.wrong("overflow")
def softplus_exponential_below(z):
    return 1 / (1 + np.exp(-z))


@softpluss.wrong("overflow")
def softplus_exponential_above_and_below(z):
    return np.exp(z) / (1 + np.exp(z))


@softpluss.wrong("wrong-derivative-formula")
def softplus_softplus_itself(z):
    return np.logaddexp(0, z)


@softpluss.wrong("wrong-derivative-formula")
def softplus_sigmoids_derivative(z):
    return tiny_safe(z)


@softpluss.wrong("sign")
def softplus_of_minus_z(z):
    return stable(-z)


@softpluss.wrong("numeric-differentiation")
def softplus_differences(z):
    h = 1e-5
    return (np.logaddexp(0, z + h) - np.logaddexp(0, z - h)) / (2 * h)


@softpluss.wrong("float32-precision")
def softplus_in_single_precision(z):
    return stable(z.astype(np.float32)).astype(np.float64)


@softpluss.wrong("mutates-input")
def softplus_overwrites_z(z):
    z[...] = stable(z)
    return z


@swishs.right
def swish_with_the_complement(z):
    return stable(z) * (1 + z * stable(-z))


@swishs.right
def swish_one_number_at_a_time(z):
    return np.array([one_sigmoid(v) + v * one_sigmoid(v) * one_sigmoid(-v) for v in z.ravel().tolist()]).reshape(
        z.shape
    )


@swishs.right
def swish_product_rule(z):
    return swish_slope(z)


@swishs.right
def swish_from_the_output(z):
    return z * stable(z) + stable(z) * (1 - z * stable(z))


@swishs.wrong("missing-term")
def swish_first_term_only(z):
    return stable(z)


@swishs.wrong("missing-term")
def swish_second_term_only(z):
    return z * tiny_safe(z)


@swishs.wrong("missing-term")
def swish_no_factor_z(z):
    return stable(z) + tiny_safe(z)


@swishs.wrong("sign")
def swish_terms_subtracted(z):
    return stable(z) - z * tiny_safe(z)


@swishs.wrong("overflow")
def swish_one_fraction(z):
    return (1 + np.exp(-z) + z * np.exp(-z)) / (1 + np.exp(-z)) ** 2


@swishs.wrong("wrong-derivative-formula")
def swish_swish_itself(z):
    return z * stable(z)


@swishs.wrong("numeric-differentiation")
def swish_differences(z):
    h = 1e-5
    return ((z + h) * stable(z + h) - (z - h) * stable(z - h)) / (2 * h)


@swishs.wrong("float32-precision")
def swish_in_single_precision(z):
    return swish_slope(z.astype(np.float32)).astype(np.float64)
