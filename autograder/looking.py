"""What a test sees that looks at a student's function: its source text and its signature, asked for in the worker."""

import inspect
import sys
import types
from collections.abc import Callable

from autograder.proxies import Handle

MAX_PARAMETERS = 100


def look_through() -> None:
    """Let `inspect` answer for handles. It changes the module, which is this process's alone."""
    for name, ask in {
        "getsource": source, "getsourcelines": lambda f: (source(f).splitlines(keepends=True), 1),
        "signature": signature, "isfunction": lambda f: f._handle[2] == "function",
        "isclass": lambda f: f._handle[2] == "type", "isroutine": lambda f: f._handle[2] == "function",
    }.items():  # fmt: skip
        setattr(inspect, name, _through(getattr(inspect, name), ask))


def _through(usual: Callable, ask: Callable) -> Callable:
    def seen(target: object, *args: object, **kwargs: object) -> object:
        return ask(target) if isinstance(target, Handle) else usual(target, *args, **kwargs)

    return seen


def source(handle: Handle) -> str:
    text = handle._do("source")
    if type(text) is not str:
        raise TypeError("the source of this cannot be found")
    return text


def signature(handle: Handle) -> inspect.Signature:
    listed, parameters = handle._do("signature"), []
    if type(listed) is not list or len(listed) > MAX_PARAMETERS:
        raise ValueError("no signature")
    for name, kind, given in listed:
        default = {"default": given[0]} if given else {}
        parameters.append(inspect.Parameter(name, inspect._ParameterKind(kind), **default))
    return inspect.Signature(parameters)


def show_own_modules(doctor: types.ModuleType, modules: Callable[[], dict[str, str]]) -> None:
    """Let the doctor know a student's own modules, however they came there, from packages that are forbidden."""
    allowed = doctor._is_allowed
    doctor._is_allowed = lambda package: allowed(package) or (package in modules() and not _is_installed(package))


def _is_installed(package: str) -> bool:
    if package in sys.modules or package in sys.stdlib_module_names:
        return True
    from importlib.util import find_spec

    try:
        return find_spec(package) is not None
    except (ValueError, ImportError):
        return True
