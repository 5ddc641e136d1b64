"""The instructor's page: stock nbgrader's Formgrader, in a real browser, on this course."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import ROOT, TOKEN, start_lab, stop_lab
from tests.course.classroom import Course

ASSIGNMENT = "01_logistic_regression"
pytestmark = pytest.mark.browser


@pytest.fixture
def formgrader(course: Course, browser: object, tmp_path, monkeypatch) -> Iterator[str]:
    """JupyterLab as `make class` starts it, in autograder/."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(ROOT / "autograder"))
    process, url = start_lab(course.root / "autograder", "--ServerApp.root_dir=..", home=tmp_path)
    yield url
    stop_lab(process)


def test_formgrader_lists_the_assignment(formgrader: str, browser: object):
    page = browser.new_page()
    page.goto(f"{formgrader}/formgrader?token={TOKEN}")
    page.get_by_role("link", name=ASSIGNMENT).wait_for(timeout=30_000)

    assert page.locator("tr", has_text=ASSIGNMENT).count() == 1
    page.close()


def test_formgrader_opens_inside_jupyterlab(formgrader: str, browser: object):
    page = browser.new_page()
    page.goto(f"{formgrader}/lab?reset&token={TOKEN}")
    page.wait_for_function("window.jupyterapp?.commands.hasCommand('nbgrader:open-formgrader')", timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('nbgrader:open-formgrader'); }")

    page.frame_locator("iframe").get_by_role("link", name=ASSIGNMENT).wait_for(timeout=30_000)
    page.close()


def test_instructors_have_the_panel_to_create_assignments(formgrader: str, browser: object):
    page = browser.new_page()
    page.goto(f"{formgrader}/lab?reset&token={TOKEN}")
    page.wait_for_function("window.jupyterapp?.commands.hasCommand('nbgrader:open-formgrader')", timeout=60_000)

    assert "@jupyter/nbgrader:create-assignment" not in page.evaluate(
        "() => JSON.parse(document.getElementById('jupyter-config-data').textContent).disabledExtensions ?? []"
    )
    page.close()
