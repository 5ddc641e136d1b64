"""Networks built by hand compute what they promise."""

import numpy as np
import pytest

from mlpkit.activations import sigmoid
from mlpkit.approximation import (
    one_layer,
    relu_interpolant,
    sawtooth,
    sawtooth_preimages,
    sigmoid_bump,
    sigmoid_bumps,
)
from mlpkit.geometry import network_output

RNG = np.random.default_rng(0)


def test_the_interpolant_is_numpys_between_the_first_and_the_last_point():
    for n in (2, 3, 20):
        xs, ys = np.sort(RNG.uniform(-3, 5, size=n)), RNG.normal(size=n)
        x = np.linspace(xs[0], xs[-1], 501)
        W, c, w, b = relu_interpolant(xs, ys)

        np.testing.assert_allclose(one_layer(x, (W, c, w, b)), np.interp(x, xs, ys), atol=1e-9)
        assert (W.shape, c.shape, w.shape, type(b)) == ((1, n - 1), (n - 1,), (n - 1,), float)


def test_a_bump_is_its_formula_and_bumps_are_their_sum():
    x = np.linspace(-2, 3, 101)
    first = 2.0 * (sigmoid(30 * (x - 0.1)) - sigmoid(30 * (x - 0.6)))
    second = -1.0 * (sigmoid(30 * (x - 0.6)) - sigmoid(30 * (x - 0.9)))

    np.testing.assert_allclose(one_layer(x, sigmoid_bump(0.1, 0.6, 2.0, 30), sigmoid), first, atol=1e-14)
    both = one_layer(x, sigmoid_bumps([0.1, 0.6, 0.9], [2.0, -1.0], 30), sigmoid)
    np.testing.assert_allclose(both, first + second, atol=1e-14)


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_the_sawtooth_is_the_triangle_wave(depth):
    x = np.linspace(0, 1, 1001)
    phase = x * 2 ** (depth - 1) % 1.0

    np.testing.assert_allclose(network_output(*sawtooth(depth), x), 1 - np.abs(2 * phase - 1), atol=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 5, 12])
@pytest.mark.parametrize("height", [1e-6, 0.3, 0.5, 1 - 1e-6])
def test_preimages_are_all_inputs_with_that_output(depth, height):
    inputs = sawtooth_preimages(depth, height)

    assert len(inputs) == 2**depth
    assert (np.diff(inputs) > 0).all()
    assert inputs[0] > 0
    assert inputs[-1] < 1
    np.testing.assert_allclose(network_output(*sawtooth(depth), inputs), height, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: relu_interpolant([0.0, 0.0], [1.0, 2.0]),
            ValueError,
            "xs must hold at least two increasing numbers",
        ),
        (lambda: relu_interpolant([0.0], [1.0]), ValueError, "xs must hold at least two increasing numbers"),
        (lambda: relu_interpolant([0.0, 1.0], [1.0]), ValueError, "ys must have shape"),
        (lambda: sigmoid_bump(0, 1, 1, 0), ValueError, "steepness must be greater than 0, but it is 0"),
        (lambda: sigmoid_bump(0, "1", 1, 1), TypeError, "right must be a number"),
        (lambda: sawtooth(0), ValueError, "depth must be at least 1, but it is 0"),
        (lambda: sawtooth(2.5), TypeError, "depth must be a whole number"),
        (
            lambda: sawtooth_preimages(2, 1.0),
            ValueError,
            "height must be greater than 0 and less than 1, but it is 1",
        ),
    ],
)
def test_wrong_input_gets_one_clear_line(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
