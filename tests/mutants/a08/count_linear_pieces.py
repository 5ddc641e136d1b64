import itertools

import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("08_universality", "count_linear_pieces")


def network(weights, biases, x):
    h = np.atleast_1d(x)[:, None]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = np.maximum(h @ W + b, 0)
    return (h @ weights[-1] + biases[-1])[:, 0]


@answers.right
def walk_from_kink_to_kink(weights, biases, low, high):
    """At each place the network is a line; the next kink is where the nearest unit's line meets 0."""
    x, slopes = low, []
    while x < high:
        inside = x + 1e-8
        value, slope, ahead = np.array([inside]), np.array([1.0]), high
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            z, dz = value @ W + b, slope @ W
            for unit in range(len(z)):
                if dz[unit] != 0 and -z[unit] / dz[unit] > 1e-9:
                    ahead = min(ahead, inside - z[unit] / dz[unit])
            on = z > 0
            value, slope = z * on, dz * on
        slopes.append((slope @ weights[-1])[0])
        x = ahead
    pieces = 1
    for before, after in itertools.pairwise(slopes):
        pieces += abs(before - after) > 1e-9
    return pieces


def counted(weights, biases, low, high):
    knots = [low, high]
    for depth in range(1, len(weights)):
        found = list(knots)
        for a, b in itertools.pairwise(knots):
            h = np.array([[a], [b]])
            for W, bias in zip(weights[: depth - 1], biases[: depth - 1], strict=True):
                h = np.maximum(h @ W + bias, 0)
            za, zb = h @ weights[depth - 1] + biases[depth - 1]
            for unit in np.flatnonzero(za * zb < 0):
                found.append(a + (b - a) * za[unit] / (za[unit] - zb[unit]))
        found.sort()
        knots = [found[0]]
        for knot in found[1:]:
            if knot - knots[-1] > 1e-7:
                knots.append(knot)
    knots = np.array(knots)
    values = network(weights, biases, knots)
    slopes = np.diff(values) / np.diff(knots)
    return 1 + np.count_nonzero(np.abs(np.diff(slopes)) > 1e-9)


@answers.right
def layer_by_layer(weights, biases, low, high):
    return counted(weights, biases, low, high)


def split_up(weights, biases, low, high):
    """Keep a list of pieces (a, b, slope vector, offset vector) and split it at each layer."""
    pieces = [(low, high, np.array([1.0]), np.array([0.0]))]
    for layer, (W, bias) in enumerate(zip(weights, biases, strict=True)):
        split = []
        for a, b, slope, offset in pieces:
            slope, offset = slope @ W, offset @ W + bias
            if layer == len(weights) - 1:
                split.append((a, b, slope, offset))
                continue
            moving = slope != 0
            roots = -offset[moving] / slope[moving]
            cuts = [a, *sorted(r for r in roots if a + 5e-7 < r < b - 5e-7), b]
            for left, right in itertools.pairwise(cuts):
                if right - left > 1e-9:
                    on = slope * (left + right) / 2 + offset > 0
                    split.append((left, right, slope * on, offset * on))
        pieces = split
    count, last = 0, None
    for *_, slope, _ in pieces:
        if last is None or abs(slope[0] - last) > 1e-9:
            count += 1
        last = slope[0]
    return count


@answers.right
def lines_of_units(weights, biases, low, high):
    return split_up(weights, biases, low, high)


@answers.right
def bisect_by_pattern(weights, biases, low, high):
    """Halve the interval until a piece has one pattern of active units at both ends and in the middle."""

    def line(x):
        value, slope, roots = np.array([x]), np.array([1.0]), []
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            z, dz = value @ W + b, slope @ W
            roots += [x - z[k] / dz[k] for k in range(len(z)) if abs(dz[k]) > 1e-14]
            value, slope = np.maximum(z, 0), np.where(z > 0, dz, 0.0)
        return (slope @ weights[-1]).item(), roots

    kinks, intervals = set(), [(low, high)]
    while intervals:
        a, b = intervals.pop()
        middle = (a + b) / 2
        before = max([r for r in line(middle)[1] if r <= middle and r > a + 4e-7] + [a])
        after = min([r for r in line(middle)[1] if r >= middle and r < b - 4e-7] + [b])
        if before > a:
            kinks.add(before)
            intervals.append((a, before))
        if after < b:
            kinks.add(after)
            intervals.append((after, b))
    edges = sorted({low, high, *kinks})
    slopes = [line((a + b) / 2)[0] for a, b in itertools.pairwise(edges) if b - a > 1e-7]
    return 1 + sum(abs(s - t) > 1e-9 for s, t in zip(slopes[1:], slopes[:-1], strict=True))


@answers.wrong("approximates-by-grid")
def grid_of_a_thousand(weights, biases, low, high):
    x = np.linspace(low, high, 1001)
    slopes = np.diff(network(weights, biases, x)) / np.diff(x)
    return 1 + int(np.sum(np.abs(np.diff(slopes)) > 1e-6))


@answers.wrong("approximates-by-grid")
def fine_grid_of_slopes(weights, biases, low, high):
    x = np.linspace(low, high, 30_001)
    x = (x[1:] + x[:-1]) / 2
    h, slope = x[:, None], np.ones((len(x), 1))
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        z = h @ W + b
        h, slope = np.maximum(z, 0), (slope @ W) * (z > 0)
    slope = (slope @ weights[-1])[:, 0]
    return 1 + int(np.sum(np.abs(slope[1:] - slope[:-1]) > 1e-9))


@answers.wrong("counts-units-not-slopes")
def every_kink_of_a_unit(weights, biases, low, high):
    knots = np.array([low, high])
    for depth in range(1, len(weights)):
        h = knots[:, None]
        for W, b in zip(weights[: depth - 1], biases[: depth - 1], strict=True):
            h = np.maximum(h @ W + b, 0)
        z = h @ weights[depth - 1] + biases[depth - 1]
        k, unit = np.nonzero(z[:-1] * z[1:] < 0)
        new = knots[k] + np.diff(knots)[k] * z[k, unit] / (z[k, unit] - z[k + 1, unit])
        knots = np.unique(np.round(np.concatenate([knots, new]), 10))
    return len(knots) - 1


@answers.wrong("counts-units-not-slopes")
def number_of_units(weights, biases, low, high):
    return sum(W.shape[1] for W in weights[:-1]) + 1


@answers.wrong("off-by-one")
def kinks_not_pieces(weights, biases, low, high):
    return counted(weights, biases, low, high) - 1


@answers.wrong("endpoint-counted")
def closed_interval(weights, biases, low, high):
    return counted(weights, biases, low - 1e-5, high + 1e-5)


@answers.wrong("first-layer-only")
def one_hidden_layer(weights, biases, low, high):
    W, b = weights[0][0], biases[0]
    moving = W != 0
    knots = np.sort(-b[moving] / W[moving])
    knots = np.unique(np.concatenate([[low], knots[(knots > low) & (knots < high)], [high]]))
    slopes = np.diff(network(weights, biases, knots)) / np.diff(knots)
    return 1 + int((np.abs(np.diff(slopes)) > 1e-9).sum())


@answers.wrong("hard-coded-answer")
def the_most_there_can_be(weights, biases, low, high):
    return 2 ** (len(weights) - 1)


@answers.wrong("activation-on-output")
def rectified_output(weights, biases, low, high):
    return counted([*weights, np.eye(1)], [*biases, np.zeros(1)], low, high)


@answers.wrong("argument-ignored")
def the_whole_line(weights, biases, low, high):
    return split_up(weights, biases, -500.0, 500.0)


@answers.wrong("wrong-formula")
def different_slopes(weights, biases, low, high):
    knots, slopes = np.array([low, high]), set()
    for depth in range(1, len(weights)):
        h = knots[:, None]
        for W, b in zip(weights[: depth - 1], biases[: depth - 1], strict=True):
            h = np.maximum(h @ W + b, 0)
        z = h @ weights[depth - 1] + biases[depth - 1]
        k, unit = np.nonzero(z[:-1] * z[1:] < 0)
        new = knots[k] + np.diff(knots)[k] * z[k, unit] / (z[k, unit] - z[k + 1, unit])
        knots = np.unique(np.concatenate([knots, new]))
    for slope in np.diff(network(weights, biases, knots)) / np.diff(knots):
        if not any(abs(slope - other) < 1e-9 for other in slopes):
            slopes.add(slope)
    return len(slopes)
