"""What several rooms of the tests share."""

import pytest

from tests.course.classroom import ROOT, Course


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A fresh course in which every assignment has been released."""
    made = Course(tmp_path_factory.mktemp("course"))
    for source in sorted((ROOT / "solutions").iterdir()):
        made.nbgrader("generate_assignment", source.name)
    return made
