"""The small explorers of lessons 1 and 2: evidence, the likelihood, one example's gradient; clip, weigh and sum."""

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.gradcheck import numerical_gradient
from mlpkit.losses import binary_cross_entropy_forward
from mlpkit.widgets.likelihood import label_probabilities
from mlpkit.widgets.one_gradient import gradient
from tests.mlpkit.explorers import hold


def test_shares_of_the_log_odds_add_up_to_what_the_probability_says():
    explorer = widgets.evidence(x1=2.0, x2=1.0, x3=-1.0, b=0.5)

    assert "bias +0.5, x₁ +2.0, −2 x₂ -2.0, ½ x₃ -0.5; sum z = +0.0, odds 1 to 1, p = 0.500" in explorer.picture.alt


def test_pulling_the_end_of_a_bar_sets_its_input_by_the_weight():
    explorer = widgets.evidence()  # the bias alone has brought the sum to -1
    hold(explorer, "the end of a bar", (3.0, 2), part=2)

    assert explorer.controls["x2"].value == pytest.approx(-2.0, abs=0.1)


def test_the_goal_of_evidence_needs_other_inputs_to_make_up_for_the_second():
    explorer = widgets.evidence(x2=1.0, x1=3.0, b=1.2)
    assert explorer.picture.goal["reached"]
    explorer.set(x2=0.5, x1=2.0)
    assert not explorer.picture.goal["reached"]


def test_the_likelihood_is_the_product_of_what_the_labels_were_given():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=20), rng.integers(0, 2, 20)
    loss = binary_cross_entropy_forward(1.3 * x - 0.4, y)[0]

    assert -np.mean(np.log(label_probabilities(x, y, 1.3, -0.4))) == pytest.approx(loss, rel=1e-12)


def test_steeper_is_not_always_likelier():
    losses = []
    for w in (0.5, 1.3, 6.0):
        explorer = widgets.likelihood(n=12, w=w, b=0.1)
        losses.append(float(explorer.picture.alt.rsplit(" ", 1)[1].rstrip(".")))

    assert losses[1] < losses[0] < losses[2]


@pytest.mark.parametrize("y", [0, 1])
def test_one_examples_gradient_is_the_measured_one_and_points_along_the_example(y):
    x, w, b = np.array([1.2, -0.7]), np.array([0.3, 0.9]), 0.4
    _, dw, db = gradient(x, y, w, b)

    def loss(w, b):
        return binary_cross_entropy_forward(np.array([w @ x + b]), np.array([y]))[0]

    np.testing.assert_allclose(dw, numerical_gradient(lambda w: loss(w, b), w), rtol=1e-7)
    assert db == pytest.approx((loss(w, b + 1e-5) - loss(w, b - 1e-5)) / 2e-5, rel=1e-7)
    assert dw[0] * x[1] == pytest.approx(dw[1] * x[0])


def test_an_input_of_0_reaches_the_goal_of_one_gradient():
    explorer = widgets.one_gradient(x1=0.0, x2=3.0, w2=-1.0)

    assert explorer.picture.goal["reached"]
    assert "gradient (-0.000" in explorer.picture.alt or "gradient (+0.000" in explorer.picture.alt


def test_three_units_draw_the_hat():
    explorer = widgets.clip_weigh_sum(stage=3, k1=1.0, k2=2.0, k3=3.0, v1=1.0, v2=-2.0, v3=1.0)

    assert explorer.picture.goal["reached"]
    assert "off the wanted hat by 0.00 at most" in explorer.picture.alt


def test_a_circle_moves_kink_and_weight_together():
    explorer = widgets.clip_weigh_sum(stage=3)
    hold(explorer, "a kink and its weight", (2.0, -1.5), part=1)

    assert explorer.controls["k2"].value == pytest.approx(2.0, abs=0.06)
    assert explorer.controls["v2"].value == pytest.approx(-1.5, abs=0.06)
