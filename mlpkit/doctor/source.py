"""What can be read off a function without calling it: what it imports, and whether it uses complex numbers."""

import dis
import sys
import types
from collections.abc import Callable, Iterator

import numpy as np

_ALLOWED = {"numpy", "__future__"}


def forbidden_imports(function: Callable) -> list[str]:
    """Return the packages beside NumPy and the standard library that a function, or what it calls, uses."""
    found = {_home(cls) for cls in function.__mro__} if isinstance(function, type) else set()
    for code, names in _codes(function):
        for instruction in dis.get_instructions(code):
            if instruction.opname == "IMPORT_NAME":
                found.add(str(instruction.argval).split(".")[0])
            elif instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and instruction.argval in names:
                found.add(_home(names[instruction.argval]))
    return sorted(package for package in found if package and not _is_allowed(package))


def uses_complex_numbers(function: Callable) -> bool:
    """Return whether a function computes with complex numbers, as the complex step does."""
    for code, _ in _codes(function):
        if any(isinstance(constant, complex) for constant in code.co_consts):
            return True
        if {"imag", "complex", "complex128", "csingle", "cdouble"} & set(code.co_names):
            return True
    return False


def uses_name(function: Callable, name: str) -> bool:
    """Return whether a function or class, or what it calls, uses a global or an attribute of this name."""
    return any(name in code.co_names for code, _ in _codes(function))


def uses_class_with(function: Callable, attribute: str) -> bool:
    """Return whether a function, or what it calls, uses a class with this attribute, or an object of such a class."""
    for code, names in _codes(function):
        for value in (names[name] for name in (*code.co_names, *code.co_freevars) if name in names):
            if hasattr(value if isinstance(value, type) else type(value), attribute):
                return True
    return False


def global_data(function: Callable) -> list[str]:
    """Return the names of arrays outside the function that it reads."""
    return sorted(
        {
            name
            for code, names in _codes(function)
            for name in code.co_names
            if isinstance(names.get(name), np.ndarray)
        }
    )


def _home(value: object) -> str:
    """Return the package a global belongs to, or "" for the student's own functions and for data."""
    if isinstance(value, types.ModuleType):
        return value.__name__.split(".")[0]
    if isinstance(value, (types.FunctionType, type)):
        return "" if _is_own(value) else str(value.__module__).split(".")[0]
    return ""


def _is_own(value: object) -> bool:
    """Return whether a function or class was written by the student: its code lies in no installed package."""
    module = sys.modules.get(getattr(value, "__module__", ""), None)
    package = str(getattr(value, "__module__", "")).split(".")[0]
    installed = getattr(module, "__file__", None) or ""
    return package == "__main__" or (
        package not in sys.stdlib_module_names and "site-packages" not in installed and package != "mlpkit"
    )


def _is_allowed(package: str) -> bool:
    return package in _ALLOWED or package in sys.stdlib_module_names


def _codes(function: Callable) -> Iterator[tuple[types.CodeType, dict]]:
    """Yield the code of a function, of the functions within, and of those it calls, if the student's or beside it."""
    seen: set[int] = set()
    home = getattr(function, "__module__", None)
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if isinstance(current, type):
            waiting += [member for cls in current.__mro__ if _is_own(cls) for member in _methods(cls)]
            continue
        if not isinstance(current, types.FunctionType) or id(current.__code__) in seen:
            continue
        seen.add(id(current.__code__))
        names = dict(current.__globals__)
        names |= {
            name: cell.cell_contents
            for name, cell in zip(current.__code__.co_freevars, current.__closure__ or (), strict=True)
            if _is_filled(cell)
        }
        for code in _nested(current.__code__):
            yield code, names
            waiting += [
                names[name]
                for name in (*code.co_names, *code.co_freevars)
                if name in names and _can_be_followed(names[name], home)
            ]


def _methods(cls: type) -> Iterator[object]:
    for member in vars(cls).values():
        if isinstance(member, property):
            yield from (member.fget, member.fset)
        else:
            yield getattr(member, "__func__", member)  # what a static or class method wraps


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - asking is the only way to know
    except ValueError:
        return False
    return True


def _can_be_followed(value: object, home: str | None) -> bool:
    return isinstance(value, (types.FunctionType, type)) and (_is_own(value) or value.__module__ == home)


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)
