"""Questions in a lesson: predictions, locked in with a confidence before the reveal, and checks after it."""

import html
import random
from fractions import Fraction

import ipywidgets
import traitlets

from mlpkit.predictions import due, find_question, keep_prediction, read_predictions
from mlpkit.widgets.picture import OnPage, page_code

_AT_ONCE = 3  # questions from earlier lessons


class Question(OnPage):
    """A question with what the reader gives for an answer, and what is said to it."""

    _esm = page_code("shell", "question")

    about = traitlets.Dict().tag(sync=True)
    given = traitlets.Dict().tag(sync=True, echo_update=False)  # from the page: {"answer", "confidence"}
    verdict = traitlets.Dict().tag(sync=True)  # {"html", "right", "locked"}

    lead, button, sure = "", "", False

    def __init__(self, question: str, reworded: bool = False) -> None:
        asked = find_question(question)
        if reworded:
            asked = asked | asked.get("again", {})
        self.question, self.prompt, self.because = question, asked["prompt"], asked["because"].strip()
        self.kind, self.options = asked.get("kind", "choice"), asked.get("options", [])
        self.answer, self.tolerance = asked.get("answer", self.options), asked.get("tolerance")
        self.said_to = asked.get("wrong", {})
        shuffled = random.sample(self.options, len(self.options))
        about = {"lead": self.lead, "button": self.button, "sure": self.sure, "kind": self.kind}
        about |= {"prompt": self.prompt, "unit": asked.get("unit", "")}
        super().__init__(about=about | {"options": [[option, _as_html(option)] for option in shuffled]})
        self.observe(lambda change: self.judge(**_only(change["new"], "answer", "confidence")), "given")

    def is_right(self, answer: object) -> bool:
        """Return whether `answer` is right: an option, the options in order, or a number within the tolerance."""
        if self.kind != "number":
            return answer == self.answer
        value = number_in(answer)
        allowed = 1e-6 * abs(self.answer) if self.tolerance is None else self.tolerance
        return value is not None and abs(value - self.answer) <= allowed + 1e-12

    def judge(self, answer: object, confidence: int | None = None) -> None:
        """Say what is to be said to an answer."""
        raise NotImplementedError

    def _keep(self, answer: object, confidence: int | None) -> str:
        """Keep the answer in the reader's file, and return a note when that could not be."""
        chosen = answer if isinstance(answer, str) else " / ".join(answer)
        try:
            keep_prediction(self.question, self.prompt, chosen, self.is_right(answer), str(self.answer), confidence)
        except (OSError, ValueError) as error:
            return f"<br><em>Not kept: {html.escape(str(error))}</em>"
        return ""

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live question, and for readers without a kernel the question alone."""
        listed = "".join(f"<li>{_as_html(option)}</li>" for option in in_fixed_order(self.question, self.options))
        page = f"<p><b>{self.lead}</b> {self.prompt}</p>" + (f"<ul>{listed}</ul>" if listed else "")
        plain = f"{self.lead} {self.prompt}\n" + "\n".join(
            f"- {o}" for o in in_fixed_order(self.question, self.options)
        )
        return super()._repr_mimebundle_(**kwargs)[0] | {"text/html": page, "text/plain": plain.strip()}


class Prediction(Question):
    """A question before the reveal: the choice is locked in with a confidence, and only then answered."""

    lead, button, sure = "Predict.", "Lock in and reveal", True

    def __init__(self, question: str) -> None:
        super().__init__(question)
        try:
            kept = read_predictions().get(self.question)
        except ValueError as error:
            self.verdict = {"html": html.escape(str(error))}
            return
        if kept:
            self.verdict = {"html": f"You have answered this one before: “{html.escape(kept['chosen'])}”."}

    def judge(self, answer: str, confidence: int | None = None) -> None:
        """Lock the answer in, keep it, and give the lesson's own."""
        right = self.is_right(answer)
        said = "Right." if right else f"Not so: the answer is “{_as_html(self.answer)}”."
        note = self._keep(answer, confidence)
        self.verdict = {"html": f"<strong>{said}</strong> {self.because}{note}", "right": right, "locked": True}


class Check(Question):
    """A question after what was learned: judged at once, with the reason, and open to another try."""

    lead, button = "Check yourself.", "Answer"

    def judge(self, answer: object, confidence: int | None = None) -> None:
        """Say whether the answer is right, and why."""
        if self.kind == "number" and number_in(answer) is None:
            self.verdict = {"html": "Type one number, such as 0.25 or −3 or 1/8."}
            return
        right = self.is_right(answer)
        why = self.because if right else self.said_to.get(str(answer).replace("−", "-"), self.because)
        note = self._keep(answer, None)
        said = "Right." if right else "Not so."
        self.verdict = {"html": f"<strong>{said}</strong> {why}{note}", "right": right}


class Recalled(Question):
    """A question of an earlier lesson, in other words where there are some: answered once, without a hint before."""

    button = "Answer"

    def __init__(self, question: str) -> None:
        self.lead = f"From lesson {int(question[:2])}." if question[:2] != "00" else "From the start."
        super().__init__(question, reworded=True)

    def judge(self, answer: str, confidence: int | None = None) -> None:
        """Say whether the answer is right, and why; the question comes back the sooner the less it was."""
        right = self.is_right(answer)
        said = "Right." if right else f"Not so: the answer is “{_as_html(self.answer)}”."
        note = self._keep(answer, None)
        self.verdict = {"html": f"<strong>{said}</strong> {self.because}{note}", "right": right, "locked": True}


class Recall(ipywidgets.VBox):
    """Three questions from earlier lessons, chosen for this reader."""

    def __init__(self, lesson: str) -> None:
        self.lesson = lesson
        try:
            self.asked = due(read_predictions(), lesson)[:_AT_ONCE]
            parts = [Recalled(question) for question in self.asked]
        except ValueError as error:
            self.asked, parts = [], [ipywidgets.HTML(f'<p role="alert">{html.escape(str(error))}</p>')]
        super().__init__(parts)

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live questions, and one sentence for readers without a kernel: the choice is nobody else's."""
        words = "Run this cell: it asks you three questions from earlier lessons, those first that you missed."
        return super()._repr_mimebundle_(**kwargs) | {"text/html": f"<p>{words}</p>", "text/plain": words}


def number_in(text: object) -> float | None:
    """Return the number that somebody typed, with a comma or a fraction where they like; None where there is none."""
    plain = str(text).strip().replace("−", "-").replace(",", ".").removesuffix("%").strip()
    try:
        return float(Fraction(plain.replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        return None


def in_fixed_order(question: str, options: list[str]) -> list[str]:
    """Return the options shuffled in the same way each time: for pages that are kept."""
    return random.Random(question).sample(options, len(options))


def _as_html(option: str) -> str:
    return html.escape(option, quote=False)


def _only(given: dict, *names: str) -> dict:
    return {name: given.get(name) for name in names}


def predict(question: str) -> Prediction:
    """Return a question of the course to commit to before the reveal, by its id, such as "01-double-weights".

    The questions lie in mlpkit/questions/, so that a lesson does not give the answer away above the question.
    Raises ValueError for an id that there is none of.
    """
    return Prediction(question)


def recall(lesson: str) -> Recall:
    """Return three questions from the lessons before `lesson`, "02" to "09": what was missed, unsure, or long ago.

    Raises ValueError for a lesson that has none before it.
    """
    if not (isinstance(lesson, str) and lesson.isdigit() and len(lesson) == 2 and lesson > "00"):
        raise ValueError(f"lesson must be the two digits of a lesson, such as '03', but it is {lesson!r}")
    return Recall(lesson)


def ask(question: str) -> Check:
    """Return a check of the course by its id: a number to type, an order to make, or an option to choose.

    Raises ValueError for an id that there is none of.
    """
    return Check(question)
