"""Predict, then reveal: the reader commits to an answer and a confidence before the lesson gives its own."""

import html

import ipywidgets

from mlpkit.predictions import find_question, keep_prediction, read_predictions


class Prediction(ipywidgets.VBox):
    """A question with options, a confidence, and a button that locks the choice in and reveals the answer."""

    def __init__(self, question: str) -> None:
        asked = find_question(question)
        self.question, self.prompt, self.options = question, asked["prompt"], asked["options"]
        self.answer, self.because = asked["answer"], asked["because"].strip()
        self.choice = ipywidgets.RadioButtons(options=self.options, value=None, layout={"width": "auto"})
        self.confidence = ipywidgets.IntSlider(
            50, min=0, max=100, step=10, description="how sure (%)", style={"description_width": "110px"}
        )
        self.button = ipywidgets.Button(description="Lock in and reveal", disabled=True, button_style="primary")
        self.verdict = ipywidgets.HTMLMath()
        self.choice.observe(self._on_choice, "value")
        self.button.on_click(self._on_reveal)
        super().__init__(
            [
                ipywidgets.HTMLMath(f"<b>Predict.</b> {self.prompt}"),
                self.choice,
                ipywidgets.HBox([self.confidence, self.button]),
                self.verdict,
            ],
            layout={"border": "1px solid var(--jp-border-color1, #999)", "padding": "8px 14px", "max_width": "780px"},
        )
        self._recall()

    def _recall(self) -> None:
        """Say what was predicted on an earlier day."""
        try:
            kept = read_predictions().get(self.question)
        except ValueError as error:
            self.verdict.value = html.escape(str(error))
            return
        if kept:
            self.verdict.value = f"You have answered this one before: “{html.escape(kept['chosen'])}”."

    def _on_choice(self, change: dict) -> None:
        self.button.disabled = change["new"] is None

    def _on_reveal(self, button: ipywidgets.Button) -> None:
        right = self.choice.value == self.answer
        try:
            keep_prediction(self.question, self.prompt, self.choice.value, self.answer, self.confidence.value)
            note = ""
        except (OSError, ValueError) as error:
            note = f"<br><i>Not kept: {html.escape(str(error))}</i>"
        for control in (self.choice, self.confidence, self.button):
            control.disabled = True
        said = "Right." if right else f"Not so: the answer is “{html.escape(self.answer)}”."
        self.verdict.value = f"<b>{said}</b> {self.because}{note}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict:
        """Return the live question, and for readers without a kernel the question with the answer folded away."""
        listed = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        answer = f"{html.escape(self.answer)}. {self.because}"
        folded = f"<details><summary>Reveal the answer</summary><p>{answer}</p></details>"
        page = f"<p><b>Predict.</b> {self.prompt}</p><ol type='a'>{listed}</ol>{folded}"
        plain = f"Predict. {self.prompt}\n" + "\n".join(f"- {option}" for option in self.options)
        return super()._repr_mimebundle_(**kwargs) | {"text/html": page, "text/plain": plain}


def predict(question: str) -> Prediction:
    """Return a question of the course to commit to before the reveal, by its id, such as "01-double-weights".

    The questions lie in mlpkit/questions/, so that a lesson does not give the answer away above the question.
    Raises ValueError for an id that there is none of.
    """
    return Prediction(question)
