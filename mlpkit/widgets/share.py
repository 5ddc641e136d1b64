"""The line of code that rebuilds what a reader sees: the call in their own cell, with the controls' values added."""

import ast
import inspect
import linecache
from types import FrameType

import numpy as np

_HERE = __name__.rpartition(".")[0]


def call_of(frame: FrameType | None) -> str:
    """Return the text of the call, outside this package, that led to `frame`: "widgets.neuron(X, y)".

    Where the text cannot be had, the name of the function that was called stands in for it.
    """
    name = "Explorer"
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_HERE):
        name = frame.f_code.co_name
        frame = frame.f_back
    if frame is not None:
        place = inspect.getframeinfo(frame, context=0).positions
        lines = linecache.getlines(frame.f_code.co_filename)[place.lineno - 1 : place.end_lineno]
        if lines:
            text = "".join(lines).encode()  # columns count bytes
            last = len(text) - len(lines[-1].encode()) + place.end_col_offset
            call = text[place.col_offset : last].decode()
            if _is_call(call):
                return call
    return f"widgets.{name}()"


def with_arguments(call: str, values: dict[str, object]) -> str:
    """Return the text of a call with keyword arguments set to `values`, in place of those of the same name."""
    made = ast.parse(call, mode="eval").body
    kept = [keyword for keyword in made.keywords if keyword.arg not in values]
    made.keywords = kept + [ast.keyword(name, _literal(value)) for name, value in values.items()]
    return ast.unparse(made)


def _is_call(text: str) -> bool:
    try:
        return isinstance(ast.parse(text, mode="eval").body, ast.Call)
    except SyntaxError:
        return False


def _literal(value: object) -> ast.expr:
    """Return a value as code: numbers with as many digits as tell, lists entry by entry."""
    plain = np.round(value, 6).tolist() if isinstance(value, (float, list)) else value
    return ast.parse(repr(plain), mode="eval").body
