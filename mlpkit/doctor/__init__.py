"""The gradient doctor: it does not only say that an answer is wrong, but what is wrong with it, by name."""

from mlpkit.doctor.examine import examine, find_exercise, forbidden
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.report import Report, Worst
from mlpkit.doctor.table import progress
from mlpkit.doctor.visible import explains

__all__ = ["EXERCISES", "Report", "Worst", "examine", "explains", "find_exercise", "forbidden", "progress"]
