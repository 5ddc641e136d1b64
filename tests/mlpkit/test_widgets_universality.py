"""The explorers of lesson 8: what they say is what the networks do, hands work, and their goals can be reached."""

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.approximation import relu_interpolant, sawtooth, sawtooth_preimages
from mlpkit.geometry import linear_pieces, linear_regions, network_output
from mlpkit.widgets.build_a_curve import largest_error, parts
from mlpkit.widgets.folding import folded, folds
from mlpkit.widgets.linear_regions import cell_at, distance, zero_line
from tests.mlpkit.explorers import EXPLORERS, hold, some_networks

# build a curve


@pytest.mark.parametrize("kind", ["relu", "sigmoid"])
def test_the_pieces_add_up_to_the_network_that_is_drawn(kind):
    explorer = widgets.build_a_curve(kind=kind, units=10)
    left, right = explorer.figure.axes
    drawn = [line.get_ydata() for line in right.lines[2:] if len(line.get_ydata())]
    bias = 0.0 if kind == "sigmoid" else explorer.controls["curve"].value[0]

    assert len(drawn) == (10 if kind == "relu" else 5)
    np.testing.assert_allclose(np.sum(drawn, axis=0) + bias, left.lines[3].get_ydata(), atol=1e-9)


def test_the_kinks_meet_the_curve_at_their_points_and_the_error_falls_with_the_units():
    heights = np.array(widgets.build_a_curve().controls["curve"].value)
    errors = [
        largest_error(parts("relu", n, 1.0, heights)[0].sum(axis=0) + heights[0], heights)[1] for n in (6, 12, 24)
    ]

    assert errors[0] > 3 * errors[1] > 9 * errors[2] - 1e-3
    assert errors[2] < 0.01


def test_a_stroke_of_the_pen_draws_without_gaps_and_the_curve_is_then_ones_own():
    explorer = widgets.build_a_curve()
    for x in (0.2, 0.28, 0.36, 0.44):
        hold(explorer, "pen", (x, 1.0))
    heights = np.array(explorer.controls["curve"].value)

    np.testing.assert_allclose(
        heights[(np.linspace(0, 1, 49) > 0.21) & (np.linspace(0, 1, 49) < 0.43)], 1.0, atol=0.02
    )
    assert explorer.controls["shape"].value == "own"
    assert heights[0] == pytest.approx(0.2, abs=0.01)


def test_points_are_there_for_the_keyboard_and_move_the_curve_around_them():
    explorer = widgets.build_a_curve(hand="points")
    assert len(explorer.picture.grips[0]["places"]) == 9
    hold(explorer, "point of the curve", (0.5, 1.2), part=4)
    heights = explorer.controls["curve"].value

    assert heights[24] == pytest.approx(1.2, abs=0.01)
    assert heights[18] == pytest.approx(0.766, abs=0.001)  # its neighbour stays
    assert explorer.controls["shape"].value == "own"


def test_a_picked_curve_replaces_the_drawn_one():
    explorer = widgets.build_a_curve()
    hold(explorer, "pen", (0.5, -1.0))
    explorer.controls["shape"].value = "step"

    assert explorer.controls["curve"].value[0] == -0.6
    assert explorer.controls["shape"].value == "step"


def test_the_goal_of_the_curve_is_reached_by_twelve_kinks_and_not_by_a_level_line():
    explorer = widgets.build_a_curve()
    explorer.set(kind="relu", units=12)
    assert explorer.picture.goal["reached"]

    explorer.set(curve=[0.0] * 49)
    assert not explorer.picture.goal["reached"]


# folding


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_whole_folds_are_the_sawtooth_and_holes_lie_in_all_sheets_at_one_height(depth):
    x = np.linspace(0, 1, 257)
    np.testing.assert_allclose(folded(x, depth)[0], network_output(*sawtooth(depth), x), atol=1e-9)
    at, sheet = folded(sawtooth_preimages(depth, 0.3), depth)

    np.testing.assert_allclose(at, 0.3, atol=1e-9)
    np.testing.assert_allclose(np.sort(sheet), np.arange(2**depth), atol=1e-9)


def test_it_folds_forward_then_unfolds_and_only_then_is_it_pierced():
    assert folds(0.5, 4) == (2.0, False)
    assert folds(1.0, 4) == (4.0, True)
    assert folds(1.75, 4) == (1.0, True)


def test_pressing_a_height_lights_up_all_its_inputs():
    explorer = widgets.folding(depth=4)
    hold(explorer, "output value", (0.5, 0.4))
    hold(explorer, "output value", (0.5, 0.4))

    assert explorer.controls["step"].value == 1.0
    assert explorer.controls["height"].value == pytest.approx(0.4)
    assert "is 16 holes" in explorer.picture.alt


def test_the_goal_of_folding_is_reached_by_five_folds_unfolded():
    explorer = widgets.folding(depth=5, step=2)
    assert explorer.picture.goal["reached"]
    assert not widgets.folding(depth=5).picture.goal["reached"]


# regions


def test_the_regions_that_it_tells_are_the_exact_ones():
    explorer = EXPLORERS["regions"]()
    for step, network in enumerate(some_networks()):
        explorer.set(step=step)
        reach = explorer.figure.axes[0].get_xlim()[1]
        count = len(linear_regions(*network, (-reach, reach, -reach, reach)))
        assert f"Step {100 * step}: {count} regions" in explorer.picture.alt


def test_the_slope_that_it_tells_is_that_of_differences():
    network = some_networks()[0]
    found = linear_regions(*network, (-2, 2, -2, 2))
    for x in np.random.default_rng(0).uniform(-2, 2, size=(20, 2)):
        h = 1e-6
        moved = x + h * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
        out = network_output(*network, moved)
        measured = np.array([out[0] - out[1], out[2] - out[3]]) / (2 * h)
        np.testing.assert_allclose(found.slopes[cell_at(found, network, x)], measured, rtol=1e-4, atol=1e-4)


def test_pressing_a_crease_chooses_its_unit():
    explorer = EXPLORERS["regions"]()
    reach = explorer.figure.axes[0].get_xlim()[1]
    creases = linear_regions(*some_networks()[0], (-reach, reach, -reach, reach)).creases
    (layer, unit), segments = next((name, parts) for name, parts in creases.items() if name[0] == 1)
    hold(explorer, "place and nearest crease", tuple(segments[0].mean(axis=0)))

    assert explorer.controls["unit"].value == 8 * layer + unit + 1
    assert f"Unit {unit + 1} of layer 2" in explorer.picture.alt


def test_the_line_of_logit_0_is_where_the_output_is_0():
    network = some_networks()[2]
    x, y = zero_line(linear_regions(*network, (-2, 2, -2, 2)))
    on = np.column_stack([x, y])[np.isfinite(x)]

    assert len(on)
    np.testing.assert_allclose(network_output(*network, on), 0, atol=1e-8)


def test_the_distance_to_a_segment_ends_at_its_ends():
    assert distance(np.array([3.0, 4.0]), np.array([[[0.0, 0.0], [0.0, -1.0]]])) == 5.0
    assert distance(np.array([0.5, 2.0]), np.array([[[0.0, 0.0], [1.0, 0.0]]])) == 2.0


def test_the_goal_of_the_regions_is_reached_by_a_bent_crease():
    explorer = EXPLORERS["regions"]()
    reached = []
    for unit in range(1, 17):
        explorer.set(unit=unit)
        reached.append(explorer.picture.goal["reached"])

    assert not any(reached[:8])  # layer 1 is straight
    assert any(reached[8:])


def test_a_one_layer_network_has_as_many_pieces_as_the_interpolant_has_points():
    xs, ys = np.array([0.0, 0.2, 0.5, 1.0]), np.array([0.0, 1.0, -1.0, 0.5])
    W, c, w, b = relu_interpolant(xs, ys)

    np.testing.assert_allclose(linear_pieces([W, w[:, None]], [c, np.array([b])], 0, 1).edges, xs, atol=1e-9)
