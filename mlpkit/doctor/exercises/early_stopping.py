"""Assignment 9: early_stopping_epoch, the epoch whose network is kept when training stops in time."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.training import ID

# Short stories that tell one rule from another: (losses, patience, what is special).
_STORIES = [
    ([5.0], 1, "one epoch"),
    ([5.0, 4.0, 3.0, 2.0], 2, "losses that only fall"),
    ([1.0, 2.0, 3.0, 4.0], 2, "losses that only rise"),
    ([5.0, 4.0, 4.5, 4.2, 4.1, 1.0], 3, "a better epoch after the end"),
    ([5.0, 4.0, 4.5, 4.2, 3.9, 4.1, 4.3, 4.0, 0.5], 3, "a count that begins anew"),
    ([5.0, 4.0, 4.5, 4.2, 3.9], 3, "a better epoch just in time"),
    ([3.0, 2.0, 2.0, 2.0, 1.0], 3, "equal losses"),
    ([3.0, 2.0, 2.0, 1.0], 3, "equal losses"),
    ([3.0, 2.0, 2.5, 2.0, 2.5], 9, "equal losses"),
    ([5.0, 4.0, 3.0, 3.5, 3.2], 6, "patience above the number of epochs"),
    ([2.0, 3.0, 1.0], 1, "patience 1"),
    ([9.0, 5.0, 8.0, 7.0, 6.0, 5.5, 1.0], 4, "losses that fall without being the best"),
    ([9.0, 7.0, 8.0, 6.0, 8.0, 5.0, 8.0, 4.0, 8.0], 2, "single bad epochs, never two in a row"),
    ([-1.0, -3.0, -2.0, -2.5, -4.0], 2, "negative losses"),
    ([2.0, 0.5, -0.5, 0.0, 0.1], 2, "losses through 0"),
    ([4e12, 3e12, 3.5e12, 2e12, 3e12], 3, "huge losses"),
    ([3e-12, 2e-12, 1e-12, 2e-12], 2, "tiny losses"),
    ([1.0, 1.0 - 1e-7, 1.0 - 2e-7, 1.0 - 3e-7], 2, "improvements in the seventh digit"),
    ([7.0, 7.0, 7.0], 5, "the same loss in every epoch"),
]


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = [Case((np.array(losses), patience), about) for losses, patience, about in _STORIES]
    for patience in (1, 2, 3, 4, 6):
        for _ in range(3):
            fall = np.exp(-np.arange(30) / 8) + 0.3 * rng.normal(size=30)
            cases.append(Case((fall, patience)))
            cases.append(Case((np.round(2 * fall) / 2, patience), "equal losses"))
    return cases


def _observe(function, losses, patience):
    epoch = function(losses, patience)
    return int(epoch) if isinstance(epoch, np.integer) else epoch


early_stopping_epoch = Exercise(
    ID, "early_stopping_epoch", arguments="losses, patience", cases=_cases, observe=_observe
)


def _stop(
    losses, patience, better=lambda loss, best: loss < best, enough=lambda waited, patience: waited >= patience
):
    """Return (best epoch, last epoch, whether it stopped): what most mistakes are a variant of."""
    kept, waited = 0, 0
    for epoch in range(1, len(losses)):
        if better(losses[epoch], losses[kept]):
            kept, waited = epoch, 0
        else:
            waited += 1
        if enough(waited, patience):
            return kept, epoch, True
    return kept, len(losses) - 1, False


@early_stopping_epoch.reference
def _(losses, patience):
    return _stop(losses, patience)[0]


@early_stopping_epoch.mistake(
    "argument-ignored", "training stops when patience is at an end: later epochs never run."
)
def _(losses, patience):
    return int(np.argmin(losses))


@early_stopping_epoch.mistake("wrong-formula", "asked for is the best epoch, not the last one.")
def _(losses, patience):
    return _stop(losses, patience)[1]


@early_stopping_epoch.mistake("wrong-formula", "asked for is the best epoch, not the last one.")
def _(losses, patience):
    kept, last, stopped = _stop(losses, patience)
    return last if stopped else kept


_END = "and if patience never comes to an end: which epoch is the best then?"


@early_stopping_epoch.mistake("wrong-formula", _END)
def _(losses, patience):
    kept, last, stopped = _stop(losses, patience)
    return kept if stopped else last


@early_stopping_epoch.mistake("wrong-formula", _END)
def _(losses, patience):
    last = _stop(losses, patience)[1]
    return max(last - patience, 0)


@early_stopping_epoch.mistake("returns-wrong-type", _END)
def _(losses, patience):
    kept, _, stopped = _stop(losses, patience)
    return kept if stopped else None


for _beginning in (-1, 0, "len"):

    @early_stopping_epoch.mistake("wrong-formula", _END)
    def _(losses, patience, beginning=_beginning):
        kept, _, stopped = _stop(losses, patience)
        return kept if stopped else len(losses) if beginning == "len" else beginning


_STRICT = "an equal loss is no improvement: strictly below the best before."


@early_stopping_epoch.mistake("not-strict", _STRICT)
def _(losses, patience):
    return _stop(losses, patience, lambda loss, best: loss <= best)[0]


@early_stopping_epoch.mistake("tie-goes-to-last", "of equal losses the first epoch is the best.")
def _(losses, patience):
    last = _stop(losses, patience)[1]
    return int(last - np.argmin(losses[last::-1]))


_ROW = "training stops after the first epoch that is the patience-th in a row without a better loss."


@early_stopping_epoch.mistake("off-by-one", _ROW)
def _(losses, patience):
    return _stop(losses, patience, enough=lambda waited, most: waited > most)[0]


@early_stopping_epoch.mistake("off-by-one", _ROW)
def _(losses, patience):
    return _stop(losses, patience, enough=lambda waited, most: waited and waited >= most - 1)[0]


@early_stopping_epoch.mistake("off-by-one", _ROW)
def _(losses, patience):
    return _stop(losses, patience, enough=lambda waited, most: waited >= most - 1)[0]


@early_stopping_epoch.mistake("off-by-one", "epochs are counted from 0.")
def _(losses, patience):
    return _stop(losses, patience)[0] + 1


@early_stopping_epoch.mistake("off-by-one", "the epoch itself is asked for, not the one before or after it.")
def _(losses, patience):
    return _stop(losses, patience)[0] - 1


_COUNT = "in a row: after a better epoch the count begins anew."


@early_stopping_epoch.mistake("counter-not-reset", _COUNT)
def _(losses, patience):
    best, kept, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, kept = loss, epoch
        else:
            waited += 1
        if waited >= patience:
            break
    return kept


_BEST = "a loss is compared with the best before it, not with the epoch before it."


@early_stopping_epoch.mistake("wrong-formula", _BEST)
def _(losses, patience):
    waited = 0
    for epoch in range(1, len(losses)):
        waited = 0 if losses[epoch] < losses[epoch - 1] else waited + 1
        if waited >= patience:
            return int(np.argmin(losses[: epoch + 1]))
    return int(np.argmin(losses))


@early_stopping_epoch.mistake("wrong-formula", _BEST)
def _(losses, patience):
    kept, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            kept, waited = epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return kept


@early_stopping_epoch.mistake("wrong-formula", _BEST)
def _(losses, patience):
    for epoch in range(patience, len(losses)):
        if losses[epoch] >= losses[epoch - patience]:
            return int(np.argmin(losses[: epoch + 1]))
    return int(np.argmin(losses))


@early_stopping_epoch.mistake("argument-ignored", "patience is an argument: this stops at the first worse epoch.")
def _(losses, patience):
    return _stop(losses, 1)[0]


for _fixed in (2, 3, 5, 10):

    @early_stopping_epoch.mistake("argument-ignored", "patience is an argument, not a fixed number.")
    def _(losses, patience, fixed=_fixed):
        return _stop(losses, fixed)[0]


for _first in (0.0, 1.0, 10.0, 100.0, 1e3, 1e6, 1e9):

    @early_stopping_epoch.mistake(
        "initial-best-fixed", "the first epoch is the best so far, however large its loss is."
    )
    def _(losses, patience, first=_first):
        best, kept, waited = first, 0, 0
        for epoch, loss in enumerate(losses):
            if loss < best:
                best, kept, waited = loss, epoch, 0
            else:
                waited += 1
            if waited >= patience:
                break
        return kept


for _delta in (1e-3, 1e-4, 1e-5, 1e-6):

    @early_stopping_epoch.mistake("wrong-threshold", "any loss strictly below the best counts, by however little.")
    def _(losses, patience, delta=_delta):
        return _stop(losses, patience, lambda loss, best: loss < best - delta)[0]


@early_stopping_epoch.mistake("sign", "the best loss is the smallest one.")
def _(losses, patience):
    return _stop(-losses, patience)[0]


@early_stopping_epoch.mistake("sign", "the best loss is the smallest one.")
def _(losses, patience):
    return int(np.argmax(losses))


@early_stopping_epoch.mistake("returns-wrong-type", "the epoch is asked for, not its loss.")
def _(losses, patience):
    return float(losses[_stop(losses, patience)[0]])


@early_stopping_epoch.mistake("returns-wrong-type", "a whole number is asked for.")
def _(losses, patience):
    return float(_stop(losses, patience)[0])


@early_stopping_epoch.mistake("returns-wrong-type", "one number is asked for, the best epoch alone.")
def _(losses, patience):
    return _stop(losses, patience)[:2]


@early_stopping_epoch.mistake("mutates-input", "losses stays as it is.")
def _(losses, patience):
    epoch = _stop(losses, patience)[0]
    losses.sort()
    return epoch
