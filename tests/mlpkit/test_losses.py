"""Losses are means over examples, their gradients are right, and no logit is too large for them."""

import numpy as np
import pytest

from mlpkit import losses
from mlpkit.activations import ACTIVATIONS
from mlpkit.gradcheck import numerical_gradient, relative_error

N, K = 6, 4


@pytest.fixture(params=[0, 1, 2])
def rng(request):
    return np.random.default_rng(request.param)


def assert_gradient(forward, backward, x, *rest):
    loss, cache = forward(x, *rest)
    assert type(loss) is float
    gradient = backward(cache)
    assert gradient.shape == x.shape
    numerical = numerical_gradient(lambda x: forward(x, *rest)[0], x)
    assert relative_error(gradient, numerical, floor=1e-4).max() < 1e-6


@pytest.mark.parametrize(("scaling", "constant"), [("sum", 1), ("half", 0.5), ("mean", 1 / K)])
def test_squared_error_in_its_three_scalings(rng, scaling, constant):
    out, Y = rng.standard_normal((N, K)), rng.standard_normal((N, K))
    expected = np.mean([constant * sum((out[n] - Y[n]) ** 2) for n in range(N)])
    assert losses.squared_error_forward(out, Y, scaling)[0] == pytest.approx(expected)
    assert_gradient(losses.squared_error_forward, losses.squared_error_backward, out, Y, scaling)
    assert_gradient(losses.squared_error_forward, losses.squared_error_backward, out[:, 0], Y[:, 0], scaling)


@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_binary_cross_entropy(rng, shape):
    z, y = rng.standard_normal(shape), rng.integers(0, 2, shape)
    p = 1 / (1 + np.exp(-z))
    expected = -np.where(y == 1, np.log(p), np.log(1 - p)).mean()
    assert losses.binary_cross_entropy_forward(z, y)[0] == pytest.approx(expected)
    assert_gradient(losses.binary_cross_entropy_forward, losses.binary_cross_entropy_backward, z, y)


def test_binary_cross_entropy_takes_probabilities(rng):
    assert_gradient(
        losses.binary_cross_entropy_forward, losses.binary_cross_entropy_backward, rng.normal(size=N), rng.random(N)
    )


def test_softmax_cross_entropy(rng):
    z, y = rng.standard_normal((N, K)), rng.integers(0, K, N)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = -np.mean([np.log(p[n, y[n]]) for n in range(N)])
    assert losses.softmax_cross_entropy_forward(z, y)[0] == pytest.approx(expected)
    assert_gradient(losses.softmax_cross_entropy_forward, losses.softmax_cross_entropy_backward, z, y)


def test_one_hot_rows_and_class_numbers_are_the_same_target(rng):
    z, y = rng.standard_normal((N, K)), rng.integers(0, K, N)
    by_number, by_row = (losses.softmax_cross_entropy_forward(z, target) for target in (y, np.eye(K)[y]))
    assert by_number[0] == by_row[0]
    np.testing.assert_array_equal(
        losses.softmax_cross_entropy_backward(by_number[1]), losses.softmax_cross_entropy_backward(by_row[1])
    )


def test_soft_targets(rng):
    target = rng.dirichlet(np.ones(K), N)
    assert_gradient(
        losses.softmax_cross_entropy_forward,
        losses.softmax_cross_entropy_backward,
        rng.standard_normal((N, K)),
        target,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand_give_the_right_loss(dtype):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, cache = losses.softmax_cross_entropy_forward(np.array([[1e4, -1e4, 0]], dtype), np.array([1]))
        assert loss == 2e4
        np.testing.assert_array_equal(losses.softmax_cross_entropy_backward(cache), np.array([[1, -1, 0]], dtype))
        loss, cache = losses.binary_cross_entropy_forward(np.array([1e4, -1e4], dtype), np.array([0, 1]))
        assert loss == 1e4
        np.testing.assert_array_equal(losses.binary_cross_entropy_backward(cache), np.array([0.5, -0.5], dtype))
        assert losses.binary_cross_entropy_backward(cache).dtype == dtype


def test_l2_penalty(rng):
    W = rng.standard_normal((3, 2))
    assert losses.l2_penalty_forward(W, 0.6)[0] == pytest.approx(0.3 * (W**2).sum())
    assert_gradient(losses.l2_penalty_forward, losses.l2_penalty_backward, W, 0.6)


def test_the_output_units_name_loss_pairs_and_activations_that_exist():
    assert {u.distribution for u in losses.OUTPUT_UNITS.values()} == {"Gaussian", "Bernoulli", "categorical"}
    for unit in losses.OUTPUT_UNITS.values():
        assert callable(getattr(losses, f"{unit.loss}_forward"))
        assert callable(getattr(losses, f"{unit.loss}_backward"))
        assert unit.activation == "softmax" or unit.activation in ACTIVATIONS


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: losses.squared_error_forward(np.ones((3, 1)), np.ones(3)), ValueError, "Y must have shape"),
        (lambda: losses.squared_error_forward(np.ones(3), np.ones(3), "third"), ValueError, "scaling must be one of"),
        (lambda: losses.binary_cross_entropy_forward(np.ones(3), [0, 1, 2]), ValueError, "it holds 2"),
        (
            lambda: losses.binary_cross_entropy_forward(np.ones((3, 2)), np.ones((3, 2))),
            ValueError,
            "z must have shape",
        ),
        (lambda: losses.binary_cross_entropy_forward(np.ones(3), np.ones((3, 1))), ValueError, "y must have shape"),
        (lambda: losses.softmax_cross_entropy_forward(np.ones((2, 3)), [0, 3]), ValueError, r"y\[1\] is 3"),
        (lambda: losses.softmax_cross_entropy_forward(np.ones((2, 3)), [0, -1]), ValueError, r"y\[1\] is -1"),
        (lambda: losses.softmax_cross_entropy_forward(np.ones((2, 3)), [0]), ValueError, r"y must have shape \(2,\)"),
        (lambda: losses.softmax_cross_entropy_forward(np.ones((2, 3)), np.ones((2, 3))), ValueError, "sum to 1"),
        (lambda: losses.softmax_cross_entropy_forward([[1, np.inf]], [0]), ValueError, "z must be finite"),
        (lambda: losses.l2_penalty_forward(np.ones(2), -1), ValueError, "C must be at least 0"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
