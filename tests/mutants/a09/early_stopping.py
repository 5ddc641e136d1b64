import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("09_training", "early_stopping_epoch")


def best_until_the_end(losses, patience):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
            if waited == patience:
                break
    return best_epoch


@answers.right
def counter(losses, patience):
    return best_until_the_end(losses, patience)


@answers.right
def distance(losses, patience):
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return best
    return best


@answers.right
def running_minimum(losses, patience):
    lowest = np.minimum.accumulate(losses)
    first = np.array([np.argmin(losses[: e + 1]) for e in range(len(losses))])
    assert (losses[first] == lowest).all()
    late = np.flatnonzero(np.arange(len(losses)) - first >= patience)
    return first[late[0]] if len(late) else first[-1]


@answers.right
def windows(losses, patience):
    for end in range(patience, len(losses)):
        if losses[end - patience + 1 : end + 1].min() >= losses[: end - patience + 1].min():
            return int(np.argmin(losses[: end + 1]))
    return int(np.argmin(losses))


@answers.right
def while_loop(losses, patience):
    epoch, best, left = 0, 0, patience
    while left > 0 and epoch + 1 < len(losses):
        epoch += 1
        left -= 1
        if losses[epoch] < losses[best]:
            best, left = epoch, patience
    return best


@answers.wrong("argument-ignored")
def smallest_of_all(losses, patience):
    return int(np.argmin(losses))


@answers.wrong("not-strict")
def equal_is_better(losses, patience):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss <= best:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
            if waited == patience:
                break
    return best_epoch


@answers.wrong("off-by-one")
def one_too_many(losses, patience):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
        if waited > patience:
            break
    return best_epoch


@answers.wrong("counter-not-reset")
def count_goes_on(losses, patience):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch = loss, epoch
        else:
            waited += 1
        if waited == patience:
            return best_epoch
    return best_epoch


@answers.wrong("wrong-formula")
def epoch_of_the_stop(losses, patience):
    best, waited = np.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            return epoch
    return len(losses) - 1


@answers.wrong("wrong-formula")
def against_the_epoch_before(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            waited = 0
            best = epoch
        else:
            waited += 1
        if waited >= patience:
            break
    return best


@answers.wrong("returns-wrong-type")
def nothing_without_a_stop(losses, patience):
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return best
    return None


@answers.wrong("returns-wrong-type")
def the_loss(losses, patience):
    return float(losses[best_until_the_end(losses, patience)])


@answers.wrong("initial-best-fixed")
def best_begins_at_1(losses, patience):
    best, best_epoch, waited = 1.0, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch


@answers.wrong("off-by-one")
def counted_from_one(losses, patience):
    return best_until_the_end(losses, patience) + 1


@answers.wrong("wrong-formula")
def end_without_a_stop(losses, patience):
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best == patience:
            return best
    return len(losses) - 1


@answers.wrong("tie-goes-to-last")
def last_of_equals(losses, patience):
    end = len(losses)
    for epoch in range(patience, len(losses)):
        if losses[: epoch - patience + 1].min() <= losses[epoch - patience + 1 : epoch + 1].min():
            end = epoch + 1
            break
    seen = losses[:end]
    return int(np.flatnonzero(seen == seen.min())[-1])


@answers.wrong("wrong-threshold")
def a_little_is_nothing(losses, patience):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best - 1e-4:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch


@answers.wrong("argument-ignored")
def always_five(losses, patience):
    return best_until_the_end(losses, 5)
