"""The explorers of lesson 7 say what is true of the networks that they show, and their goals can be reached."""

import re

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.gradcheck import numerical_gradient
from mlpkit.widgets.clipping import descend, loss
from mlpkit.widgets.layers_at_start import at_start
from mlpkit.widgets.one_chain import chain
from mlpkit.widgets.order_and_chaos import factor, measured_factor, squared_gradients


@pytest.mark.parametrize("unit", ["tanh", "identity"])
def test_the_chain_s_gradient_is_the_derivative(unit):
    slopes = chain(unit, 0.9, 0.1, 0.5)[1]
    measured = numerical_gradient(lambda x: float(chain(unit, 0.9, 0.1, float(x[0]))[0][30]), np.array([0.5]))

    assert 0.9**30 * np.prod(slopes) == pytest.approx(measured[0], rel=1e-4, abs=1e-12)


def test_thirty_sigmoids_need_not_vanish():
    explorer = widgets.one_chain(w=10**0.6, b=-2.0, layer=30)

    assert "the gradient is 0.72" in explorer.picture.alt
    explorer.set(w=1.0, b=0.0)
    assert "the gradient is 3.751e-20" in explorer.picture.alt


@pytest.mark.parametrize(("unit", "slope"), [("tanh", 1.0), ("sigmoid", 0.25)])
def test_where_units_are_linear_an_orthogonal_start_stretches_all_directions_alike(unit, slope):
    singular = at_start(unit, "orthogonal", 0.01, 30, 4)[2]

    np.testing.assert_allclose(singular, (0.01 * slope) ** 4, rtol=1e-2)


def test_relu_sends_half_of_the_directions_of_an_orthogonal_layer_to_zero():
    hs, _, singular = at_start("relu", "orthogonal", 1.0, 100, 1)

    np.testing.assert_allclose(singular[: int((hs[1][0] > 0).sum())], 1)
    np.testing.assert_allclose(singular[int((hs[1][0] > 0).sum()) :], 0, atol=1e-12)


def test_every_layer_s_gradient_has_all_the_other_layers_scales_in_it():
    one, twice = (at_start("relu", "normal", scale, 30, 5)[1] for scale in (1.0, 2.0))

    np.testing.assert_allclose(twice / one, 2.0**4)


def test_orthogonal_weights_keep_directions_that_normal_ones_lose():
    normal, kept = (at_start("tanh", kind, 1.0, 100, 30)[2] for kind in ("normal", "orthogonal"))

    assert normal[0] / max(normal[-1], 1e-200) > 1e12
    assert kept[0] / kept[-1] < 1e4


def test_in_words_no_singular_value_is_smaller_than_rounding_allows():
    said = widgets.layers_at_start(depth=30, unit="tanh").picture.alt
    low, high = (float(re.search(rf"{word} ([\d.e+-]+\d)", said)[1]) for word in ("less than", "go from"))

    assert low == pytest.approx(1e-15 * high, rel=0.1)


@pytest.mark.parametrize(
    ("unit", "weight", "bias", "chi", "tolerance"),
    [("relu", np.sqrt(2), 0.0, 1.0, 0.03), ("relu", 2.0, 1.0, 2.0, 0.06), ("tanh", 2.0, 0.3, 1.327, 0.05),
     ("tanh", 0.8, 0.3, 0.496, 0.03)],
)  # fmt: skip
def test_theory_and_a_hundred_layers_agree(unit, weight, bias, chi, tolerance):
    assert float(factor(unit, weight, bias)) == pytest.approx(chi, rel=0.01)
    assert measured_factor(squared_gradients(unit, weight, bias)) == pytest.approx(chi, abs=tolerance)


@pytest.mark.parametrize(("w", "b"), [(5.0, -2.0), (6.8, -2.2), (4.5, -3.0)])
def test_the_cliff_s_gradient_is_the_derivative(w, b):
    slopes = numerical_gradient(lambda v: loss(*v)[0], np.array([w, b]))

    np.testing.assert_allclose(loss(w, b)[1:], slopes, rtol=1e-4, atol=1e-9)


def test_clipped_steps_are_no_longer_than_the_limit_and_keep_their_direction():
    points, norms = descend(6.8, -2.2, 10**0.5, 0.05)
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)

    assert lengths.max() <= 0.05 * 10**0.5 * (1 + 1e-9)
    assert (norms > 0.05).any()
    k = int(norms.argmax())
    np.testing.assert_allclose(-steps[k] / lengths[k], np.array(loss(*points[k])[1:]) / norms[k], rtol=1e-9)
    assert loss(*points[-1])[0] < 0.05 < loss(*descend(6.8, -2.2, 10**0.5, 100.0)[0][-1])[0]
