import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("09_training", "momentum_update")


def moved_by_momentum(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p - learning_rate * v for p, v in zip(parameters, new, strict=True)], new


@answers.right
def plain(parameters, gradients, velocities, learning_rate, momentum):
    return moved_by_momentum(parameters, gradients, velocities, learning_rate, momentum)


@answers.right
def appended(parameters, gradients, velocities, learning_rate, momentum):
    moved, speeds = [], []
    for i in range(len(parameters)):
        v = velocities[i] * momentum
        v += gradients[i]
        p = parameters[i].copy()
        p -= learning_rate * v
        moved.append(p)
        speeds.append(v)
    return moved, speeds


@answers.right
def copies_in_place(parameters, gradients, velocities, learning_rate, momentum):
    p, v = [np.array(a) for a in parameters], [np.array(a) for a in velocities]
    for k, g in enumerate(gradients):
        v[k] = momentum * v[k] + g
        p[k] = p[k] + -learning_rate * v[k]
    return tuple(p), tuple(v)


@answers.right
def one_long_vector(parameters, gradients, velocities, learning_rate, momentum):
    flat = [np.concatenate([a.ravel() for a in part]) for part in (parameters, gradients, velocities)]
    v = momentum * flat[2] + flat[1]
    cuts, out = np.cumsum([a.size for a in parameters])[:-1], []
    for vector in (flat[0] - learning_rate * v, v):
        pieces = np.split(vector, cuts)
        out.append([piece.reshape(a.shape) for piece, a in zip(pieces, parameters, strict=True)])
    return out


@answers.right
def unpacked(parameters, gradients, velocities, learning_rate, momentum):
    def one(p, g, v):
        v = np.add(np.multiply(momentum, v), g)
        return np.subtract(p, np.multiply(learning_rate, v)), v

    rows = [one(*row) for row in zip(parameters, gradients, velocities, strict=True)]
    return [row[0] for row in rows], [row[1] for row in rows]


@answers.wrong("wrong-formula")
def running_mean(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v + (1 - momentum) * g for v, g in zip(velocities, gradients, strict=True)]
    return [p - learning_rate * v for p, v in zip(parameters, new, strict=True)], new


@answers.wrong("wrong-formula")
def rate_in_the_velocity(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v - learning_rate * g for v, g in zip(velocities, gradients, strict=True)]
    return [p + v for p, v in zip(parameters, new, strict=True)], new


@answers.wrong("sign")
def uphill(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p + learning_rate * v for p, v in zip(parameters, new, strict=True)], new


@answers.wrong("argument-ignored")
def nine_tenths(parameters, gradients, velocities, learning_rate, momentum):
    new = [0.9 * v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p - learning_rate * v for p, v in zip(parameters, new, strict=True)], new


@answers.wrong("argument-ignored")
def all_is_kept(parameters, gradients, velocities, learning_rate, momentum):
    new = [v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p - learning_rate * v for p, v in zip(parameters, new, strict=True)], new


@answers.wrong("mutates-input")
def in_place(parameters, gradients, velocities, learning_rate, momentum):
    for p, g, v in zip(parameters, gradients, velocities, strict=True):
        v *= momentum
        v += g
        p -= learning_rate * v
    return parameters, velocities


@answers.wrong("mutates-input")
def into_the_lists(parameters, gradients, velocities, learning_rate, momentum):
    for k in range(len(parameters)):
        velocities[k] = momentum * velocities[k] + gradients[k]
        parameters[k] = parameters[k] - learning_rate * velocities[k]
    return parameters, velocities


@answers.wrong("off-by-one")
def old_velocity(parameters, gradients, velocities, learning_rate, momentum):
    moved = [p - learning_rate * v for p, v in zip(parameters, velocities, strict=True)]
    return moved, [momentum * v + g for v, g in zip(velocities, gradients, strict=True)]


@answers.wrong("wrong-formula")
def nesterov(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v + g for v, g in zip(velocities, gradients, strict=True)]
    rows = zip(parameters, gradients, new, strict=True)
    return [p - learning_rate * (g + momentum * v) for p, g, v in rows], new


@answers.wrong("stale-velocities")
def forgets_to_hand_back(parameters, gradients, velocities, learning_rate, momentum):
    moved = []
    for p, g, v in zip(parameters, gradients, velocities, strict=True):
        moved.append(p - learning_rate * (momentum * v + g))
    return moved, [v.copy() for v in velocities]


@answers.wrong("returns-list-order-swapped")
def velocities_first(parameters, gradients, velocities, learning_rate, momentum):
    new, v = moved_by_momentum(parameters, gradients, velocities, learning_rate, momentum)
    return v, new


@answers.wrong("returns-wrong-type")
def parameters_alone(parameters, gradients, velocities, learning_rate, momentum):
    return moved_by_momentum(parameters, gradients, velocities, learning_rate, momentum)[0]


@answers.wrong("layer-skipped")
def return_in_the_loop(parameters, gradients, velocities, learning_rate, momentum):
    moved, speeds = [], []
    for p, g, v in zip(parameters, gradients, velocities, strict=True):
        speeds.append(momentum * v + g)
        moved.append(p - learning_rate * speeds[-1])
        return moved, speeds


@answers.wrong("returns-its-argument")
def shortcut_without_momentum(parameters, gradients, velocities, learning_rate, momentum):
    if momentum == 0:
        return [p - learning_rate * g for p, g in zip(parameters, gradients, strict=True)], gradients
    return moved_by_momentum(parameters, gradients, velocities, learning_rate, momentum)


@answers.wrong("learning-rate-changed")
def whole_velocity(parameters, gradients, velocities, learning_rate, momentum):
    new = [momentum * v + g for v, g in zip(velocities, gradients, strict=True)]
    return [p - v for p, v in zip(parameters, new, strict=True)], new
