"""The reader's own board: counts, calibration, and the missed questions once more."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from mlpkit import widgets
from mlpkit.predictions import all_predictions, calibration, count_by_lesson, due_now, missed
from mlpkit.widgets.working import Working


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MLPKIT_PREDICTIONS", str(tmp_path / "mine.json"))
    return tmp_path / "mine.json"


FIRST = [question for question in all_predictions() if question.startswith("01")]


def entry(right, confidence, again=None):
    return {"chosen": "an option", "right": right, "confidence": confidence} | ({"again": again} if again else {})


def words(board):
    return " ".join(getattr(child, "value", "") for child in board.children)


def test_a_lesson_counts_what_it_asks_and_what_was_answered_right_at_first():
    kept = {FIRST[0]: entry(True, 80), FIRST[1]: entry(False, 60, again=entry(True, 90)), "99-gone": entry(True, 50)}

    assert count_by_lesson(kept)["01"] == (len(FIRST), 2, 1)
    assert count_by_lesson(kept)["02"][1:] == (0, 0)
    assert "99" not in count_by_lesson(kept)


def test_calibration_groups_predictions_by_the_confidence_given():
    kept = {FIRST[0]: entry(True, 80), FIRST[1]: entry(False, 80), FIRST[2]: entry(True, 20)}

    assert calibration(kept) == {20: (1, 1), 80: (2, 1)}


def test_what_was_missed_comes_back_the_surest_error_first_until_it_is_right():
    kept = {FIRST[0]: entry(False, 30), FIRST[1]: entry(False, 90), FIRST[2]: entry(False, 70, again=entry(True, 50))}

    assert missed(kept) == [FIRST[1], FIRST[0]]


def test_what_was_right_is_due_after_a_day_or_three_and_then_after_twice_as_long():
    noon = datetime(2030, 1, 10, 12, tzinfo=UTC)

    def answered(days, confidence, right=True, **more):
        return entry(right, confidence) | {"when": (noon - timedelta(days=days)).isoformat()} | more

    kept = {
        FIRST[0]: answered(2, 50),  # unsure: after one day
        FIRST[1]: answered(2, 90),  # sure: after three
        FIRST[2]: answered(4, 90),
        FIRST[3]: answered(5, 90, again={"right": True, "in a row": 2, "when": (noon - timedelta(5)).isoformat()}),
        FIRST[4]: answered(7, 90, again={"right": True, "in a row": 2, "when": (noon - timedelta(7)).isoformat()}),
        FIRST[5]: answered(0, 90, right=False),  # missed: at once
    }

    assert set(due_now(kept, noon)) == {FIRST[0], FIRST[2], FIRST[4], FIRST[5]}


def test_what_is_due_can_be_answered_from_the_board_in_other_words(own_file):
    long_ago = {"when": "2024-01-01T00:00:00+00:00"}
    own_file.write_text(json.dumps({FIRST[0]: entry(True, 90) | long_ago, FIRST[1]: entry(False, 90) | long_ago}))
    board = widgets.progress()
    asked = next(child for child in board.children if getattr(child, "question", "") == FIRST[0])

    assert board.due == [FIRST[0]]
    assert "Due again: 1" in words(board)
    assert asked.about["prompt"] == all_predictions()[FIRST[0]]["again"]["prompt"]

    asked.given = {"answer": asked.answer, "confidence": None}
    board.refresh()
    assert board.due == []


def test_a_board_without_predictions_shows_every_lesson_and_no_picture():
    board = widgets.progress()

    assert f"0 of {len(FIRST)}" in words(board)
    assert "<img" not in words(board)


def test_a_missed_question_can_be_answered_from_the_board(own_file):
    own_file.write_text(json.dumps({FIRST[0]: entry(False, 90)}))
    board = widgets.progress()
    asked = next(child for child in board.children if getattr(child, "question", "") == FIRST[0])
    asked.given = {"answer": asked.answer, "confidence": 70}
    board.button.click()

    assert board.again == []
    assert "Missed" not in words(board)


@pytest.mark.parametrize(
    ("right", "confidence", "said"),
    [(False, 90, "surer than you should be"), (True, 20, "know more than you think"), (True, 100, "well judged")],
)
def test_the_board_says_how_well_the_reader_judges_themselves(own_file, right, confidence, said):
    own_file.write_text(json.dumps({question: entry(right, confidence) for question in FIRST[:6]}))

    assert said in words(widgets.progress())


def test_few_answers_are_no_ground_for_a_judgement(own_file):
    own_file.write_text(json.dumps({FIRST[0]: entry(False, 100)}))

    assert "as so many answers can tell" in words(widgets.progress())


def test_a_damaged_file_is_reported_on_the_board(own_file):
    own_file.write_text("{")

    assert "mine.json is damaged" in words(widgets.progress())


def test_the_page_of_a_reader_without_a_kernel_holds_nobodys_predictions(own_file):
    empty = widgets.progress()._repr_mimebundle_()["text/html"]
    own_file.write_text(json.dumps({FIRST[0]: entry(False, 90)}))

    assert widgets.progress()._repr_mimebundle_()["text/html"] == empty


def test_long_work_shows_how_far_it_is_and_yields_every_item(monkeypatch):
    shown = []
    monkeypatch.setattr(sys.modules[Working.__module__], "display", shown.append)
    done = list(widgets.working([5, 6, 7], "networks"))
    (bar,) = shown

    assert done == [5, 6, 7]
    assert (bar.done, bar.total, bar.left) == (3, 3, "")


def test_the_bar_of_long_work_says_in_a_file_what_was_worked_on():
    assert Working(about="networks", total=3)._repr_mimebundle_()["text/plain"] == "(networks: 3)"
