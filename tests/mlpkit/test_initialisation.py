"""Starting weights have the spread that their papers give, and the seed decides them."""

import numpy as np
import pytest

from mlpkit.initialisation import INITIALISATIONS, he, orthogonal, small_normal, xavier, zeros


@pytest.mark.parametrize(
    ("draw", "variance"), [(small_normal, 1e-4), (xavier, 2 / 1000), (he, 2 / 600), (zeros, 0.0)]
)
def test_variance(draw, variance):
    W = draw(600, 400, 0)
    assert W.shape == (600, 400)
    assert W.dtype == np.float64
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) <= 4 * np.sqrt(variance / W.size)


@pytest.mark.parametrize("draw", [small_normal, xavier, he, orthogonal])
def test_the_seed_decides(draw):
    np.testing.assert_array_equal(draw(3, 4, 7), draw(3, 4, np.random.default_rng(7)))
    assert (draw(3, 4, 7) != draw(3, 4, 8)).all()


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1), (1, 1)])
def test_orthogonal_weights_have_orthonormal_columns_or_rows_for_every_seed(shape):
    for seed in range(20):
        W = orthogonal(*shape, seed)
        assert W.shape == shape
        long = W if shape[0] >= shape[1] else W.T
        np.testing.assert_allclose(long.T @ long, np.eye(min(shape)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_half_of_the_square_orthogonal_weights_have_determinant_minus_1(n):
    rng = np.random.default_rng(0)
    flipped = [np.linalg.det(orthogonal(n, n, rng)) < 0 for _ in range(400)]
    assert np.mean(flipped) == pytest.approx(0.5, abs=0.1)


def test_bad_input_is_named():
    for draw in INITIALISATIONS.values():
        with pytest.raises(ValueError, match="n_in must be at least 1"):
            draw(0, 3, 0)
        with pytest.raises(TypeError, match="n_out must be a whole number"):
            draw(3, 2.5, 0)
