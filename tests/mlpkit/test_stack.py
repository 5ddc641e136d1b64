"""Many networks in one array program are the networks that they would be one by one."""

import numpy as np
import pytest

from mlpkit.gradcheck import numerical_gradient
from mlpkit.network import MLP
from mlpkit.stack import UNITS, Stack

SIZES = [4, 7, 7, 5, 3]


def batch(seed=0, N=11):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, 4)), rng.integers(0, 3, size=N)


def stack_of(hidden, **options):
    stack = Stack(SIZES, hidden, "xavier", [3, 4], dtype=np.float64, bias=0.2, **options)
    return stack


def as_mlp(stack, s):
    net = MLP(SIZES, hidden=stack.hidden, output="softmax", dtype=np.float64)
    for mine, its in zip((*net.weights, *net.biases), (*stack.weights, *stack.biases), strict=True):
        mine[...] = its[s].reshape(mine.shape)
    return net


@pytest.mark.parametrize("hidden", UNITS)
def test_losses_and_gradients_are_those_of_the_mlp(hidden):
    stack, (X, y) = stack_of(hidden), batch()
    dweights, dbiases, losses = stack.gradients(X, y)
    for s in range(2):
        one = as_mlp(stack, s).gradients(X, y)
        assert losses[s] == pytest.approx(one.loss, abs=1e-10)
        for mine, its in zip((*dweights, *dbiases), (*one.dweights, *one.dbiases), strict=True):
            np.testing.assert_allclose(mine[s].reshape(its.shape), its, rtol=0, atol=1e-10)


@pytest.mark.parametrize("hidden", UNITS)
def test_a_step_is_that_of_the_mlp(hidden):
    stack, (X, y) = stack_of(hidden), batch()
    nets = [as_mlp(stack, s) for s in range(2)]
    drawn = np.random.default_rng(5).integers(0, len(X), (2, 6))
    stack.train(X, y, np.array([0.1, 0.3]), 1, batch_size=6, seed=5)
    for s, net in enumerate(nets):
        step = net.gradients(X[drawn[s]], y[drawn[s]])
        for layer, W in enumerate(net.weights):
            np.testing.assert_allclose(
                stack.weights[layer][s], W - (0.1, 0.3)[s] * step.dweights[layer], rtol=0, atol=1e-10
            )


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh"])
def test_residual_gradients_are_those_measured(hidden):
    stack, (X, y) = stack_of(hidden, residual=True), batch()
    dweights = stack.gradients(X, y)[0]
    for layer in range(4):
        W = stack.weights[layer][1]

        def loss(part, layer=layer):
            kept, stack.weights[layer][1] = stack.weights[layer][1].copy(), part
            value = stack.gradients(X, y)[2][1]
            stack.weights[layer][1] = kept
            return float(value)

        np.testing.assert_allclose(dweights[layer][1], numerical_gradient(loss, W.copy()), rtol=1e-5, atol=1e-8)


def test_only_layers_as_wide_as_the_one_below_are_gone_around():
    stack, (X, _) = stack_of("relu", residual=True), batch()
    zs, hs = stack.forward(X)

    np.testing.assert_allclose(hs[1], np.maximum(zs[0], 0))
    np.testing.assert_allclose(hs[2], hs[1] + np.maximum(zs[1], 0))
    np.testing.assert_allclose(hs[3], np.maximum(zs[2], 0))


def test_networks_joined_learn_as_they_do_apart_and_seeds_decide():
    X, y = batch(N=40)
    both = stack_of("tanh").joined(Stack(SIZES, "tanh", "he", [3], dtype=np.float64))
    first = both.weights[0].copy()

    assert len(both) == 3
    np.testing.assert_array_equal(first[:2], stack_of("tanh").weights[0])
    losses = both.train(X, y, 0.1, 200)
    assert losses.shape == (200, 3)
    assert (losses[-20:].mean(axis=0) < losses[:20].mean(axis=0)).all()
    assert both.accuracy(X, y).shape == (3,)


def test_clipping_shortens_a_step_to_the_limit_and_a_network_that_overflows_is_nan_alone():
    X, y = batch()
    stack = stack_of("tanh")
    before = [part.copy() for part in (*stack.weights, *stack.biases)]
    stack.train(X, y, 1.0, 1, max_norm=1e-3)
    steps = [now - was for now, was in zip((*stack.weights, *stack.biases), before, strict=True)]
    moved = sum((step**2).sum(axis=(1, 2)) for step in steps)
    np.testing.assert_allclose(np.sqrt(moved), 1e-3)

    wild = Stack(SIZES, "relu", "he", [0, 1])
    wild.weights[0][1] *= 1e30
    wild.train(X, y, 0.1, 20)
    assert np.isfinite(wild.weights[0][0]).all()
    assert np.isnan(wild.weights[0][1]).any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stack([4, 3], "swish", "he", [0]), "hidden"),
        (lambda: Stack([4, 0], "tanh", "he", [0]), r"sizes\[1\]"),
        (lambda: Stack([4, 3], "tanh", "glorot", [0]), "start"),
        (lambda: stack_of("tanh").forward(np.ones((5, 3))), "X must have 4 columns"),
        (lambda: stack_of("tanh").joined(stack_of("relu")), "same sizes, hidden units"),
    ],
)
def test_what_cannot_be_is_named(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
