"""Numerical derivatives have the accuracy that theory gives them, and know where they can't be trusted."""

import numpy as np
import pytest

from mlpkit import gradcheck
from mlpkit.gradcheck import numerical_gradient, relative_error


def f(x):
    return np.sum(np.exp(x) * np.sin(3 * x))


def exact(x):
    return np.exp(x) * (np.sin(3 * x) + 3 * np.cos(3 * x))


X = np.random.default_rng(0).uniform(-1, 1, (3, 2))


@pytest.mark.parametrize(
    ("method", "best", "worst"), [("central", 1e-12, 3e-8), ("forward", 1e-9, 1e-5), ("backward", 1e-9, 1e-5)]
)
def test_differences_are_as_good_as_their_order(method, best, worst):
    error = relative_error(exact(X), numerical_gradient(f, X, method=method)).max()
    assert best < error < worst


def test_the_complex_step_is_exact():
    assert relative_error(exact(X), numerical_gradient(f, X, method="complex")).max() < 1e-14


def test_the_gradient_has_the_shape_of_x_and_x_is_not_changed():
    def spoiler(x):
        x *= 2
        return x.sum()

    for x in (X.copy(), X[0].copy(), np.array(0.5)):
        before = x.copy()
        assert numerical_gradient(spoiler, x).shape == x.shape
        np.testing.assert_allclose(numerical_gradient(spoiler, x), 2, rtol=1e-9)
        np.testing.assert_array_equal(x, before)


def test_the_sweep_is_a_v_whose_bottom_lies_where_theory_puts_it():
    sweep = gradcheck.step_sweep(f, X, exact(X), methods=("central", "forward", "complex"))
    for method, low, high in (("central", 1e-7, 1e-4), ("forward", 1e-10, 1e-6)):
        step, error = sweep.best(method)
        assert low < step < high
        assert sweep.errors[method][0] > 1e3 * error
        assert sweep.errors[method][-1] > 1e3 * error
    assert sweep.best("central")[1] < 1e-2 * sweep.best("forward")[1]
    assert sweep.errors["complex"][0] < 1e-14
    assert sweep.steps.shape == sweep.errors["central"].shape == (40,)


def test_relative_error_per_entry_and_whole():
    np.testing.assert_allclose(relative_error([1.0, 2.0, -3.0], [1.0, 1.0, 3.0]), [0, 0.5, 2])
    assert relative_error([0.0], [1e-12])[0] == pytest.approx(1e-4)
    assert relative_error([0.0], [0.0])[0] == 0
    assert gradcheck.whole_relative_error([3.0, 4.0], [3.0, 3.0]) == pytest.approx(0.2)


def test_directions_pass_the_right_gradient_and_catch_one_wrong_entry():
    assert gradcheck.directional_check(f, X, exact(X)) < 1e-7
    wrong = exact(X)
    wrong[1, 1] *= 1.01
    assert gradcheck.directional_check(f, X, wrong) > 1e-4
    direction = np.ones_like(X)
    assert gradcheck.directional_derivative(f, X, direction) == pytest.approx(exact(X).sum(), rel=1e-8)


def test_a_kink_inside_the_step_is_found_and_nowhere_else():
    x = np.array([0.0, 3e-6, -3e-6, 1e-5, 0.5, -0.5])
    crossed = gradcheck.kinks_crossed(lambda x: x, x, step=1e-5)
    np.testing.assert_array_equal(crossed, [True, True, True, True, False, False])
    crossed = gradcheck.kinks_crossed(lambda x: x, np.array([1.0, 0.0]), step=1e-5, kinks=(-1.0, 1.0))
    np.testing.assert_array_equal(crossed, [True, False])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: numerical_gradient(lambda x: x, X), TypeError, "f must return one number"),
        (lambda: numerical_gradient(lambda x: "1", X), TypeError, "f must return one number"),
        (lambda: numerical_gradient(lambda x: np.nan, X), ValueError, "f must return a finite number"),
        (lambda: numerical_gradient(f, [np.nan]), ValueError, "x must be finite"),
        (lambda: numerical_gradient(f, X, step=0), ValueError, "step must be greater than 0"),
        (lambda: numerical_gradient(f, X, method="centre"), ValueError, "method must be one of"),
        (lambda: relative_error(np.ones((3, 1)), np.ones(3)), ValueError, "n must have the shape of a"),
        (lambda: gradcheck.directional_derivative(f, X, X[0]), ValueError, "direction must have the shape of x"),
        (lambda: gradcheck.directional_check(f, X, X[0]), ValueError, "gradient must have the shape of x"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
