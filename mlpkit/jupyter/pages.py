"""Static pages (nbconvert): what answers a prediction stays folded, and the question offers its answer."""

import html
import re

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output

from mlpkit.predictions import all_questions

_ASKED = re.compile(r"""widgets\.(?:predict|ask)\(\s*["']([\w-]+)["']""")


class FoldAnswers(Preprocessor):
    """Fold every output that Lab keeps hidden, and add the answer to each question, to be opened by the reader."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Return the cell as a page without a kernel shows it."""
        if cell.cell_type != "code":
            return cell, resources
        for question in _ASKED.findall(cell.source):
            if question in all_questions():
                page = f"<details><summary>Reveal the answer</summary><p>{_answer(question)}</p></details>"
                cell.outputs.append(new_output("display_data", {"text/html": page}))
        if cell.metadata.get("jupyter", {}).get("outputs_hidden") and cell.outputs:
            inside = "".join(_as_html(output) for output in cell.outputs)
            page = f"<details><summary>Show what this cell gives</summary>{inside}</details>"
            cell.outputs = [new_output("display_data", {"text/html": page})]
        return cell, resources


def _answer(question: str) -> str:
    """Return the right answer and why, in HTML."""
    asked = all_questions()[question]
    answer = asked.get("answer", ", then ".join(asked.get("options", [])))
    return f"{html.escape(str(answer), quote=False)}. {asked['because'].strip()}"


def _as_html(output: NotebookNode) -> str:
    """Return an output as HTML: its own, or its text as it was printed."""
    if output.output_type == "stream":
        return f"<pre>{html.escape(output.text)}</pre>"
    if output.output_type == "error":
        return f"<pre>{html.escape(output.ename)}: {html.escape(output.evalue)}</pre>"
    data = output.data
    return data.get("text/html") or f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"
