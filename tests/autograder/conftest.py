import os

import pytest

from autograder.engine import close_engines, grade_bytes
from tests.autograder import classes, course


@pytest.fixture(scope="session")
def grade():
    """Grade a submission of the small assignment with an engine that this test process keeps, and short limits."""
    os.environ["AUTOGRADER_TEST_SECRET"] = "the instructor's"
    job = course.job(call_seconds=2.0, cell_seconds=3.0, notebook_seconds=40.0, memory=2 * 2**30)

    def run(data: bytes) -> dict:
        result = grade_bytes(job, data)
        assert result["status"] != "fault", result
        return result

    yield run
    close_engines()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """A class that was graded in one go, from a course that had no gradebook yet."""
    folder = classes.fill(tmp_path_factory.mktemp("undisturbed"), gradebook=False)
    done = classes.grade(folder)
    assert done.returncode == 0, done.stderr
    return folder
