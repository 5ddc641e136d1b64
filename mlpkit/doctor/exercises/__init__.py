"""The exercises of all assignments: `EXERCISES[assignment_id][function_name]`."""

from importlib import import_module

from mlpkit.doctor.exercise import Exercise

_ROOMS = (
    "logistic_regression",
    "logistic_training",
    "xor",
    "xor_gradients",
    "softmax",
    "softmax_gradients",
    "activations",
    "learned_activations",
    "backpropagation",
    "deep_backpropagation",
    "automatic_differentiation",
    "wrong_vars",
    "wrong_rules",
    "automatic_gradients",
    "dual_numbers",
    "wrong_duals",
    "broadcasting",
    "initialisation",
    "orthogonal",
    "vanishing_gradients",
    "clipping",
    "universality",
    "linear_pieces",
    "unfolding",
    "training",
    "dropout",
    "momentum",
    "early_stopping",
    "training_runs",
)

EXERCISES: dict[str, dict[str, Exercise]] = {}
for _room in _ROOMS:
    for _exercise in vars(import_module(f"mlpkit.doctor.exercises.{_room}")).copy().values():
        if isinstance(_exercise, Exercise):
            EXERCISES.setdefault(_exercise.assignment, {})[_exercise.name] = _exercise
