"""Starting weights have the spread that their papers give, and the seed decides them."""

import numpy as np
import pytest

from mlpkit.initialisation import INITIALISATIONS, he, small_normal, xavier, zeros


@pytest.mark.parametrize(
    ("draw", "variance"), [(small_normal, 1e-4), (xavier, 2 / 1000), (he, 2 / 600), (zeros, 0.0)]
)
def test_variance(draw, variance):
    W = draw(600, 400, 0)
    assert W.shape == (600, 400)
    assert W.dtype == np.float64
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) <= 4 * np.sqrt(variance / W.size)


@pytest.mark.parametrize("draw", [small_normal, xavier, he])
def test_the_seed_decides(draw):
    np.testing.assert_array_equal(draw(3, 4, 7), draw(3, 4, np.random.default_rng(7)))
    assert (draw(3, 4, 7) != draw(3, 4, 8)).all()


def test_bad_input_is_named():
    for draw in INITIALISATIONS.values():
        with pytest.raises(ValueError, match="n_in must be at least 1"):
            draw(0, 3, 0)
        with pytest.raises(TypeError, match="n_out must be a whole number"):
            draw(3, 2.5, 0)
