"""Many networks at once are the same as each by itself."""

import numpy as np
import pytest

from mlpkit.ensembles import Ensemble, mean_interval, parameter_count, random_ensemble, train_many, training_stages
from mlpkit.geometry import network_output

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 2)), RNG.normal(size=7)


def test_each_network_of_an_ensemble_is_the_network_by_itself():
    many = random_ensemble([2, 5, 3, 1], 4, seed=1, bias=0.5)

    for k in range(4):
        np.testing.assert_allclose(many.output(X)[k], network_output(*many.network(k), X), atol=1e-12)


def test_the_gradients_are_those_of_central_differences():
    many = random_ensemble([2, 4, 3, 1], 3, seed=2, bias=0.5)
    dweights, dbiases = many.gradients(X, Y)
    for parts, slopes in ((many.weights, dweights), (many.biases, dbiases)):
        for part, slope in zip(parts, slopes, strict=True):
            assert slope.shape == part.shape
            index = tuple(RNG.integers(0, size) for size in part.shape)
            ends = []
            for h in (1e-6, -1e-6):
                part[index] += h
                ends.append(np.mean((many.output(X)[index[0]] - Y) ** 2))
                part[index] -= h
            assert slope[index] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_a_seed_learns_the_same_alone_and_among_others_and_the_start_stays():
    start = random_ensemble([1, 6, 1], 5, seed=3, bias=0.5)
    before = start.weights[0].copy()
    x, y = np.linspace(0, 1, 20), np.sin(np.linspace(0, 6, 20))
    after = train_many(start, x, y, 300)
    alone = train_many(Ensemble([W[2:3] for W in start.weights], [b[2:3] for b in start.biases]), x, y, 300)

    np.testing.assert_array_equal(start.weights[0], before)
    np.testing.assert_allclose(after.output(x)[2], alone.output(x)[0], atol=1e-6)
    errors = [np.mean((net.output(x) - y) ** 2) for net in (start, after)]
    assert errors[1] < 0.5 * errors[0]


def test_stages_are_one_training_looked_at_on_the_way():
    start, x = random_ensemble([1, 4, 1], 2, seed=3, bias=0.5), np.linspace(0, 1, 20)
    early, late = training_stages(start, x, x**2, [5, 12])

    np.testing.assert_array_equal(early.weights[1], train_many(start, x, x**2, 5).weights[1])
    np.testing.assert_array_equal(late.weights[1], train_many(start, x, x**2, 12).weights[1])


def test_parameters_are_counted_and_a_mean_has_its_interval():
    assert parameter_count([1, 12, 12, 12, 1]) == 349
    assert mean_interval([1.0, 3.0]) == pytest.approx((2.0, 0.0, 4.0))


def test_wrong_input_gets_one_clear_line():
    many = random_ensemble([1, 3, 1], 2)
    with pytest.raises(ValueError, match=r"y must have shape \(3,\), one target for each row of X"):
        train_many(many, np.zeros(3), np.zeros(2), 1)
    with pytest.raises(ValueError, match=r"X must have shape \(N, 1\)"):
        many.output(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="count must be at least 1"):
        random_ensemble([1, 3, 1], 0)
