"""What an assignment asks beside the functions that the doctor examines: warm-ups, bug-hunts, written answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A row of the table of progress: what it is called, and the names that an answer binds (none if it is prose)."""

    title: str
    names: tuple[str, ...] = ()

    @property
    def is_written(self) -> bool:
        return not self.names

    @property
    def is_warm_up(self) -> bool:
        return self.title == "warm-up"


def _warm_up(*names: str) -> Task:
    return Task("warm-up", names)


def _diagnosis(*names: str) -> Task:
    return Task("bug-hunt", names)


def _cure(*names: str) -> Task:
    return Task("the cure", names)


WRITTEN = Task("in your own words")

TASKS: dict[str, tuple[Task, ...]] = {
    "01_logistic_regression": (WRITTEN,),
    "02_xor": (_warm_up("hidden", "outputs"), _diagnosis("cause", "distinct_units"), _cure("start"), WRITTEN),
    "03_softmax": (_warm_up("rows", "gradient"), _diagnosis("cause", "floor"), _cure("train_classifier"), WRITTEN),
    "04_activations": (_warm_up("slopes"), _diagnosis("cause", "since"), _cure("dead_units", "revive"), WRITTEN),
    "05_backpropagation": (
        _warm_up("out", "delta2", "delta1", "dW2", "dW1"),
        _diagnosis("cause", "wrong_layers"),
        _cure("descent_step"),
        WRITTEN,
    ),
    "06_automatic_differentiation": (
        _warm_up("a", "b", "out", "d_b", "d_a", "d_x", "d_y", "along"),
        _diagnosis("line_1", "line_2", "line_3"),
        _cure("Mended"),
        Task("XOR", ("xor_loss", "train_xor")),
        WRITTEN,
    ),
    "07_vanishing_gradients": (
        _warm_up("largest", "variance", "jacobian"),
        _diagnosis("diagnoses"),
        _cure("cures"),
        WRITTEN,
    ),
    "08_universality": (
        _warm_up("a", "b", "inputs", "pieces"),
        _diagnosis("flaws"),
        _cure("fair_comparison"),
        WRITTEN,
    ),
    "09_training": (
        _warm_up("steps_per_epoch", "largest_rate", "kept_unit", "final_velocity"),
        Task(
            "what you bring along", ("cross_entropy", "cross_entropy_gradient", "relu_derivative", "linear_backward")
        ),
        _diagnosis("diagnoses"),
        _cure("cures"),
        Task("your digits", ("learn", "classify")),
        WRITTEN,
    ),
}


def find_task(assignment_id: str, names: tuple[str, ...]) -> Task | None:
    """Return the task that binds just these names, None if there is none."""
    return next((task for task in TASKS.get(assignment_id, ()) if names and task.names == names), None)
