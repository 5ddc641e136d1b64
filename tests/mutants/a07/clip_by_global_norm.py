import math

import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("07_vanishing_gradients", "clip_by_global_norm")


@answers.right
def plain(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    scale = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [g * scale for g in gradients]


@answers.right
def branches(gradients, max_norm):
    total = 0.0
    for gradient in gradients:
        for value in gradient.ravel():
            total += float(value) * float(value)
    if total <= max_norm * max_norm:
        return [gradient.copy() for gradient in gradients]
    return [gradient / (math.sqrt(total) / max_norm) for gradient in gradients]


@answers.right
def one_long_vector(gradients, max_norm):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in gradients]))
    return tuple(np.array(g) if norm <= max_norm else max_norm * (g / norm) for g in gradients)


@answers.right
def norm_of_norms(gradients, max_norm):
    norm = np.linalg.norm([np.linalg.norm(g) for g in gradients])
    return [g * (max_norm / max(norm, max_norm)) for g in gradients]


@answers.right
def hypotenuse(gradients, max_norm):
    norm = math.hypot(*(float(x) for g in gradients for x in g.flat))
    out = []
    for g in gradients:
        new = np.array(g, dtype=float)
        if norm > max_norm:
            new *= max_norm / norm
        out.append(new)
    return out


@answers.wrong("wrong-formula")
def each_by_itself(gradients, max_norm):
    return [g * min(1.0, max_norm / np.linalg.norm(g)) if g.any() else g.copy() for g in gradients]


@answers.wrong("clipped-values")
def by_value(gradients, max_norm):
    return [np.clip(g, -max_norm, max_norm) for g in gradients]


@answers.wrong("clipped-values")
def torch_style(gradients, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1.0, max_norm / (norm + 1e-6)) for g in gradients]


@answers.wrong("clipped-values")
def small_epsilon(gradients, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    if norm > max_norm:
        return [g * max_norm / (norm + 1e-12) for g in gradients]
    return [1 * g for g in gradients]


@answers.wrong("wrong-formula")
def root_forgotten(gradients, max_norm):
    norm = sum(np.sum(g**2) for g in gradients)
    return [g * (min(1.0, max_norm / norm) if norm else 1.0) for g in gradients]


@answers.wrong("wrong-formula")
def sum_of_norms(gradients, max_norm):
    norm = sum(np.linalg.norm(g) for g in gradients)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in gradients]


@answers.wrong("wrong-formula")
def always_scaled(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * (max_norm / norm) if norm else g.copy() for g in gradients]


@answers.wrong("division-by-zero")
def zero_over_zero(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * np.minimum(1.0, max_norm * g / (norm * g) if norm == 0 else max_norm / norm) for g in gradients]


@answers.wrong("returns-its-argument")
def same_list(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if norm <= max_norm:
        return gradients
    return [g * max_norm / norm for g in gradients]


@answers.wrong("mutates-input")
def in_place(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g *= max_norm / norm
    return gradients


@answers.wrong("loop-overwrites-accumulator")
def last_one(gradients, max_norm):
    for g in gradients:
        total = np.sum(g**2)
    norm = np.sqrt(total)
    return [g * min(1.0, max_norm / norm) if norm else g.copy() for g in gradients]


@answers.wrong("divides-by-wrong-count")
def root_mean_square(gradients, max_norm):
    norm = np.sqrt(np.mean(np.concatenate([g.ravel() for g in gradients]) ** 2))
    return [g * min(1.0, max_norm / norm) if norm else g.copy() for g in gradients]


@answers.wrong("argument-ignored")
def to_length_one(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g / norm if norm > max_norm else g.copy() for g in gradients]


@answers.wrong("wrong-formula")
def upside_down(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * min(1.0, norm / max_norm) for g in gradients]


@answers.wrong("returns-wrong-type")
def with_the_norm(gradients, max_norm):
    clipped = plain(gradients, max_norm)
    return clipped, np.sqrt(sum(np.sum(g**2) for g in gradients))
