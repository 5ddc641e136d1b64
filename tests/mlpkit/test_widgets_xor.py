"""The explorers of lesson 2 follow their controls, and show what a network of their weights really gives."""

import itertools

import numpy as np
import pytest

from mlpkit import datasets, widgets
from mlpkit.widgets.fold import move
from mlpkit.widgets.half_planes import clip, network, weights
from tests.mlpkit.test_widgets import extremes

CORNERS, XOR = datasets.xor()
CLOUDS, LABELS = datasets.two_gaussians(40, seed=1)


def some_runs():
    """Parameters as training would leave them: (T, S, ...) with 3 kept steps and 5 starts."""
    rng, runs = np.random.default_rng(0), {}
    for H in (2, 3):
        W, c, w, b = (rng.normal(size=(3, 5, *shape)) for shape in ((2, H), (H,), (H,), ()))
        runs[H] = W, c, w, b, np.geomspace(1e-30, 2.0, 15).reshape(3, 5)
    return runs


EXPLORERS = {
    "fold": widgets.fold,
    "half_planes": lambda: widgets.half_planes(CLOUDS, LABELS),
    "trained_networks": lambda: widgets.trained_networks(CORNERS, XOR, some_runs(), every=10),
}


@pytest.fixture(params=EXPLORERS, name="explorer")
def make_explorer(request):
    return EXPLORERS[request.param]()


def test_every_corner_of_the_controls_is_drawn_without_a_fault(explorer):
    names = list(explorer.controls)
    for values in itertools.product(*(extremes(control) for control in explorer.controls.values())):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            explorer.set(**dict(zip(names, values, strict=True)))
        assert explorer.error is None


def test_a_control_changes_the_picture_and_its_words(explorer):
    for control in explorer.controls.values():
        frame, words, pixels = explorer.picture.frame, explorer.picture.alt, explorer.picture.data
        control.value = next(value for value in extremes(control) if value != control.value)

        assert explorer.picture.frame == frame + 1
        assert explorer.picture.alt != words
        assert explorer.picture.data != pixels


def test_moving_and_back_gives_the_same_picture(explorer):
    name, control = list(explorer.controls.items())[-1]
    start, pixels = control.value, explorer.picture.data
    explorer.set(**{name: extremes(control)[0]})
    explorer.set(**{name: start})

    assert explorer.picture.data == pixels


def test_the_moving_picture_is_the_one_that_a_full_drawing_gives(explorer):
    name, control = list(explorer.controls.items())[-1]
    explorer.set(**{name: extremes(control)[0]})
    moving = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)
    for artist in itertools.chain.from_iterable(ax.get_children() for ax in explorer.figure.axes):
        artist.set_animated(False)
    explorer.figure.canvas.draw()
    full = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)

    # They may differ where a moving artist passes under a tick or a spine.
    assert np.mean(np.abs(moving - full).max(axis=2) > 32) < 0.01


def test_without_a_kernel_a_reader_gets_the_picture_and_its_words(explorer):
    data = explorer._repr_mimebundle_()

    assert data["text/plain"] == explorer.picture.alt
    assert len(explorer.picture.alt.split()) > 8


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


def test_the_fold_says_whether_the_weights_solve_xor():
    explorer = widgets.fold()
    assert "outputs are 0.0, 1.0, 1.0, 0.0, which is XOR" in explorer.picture.alt

    explorer.set(c2=-1.5, w2=-4.0)  # another solution
    assert "which is XOR" in explorer.picture.alt
    explorer.set(c2=-1.4)
    assert "which is not XOR" in explorer.picture.alt


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
    if top == "or":
        explorer.set(angle=240)  # as it stands at first, the OR is the whole plane
    explorer.set(top=top, which=4)
    ax, pixels = explorer.figure.axes[0], np.asarray(explorer.figure.canvas.buffer_rgba())
    normals, offsets = weights(explorer.lines)
    X = np.random.default_rng(0).uniform(-1.8, 1.8, size=(400, 2))
    near_a_tick = np.abs(X[:, None] - explorer.lines[:, :2]).max(axis=2).min(axis=1) < 0.5
    X = X[(np.abs(X @ normals.T + offsets).min(axis=1) > 0.06) & ~near_a_tick]
    columns, rows = ax.transData.transform(X).astype(int).T
    colours = pixels[pixels.shape[0] - 1 - rows, columns].astype(int)
    reddish = colours[:, 0] > colours[:, 2]

    assert len(X) > 100
    assert 0 < reddish.sum() < len(X)
    assert (reddish == (network(X, normals, offsets, top, 4) == 1)).all()


def test_choosing_another_half_plane_shows_its_own_numbers_and_keeps_those_of_the_first():
    explorer = EXPLORERS["half_planes"]()
    second = explorer.lines[1].tolist()
    explorer.set(x=0.5, y=-0.25, angle=45)
    explorer.controls["which"].value = 1
    assert [explorer.controls[name].value for name in ("x", "y", "angle")] == second

    explorer.controls["angle"].value = 90
    explorer.controls["which"].value = 0
    assert [explorer.controls[name].value for name in ("x", "y", "angle")] == [0.5, -0.25, 45]
    assert explorer.lines[1].tolist() == [*second[:2], 90]


def test_pressing_in_the_picture_puts_the_edge_of_the_chosen_half_plane_there():
    explorer = EXPLORERS["half_planes"]()
    explorer.controls["which"].value = 2
    x, y = explorer.figure.axes[0].transData.transform((0.31, -1.0))
    width, height = explorer.figure.canvas.get_width_height()
    explorer.picture.pointer = [x / width, 1 - y / height]

    assert explorer.lines[2][:2] == pytest.approx([0.3, -1.0])
    assert "Half-plane 3, chosen" in explorer.picture.alt


@pytest.mark.parametrize(("angle", "normal"), [(0, [1, 0]), (90, [0, 1]), (180, [-1, 0]), (270, [0, -1])])
def test_a_half_plane_faces_its_angle_and_its_edge_goes_through_its_point(angle, normal):
    normals, offsets = weights(np.array([[0.5, -2.0, angle]]))

    assert normals[0] == pytest.approx(normal)
    assert normals[0] @ [0.5, -2.0] + offsets[0] == pytest.approx(0.0)


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
