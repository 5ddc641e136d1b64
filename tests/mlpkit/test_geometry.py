"""Exact pieces: against all patterns of active units tried one by one, in degenerate cases, and in time."""

import itertools
import math
import time

import numpy as np
import pytest

from mlpkit.approximation import sawtooth
from mlpkit.geometry import hyperplane_regions, linear_pieces, linear_regions, network_output

WINDOW = (-1.5, 1.0, -1.0, 2.0)


def random_network(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in itertools.pairwise(sizes)], [rng.normal(size=n) for n in sizes[1:]]


def half_spaces(weights, biases, pattern):
    """Return a (H, D) and c (H,): the pattern of active units holds where a x + c > 0; and the output's slope."""
    A, a, rows, constants, n = np.eye(len(weights[0])), np.zeros(len(weights[0])), [], [], 0
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        A, a = A @ W, a @ W + b
        on = np.array(pattern[n : n + len(b)])
        n += len(b)
        rows.append((A * np.where(on, 1, -1)).T)
        constants.append(a * np.where(on, 1, -1))
        A, a = A * on, a * on
    return np.concatenate(rows), np.concatenate(constants), (A @ weights[-1])[:, 0]


def every_pattern(weights, biases):
    units = sum(len(b) for b in biases[:-1])
    for pattern in itertools.product((False, True), repeat=units):
        yield pattern, *half_spaces(weights, biases, pattern)


def pieces_by_trial(weights, biases, low, high):
    """Return the kinks and slopes on [low, high], trying all patterns of active units."""
    found = []
    for _, rows, constants, slope in every_pattern(weights, biases):
        rows, left, right = rows[:, 0], low, high
        if (constants[rows == 0] <= 0).any():
            continue
        roots = -constants[rows != 0] / rows[rows != 0]
        left = max([left, *roots[rows[rows != 0] > 0]])
        right = min([right, *roots[rows[rows != 0] < 0]])
        if right - left > 1e-9:
            found.append((left, slope[0]))
    found.sort()
    merged = found[:1]
    for piece in found[1:]:
        if abs(piece[1] - merged[-1][1]) > 1e-9:
            merged.append(piece)
    return np.array(merged).T


def patterns_by_trial(weights, biases, window):
    """Return the patterns of active units whose half-planes have a common part in the window with an area."""
    left, right, low, high = window
    sides = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.array([-left, right, -low, high])
    found = set()
    for pattern, rows, constants, _ in every_pattern(weights, biases):
        rows, constants = np.concatenate([rows, sides[0]]), np.concatenate([constants, sides[1]])
        sizes = np.hypot(*rows.T)
        if (constants[sizes < 1e-12] <= 0).any():
            continue
        rows, constants = rows[sizes >= 1e-12], constants[sizes >= 1e-12]
        rows, constants = rows / np.hypot(*rows.T)[:, None], constants / sizes[sizes >= 1e-12]
        one, other = np.triu_indices(len(rows), k=1)
        cross = rows[one, 0] * rows[other, 1] - rows[one, 1] * rows[other, 0]
        one, other, cross = one[np.abs(cross) > 1e-12], other[np.abs(cross) > 1e-12], cross[np.abs(cross) > 1e-12]
        x = (rows[one, 1] * constants[other] - rows[other, 1] * constants[one]) / cross
        y = (rows[other, 0] * constants[one] - rows[one, 0] * constants[other]) / cross
        corners = np.column_stack([x, y])
        corners = corners[(corners @ rows.T + constants > -1e-9).all(axis=1)]
        if len(corners) > 2 and np.linalg.svd(corners - corners.mean(axis=0))[1][1] > 1e-7:
            found.add(pattern)
    return found


def area(polygon):
    x, y = polygon.T
    return 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))


SIZES_1 = [[1, 5, 1], [1, 8, 1], [1, 4, 3, 1], [1, 3, 3, 2, 1], [1, 1, 1]]
SIZES_2 = [[2, 3, 1], [2, 6, 1], [2, 4, 3, 1], [2, 3, 2, 2, 1], [2, 1, 1]]


@pytest.mark.parametrize("sizes", SIZES_1, ids=str)
def test_pieces_are_those_of_all_patterns_tried_one_by_one_for_40_networks_of_each_shape(sizes):
    for seed in range(40):
        weights, biases = random_network(sizes, seed)
        starts, slopes = pieces_by_trial(weights, biases, -3.0, 2.5)
        pieces = linear_pieces(weights, biases, -3.0, 2.5)

        assert len(pieces) == len(slopes), seed
        np.testing.assert_allclose(pieces.edges[:-1], starts, atol=1e-8)
        np.testing.assert_allclose(pieces.slopes, slopes, atol=1e-9)
        middles = (pieces.edges[1:] + pieces.edges[:-1]) / 2
        out = network_output(weights, biases, middles)
        np.testing.assert_allclose(pieces.slopes * middles + pieces.offsets, out, atol=1e-9)


@pytest.mark.parametrize("sizes", SIZES_2, ids=str)
def test_cells_are_those_of_all_patterns_tried_one_by_one_for_25_networks_of_each_shape(sizes):
    for seed in range(25):
        weights, biases = random_network(sizes, 100 + seed)
        regions = linear_regions(weights, biases, WINDOW)

        assert {tuple(pattern) for pattern in regions.patterns.tolist()} == patterns_by_trial(weights, biases, WINDOW)
        assert len(np.unique(regions.patterns, axis=0)) == len(regions)
        for polygon, slope, offset in zip(regions.polygons, regions.slopes, regions.offsets, strict=True):
            assert area(polygon) > 0  # counter-clockwise
            inside = np.vstack([polygon, polygon.mean(axis=0)])
            np.testing.assert_allclose(inside @ slope + offset, network_output(weights, biases, inside), atol=1e-8)
        np.testing.assert_allclose(sum(map(area, regions.polygons)), 2.5 * 3.0)


def test_every_point_of_a_grid_has_the_pattern_of_the_cell_that_holds_it():
    weights, biases = random_network([2, 8, 8, 1], 3)
    regions = linear_regions(weights, biases, WINDOW)
    points = np.random.default_rng(0).uniform([-1.5, -1.0], [1.0, 2.0], size=(2000, 2))
    h, on = points, []
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        z = h @ W + b
        on.append(z > 0)
        h = np.maximum(z, 0)
    for point, pattern in zip(points, np.hstack(on), strict=True):
        cell = np.flatnonzero((regions.patterns == pattern).all(axis=1)).item()
        edge = np.roll(regions.polygons[cell], -1, axis=0) - regions.polygons[cell]
        off = point - regions.polygons[cell]
        assert (edge[:, 0] * off[:, 1] - edge[:, 1] * off[:, 0] > -1e-9).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 12])
def test_one_layer_with_all_crossings_in_the_window_has_the_number_of_hyperplane_regions(n):
    angles = np.linspace(0, np.pi, n, endpoint=False) + 0.1
    normals = np.array([np.cos(angles), np.sin(angles)]) if n else np.zeros((2, 1))
    offsets = np.random.default_rng(5).uniform(-0.3, 0.3, size=max(n, 1))
    weights, biases = [normals, np.ones((max(n, 1), 1))], [offsets, np.zeros(1)]

    assert len(linear_regions(weights, biases, (-100, 100, -100, 100))) == hyperplane_regions(n, 2)


def test_the_sawtooth_has_two_to_the_depth_pieces():
    for depth in (1, 2, 5, 10):
        pieces = linear_pieces(*sawtooth(depth), 0.0, 1.0)
        assert len(pieces) == 2**depth
        np.testing.assert_allclose(pieces.kinks, np.arange(1, 2**depth) / 2**depth, atol=1e-12)


# degenerate cases


def layer(normals, offsets, w):
    return [np.array(normals, float).T, np.array(w, float)[:, None]], [np.array(offsets, float), np.zeros(1)]


def test_parallel_creases_make_strips_and_equal_ones_cut_once():
    regions = linear_regions(*layer([[1, 0], [1, 0], [2, 0], [-1, 0]], [0.5, -0.5, 1.0, -0.5], [1, 1, 1, 1]))

    assert len(regions) == 3
    np.testing.assert_allclose(sorted(map(area, regions.polygons)), [1, 1, 2])


def test_a_crease_through_a_corner_of_the_window_and_through_a_crossing_of_others_leaves_no_sliver():
    diagonal = layer([[1, -1], [1, 1], [1, 0], [0, 1]], [0, 0, 0, 0], [1, 2, 3, 4])
    regions = linear_regions(*diagonal)

    assert len(regions) == 8  # all four creases pass through the middle, two of them through corners
    assert min(map(area, regions.polygons)) == pytest.approx(0.5)
    assert len(linear_regions(*layer([[1, 1]], [2.0], [1]))) == 1  # touches a corner and cuts nothing


def test_dead_units_and_units_without_weights_cut_nothing():
    weights = [np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[-1.0, 1.0], [-1.0, 0.0]]), np.ones((2, 1))]
    biases = [np.array([0.0, 0.0]), np.array([-0.5, -0.25]), np.zeros(1)]
    regions = linear_regions(weights, biases)

    assert len(regions) == 3  # x1 = 0, and x1 = 1/4 where unit 2 of the second layer begins
    assert len(linear_pieces([W[:1] if k == 0 else W for k, W in enumerate(weights)], biases, -1, 1)) == 2


def test_cells_of_one_plane_side_by_side_are_one_piece_but_not_across_another():
    # |x1| - |x1| = 0: two cells, one piece
    regions = linear_regions(*layer([[1, 0], [-1, 0], [1, 0], [-1, 0]], [0, 0, 0, 0], [1, 1, -1, -1]))
    assert (len(regions), regions.piece_count) == (2, 1)

    # a ridge: level, up, down, level; the level ends are in one plane and two pieces
    ridge = layer([[1, 0], [1, 0], [1, 0]], [0.5, 0.0, -0.5], [1, -2, 1])
    regions = linear_regions(*ridge)
    assert (len(regions), regions.piece_count) == (4, 4)
    assert len(linear_pieces([ridge[0][0][:1], ridge[0][1]], ridge[1], -1, 1)) == 4

    # a unit without effect cuts cells in two and pieces not at all
    silent = layer([[1, 0.3], [0.2, 1]], [0.1, 0.1], [1, 0])
    regions = linear_regions(*silent)
    assert (len(regions), regions.piece_count) == (4, 2)


def test_pieces_of_many_cells_are_as_many_as_a_flood_fill_over_a_grid_finds():
    # the output sees only the first three units, so cells of the other nine are joined
    weights, biases = random_network([2, 12, 1], 4)
    weights[1][3:] = 0.0
    three = [weights[0][:, :3], weights[1][:3]], [biases[0][:3], biases[1]]

    assert linear_regions(weights, biases, WINDOW).piece_count == len(linear_regions(*three, WINDOW))
    assert len(linear_regions(weights, biases, WINDOW)) > 2 * len(linear_regions(*three, WINDOW))


def test_equal_slopes_on_both_sides_of_a_unit_are_one_piece_of_the_line():
    weights, biases = [np.array([[1.0, 2.0, 1.0]]), np.array([[2.0], [-1.0], [1.0]])], [np.zeros(3), np.zeros(1)]
    biases[0][:] = [0.5, 1.0, -0.25]  # the first two fold at -1/2 and cancel

    np.testing.assert_allclose(linear_pieces(weights, biases, -1, 1).edges, [-1, 0.25, 1])


def test_a_kink_at_an_end_does_not_count():
    weights, biases = [np.ones((1, 3)), np.ones((3, 1))], [np.array([1.0, 0.0, -1.0]), np.zeros(1)]

    assert len(linear_pieces(weights, biases, -1.0, 1.0)) == 2


def test_a_network_without_hidden_layer_is_one_piece():
    assert len(linear_pieces([np.array([[2.0]])], [np.array([1.0])], 0, 1)) == 1
    assert len(linear_regions([np.ones((2, 1))], [np.zeros(1)])) == 1


def test_the_creases_of_a_unit_are_where_it_is_zero_and_cuts():
    weights, biases = random_network([2, 6, 5, 1], 8)
    regions = linear_regions(weights, biases, WINDOW)
    assert (1, 2) in regions.creases
    for (depth, unit), segments in regions.creases.items():
        h = segments.reshape(-1, 2)
        for k in range(depth + 1):
            z = h @ weights[k] + biases[k]
            h = np.maximum(z, 0)
        np.testing.assert_allclose(z[:, unit], 0, atol=1e-8)


def test_two_layers_of_16_units_take_at_most_100_milliseconds():
    networks = [random_network([2, 16, 16, 1], seed) for seed in range(5)]
    seconds = []
    for weights, biases in networks * 3:
        start = time.process_time()
        linear_regions(weights, biases, WINDOW)
        seconds.append(time.process_time() - start)

    assert sorted(seconds)[len(seconds) // 2] < 0.1


def test_the_number_of_regions_is_exact_however_large():
    assert [hyperplane_regions(n, 2) for n in range(5)] == [1, 2, 4, 7, 11]
    assert hyperplane_regions(5, 100) == 32
    assert hyperplane_regions(10_000, 1) == 10_001
    assert hyperplane_regions(200, 100) == 2**199 + math.comb(200, 100) // 2  # half of all, and half of the middle


# wrong input: one clear line

W1, B1 = [np.ones((1, 2)), np.ones((2, 1))], [np.zeros(2), np.zeros(1)]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: linear_pieces(W1, B1, 1, 0), ValueError, "low must be less than high, but they are 1 and 0"),
        (lambda: linear_pieces(W1, B1[:1], 0, 1), ValueError, "they hold 2 and 1"),
        (lambda: linear_pieces(W1[0], B1, 0, 1), TypeError, "weights and biases must be lists"),
        (lambda: linear_pieces([], [], 0, 1), ValueError, "they hold 0 and 0"),
        (
            lambda: linear_pieces([np.ones((2, 2)), W1[1]], B1, 0, 1),
            ValueError,
            r"weights\[0\] must have shape \(1, n_",
        ),
        (
            lambda: linear_pieces([W1[0], np.ones((3, 1))], B1, 0, 1),
            ValueError,
            r"weights\[1\] must have shape \(2, 1",
        ),
        (
            lambda: linear_pieces([W1[0], np.ones((2, 2))], B1, 0, 1),
            ValueError,
            r"weights\[1\] must have shape \(2, 1",
        ),
        (lambda: linear_pieces(W1, [np.zeros(3), B1[1]], 0, 1), ValueError, r"biases\[0\] must have shape"),
        (lambda: linear_pieces([np.full((1, 2), np.nan), W1[1]], B1, 0, 1), ValueError, "must be finite"),
        (lambda: linear_regions(W1, B1), ValueError, r"weights\[0\] must have shape \(2, n_out"),
        (lambda: linear_regions([np.ones((2, 2)), W1[1]], B1, (0, 1)), ValueError, "window must have shape"),
        (
            lambda: linear_regions([np.ones((2, 2)), W1[1]], B1, (0, 0, 0, 1)),
            ValueError,
            "window's left must be less",
        ),
        (lambda: network_output(W1, B1, np.ones((3, 2))), ValueError, r"X must have shape \(N, 1\)"),
        (lambda: hyperplane_regions(-1, 2), ValueError, "n must be at least 0, but it is -1"),
        (lambda: hyperplane_regions(3, 0), ValueError, "d must be at least 1, but it is 0"),
        (lambda: hyperplane_regions(2.5, 2), TypeError, "n must be a whole number"),
    ],
)
def test_wrong_input_gets_one_clear_line(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
