import numpy as np

from tests.mutants.marks import Mutants

interpolant = Mutants("08_universality", "relu_interpolant")
bump = Mutants("08_universality", "sigmoid_bump")
wave = Mutants("08_universality", "sawtooth")


def interpolated(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    return np.ones((1, len(xs) - 1)), -xs[:-1], np.concatenate([slopes[:1], np.diff(slopes)]), ys[0]


@interpolant.right
def changes_of_slope(xs, ys):
    return interpolated(xs, ys)


@interpolant.right
def scaled_units(xs, ys):
    gaps = np.diff(xs)
    rises = np.diff(ys) / gaps
    w = [rises[0] * gaps[0]] + [(rises[k] - rises[k - 1]) * gaps[k] for k in range(1, len(gaps))]
    return (1 / gaps)[None, :], -xs[:-1] / gaps, np.array(w), float(ys[0])


@interpolant.right
def from_the_right(xs, ys):
    slopes = np.diff(ys) / np.diff(xs)
    w = -np.append(-np.diff(slopes), slopes[-1])
    return -np.ones((1, len(slopes))), xs[1:].copy(), w, ys[-1]


@interpolant.right
def by_solving(xs, ys):
    n = len(xs)
    phi = np.maximum(xs[:, None] - xs[None, :-1], 0)
    solution = np.linalg.solve(np.hstack([phi, np.ones((n, 1))]), ys)
    return np.ones((1, n - 1)), -xs[:-1], solution[:-1], solution[-1]


@interpolant.right
def always_on_first(xs, ys):
    """The first unit is on far before the first point, so b is not ys[0]; the units come in reverse."""
    W, c, w, b = interpolated(xs, ys)
    c = c.copy()
    c[0] += 2.0
    return W[:, ::-1], c[::-1], w[::-1], b - 2.0 * w[0]


@interpolant.wrong("slope-not-difference")
def slopes_as_weights(xs, ys):
    return np.ones((1, len(xs) - 1)), -xs[:-1], np.diff(ys) / np.diff(xs), ys[0]


@interpolant.wrong("bias-missing")
def starts_at_zero(xs, ys):
    W, c, w, _ = interpolated(xs, ys)
    return W, c, w, 0.0


@interpolant.wrong("wrong-knots")
def right_ends(xs, ys):
    W, _, w, b = interpolated(xs, ys)
    return W, -xs[1:], w, b


@interpolant.wrong("sign")
def plus_the_knot(xs, ys):
    W, c, w, b = interpolated(xs, ys)
    return W, -c, w, b


@interpolant.wrong("transpose")
def column(xs, ys):
    W, c, w, b = interpolated(xs, ys)
    return W.T, c, w, b


@interpolant.wrong("wrong-formula")
def unit_spacing(xs, ys):
    rises = np.diff(ys)
    return np.ones((1, len(rises))), -xs[:-1], np.append(rises[0], np.diff(rises)), ys[0]


@interpolant.wrong("off-by-one")
def a_unit_a_point(xs, ys):
    _W, _c, w, b = interpolated(xs, ys)
    return np.ones((1, len(xs))), -xs, np.append(w, 0), b


@interpolant.wrong("integer-dtype-truncation")
def integer_buffer(xs, ys):
    W, c, w, b = interpolated(xs, ys)
    whole = np.zeros(len(w), dtype=int)
    whole[:] = w
    return W, c, whole, b


@interpolant.wrong("missing-term")
def only_later_units(xs, ys):
    W, c, w, b = interpolated(xs, ys)
    w = w.copy()
    w[0] = 0
    return W, c, w, b


def bumped(left, right, height, steepness):
    W = np.full((1, 2), steepness)
    return W, -steepness * np.array([left, right]), height * np.array([1.0, -1.0]), 0.0


@bump.right
def two_steps(left, right, height, steepness):
    return bumped(left, right, height, steepness)


@bump.right
def down_first(left, right, height, steepness):
    W = np.array([[steepness, steepness]])
    return W, np.array([-right * steepness, -left * steepness]), np.array([-height, height]), 0


def mirrored(left, right, height, steepness):
    W = np.array([[steepness, -steepness]])
    return W, np.array([-steepness * left, steepness * right]), np.array([height, height]), -height


@bump.right
def mirrored_unit(left, right, height, steepness):
    return mirrored(left, right, height, steepness)


@bump.right
def both_mirrored(left, right, height, steepness):
    s = -float(steepness)
    return np.array([[s, s]]), np.array([-s * left, -s * right]), np.array([-height, +height]), np.float64(0)


@bump.wrong("wrong-knots")
def bias_without_steepness(left, right, height, steepness):
    return np.full((1, 2), steepness), np.array([-left, -right]), np.array([height, -height]), 0.0


@bump.wrong("sign")
def plus_left(left, right, height, steepness):
    s = steepness
    return np.full((1, 2), s), np.array([s * left, s * right]), np.array([height, -height]), 0.0


@bump.wrong("sign")
def two_steps_up(left, right, height, steepness):
    W, c, w, b = bumped(left, right, height, steepness)
    return W, c, np.abs(w) * np.sign(height), b


@bump.wrong("argument-ignored")
def height_one(left, right, height, steepness):
    W, c, w, b = bumped(left, right, height, steepness)
    return W, c, w / height, b


@bump.wrong("bias-missing")
def mirrored_without_output_bias(left, right, height, steepness):
    W, c, w, _b = mirrored(left, right, height, steepness)
    return W, c, w, 0.0


@bump.wrong("transpose")
def column_of_weights(left, right, height, steepness):
    W, c, w, b = bumped(left, right, height, steepness)
    return W.reshape(2, 1), c, w, b


@bump.wrong("returns-wrong-shape")
def flat_weights(left, right, height, steepness):
    W, c, w, b = bumped(left, right, height, steepness)
    return W.ravel(), c, w, b


TENT = np.array([[2.0, 2.0], [-4.0, -4.0]])


def folded(depth):
    weights = [np.array([[1.0, 1.0]])] + [TENT] * (depth - 1) + [np.array([[2.0], [-4.0]])]
    return weights, [np.array([0.0, -0.5]) for _ in range(depth)] + [np.zeros(1)]


@wave.right
def tents(depth):
    return folded(depth)


@wave.right
def slopes_in_the_first_place(depth):
    weights, biases = [np.array([[2.0, 4.0]])], [np.array([0.0, -2.0])]
    for _ in range(depth - 1):
        weights.append(np.array([[2.0, 4.0], [-2.0, -4.0]]))
        biases.append(np.array([0.0, -2.0]))
    return [*weights, np.array([[1.0], [-1.0]])], [*biases, np.array([0.0])]


@wave.right
def one_minus_absolute(depth):
    """Each fold is 1 - |2 y - 1|, the absolute value being made of two units that are never on together."""
    weights, biases = (np.array([[2.0, -2.0]]),), (np.array([-1.0, 1.0]),)
    for _ in range(1, depth):
        weights += (np.array([[-2.0, 2.0], [-2.0, 2.0]]),)
        biases += (np.array([1.0, -1.0]),)
    return (*weights, -np.ones((2, 1))), (*biases, np.ones(1))


@wave.right
def units_exchanged(depth):
    flip = [1, 0]
    weights, biases = folded(depth)
    weights = [W[:, flip] if W.shape[1] == 2 else W for W in weights]
    return [weights[0]] + [W[flip] for W in weights[1:]], [b[flip] if len(b) == 2 else b for b in biases]


@wave.wrong("slope-not-difference")
def half_a_fold(depth):
    weights = [np.ones((1, 2))] + [np.array([[2.0, 2.0], [-2.0, -2.0]])] * (depth - 1) + [np.array([[2.0], [-2.0]])]
    return weights, [np.array([0.0, -0.5])] * depth + [np.zeros(1)]


@wave.wrong("off-by-one")
def one_fold_too_many(depth):
    return folded(depth + 1)


@wave.wrong("off-by-one")
def one_fold_too_few(depth):
    weights = [np.ones((1, 2))] + [TENT for _ in range(depth - 2)] + [np.array([[2.0], [-4.0]])]
    return weights, [np.array([0.0, -0.5])] * (len(weights) - 1) + [np.zeros(1)]


@wave.wrong("transpose")
def transposed_fold(depth):
    weights, biases = folded(depth)
    return [weights[0], *(W.T for W in weights[1:-1]), weights[-1]], biases


@wave.wrong("bias-missing")
def no_biases(depth):
    weights, biases = folded(depth)
    return weights, [0 * b for b in biases]


@wave.wrong("layer-order-reversed")
def top_first(depth):
    weights, biases = folded(depth)
    return weights[::-1], biases[::-1]


@wave.wrong("argument-ignored")
def one_fold(depth):
    return folded(1)
