"""A lesson that is opened, run, saved and opened again, in Lab and in Notebook 7."""

import json
import re
import subprocess
import sys

import pytest

from tests.browser.conftest import ROOT, Lab

LESSON = "lessons/01_logistic_regression/lesson.ipynb"
STALE = "Error displaying widget"
pytestmark = pytest.mark.browser


def outputs_in_sight(page: object) -> list[bool]:
    """Return for each code cell whether its output can be seen."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.jp-CodeCell')].map("
        "(cell) => (cell.querySelector('.jp-OutputArea')?.getBoundingClientRect().height ?? 0) > 0)"
    )


def model(page: object, what: str) -> object:
    return page.evaluate(f"() => window.jupyterapp.shell.currentWidget.context.model.{what}")


def test_a_lesson_that_is_only_opened_is_not_modified(lab: Lab):
    page = lab.open(LESSON)
    page.wait_for_timeout(1500)

    assert model(page, "dirty") is False
    lab.close(page)


def test_students_see_no_news_and_no_panel_to_create_assignments(lab: Lab):
    page = lab.open(LESSON)
    page.wait_for_timeout(1500)

    assert page.locator(".Toastify__toast").count() == 0
    assert page.locator("[title='Create Assignment'], [data-id*='create-assignment']").count() == 0
    assert page.evaluate("() => window.jupyterapp.commands.hasCommand('nbgrader:open-create-assignment')") is False
    assert page.evaluate("() => window.jupyterapp.commands.hasCommand('nbgrader:open-assignment-list')") is True
    lab.close(page)


def test_a_saved_lesson_shows_its_pictures_without_its_kernel_and_git_sees_no_stray_changes(lab: Lab):
    page = lab.open(LESSON)
    lab.run_all(page)
    page.locator("img.mlpkit-picture").first.wait_for()
    lab.command(page, "docmanager:save")
    lab.close(page)

    saved = json.loads((lab.folder / LESSON).read_text())
    assert saved["metadata"]["language_info"] == {"name": "python"}
    kept = [output.get("data", {}) for cell in saved["cells"] for output in cell.get("outputs", [])]
    assert not any("application/vnd.jupyter.widget-view+json" in data for data in kept)

    page = lab.open(LESSON)
    for _ in range(2):  # opened, and reloaded
        page.wait_for_timeout(1000)
        assert STALE not in page.inner_text("body")
        assert page.locator(".jp-OutputArea-output img[alt^='Neuron with weights']").count() == 1
        assert page.locator(".jp-OutputArea-output", has_text="You double all three numbers").count() == 1
        page.reload()
        page.wait_for_selector(".jp-Notebook .jp-Cell")
    lab.close(page)


def test_the_same_in_notebook_7(lab: Lab):
    page = lab.open_in_notebook_7(LESSON)
    page.wait_for_timeout(1000)

    assert STALE not in page.inner_text("body")
    assert page.locator(".jp-OutputArea-output img[alt^='Neuron with weights']").count() == 1
    lab.close(page)


def test_after_a_restart_an_explorer_says_to_run_its_cell_again(lab: Lab):
    page = lab.open("lessons/00_start_here.ipynb")
    lab.run_all(page)
    explorer = page.locator(".mlpkit-explorer")
    explorer.locator("img").wait_for()
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }")

    explorer.get_by_text("The kernel was restarted: run this cell again.").wait_for(timeout=20_000)
    assert explorer.locator("input[type=range]").first.is_disabled()
    assert page.locator(".mlpkit-question").first.get_by_text("run this cell again").count() == 1
    assert STALE not in page.inner_text("body")

    lab.run_all(page)
    page.locator(".mlpkit-explorer input[type=range]:enabled").first.wait_for()
    assert page.get_by_text("The kernel was restarted").count() == 0
    lab.close(page)


@pytest.mark.parametrize("where", ["lab", "notebook 7"])
def test_what_answers_a_prediction_is_folded_until_it_is_locked_or_the_cell_is_run(lab: Lab, where: str):
    lesson = "lessons/03_softmax/lesson.ipynb"
    cells = [cell for cell in json.loads((ROOT / lesson).read_text())["cells"] if cell["cell_type"] == "code"]
    hidden = [cell["metadata"].get("jupyter", {}).get("outputs_hidden", False) for cell in cells]
    page = lab.open(lesson) if where == "lab" else lab.open_in_notebook_7(lesson)
    page.wait_for_timeout(800)
    seen = outputs_in_sight(page)

    assert sum(hidden) >= 8
    assert not any(shown and fold for shown, fold in zip(seen, hidden, strict=True))
    previews = page.locator(".jp-OutputPlaceholder").all_inner_texts()
    assert {text.replace("\n", "").strip("• ") for text in previews} <= {"What this cell gives:", ""}

    asks = next(n for n, cell in enumerate(cells) if "widgets.predict(" in "".join(cell["source"]))
    code = page.locator(".jp-CodeCell")
    for n in (0, asks):
        code.nth(n).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
    question = page.locator(".mlpkit-question").first
    question.locator("input[type=radio]").first.check()
    assert outputs_in_sight(page)[asks + 1] is False
    question.get_by_role("button", name="Lock in and reveal").click()
    unfolded = "(n) => document.querySelectorAll('.jp-CodeCell')[n].querySelector('.jp-OutputArea')?.offsetHeight > 0"
    page.wait_for_function(unfolded, arg=asks + 1)
    last = max(n for n, folded in enumerate(hidden) if folded)
    assert outputs_in_sight(page)[last] is False  # another section's
    lab.close(page)


def test_static_pages_fold_what_answers_and_offer_to_reveal(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", tmp_path, ROOT / LESSON],
        check=True,
        capture_output=True,
    )
    page = (tmp_path / "lesson.html").read_text()
    asked = len(re.findall(r"widgets\.(?:predict|ask)\(", (ROOT / LESSON).read_text()))

    assert page.count("<summary>Reveal the answer</summary>") == asked
    assert page.count("<summary>Show what this cell gives</summary>") >= 5
    assert "Reveal the answer" not in (ROOT / LESSON).read_text()
