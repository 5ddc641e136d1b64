from pathlib import Path

from mlpkit.doctor.exercises import EXERCISES


def test_the_power_on_every_assignment_is_measured():
    measured = {path.stem[-2:] for path in Path(__file__).parent.glob("test_power_*.py")}
    assert measured == {assignment[:2] for assignment in EXERCISES}
