"""Every layer's backward pass is the derivative of its forward pass, in exactly the shape of each argument."""

import numpy as np
import pytest

from mlpkit import layers
from mlpkit.activations import ACTIVATIONS
from mlpkit.gradcheck import numerical_gradient, relative_error

N, D, H = 5, 4, 3


@pytest.fixture(params=[0, 1, 2])
def rng(request):
    return np.random.default_rng(request.param)


def assert_gradient(analytic, f, x, tolerance=1e-6):
    numerical = numerical_gradient(f, x)
    assert np.shape(analytic) == np.shape(x)
    assert relative_error(analytic, numerical, floor=1e-4).max() < tolerance


def test_linear(rng):
    h, W, b, dz = (rng.standard_normal(s) for s in ((N, D), (D, H), H, (N, H)))
    z, cache = layers.linear_forward(h, W, b)
    np.testing.assert_allclose(z, [[h[n] @ W[:, k] + b[k] for k in range(H)] for n in range(N)])
    dh, dW, db = layers.linear_backward(dz, cache)
    assert_gradient(dh, lambda h: (layers.linear_forward(h, W, b)[0] * dz).sum(), h)
    assert_gradient(dW, lambda W: (layers.linear_forward(h, W, b)[0] * dz).sum(), W)
    assert_gradient(db, lambda b: (layers.linear_forward(h, W, b)[0] * dz).sum(), b)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"step"}))
def test_activation(rng, name):
    z, dh = rng.uniform(0.1, 0.9, (N, H)) * rng.choice([-2, 2], (N, H)), rng.standard_normal((N, H))
    h, cache = layers.activation_forward(z, name)
    np.testing.assert_array_equal(h, ACTIVATIONS[name].function(z))
    z_off_kinks = np.where(np.abs(np.abs(z) - 1) < 1e-3, 0.5, z)
    _, cache = layers.activation_forward(z_off_kinks, name)
    assert_gradient(
        layers.activation_backward(dh, cache),
        lambda z: (layers.activation_forward(z, name)[0] * dh).sum(),
        z_off_kinks,
    )


def test_prelu_sums_the_slope_gradient_over_all_its_uses(rng):
    z, dout = rng.standard_normal((N, H)), rng.standard_normal((N, H))
    _, cache = layers.prelu_forward(z, 0.3)
    dz, da = layers.prelu_backward(dout, cache)
    assert_gradient(dz, lambda z: (layers.prelu_forward(z, 0.3)[0] * dout).sum(), z)
    assert_gradient(da, lambda a: (layers.prelu_forward(z, float(a))[0] * dout).sum(), np.array(0.3))


def test_rrelu_draws_a_slope_an_entry_in_training_and_hands_it_back(rng):
    z, dout = -np.ones((200, 300)), rng.standard_normal((200, 300))
    out, cache = layers.rrelu_forward(z, 3, 0.1, 0.5)
    assert out.min() > -0.5
    assert out.max() < -0.1
    assert out.mean() == pytest.approx(-0.3, abs=0.002)
    assert len(np.unique(out)) == out.size
    np.testing.assert_allclose(layers.rrelu_backward(dout, cache), dout * -out)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_maxout(rng, k):
    z, dout = rng.standard_normal((N, H * k)), rng.standard_normal((N, H))
    out, cache = layers.maxout_forward(z, k)
    np.testing.assert_array_equal(out[2, 1], z[2, k : 2 * k].max())
    assert_gradient(layers.maxout_backward(dout, cache), lambda z: (layers.maxout_forward(z, k)[0] * dout).sum(), z)


def test_maxout_gives_a_tie_to_the_first():
    _, cache = layers.maxout_forward(np.array([[1.0, 2.0, 2.0, -5.0, -5.0, -7.0]]), 3)
    np.testing.assert_array_equal(layers.maxout_backward(np.array([[4.0, 9.0]]), cache), [[0, 4, 0, 9, 0, 0]])


def test_rbf(rng):
    h, centres, dout = (rng.standard_normal(s) for s in ((N, D), (H, D), (N, H)))
    out, cache = layers.rbf_forward(h, centres, 0.4)
    assert out[1, 2] == pytest.approx(np.exp(-0.4 * ((h[1] - centres[2]) ** 2).sum()))
    dh, dcentres, dgamma = layers.rbf_backward(dout, cache)
    assert_gradient(dh, lambda h: (layers.rbf_forward(h, centres, 0.4)[0] * dout).sum(), h)
    assert_gradient(dcentres, lambda c: (layers.rbf_forward(h, c, 0.4)[0] * dout).sum(), centres)
    assert_gradient(dgamma, lambda g: (layers.rbf_forward(h, centres, float(g))[0] * dout).sum(), np.array(0.4))


def test_dropout_keeps_the_mean_and_drops_at_the_rate():
    h = np.ones((400, 500))
    out, cache = layers.dropout_forward(h, 0.3, 0)
    assert (out == 0).mean() == pytest.approx(0.3, abs=0.005)
    np.testing.assert_allclose(out[out != 0], 1 / 0.7)
    np.testing.assert_array_equal(layers.dropout_backward(2 * h, cache), 2 * out)


def test_dropout_does_nothing_in_use_or_at_rate_0():
    h = np.arange(6.0).reshape(2, 3)
    for out, cache in (layers.dropout_forward(h, 0.9, 0, training=False), layers.dropout_forward(h, 0, 0)):
        np.testing.assert_array_equal(out, h)
        np.testing.assert_array_equal(layers.dropout_backward(h, cache), h)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("shape", [(N, H), (H,)])
def test_softmax_with_temperature(rng, temperature, shape):
    z, dout = rng.standard_normal(shape), rng.standard_normal(shape)
    p, cache = layers.softmax_forward(z, temperature)
    np.testing.assert_allclose(p.sum(axis=-1), 1)
    np.testing.assert_allclose(np.diff(np.log(p), axis=-1), np.diff(z, axis=-1) / temperature)
    dz, dT = layers.softmax_backward(dout, cache)
    assert_gradient(dz, lambda z: (layers.softmax_forward(z, temperature)[0] * dout).sum(), z)
    assert_gradient(dT, lambda T: (layers.softmax_forward(z, float(T))[0] * dout).sum(), np.array(temperature), 1e-5)


def test_softmax_is_right_for_logits_of_ten_thousand():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        p, cache = layers.softmax_forward(np.array([[1e4, 1e4, -1e4], [-1e4, 0, 0]]))
        layers.softmax_backward(np.ones((2, 3)), cache)
    np.testing.assert_allclose(p, [[0.5, 0.5, 0], [0, 0.5, 0.5]])


def test_a_cache_can_be_used_twice_and_float32_stays(rng):
    h, W, b, dz = (rng.standard_normal(s).astype(np.float32) for s in ((N, D), (D, H), H, (N, H)))
    z, cache = layers.linear_forward(h, W, b)
    first, second = layers.linear_backward(dz, cache), layers.linear_backward(dz, cache)
    for one, other in zip(first, second, strict=True):
        assert one.dtype == z.dtype == np.float32
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: layers.linear_forward(np.ones((2, 3)), np.ones((4, 5)), np.ones(5)),
            ValueError,
            "W must have shape",
        ),
        (
            lambda: layers.linear_forward(np.ones((0, 3)), np.ones((3, 5)), np.ones(5)),
            ValueError,
            "h must not be empty",
        ),
        (lambda: layers.linear_forward(np.ones(3), np.ones((3, 5)), np.ones(5)), ValueError, "h must have shape"),
        (
            lambda: layers.linear_backward(
                np.ones((2, 1)), layers.linear_forward(np.ones((2, 3)), np.ones((3, 5)), np.ones(5))[1]
            ),
            ValueError,
            r"dz must have the shape of the output, \(2, 5\), but its shape is \(2, 1\)",
        ),
        (lambda: layers.softmax_forward(np.ones((2, 3)), 0), ValueError, "temperature must be greater than 0"),
        (lambda: layers.softmax_forward(np.ones((2, 3, 4))), ValueError, "z must have shape"),
        (lambda: layers.dropout_forward(np.ones(3), 1.0, 0), ValueError, "rate must be at least 0 and less than 1"),
        (lambda: layers.maxout_forward(np.ones((2, 5)), 2), ValueError, "z must have a multiple of k = 2 columns"),
        (lambda: layers.maxout_forward(np.ones((2, 4)), 2.0), TypeError, "k must be a whole number"),
        (
            lambda: layers.rbf_forward(np.ones((2, 3)), np.ones((4, 3)), -1),
            ValueError,
            "gamma must be greater than 0",
        ),
        (lambda: layers.activation_forward(np.ones(3), "rellu"), ValueError, "name must be one of"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
