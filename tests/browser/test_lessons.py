"""Every lesson in a real JupyterLab: it runs, its explorers follow the keyboard, and nothing is cut off."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.browser.conftest import ROOT, Lab, explorer_count, violations

FOUND = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("lessons/*/lesson.ipynb"))
LESSONS = ["lessons/00_start_here.ipynb", *FOUND]
pytestmark = pytest.mark.browser

# The parts of explorers and questions that leave the output they belong to.
CUT_OFF = """() => [...document.querySelectorAll(
    ".jp-OutputArea-output img, .mlpkit-slider, .mlpkit-explorer button, .mlpkit-question button, .mlpkit-option")]
.filter((part) => part.offsetParent)
.filter((part) => {
    const box = part.getBoundingClientRect();
    const cell = part.closest(".jp-OutputArea-output").getBoundingClientRect();
    return box.width === 0 || box.left < cell.left - 1 || box.right > cell.right + 1;
}).map((part) => part.outerHTML.slice(0, 120))"""


class Running(NamedTuple):
    """A lesson whose cells have all been run: its page, the errors shown, and what went wrong in the page since."""

    name: str
    page: object
    errors: list[str]
    problems: list[str]


@pytest.fixture(scope="class", params=LESSONS)
def lesson(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Running]:
    page, problems = lab.open(request.param), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    errors = lab.run_all(page)
    page.locator("img.mlpkit-picture").first.wait_for()
    yield Running(request.param, page, errors, problems)
    lab.close(page)


class TestLesson:
    def test_a_lesson_runs_and_every_slider_moves_its_figure(self, lesson: Running):
        page = lesson.page
        assert lesson.errors == []
        pictures = page.locator("img.mlpkit-picture")
        assert pictures.count() == explorer_count(lesson.name)

        for n in range(pictures.count()):
            picture = pictures.nth(n)
            picture.scroll_into_view_if_needed()
            explorer = picture.locator("xpath=ancestor::*[contains(@class, 'mlpkit-explorer')][1]")
            handles = explorer.locator("input[type=range]")
            assert handles.count() >= 1
            if explorer.locator(".mlpkit-play").count():  # at the beginning of a story there is little to see
                on = explorer.get_by_role("button", name="one step on").get_attribute("aria-label")
                explorer.get_by_label(on.split(":")[0], exact=True).press("End")
                page.wait_for_timeout(400)
            for k in range(handles.count()):
                before, words = picture.screenshot(), picture.get_attribute("alt")
                handle = handles.nth(k)
                handle.focus()
                at_the_end = handle.input_value() == handle.get_attribute("max")
                for key in ("Home",) if at_the_end else ("ArrowRight", "ArrowRight", "PageUp"):
                    page.keyboard.press(key)
                changed = "([image, words]) => image.alt !== words"
                page.wait_for_function(changed, arg=[picture.element_handle(), words])
                page.wait_for_timeout(150)
                assert picture.screenshot() != before, f"slider {k} of explorer {n} changes nothing to be seen"
                if at_the_end:
                    page.keyboard.press("End")
                    page.wait_for_timeout(200)
            assert explorer.locator("[role=alert]:visible").count() == 0
        assert lesson.problems == []

    def test_every_choice_shows_which_one_is_taken(self, lesson: Running):
        rows = "[...document.querySelectorAll('.mlpkit-choice')]"

        counts = lesson.page.evaluate(f"() => {rows}.map((row) => row.querySelectorAll(':checked').length)")
        assert counts == [1] * len(counts)

    @pytest.mark.parametrize("width", [1300, 800])
    def test_no_picture_or_control_is_cut_off(self, lesson: Running, width: int):
        lesson.page.set_viewport_size({"width": width, "height": 1000})
        lesson.page.wait_for_timeout(500)

        cut = lesson.page.evaluate(CUT_OFF)
        assert cut == []


def test_a_prediction_is_locked_in_kept_and_revealed(lab: Lab):
    page = lab.open("lessons/00_start_here.ipynb")
    lab.run_all(page)
    question = page.locator(".mlpkit-question", has_text="You set the weight to 0").first
    button = question.get_by_role("button", name="Lock in and reveal")
    assert button.is_disabled()

    question.get_by_text("More than for the input 1").click()
    question.get_by_label("how sure").press("ArrowRight")
    button.click()

    page.get_by_text("Not so: the answer is").wait_for()
    assert question.locator("input[type=radio]").first.is_disabled()
    kept = lab.predictions()["00-weight-zero"]
    assert (kept["chosen"], kept["confidence"], kept["right"]) == ("More than for the input 1", 60, False)
    lab.close(page)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_no_serious_fault_in_a_page_s_own_content(lab: Lab, theme: str):
    page = lab.open("lessons/00_start_here.ipynb")
    lab.run_all(page)
    page.locator("img.mlpkit-picture").first.wait_for()
    lab.command(page, "apputils:change-theme", {"theme": theme})
    page.wait_for_timeout(500)
    found = violations(page, ".mlpkit-explorer, .mlpkit-question, .mlpkit-board")
    lab.command(page, "apputils:change-theme", {"theme": "JupyterLab Light"})
    lab.close(page)

    assert found == []
