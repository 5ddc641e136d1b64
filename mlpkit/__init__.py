"""mlpkit: the NumPy rooms under the course on multi-layer neural networks.

`import mlpkit` loads NumPy alone. A room is loaded when it is first used: `mlpkit.plotting` brings Matplotlib,
`mlpkit.widgets` brings ipywidgets, and nothing else does.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a source tree can be imported by any Python
    raise ImportError(
        f"mlpkit needs Python 3.11 or newer and this is Python {sys.version.split()[0]}: install a newer one, "
        "delete the folder .venv and run 'make lab' again"
    )

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = (
    "activations",
    "losses",
    "layers",
    "initialisation",
    "network",
    "training",
    "gradcheck",
    "doctor",
    "network_check",
    "autodiff",
    "ensembles",
    "geometry",
    "approximation",
    "datasets",
    "plotting",
    "widgets",
)

__all__ = list(_ROOMS)


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return import_module(f"mlpkit.{name}")
    raise AttributeError(f"mlpkit has no room {name!r}: it has {', '.join(_ROOMS)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
