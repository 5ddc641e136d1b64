"""Predictions lock before they reveal; checks are judged at once, and may be tried again."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mlpkit import widgets
from mlpkit.predictions import all_questions, due
from mlpkit.widgets.question import number_in

QUESTIONS = {
    "t-number": {"kind": "number", "prompt": "How much?", "answer": 0.5, "tolerance": 0.01, "because": "Half.",
                 "wrong": {"2": "That is its inverse."}},
    "t-order": {"kind": "order", "prompt": "Sort.", "options": ["first", "second", "third"], "because": "So it is."},
    "t-choice": {"kind": "choice", "prompt": "Which?", "options": ["a", "b < c"], "answer": "b < c",
                 "because": "It is."},
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MLPKIT_PREDICTIONS", str(tmp_path / "mine.json"))
    monkeypatch.setattr("mlpkit.predictions.all_questions", lambda: QUESTIONS | all_questions())
    return tmp_path / "mine.json"


def give(question, answer, confidence=None):
    """Do what the page does when the button is pressed."""
    question.given = {"answer": answer, "confidence": confidence, "at": id(answer)}


def test_a_prediction_reveals_only_after_it_is_locked_in(own_file):
    asked = widgets.predict("00-weight-zero")
    assert asked.verdict == {}
    assert asked.answer not in str(asked.about["prompt"])

    give(asked, asked.answer, 80)

    assert asked.verdict["html"].startswith("<strong>Right.</strong>")
    assert asked.verdict["locked"]
    assert json.loads(own_file.read_text())["00-weight-zero"]["confidence"] == 80
    assert "answered this one before" in widgets.predict("00-weight-zero").verdict["html"]


def test_a_wrong_prediction_is_told_the_answer():
    asked = widgets.predict("00-weight-zero")
    give(asked, next(option for option in asked.options if option != asked.answer), 60)

    assert asked.verdict["html"].startswith(f"<strong>Not so: the answer is “{asked.answer}”.")
    assert not asked.verdict["right"]


def test_options_are_shuffled_anew_each_time():
    orders = {str([words for words, _ in widgets.predict("00-weight-zero").about["options"]]) for _ in range(60)}

    assert len(orders) == 6  # of three options


def test_the_page_without_a_kernel_holds_no_answer_and_is_the_same_each_time():
    pages = {widgets.predict("00-weight-zero")._repr_mimebundle_()["text/html"] for _ in range(5)}

    assert len(pages) == 1
    assert all_questions()["00-weight-zero"]["because"].strip() not in pages.pop()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("1/2", 0.5),
        (" −3 ", -3.0),
        ("1e-3", 0.001),
        ("50 %", 50.0),
        ("half", None),
        ("", None),
        ("1/0", None),
    ],
)
def test_a_number_is_read_as_people_type_it(typed, number):
    assert number_in(typed) == number


def test_a_number_is_judged_within_its_tolerance_and_a_known_mistake_has_its_own_words(own_file):
    asked = widgets.ask("t-number")
    give(asked, "0.505")
    assert asked.verdict == {"html": "<strong>Right.</strong> Half.", "right": True}
    give(asked, "2")
    assert asked.verdict == {"html": "<strong>Not so.</strong> That is its inverse.", "right": False}
    give(asked, "a lot")
    assert "Type one number" in asked.verdict["html"]

    kept = json.loads(own_file.read_text())["t-number"]
    assert (kept["chosen"], kept["right"], kept["again"]["right"]) == ("0.505", True, False)
    assert "confidence" not in kept


def test_an_order_is_right_when_it_is_the_one_of_the_course():
    asked = widgets.ask("t-order")
    give(asked, ["second", "first", "third"])
    assert not asked.verdict["right"]
    give(asked, ["first", "second", "third"])
    assert asked.verdict["right"]


def test_a_check_can_be_tried_again_and_markup_in_an_option_is_text():
    asked = widgets.ask("t-choice")
    assert ["b < c", "b &lt; c"] in asked.about["options"]
    give(asked, "a")
    assert not asked.verdict.get("locked")
    give(asked, "b < c")
    assert asked.verdict["right"]


def test_an_answer_that_could_not_be_kept_says_so(own_file):
    own_file.write_text("{")
    asked = widgets.ask("t-choice")
    give(asked, "a")

    assert "Not kept: mine.json is damaged" in asked.verdict["html"]
    assert own_file.read_text() == "{"


@pytest.mark.parametrize("name", [name for name, asked in all_questions().items()])
def test_a_question_of_the_course_is_whole(name):
    asked = all_questions()[name]
    assert asked["prompt"]
    assert asked["because"].strip()
    kind = asked.get("kind", "choice")
    if kind == "choice":
        assert asked["answer"] in asked["options"]
        assert len(set(asked["options"])) == len(asked["options"]) >= 2
    elif kind == "number":
        assert isinstance(asked["answer"], (int, float))
    else:
        assert kind == "order"
        assert len(set(asked["options"])) == len(asked["options"]) >= 3


def kept(right, confidence, days, **more):
    when = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    return {"chosen": "an option", "right": right, "confidence": confidence, "when": when, **more}


FIRST = [question for question in all_questions() if question.startswith("01") and "check" not in question]


def test_what_was_missed_comes_back_before_what_was_unsure_and_what_was_sure_comes_last():
    answers = {FIRST[0]: kept(True, 90, 1), FIRST[1]: kept(True, 50, 1.5), FIRST[2]: kept(False, 80, 1)}

    assert due(answers, "02")[:3] == [FIRST[2], FIRST[1], FIRST[0]]


def test_each_time_that_an_answer_is_right_again_the_interval_doubles():
    again = {"again": kept(True, 90, 4) | {"in a row": 3}}  # 3 days, then 6, then 12
    answers = {FIRST[0]: kept(True, 90, 40, **again), FIRST[1]: kept(True, 90, 4)}

    assert due(answers, "02")[:2] == [FIRST[1], FIRST[0]]


def test_only_earlier_lessons_are_asked_and_there_are_always_three():
    asked = widgets.recall("02").asked

    assert len(asked) == 3
    assert all(question[:2] < "02" for question in asked)
    with pytest.raises(ValueError, match="lesson must be the two digits of a lesson, such as '03', but it is '3'"):
        widgets.recall("3")


def test_a_recalled_question_says_its_lesson_and_an_answer_moves_it_on(own_file):
    own_file.write_text(json.dumps({FIRST[0]: kept(False, 90, 1)}))
    board = widgets.recall("02")
    first = board.children[0]
    assert (first.question, first.lead) == (FIRST[0], "From lesson 1.")

    give(first, first.answer)
    assert first.verdict["locked"]
    assert widgets.recall("02").asked[0] == FIRST[0]  # nothing else was ever answered
    entry = json.loads(own_file.read_text())[FIRST[0]]["again"]
    assert (entry["right"], entry["in a row"]) == (True, 1)


def test_the_page_of_a_recall_is_the_same_for_everybody(own_file):
    empty = widgets.recall("02")._repr_mimebundle_()["text/html"]
    own_file.write_text(json.dumps({FIRST[0]: kept(False, 90, 1)}))

    assert widgets.recall("02")._repr_mimebundle_()["text/html"] == empty
