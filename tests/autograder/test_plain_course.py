"""A course that knows nothing of mlpkit: nbgrader's own example, with its header."""

import json
import shutil
from pathlib import Path

import nbgrader
import pytest

from autograder.__main__ import main
from autograder.course import CourseError, load
from tests.autograder.classes import marks

GUIDE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'plain'\n"
CONFIG += "c.IncludeHeaderFooter.header = 'source/header.ipynb'\n"


def plain(folder: Path, example: str = "ps1") -> Path:
    (folder / "nbgrader_config.py").write_text(CONFIG)
    place = folder / "source" / "ps1"
    place.mkdir(parents=True)
    shutil.copy(GUIDE / "source" / "header.ipynb", folder / "source")
    shutil.copy(GUIDE / "source" / example / "problem1.ipynb", place)
    return folder


def test_nbgraders_example_is_graded_with_its_header_and_autotests(tmp_path):
    folder = plain(tmp_path, "ps1_autotest")
    with pytest.raises(CourseError, match=r"has AUTOTESTs, but there is no autotests\.yml"):
        load(folder).job("ps1")
    shutil.copy(GUIDE / "autotests.yml", folder)
    source = json.loads(load(folder).job("ps1").source)
    assert "".join(source["cells"][1]["source"]).startswith("NAME")
    tests = "\n".join("".join(cell["source"]) for cell in source["cells"])
    assert "AUTOTEST" not in tests
    assert 'assert str(squares(1)) == """[1]"""' in tests
    kept = list((folder / "autotests").glob("*.ipynb"))
    load(folder).job("ps1")
    assert list((folder / "autotests").glob("*.ipynb")) == kept, "made once"


def test_the_guides_submission_gets_its_marks_and_the_header_is_known(tmp_path):
    folder = plain(tmp_path)
    for student in ("bitdiddle", "hacker"):
        place = folder / "submitted" / student / "ps1"
        place.mkdir(parents=True)
        shutil.copy(GUIDE / "submitted" / student / "ps1" / "problem1.ipynb", place)
    assert main(["grade", "ps1", "--course", str(folder), "--quiet"]) == 0
    found = {(row[0], row[2]): row[3] for row in marks(folder)[0]}
    # By hand: bitdiddle's squares begins at 0 and raises ValueError where it should.
    assert found["bitdiddle", "correct_squares"] == 0
    assert found["bitdiddle", "squares_invalid_input"] == 1
    assert found["bitdiddle", "sum_of_squares_uses_squares"] == 0.5
    assert found["bitdiddle", "sum_of_squares_application"] is None, "he wrote a formula elsewhere: a human looks"
    assert found["hacker", "correct_squares"] == 1
