"""An assignment in the page: what a check says when it passes, fails, cannot judge, or meets an endless loop."""

import shutil
from collections.abc import Iterator

import pytest

from tests.browser.conftest import ROOT, Lab

ASSIGNMENT = "01_logistic_regression/assignment.ipynb"
RIGHT = "def sigmoid(z):\n    small = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1.0, small) / (1.0 + small)"
pytestmark = pytest.mark.browser


class Assignment:
    """The first assignment in a page: cells are written and run as a student does."""

    def __init__(self, page: object) -> None:
        self.page = page

    def cell(self, text: str) -> object:
        return self.page.locator(".jp-CodeCell", has_text=text).first

    def write(self, text: str, code: str) -> None:
        self.cell(text).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code)
        self.run_active()

    def run(self, text: str) -> str:
        self.cell(text).locator(".jp-InputPrompt").click()
        self.run_active()
        return self.cell(text).locator(".jp-OutputArea").inner_text()

    def run_active(self) -> None:
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some((p) => p.textContent.includes('*'))",
            timeout=40_000,
        )
        self.page.wait_for_timeout(200)


@pytest.fixture
def assignment(lab: Lab) -> Iterator[Assignment]:
    shutil.copy(ROOT / "lessons" / ASSIGNMENT, lab.folder / "mine.ipynb")
    page = lab.open("mine.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:show-all-cell-code')")  # checks are folded
    made = Assignment(page)
    made.run("import numpy as np")
    yield made
    lab.close(page)


def test_checks_in_the_page(assignment: Assignment):
    check = "def test_sigmoid_value():"
    assignment.write("def sigmoid(z)", RIGHT)
    assert "passed: 2 of 2 points" in assignment.run(check)

    assignment.write("def sigmoid(z)", "def sigmoid(z):\n    return 1.0 / (1.0 + np.exp(z))")
    said = assignment.run(check)
    assert 1 <= len([line for line in said.splitlines() if line.strip()]) <= 6
    assert "Traceback" not in said
    assignment.cell(check).locator("summary").first.click()
    assert assignment.cell(check).locator("details[open]").count() == 1

    assignment.write("def sigmoid(z)", "def sigmoid(z)\n    return z")
    assert "Run the cell above first" in assignment.run(check)

    assignment.write("def sigmoid(z)", "def sigmoid(z):\n    while True:\n        pass")
    said = assignment.run(check)
    assert "sigmoid" in said
    assert "10 s" in said
