"""Which names of a notebook are older than the last run of the cell that defines them.

A cell with a syntax error, or one that stops before it comes to a definition, leaves the definition of an earlier run
in place; so does a check that is run next, which would judge what the reader no longer sees.
"""

import re
import sys

# What a cell binds at the left margin. It need not compile, so it is read as text.
_BINDING = re.compile(r"^(?:async +def|def|class) +(\w+)|^(\w+(?: *, *\w+)*) *(?::[^=\n]+)?=(?!=)", re.M)
STOPPED = "TimeUp"  # what ends a cell that takes too long when a notebook is validated: see patience.py
_left_over: dict[
    str, tuple[object, str]
] = {}  # name: what an earlier run bound to it, and what stopped the later one
_before: dict[str, object] = {}


def bound_names(text: str) -> set[str]:
    """Return the names that a cell defines or assigns at its left margin, whether it compiles or not."""
    found = (match.group(1) or match.group(2) for match in _BINDING.finditer(text))
    return {name.strip() for names in found for name in names.split(",")}


def why_old(name: str, namespace: dict) -> str | None:
    """Return the name of the error that kept the last run of a cell from binding `name` anew, None if none did."""
    value, error = _left_over.get(name, (None, ""))
    return error if error and namespace.get(name) is value else None


def current_shell() -> object | None:
    """Return IPython's shell if this Python runs in one, and None anywhere else; it does not load IPython."""
    core = sys.modules.get("IPython.core.getipython")
    return core.get_ipython() if core else None


def watch_cells() -> None:
    """Look at every cell that the notebook runs from now on; without IPython do nothing."""
    shell = current_shell()
    if shell is not None and not getattr(shell, "_mlpkit_watches", False):
        shell._mlpkit_watches = True
        shell.events.register("pre_run_cell", lambda info: _begin(info.raw_cell, shell.user_ns))
        shell.events.register("post_run_cell", lambda result: _end(result, shell.user_ns))


def _begin(text: str, namespace: dict) -> None:
    _before.clear()
    _before.update({name: namespace[name] for name in bound_names(text) if name in namespace})


def _end(result: object, namespace: dict) -> None:
    error = result.error_before_exec or result.error_in_exec
    for name in bound_names(result.info.raw_cell if result.info else ""):
        _left_over.pop(name, None)
        is_old = name in _before and namespace.get(name) is _before[name]
        if error and (is_old or type(error).__name__ == STOPPED):
            _left_over[name] = namespace.get(name), type(error).__name__
    _before.clear()
