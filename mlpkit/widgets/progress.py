"""How far a reader has come: predictions by lesson, how well judged, and what was missed or is due, once more."""

import html

import ipywidgets
import numpy as np

from mlpkit import plotting
from mlpkit.predictions import calibration, count_by_lesson, due_now, missed, read_predictions
from mlpkit.widgets.question import Recalled, predict

_AT_ONCE = 3  # questions that are asked again at a time, of those missed and of those due


class Progress(ipywidgets.VBox):
    """The reader's own predictions, read anew at each press of the button."""

    def __init__(self) -> None:
        self.button = ipywidgets.Button(description="Look again", icon="refresh")
        self.button.on_click(lambda button: self.refresh())
        self.again: list[str] = []
        self.due: list[str] = []
        super().__init__()
        self.add_class("mlpkit-board")
        self.refresh()

    def refresh(self) -> None:
        """Read the predictions and show what they say."""
        try:
            kept = read_predictions()
        except ValueError as error:
            self.children = [ipywidgets.HTML(f'<p role="alert">{html.escape(str(error))}</p>'), self.button]
            return
        self.again = missed(kept)
        parts = [ipywidgets.HTML(_table(count_by_lesson(kept)))]
        if kept:
            parts.append(ipywidgets.HTML(_confidence(calibration(kept))))
        if self.again:
            parts.append(ipywidgets.HTML(f"<b>Missed so far: {len(self.again)}.</b> Try again:"))
            parts += [predict(question) for question in self.again[:_AT_ONCE]]
        self.due = [question for question in due_now(kept) if question not in self.again]
        if self.due:
            parts.append(ipywidgets.HTML(f"<b>Due again: {len(self.due)}</b>, which you had right some days ago:"))
            parts += [Recalled(question) for question in self.due[:_AT_ONCE]]
        self.children = [*parts, self.button]

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live widget, and one sentence for readers without a kernel: a page is nobody's own."""
        words = "Run this cell to see how many predictions you have made in each lesson, and how many were right."
        return super()._repr_mimebundle_(**kwargs) | {"text/html": f"<p>{words}</p>", "text/plain": words}


def _table(lessons: dict[str, tuple[int, int, int]]) -> str:
    """A row a lesson, with a bar that is as full as the lesson's questions are answered."""
    rows = "".join(
        f"<tr><th scope='row' style='text-align: left'>{int(lesson)}</th>"
        f"<td><progress max='{asked}' value='{answered}' aria-label='answered'></progress></td>"
        f"<td>{answered} of {asked}</td><td>{right if answered else ''}</td></tr>"
        for lesson, (asked, answered, right) in lessons.items()
    )
    head = "".join(f"<th scope='col' style='padding-right: 2em'>{name}</th>" for name in _COLUMNS)
    return f"<table><caption>Your predictions</caption><tr>{head}</tr>{rows}</table>"


_COLUMNS = ("lesson", "answered", "predicted", "right at first")


def _confidence(groups: dict[int, tuple[int, int]]) -> str:
    """A picture of confidence against success, and what it says in words."""
    sure = np.array(list(groups), dtype=float) / 100
    counts, right = np.array(list(groups.values()), dtype=float).T
    figure, ax = plotting.figure(width=3.6, height=3.2)
    plotting.confidence_curve(sure, right / counts, counts, ax)
    words = _judgement(float(sure @ counts / counts.sum()), float(right.sum() / counts.sum()), int(counts.sum()))
    return f"<p>{words}</p>{plotting.style.bundle(plotting.png(figure), words)['text/html']}"


def _judgement(expected: float, came: float, count: int) -> str:
    """Compare the mean confidence with the share that was right, as far as so few answers allow."""
    said = f"In {count} predictions you were {expected:.0%} sure on average, and right in {came:.0%}."
    spread = np.sqrt(max(expected * (1 - expected), 0.01) / count)  # of the share, if you judge yourself well
    if count < 5 or abs(came - expected) < 2 * spread:
        return said + " That is as well judged as so many answers can tell."
    better = "You know more than you think." if came > expected else "You are surer than you should be."
    return f"{said} {better}"


def progress() -> Progress:
    """Return a board of the reader's own predictions: how far, how well judged, what was missed and what is due."""
    return Progress()
