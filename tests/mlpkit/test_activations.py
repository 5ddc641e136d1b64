"""Every activation has the value, the derivative and the properties that its entry in the list claims."""

import numpy as np
import pytest

from mlpkit import activations
from mlpkit.activations import ACTIVATIONS
from mlpkit.gradcheck import relative_error

NAMED = {
    "step",
    "identity",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "prelu",
    "rrelu",
    "absolute",
    "elu",
    "softplus",
    "swish",
    "gelu",
    "hard_tanh",
}
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)


def away_from_kinks(activation, count=301):
    z = np.linspace(-6, 6, count) + 0.0123
    return z[np.all([np.abs(z - kink) > 1e-3 for kink in activation.kinks or (99.0,)], axis=0)]


def test_the_list_holds_every_activation_of_the_course():
    assert set(ACTIVATIONS) == NAMED


@every_activation
def test_derivative_agrees_with_central_differences(activation):
    z = away_from_kinks(activation)
    numerical = (activation.function(z + 1e-5) - activation.function(z - 1e-5)) / 2e-5
    assert relative_error(activation.derivative(z), numerical, floor=1e-3).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("sigmoid", lambda z: 1 / (1 + np.exp(-z))),
        ("tanh", np.tanh),
        ("softplus", lambda z: np.log(1 + np.exp(z))),
        ("log_sigmoid", lambda z: -np.log(1 + np.exp(-z))),
        ("swish", lambda z: z / (1 + np.exp(-z))),
    ],
)
def test_smooth_functions_agree_with_their_formula_and_its_complex_step(name, formula):
    z = np.linspace(-8, 8, 101)
    np.testing.assert_allclose(getattr(activations, name)(z), formula(z), rtol=1e-12, atol=1e-15)
    complex_step = formula(z + 1e-20j).imag / 1e-20
    np.testing.assert_allclose(getattr(activations, f"{name}_derivative")(z), complex_step, rtol=1e-9, atol=1e-12)


@every_activation
def test_derivative_at_a_kink_is_the_one_from_the_left(activation):
    for kink in activation.kinks:
        left = activation.derivative(np.array([kink - 1e-9]))
        expected = 0.0 if activation.name == "hard_tanh" else left[0]
        assert activation.derivative(np.array([kink]))[0] == expected


@every_activation
def test_values_stay_inside_the_range_and_come_near_both_ends(activation):
    low, high = activation.range
    values = activation.function(np.linspace(-60, 60, 24001))
    assert values.min() >= low - 1e-12
    assert values.max() <= high + 1e-12
    assert values.min() < (-0.4 if np.isinf(low) else low + 1e-6)
    assert values.max() > (50 if np.isinf(high) else high - 1e-6)


@every_activation
def test_values_average_to_0_over_symmetric_pre_activations_exactly_if_zero_centred(activation):
    mean = activation.function(np.linspace(-3, 3, 101)).mean()
    assert (abs(mean) < 1e-12) == activation.zero_centred


@every_activation
def test_derivative_vanishes_on_the_sides_where_it_saturates(activation):
    left, right = np.abs(activation.derivative(np.array([-40.0, 40.0]))) < 1e-12
    assert {(False, False): "never", (True, False): "left", (False, True): "right", (True, True): "both"}[
        bool(left), bool(right)
    ] == activation.saturates


@every_activation
def test_derivative_is_exactly_0_in_the_dead_zone_only(activation):
    z = away_from_kinks(activation)
    zero = activation.derivative(z) == 0
    if activation.dead_zone is None:
        assert not zero.any()
    else:
        low, high = activation.dead_zone
        assert zero[(z > low) & (z < high)].all()


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_shape_are_kept_and_the_argument_is_not_changed(activation, dtype):
    z = np.linspace(-2, 2, 12).astype(dtype).reshape(3, 4)[:, ::2]
    z.flags.writeable = False
    before = z.copy()
    for f in (activation.function, activation.derivative):
        assert f(z).dtype == dtype
        assert f(z).shape == (3, 2)
    np.testing.assert_array_equal(z, before)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_pre_activations_neither_overflow_nor_warn(activation, dtype):
    z = np.array([-1e4, -1e3, 1e3, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(activation.function(z)).all()
        assert np.isfinite(activation.derivative(z)).all()


def test_values_are_right_far_out():
    z = np.array([-1000.0, 1000.0])
    np.testing.assert_array_equal(activations.softplus(z), [0, 1000])
    np.testing.assert_array_equal(activations.log_sigmoid(z), [-1000, 0])
    assert activations.sigmoid(np.array([-700.0]))[0] == pytest.approx(np.exp(-700), rel=1e-12)
    assert activations.sigmoid_derivative(np.array([40.0]))[0] == pytest.approx(np.exp(-40), rel=1e-12)


def test_gelu_is_z_times_the_share_of_normal_numbers_below_it():
    z = np.array([-10.0, -1.0, 0.0, 1.0, 1.959963984540054])
    shares = [
        7.619853024160527e-24,
        0.15865525393145707,
        0.5,
        0.8413447460685429,
        0.975,
    ]  # of the normal distribution
    np.testing.assert_allclose(activations.gelu(z), z * shares, rtol=1e-13)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(activations.gelu_derivative(z), shares + z * density, rtol=1e-13)


def test_slopes_are_used():
    z = np.array([-2.0, 3.0])
    np.testing.assert_allclose(activations.leaky_relu(z, 0.3), [-0.6, 3])
    np.testing.assert_allclose(activations.prelu(z, -0.5), [1, 3])
    np.testing.assert_allclose(activations.rrelu(z, 0.1, 0.3), [-0.4, 3])
    np.testing.assert_allclose(activations.elu(z, 2.0), [2 * np.expm1(-2), 3])
    np.testing.assert_allclose(activations.elu_derivative(z, 2.0), [2 * np.exp(-2), 1])


@pytest.mark.parametrize(
    ("z", "error", "message"),
    [
        ([1.0, np.nan], ValueError, "z must be finite, but it holds nan at index 1"),
        ([np.inf], ValueError, "z must be finite, but it holds inf at index 0"),
        ([], ValueError, "z must not be empty"),
        (["a"], TypeError, "z must be an array of real numbers"),
        ([1j], TypeError, "z must be an array of real numbers"),
    ],
)
def test_bad_input_is_named(z, error, message):
    for activation in ACTIVATIONS.values():
        for f in (activation.function, activation.derivative):
            with pytest.raises(error, match=message):
                f(np.array(z))


def test_bad_slopes_are_named():
    with pytest.raises(ValueError, match="high must be at least"):
        activations.rrelu(np.ones(2), 0.5, 0.1)
    with pytest.raises(TypeError, match="alpha must be a number"):
        activations.elu(np.ones(2), "1")
