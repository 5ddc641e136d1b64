from itertools import pairwise

import numpy as np

from tests.mutants.marks import Mutants

trains = Mutants("09_training", "train")


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def plain_training(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    """One generator for everything; the losses are those of the batches before their steps."""
    rng = np.random.default_rng(seed)
    layers = [X.shape[1], *sizes, y.max() + 1]
    weights = [rng.normal(0, np.sqrt(2 / n), size=(n, m)) for n, m in pairwise(layers)]
    biases = [np.zeros(m) for m in layers[1:]]
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), batch_size):
            rows = order[start : start + batch_size]
            h, masks = [X[rows]], []
            for W, b in zip(weights[:-1], biases[:-1], strict=True):
                mask = (rng.random((len(rows), W.shape[1])) >= dropout) / (1 - dropout)
                z = h[-1] @ W + b
                masks.append(mask * (z > 0))
                h.append(z * masks[-1])
            p = softmax(h[-1] @ weights[-1] + biases[-1])
            losses[epoch] += -np.log(p[np.arange(len(rows)), y[rows]]).sum() / len(y)
            delta = p.copy()
            delta[np.arange(len(rows)), y[rows]] -= 1
            delta /= len(rows)
            for layer in reversed(range(len(weights))):
                dW, db = h[layer].T @ delta, delta.sum(axis=0)
                if layer:
                    delta = (delta @ weights[layer].T) * masks[layer - 1]
                weights[layer] = weights[layer] - learning_rate * (dW + C * weights[layer])
                biases[layer] = biases[layer] - learning_rate * db
    return weights, biases, losses


@trains.right
def plain(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    return plain_training(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed)


class Net:
    """The same with an object: its own generators for weights, order and dropout, and a few ways to go wrong.

    What the classes below change in it is one method each.
    """

    def __init__(self, X, y, sizes, seed):
        self.X, self.y = X, y
        weights, self.order_rng, self.drop_rng = self.generators(seed)
        shapes = zip([X.shape[1], *sizes], [*sizes, len(np.unique(y))], strict=True)
        self.weights, self.biases = [], []
        for n, m in shapes:
            self.weights.append(self.draw(weights, n, m))
            self.biases.append(np.zeros(m))

    def generators(self, seed):
        return [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]

    def draw(self, rng, n, m):
        return rng.standard_normal((n, m)) * (2.0 / n) ** 0.5

    def order(self):
        return self.order_rng.permutation(len(self.y))

    def batches(self, size):
        order = self.order()
        return [order[k : k + size] for k in range(0, len(order), size)]

    def mask(self, shape, rate):
        return (self.drop_rng.random(shape) > rate) / (1 - rate) if rate > 0 else np.ones(shape)

    def forward(self, X, rate=0.0):
        self.h, self.kept = [X], []
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = self.h[-1] @ W + b
            if layer == len(self.weights) - 1:
                return softmax(z)
            self.kept.append(self.mask(z.shape, rate))
            self.h.append(np.maximum(z, 0) * self.kept[-1])

    def error(self, p, y):
        return (p - np.eye(p.shape[1])[y]) / len(y)

    def slope(self, layer):
        return (self.h[layer] != 0) * self.kept[layer - 1]

    def backward(self, delta):
        found = []
        for layer in range(len(self.weights))[::-1]:
            found.insert(0, (self.h[layer].T @ delta, delta.sum(0)))
            if layer > 0:
                delta = delta @ self.weights[layer].T * self.slope(layer)
        return found

    def update(self, found, rate, C):
        for layer, (dW, db) in enumerate(found):
            self.weights[layer] = self.weights[layer] - rate * (dW + self.pull(C, self.weights[layer]))
            self.biases[layer] = self.biases[layer] - rate * db

    def pull(self, C, W):
        return C * W

    def loss(self, rows):
        p = self.forward(self.X[rows])
        return -np.mean(np.log(p[np.arange(len(rows)), self.y[rows]]))

    def epoch(self, rate, batch_size, dropout, C):
        for rows in self.batches(batch_size):
            self.update(self.backward(self.error(self.forward(self.X[rows], dropout), self.y[rows])), rate, C)
        return self.loss(np.arange(len(self.y)))

    @classmethod
    def train(cls, X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
        net = cls(X, y, sizes, seed)
        losses = [net.epoch(learning_rate, batch_size, dropout, C) for _ in range(epochs)]
        return net.weights, net.biases, np.array(losses)


@trains.right
def generators_of_their_own(*arguments):
    """The losses are those of the whole training set after each epoch."""
    return Net.train(*arguments)


@trains.right
def decay_and_a_shuffled_range(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    """Weights shrink by 1 - learning_rate C; the mask is drawn for the next use; views of a flat vector."""
    rng = np.random.RandomState(seed % 2**32)
    n, k = X.shape[1], int(max(y)) + 1
    W, b = [], []
    for m in (*sizes, k):
        W.append(np.sqrt(2 / n) * rng.randn(n, m))
        b.append(np.zeros(m))
        n = m
    losses = []
    for _ in range(epochs):
        indices = np.arange(len(X))
        rng.shuffle(indices)
        total = 0.0
        while len(indices):
            rows, indices = indices[:batch_size], indices[batch_size:]
            outs, h = [X[rows]], X[rows]
            for l in range(len(sizes)):  # noqa: E741
                h = np.maximum(h @ W[l] + b[l], 0)
                if dropout:
                    h = h * rng.binomial(1, 1 - dropout, h.shape) / (1 - dropout)
                outs.append(h)
            z = h @ W[-1] + b[-1]
            logp = z - z.max(1, keepdims=True)
            logp -= np.log(np.exp(logp).sum(1, keepdims=True))
            total -= logp[range(len(rows)), y[rows]].mean() * len(rows)
            d = np.exp(logp)
            d[range(len(rows)), y[rows]] -= 1
            grads = []
            for l in range(len(sizes), -1, -1):  # noqa: E741
                grads.append((l, outs[l].T @ d / len(rows), d.mean(0)))
                d = d @ W[l].T
                if l:
                    d = np.where(outs[l] > 0, d / (1 - dropout), 0)
            for l, dW, db in grads:  # noqa: E741
                W[l] = (1 - learning_rate * C) * W[l] - learning_rate * dW
                b[l] = b[l] - learning_rate * db
        losses.append(total / len(X))
    return [W, b, np.array(losses)]


@trains.right
def orders_drawn_ahead(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    """All orders are drawn before the first epoch; the loss is the mean over batches, dropout included."""

    class Ahead(Net):
        def generators(self, seed):
            rng = np.random.default_rng(seed)
            return rng, rng, rng

        def order(self):
            return self.orders.pop(0)

        def error(self, p, y):
            self.seen.append(-np.mean(np.log(p[np.arange(len(y)), y])))
            return super().error(p, y)

        def epoch(self, *how):
            self.seen = []
            super().epoch(*how)
            return np.mean(self.seen)

    net = Ahead(X, y, sizes, seed)
    net.orders = [net.order_rng.permutation(len(y)) for _ in range(epochs)]
    losses = np.empty(epochs)
    for epoch in range(epochs):
        losses[epoch] = net.epoch(learning_rate, batch_size, dropout, C)
    return tuple(net.weights), tuple(net.biases), losses


@trains.right
def one_example_after_another(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    """Gradients are added up example by example; each unit's mask is drawn by itself."""

    class Slow(Net):
        def mask(self, shape, rate):
            return np.array([[0.0 if self.drop_rng.random() < rate else 1 / (1 - rate) for _ in range(shape[1])]])

        def epoch(self, rate, batch_size, dropout, C):
            total = 0.0
            for rows in self.batches(batch_size):
                sums = [(0 * W, 0 * b) for W, b in zip(self.weights, self.biases, strict=True)]
                for n in rows:
                    p = self.forward(self.X[n : n + 1], dropout)
                    total -= np.log(p[0, self.y[n]])
                    found = self.backward(self.error(p, self.y[n : n + 1]))
                    sums = [(a + c, b + d) for (a, b), (c, d) in zip(sums, found, strict=True)]
                self.update([(a / len(rows), b / len(rows)) for a, b in sums], rate, C)
            return total / len(self.y)

    return Slow.train(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed)


class Climbs(Net):
    def error(self, p, y):
        return -super().error(p, y)


@trains.wrong("sign")
def climbs(*arguments):
    return Climbs.train(*arguments)


class Sums(Net):
    def error(self, p, y):
        return p - np.eye(p.shape[1])[y]


@trains.wrong("missing-mean")
def sums(*arguments):
    return Sums.train(*arguments)


class NoMask(Net):
    def slope(self, layer):
        return self.kept[layer - 1]


@trains.wrong("activation-derivative-missing")
def no_mask(*arguments):
    return NoMask.train(*arguments)


class UpdatesOnTheWayBack(Net):
    def epoch(self, rate, batch_size, dropout, C):
        for rows in self.batches(batch_size):
            delta = self.error(self.forward(self.X[rows], dropout), self.y[rows])
            for layer in range(len(self.weights))[::-1]:
                dW, db = self.h[layer].T @ delta, delta.sum(0)
                self.weights[layer] = self.weights[layer] * (1 - rate * C) - rate * dW
                self.biases[layer] = self.biases[layer] - rate * db
                if layer:
                    delta = delta @ self.weights[layer].T * self.slope(layer)
        return self.loss(np.arange(len(self.y)))


@trains.wrong("stale-weights")
def updates_on_the_way_back(*arguments):
    return UpdatesOnTheWayBack.train(*arguments)


class PenaltyOnBiases(Net):
    def update(self, found, rate, C):
        found = [(dW, db + C * b) for (dW, db), b in zip(found, self.biases, strict=True)]
        super().update(found, rate, C)


@trains.wrong("l2-on-biases")
def penalty_on_biases(*arguments):
    return PenaltyOnBiases.train(*arguments)


class PenaltyTwice(Net):
    def pull(self, C, W):
        return 2 * C * W


@trains.wrong("l2-missing-half-or-doubled")
def penalty_twice(*arguments):
    return PenaltyTwice.train(*arguments)


class NoPenalty(Net):
    def pull(self, C, W):
        return 0.0


@trains.wrong("l2-missing")
def no_penalty(*arguments):
    return NoPenalty.train(*arguments)


class Xavier(Net):
    def draw(self, rng, n, m):
        return rng.normal(scale=np.sqrt(2 / (n + m)), size=(n, m))


@trains.wrong("wrong-formula")
def xavier(*arguments):
    return Xavier.train(*arguments)


class VarianceAsScale(Net):
    def draw(self, rng, n, m):
        return rng.normal(0, 2 / n, (n, m))


@trains.wrong("std-vs-variance")
def variance_as_scale(*arguments):
    return VarianceAsScale.train(*arguments)


class Zeros(Net):
    def draw(self, rng, n, m):
        return np.zeros((n, m))


@trains.wrong("zero-init")
def zeros(*arguments):
    return Zeros.train(*arguments)


class InOrder(Net):
    def order(self):
        return np.arange(len(self.y))


@trains.wrong("not-shuffled")
def in_order(*arguments):
    return InOrder.train(*arguments)


class OneOrder(Net):
    def order(self):
        if not hasattr(self, "fixed"):
            self.fixed = super().order()
        return self.fixed


@trains.wrong("not-shuffled")
def one_order(*arguments):
    return OneOrder.train(*arguments)


class WholeBatches(Net):
    def batches(self, size):
        found = [rows for rows in super().batches(size) if len(rows) == size]
        return found or super().batches(size)


@trains.wrong("last-batch-dropped")
def whole_batches(*arguments):
    return WholeBatches.train(*arguments)


class LabelsStay(Net):
    def epoch(self, rate, batch_size, dropout, C):
        order = self.order()
        for k in range(0, len(order), batch_size):
            rows, labels = order[k : k + batch_size], self.y[k : k + batch_size]
            self.update(self.backward(self.error(self.forward(self.X[rows], dropout), labels)), rate, C)
        return self.loss(np.arange(len(self.y)))


@trains.wrong("labels-not-shuffled-with-inputs")
def labels_stay(*arguments):
    return LabelsStay.train(*arguments)


class NotInverted(Net):
    def mask(self, shape, rate):
        return (self.drop_rng.random(shape) > rate) * 1.0


@trains.wrong("not-inverted-dropout")
def not_inverted(*arguments):
    return NotInverted.train(*arguments)


class KeepsWithRate(Net):
    def mask(self, shape, rate):
        return (self.drop_rng.random(shape) < rate) / (1 - rate) if rate > 0 else np.ones(shape)


@trains.wrong("keep-rate-as-drop-rate")
def keeps_with_rate(*arguments):
    return KeepsWithRate.train(*arguments)


class OneMask(Net):
    def mask(self, shape, rate):
        return np.ones((shape[0], 1)) * super().mask((1, shape[1]), rate)


@trains.wrong("dropout-mask-shared")
def one_mask(*arguments):
    return OneMask.train(*arguments)


class MaskForgotten(Net):
    def forward(self, X, rate=0.0):
        self.z, h = [], X
        self.h = [X]
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            self.z.append(h @ W + b)
            h = np.maximum(self.z[-1], 0) * self.mask(self.z[-1].shape, rate)
            self.h.append(h)
        return softmax(h @ self.weights[-1] + self.biases[-1])

    def slope(self, layer):
        return self.z[layer - 1] > 0


@trains.wrong("dropout-not-in-backward")
def mask_forgotten(*arguments):
    return MaskForgotten.train(*arguments)


class DropsLogits(Net):
    def epoch(self, rate, batch_size, dropout, C):
        for rows in self.batches(batch_size):
            self.forward(self.X[rows], dropout)
            z = self.h[-1] @ self.weights[-1] + self.biases[-1]
            kept = self.mask(z.shape, dropout)
            delta = self.error(softmax(z * kept), self.y[rows]) * kept
            self.update(self.backward(delta), rate, C)
        return self.loss(np.arange(len(self.y)))


@trains.wrong("dropout-on-output")
def drops_logits(*arguments):
    return DropsLogits.train(*arguments)


class AnewEveryEpoch(Net):
    def epoch(self, *how):
        self.weights = [self.draw(self.order_rng, *W.shape) for W in self.weights]
        self.biases = [np.zeros_like(b) for b in self.biases]
        return super().epoch(*how)


@trains.wrong("weights-reinitialised")
def anew_every_epoch(*arguments):
    return AnewEveryEpoch.train(*arguments)


class Decays(Net):
    def epoch(self, rate, *how):
        self.count = getattr(self, "count", 0) + 1
        return super().epoch(rate / self.count, *how)


@trains.wrong("learning-rate-changed")
def decays(*arguments):
    return Decays.train(*arguments)


class FixedRate(Net):
    def epoch(self, rate, *how):
        return super().epoch(0.05, *how)


@trains.wrong("learning-rate-changed")
def fixed_rate(*arguments):
    return FixedRate.train(*arguments)


class SeedZero(Net):
    def generators(self, seed):
        return super().generators(0)


@trains.wrong("seed-ignored")
def seed_zero(*arguments):
    return SeedZero.train(*arguments)


class NoSeed(Net):
    def generators(self, seed):
        return super().generators(None)


@trains.wrong("seed-ignored")
def no_seed(*arguments):
    return NoSeed.train(*arguments)


class LastLoss(Net):
    def epoch(self, rate, batch_size, dropout, C):
        super().epoch(rate, batch_size, dropout, C)
        return self.loss(self.order()[:batch_size])


@trains.wrong("loss-of-last-batch")
def last_loss(*arguments):
    return LastLoss.train(*arguments)


class PenaltyInTheLoss(Net):
    def epoch(self, rate, batch_size, dropout, C):
        loss = super().epoch(rate, batch_size, dropout, C)
        return loss + C / 2 * sum((W**2).sum() for W in self.weights)


@trains.wrong("wrong-formula")
def penalty_in_the_loss(*arguments):
    return PenaltyInTheLoss.train(*arguments)


@trains.wrong("returns-wrong-type")
def list_of_losses(*arguments):
    weights, biases, losses = plain_training(*arguments)
    return weights, biases, list(losses)


@trains.wrong("off-by-one")
def an_epoch_too_many(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    return plain_training(X, y, sizes, learning_rate, batch_size, epochs + 1, dropout, C, seed)


@trains.wrong("mutates-input")
def shuffles_in_place(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed):
    class InPlace(Net):
        def order(self):
            order = super().order()
            self.X[:], self.y[:] = self.X[order], self.y[order]
            return np.arange(len(order))

    return InPlace.train(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed)


class TwoSlips(NoPenalty):
    def error(self, p, y):
        return -super().error(p, y)


@trains.wrong("sign", "l2-missing")
def two_slips(*arguments):
    return TwoSlips.train(*arguments)
