"""The explorers of lesson 2 follow their controls, and show what a network of their weights really gives."""

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.widgets.fold import move
from mlpkit.widgets.half_planes import clip, network, weights
from tests.mlpkit.explorers import CORNERS, EXPLORERS, XOR, hold, some_runs

# fold


@pytest.mark.parametrize(
    ("step", "places"),
    [
        (0.0, [[0, 0], [0, 1], [1, 0], [1, 1]]),
        (0.5, [[0, 0], [0.5, 1], [1, 0.5], [1.5, 1.5]]),
        (1.0, [[0, 0], [1, 1], [1, 1], [2, 2]]),
        (2.0, [[0, -1], [1, 0], [1, 0], [2, 1]]),
        (3.0, [[0, 0], [1, 0], [1, 0], [2, 1]]),
    ],
)
def test_folding_goes_by_way_of_the_tables(step, places):
    assert move(CORNERS, np.array([0.0, -1.0]), step).tolist() == places


def test_the_fold_says_whether_the_line_of_one_half_makes_it_xor():
    explorer = widgets.fold()
    assert "outputs are 0.0, 1.0, 1.0, 0.0: XOR" in explorer.picture.alt

    explorer.set(c2=-1.1, w2=-2.0)  # (1, 1) gets 2 - 1.8 = 0.2, below one half
    assert "outputs are 0.0, 1.0, 1.0, 0.2: XOR" in explorer.picture.alt
    explorer.set(c2=-1.3, w2=-2.0)  # 2 - 1.4 = 0.6, above
    assert "outputs are 0.0, 1.0, 1.0, 0.6: not XOR" in explorer.picture.alt


def test_how_far_c2_can_go_is_told_by_trying():
    """(1, 1) must get 2 + w2 (2 + c2) < 1/2: at c2 = -1.9 a w2 below -15 does it."""
    explorer = widgets.fold()
    explorer.set(c2=-1.9, w2=-15.1)

    assert ": XOR" in explorer.picture.alt
    assert explorer.picture.goal["reached"]


def test_the_lines_of_the_fold_are_taken():
    explorer = widgets.fold()
    hold(explorer, "kink of unit 2", (0.5, 0.3))
    assert explorer.controls["c2"].value == pytest.approx(-0.8)

    hold(explorer, "line of one half", (1.5, 0.5))  # 1.5 + w2 / 2 = 1/2
    assert explorer.controls["w2"].value == pytest.approx(-2.0)


# half_planes


def test_clipping_keeps_the_points_of_the_polygon_that_are_inside():
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])

    half = clip(square, np.array([-1.0, 0.0]), 1.5)
    assert sorted(map(tuple, half)) == [(0.0, 0.0), (0.0, 2.0), (1.5, 0.0), (1.5, 2.0)]
    assert clip(square, np.array([1.0, 0.0]), -5.0).shape == (0, 2)
    assert clip(square, np.array([1.0, 0.0]), 5.0).tolist() == square.tolist()
    assert clip(square[:0], np.array([1.0, 0.0]), 5.0).shape == (0, 2)


@pytest.mark.parametrize("top", ["cut", "and", "or", "union"])
def test_the_shaded_region_is_where_the_network_says_1(top):
    """Pixels of the picture against the step units, at random points away from edges, ticks and points."""
    explorer = widgets.half_planes(np.array([[-1.99, -1.99]]), np.array([0]))
    explorer.set(which=0, angle=240, distance=-0.4)  # as it stands at first, the OR is the whole plane
    explorer.set(top=top)
    lines, which = np.array(explorer.controls["lines"].value), explorer.controls["which"].value
    ax, pixels = explorer.figure.axes[0], np.asarray(explorer.figure.canvas.buffer_rgba())
    normals, offsets = weights(lines)
    X = np.random.default_rng(0).uniform(-1.8, 1.8, size=(600, 2))
    grips = np.array([grip["places"][0] for grip in explorer.picture.grips if grip["places"][0][0] is not None])
    tips = ax.transData.inverted().transform(grips * [1, -1] * pixels.shape[1::-1] + [0, pixels.shape[0]])
    middles = -offsets[:, None] * normals
    near = np.abs(X[:, None] - np.concatenate([tips, middles])).max(axis=2).min(axis=1) < 0.45
    X = X[(np.abs(X @ normals.T + offsets).min(axis=1) > 0.06) & ~near]
    columns, rows = ax.transData.transform(X).astype(int).T
    colours = pixels[pixels.shape[0] - 1 - rows, columns].astype(int)
    reddish = colours[:, 0] > colours[:, 2]

    assert len(X) > 80
    assert 0 < reddish.sum() < len(X)
    assert np.mean(reddish == (network(X, normals, offsets, top, which) == 1)) > 0.98  # ticks cover a few


def chosen(explorer):
    return [explorer.controls[name].value for name in ("which", "angle", "distance")]


def test_choosing_another_half_plane_shows_its_own_numbers_and_keeps_those_of_the_first():
    explorer = EXPLORERS["half_planes"]()
    second = explorer.controls["lines"].value[1]
    explorer.set(angle=45, distance=0.5)
    explorer.controls["which"].value = 1
    assert chosen(explorer) == [1, *second]

    explorer.controls["angle"].value = 90
    explorer.controls["which"].value = 0
    assert chosen(explorer) == [0, 45, 0.5]
    assert explorer.controls["lines"].value[1] == [90, second[1]]


def test_the_edge_that_is_pressed_is_the_one_that_is_chosen_and_moved():
    explorer = EXPLORERS["half_planes"]()
    hold(explorer, "half-plane 3", (0.31, -1.0), deed="take")
    assert explorer.controls["which"].value == 2

    hold(explorer, "half-plane 3", (0.3, -1.0))
    normals, offsets = weights(np.array(explorer.controls["lines"].value))
    assert normals[2] @ [0.3, -1.0] + offsets[2] == pytest.approx(0.0, abs=0.03)
    assert "Half-plane 3, chosen" in explorer.picture.alt


def test_the_network_uses_the_half_plane_that_is_chosen():
    explorer = EXPLORERS["half_planes"]()
    explorer.set(which=4)
    assert explorer.controls["top"].value == "union"

    explorer.set(top="and")
    assert explorer.controls["which"].value == 2
    explorer.set(top="union")
    assert explorer.controls["which"].value == 3


@pytest.mark.parametrize(("angle", "normal"), [(0, [1, 0]), (90, [0, 1]), (180, [-1, 0]), (270, [0, -1])])
def test_a_half_plane_faces_its_angle_and_its_edge_is_at_its_distance(angle, normal):
    normals, offsets = weights(np.array([[angle, 0.7]]))

    assert normals[0] == pytest.approx(normal)
    assert normals[0] @ (0.7 * np.array(normal)) + offsets[0] == pytest.approx(0.0)


# trained_networks


def test_the_shown_network_is_the_one_of_that_width_seed_and_step():
    runs = some_runs()
    explorer = widgets.trained_networks(CORNERS, XOR, runs, every=10)
    explorer.set(H=3, seed=4, step=10)
    W, c, w, b, losses = (part[1][4] for part in runs[3])
    outputs = np.maximum(CORNERS @ W + c, 0.0) @ w + b

    assert f"outputs {', '.join(f'{value:.2f}' for value in outputs)}." in explorer.picture.alt
    assert f"loss {losses:.4f}" in explorer.picture.alt
    assert f"Of 5 networks {(runs[3][4][1] < 0.01).sum()} have a loss below 0.01" in explorer.picture.alt


def test_a_network_is_chosen_by_taking_its_dot():
    explorer = EXPLORERS["trained_networks"]()
    hold(explorer, "network", (3.0, 1.0), part=3, deed="take")

    assert explorer.controls["seed"].value == 3
