"""The gradient doctor: it does not only say that an answer is wrong, but what is wrong with it, by name."""

from mlpkit.doctor.examine import check, examine, find_exercise
from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.report import Report, Worst

__all__ = ["EXERCISES", "Report", "Worst", "check", "examine", "find_exercise"]
