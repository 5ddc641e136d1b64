"""The globals of the test cells: the instructor's names, and the student's, asked for in the worker."""

import builtins
from typing import TYPE_CHECKING

from autograder.proxies import Handle

if TYPE_CHECKING:
    from autograder.grader import Run


class Namespace(dict):
    """The globals of the test cells. A name that the instructor's cells bind is the instructor's, bound or not; one
    that the solution cells bind, or that nobody knows, is asked for in the worker each time it is read."""

    def __init__(self, run: "Run") -> None:
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=lambda: _Magics())
        self.run, self.owner = run, {}

    def __missing__(self, name: str) -> object:
        owner = self.owner.get(name)
        if owner == "instructor" or (owner is None and hasattr(builtins, name)):
            raise KeyError(name)
        return self.run.ask(name)

    def __setitem__(self, name: str, value: object) -> None:
        """Bind a name; one of a student's is bound in the worker too, for as long as the test runs."""
        super().__setitem__(name, value)
        if self.owner.get(name) == "student":
            self.run.rebind(name, value)

    def take(self, names: frozenset[str], by_test: bool) -> None:
        """From here on these names are the instructor's; a test that puts a student's name back leaves it theirs."""
        for name in names:
            if not (by_test and self.owner.get(name) == "student" and name not in self):
                self.owner[name] = "instructor"

    def forget_students(self) -> None:
        """Ask anew for the names of student's objects that a test has bound."""
        for name in [n for n, v in self.items() if isinstance(v, Handle) and self.owner.get(n) == "student"]:
            super().__delitem__(name)

    def __delitem__(self, name: str) -> None:
        """Unbind a name: `del squares` in a test takes the student's `squares` away from their other functions."""
        students = self.owner.get(name) == "student"
        if name in self:
            super().__delitem__(name)
        elif not students:
            raise NameError(f"name {name!r} is not defined")
        if students:
            self.run.unbind(name)


class _Magics:
    """What a trusted cell's magics do in the grader, which has no IPython: nothing."""

    def run_line_magic(self, *args: object, **kwargs: object) -> None:
        pass

    def run_cell_magic(self, *args: object, **kwargs: object) -> None:
        pass
