"""Predictions are kept where the reader can read them, and no accident loses them."""

import json

import pytest

from mlpkit.predictions import (
    all_predictions,
    all_questions,
    find_question,
    keep_prediction,
    predictions_file,
    read_predictions,
)


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MLPKIT_PREDICTIONS", str(tmp_path / "mine.json"))
    return tmp_path / "mine.json"


def test_a_prediction_is_kept_in_readable_json(own_file):
    keep_prediction("q", "Why?", "A", False, "B", 70)
    kept = json.loads(own_file.read_text())["q"]

    assert (kept["prompt"], kept["chosen"], kept["answer"], kept["confidence"], kept["right"]) == (
        "Why?",
        "A",
        "B",
        70,
        False,
    )


def test_the_first_answer_counts_and_a_later_one_is_kept_beside_it():
    keep_prediction("q", "Why?", "A", False, "B", 70)
    keep_prediction("q", "Why?", "B", True, "B", 90)
    kept = read_predictions()["q"]

    assert (kept["right"], kept["again"]["right"]) == (False, True)


def test_nothing_is_known_before_the_first_prediction():
    assert read_predictions() == {}


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_damaged_file_is_reported_and_not_overwritten(own_file, text):
    own_file.write_text(text)
    with pytest.raises(ValueError, match=r"mine.json .* delete it to start anew"):
        keep_prediction("q", "Why?", "A", False, "B", 70)

    assert own_file.read_text() == text


def test_without_a_name_the_file_lies_beside_00_start_here(tmp_path, monkeypatch):
    monkeypatch.delenv("MLPKIT_PREDICTIONS")
    (tmp_path / "00_start_here.ipynb").touch()
    (tmp_path / "01").mkdir()
    monkeypatch.chdir(tmp_path / "01")

    assert predictions_file() == tmp_path / "my_predictions.json"


def test_an_unknown_question_is_named():
    with pytest.raises(
        ValueError, match="question must be the id of a question in mlpkit/questions/, but it is '99-none'"
    ):
        find_question("99-none")


def test_every_prediction_has_one_answer_among_distinct_options_and_a_reason():
    assert len(all_predictions()) >= 8
    for asked in all_predictions().values():
        for question in (asked, asked | asked.get("again", {})):
            assert set(question) - {"again"} == {"prompt", "options", "answer", "because"}
            assert question["answer"] in question["options"]
            assert len(set(question["options"])) == len(question["options"]) >= 2
        assert len(asked["because"].split()) > 10


def test_every_check_can_be_answered_and_says_something_to_each_wrong_answer_that_it_names():
    checks = [question for question in all_questions().values() if "kind" in question]
    for check in checks:
        assert check["kind"] in ("number", "choice", "order")
        assert len(check["because"].split()) > 5
        if check["kind"] == "number":
            assert isinstance(check["answer"], float)
            assert all(float(wrong) != check["answer"] for wrong in check.get("wrong", {}))
        else:
            assert len(set(check["options"])) == len(check["options"]) >= 3
        if check["kind"] == "choice":
            assert check["answer"] in check["options"]
            assert set(check.get("wrong", {})) <= set(check["options"]) - {check["answer"]}
