"""The grader's side: what a test cell holds in its hands when it names something of a student's.

A call of a student's function sends the arguments to the worker and brings back plain data. What is not plain data
stays there, and the test holds a handle. A handle can be called, read, indexed, walked through and computed with; it
never turns into a number, an array or a truth by itself. That is what a lying subclass would need: `assert handle`,
`handle == 3` and `np.allclose(handle, expected)` all fail, and no expected value is ever sent over to be compared.
"""

import builtins
import contextlib
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from autograder.channel import Channel, new_number
from autograder.protocol import (
    ERRORS,
    MAX_LIVE,
    CannotCross,
    Decoder,
    Encoder,
    ProtocolError,
    function_bytes,
    handle_bytes,
    numpy_name,
)
from autograder.replies import Snapshot, kind_of, reply_bytes, restore, write_bytes

MAX_LIVE_BYTES = 4 * 2**20  # of arrays that are watched for changes
MAX_NESTING = 50  # callbacks within calls within callbacks
READABLE = ("__name__", "__doc__", "__qualname__")
EXCEPTIONS = {
    name: cls
    for name, cls in vars(builtins).items()
    if isinstance(cls, type) and issubclass(cls, Exception) and not issubclass(cls, Warning)
}
EXCEPTIONS |= {"LinAlgError": np.linalg.LinAlgError, "AxisError": np.exceptions.AxisError}
WARNINGS = {
    name: cls for name, cls in vars(builtins).items() if isinstance(cls, type) and issubclass(cls, Warning)
} | {"ComplexWarning": np.exceptions.ComplexWarning}


class StudentError(Exception):
    """An exception of a class that only the student's code knows."""


class WorkerLost(BaseException):
    """The worker is gone: `why` is "time-out", "crash", "memory" or "tampering". No test can catch it by accident."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why, self.detail = why, detail


class Lost(BaseException):
    """A test used an object that went down with an earlier worker, which is not this student's answer's fault."""


class Handle:
    """An object of the student's. `type_name` is what its class is called there."""

    __array_ufunc__ = None  # NumPy leaves `array + handle` to the handle, which refuses
    __hash__ = object.__hash__

    def __init__(self, connection: "Connection", number: int, type_name: str) -> None:
        object.__setattr__(self, "_handle", (connection, number, type_name))
        object.__setattr__(self, "_name", "")  # what the notebook calls it

    def __repr__(self) -> str:
        return f"<{self._handle[2]}>"

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in READABLE:
            raise AttributeError(name)
        return self._do("attribute", name)

    def __setattr__(self, name: str, value: object) -> None:
        self._do("set attribute", name, value)

    def _do(self, action: str, *args: object, **kwargs: object) -> object:
        return self._handle[0].do(action, self, list(args), kwargs)

    def __getitem__(self, key: object) -> object:
        return self._do("item", key)

    def __setitem__(self, key: object, value: object) -> None:
        self._do("set item", key, value)

    def __len__(self) -> int:
        return self._plain(self._do("length", True), int)

    def __iter__(self) -> Iterator:
        return iter(self._plain(self._do("items"), list))

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Handle) and self._plain(self._do("instance", value), bool)

    def _plain(self, value: object, kind: type) -> object:
        if type(value) is not kind:
            raise TypeError(f"the student's {self._handle[2]} gave no {kind.__name__}")
        return value

    def _operate(self, name: str, other: object, reflected: bool) -> object:
        if not isinstance(other, Handle) and type(other) not in (int, float, np.float64, np.int64):
            raise self._refusal(f"be computed with a {type(other).__name__}")
        result = self._do(name, other, reflected)
        if not isinstance(result, Handle):
            raise self._refusal("turn into plain data by arithmetic")
        return result

    def _unary(self, name: str) -> object:
        result = self._do(name)
        if not isinstance(result, Handle):
            raise self._refusal("turn into plain data by arithmetic")
        return result

    def _refusal(self, doing: str) -> TypeError:
        return TypeError(
            f"plain numbers or arrays are expected, but the answer is an object of type {self._handle[2]}, "
            f"which cannot {doing}"
        )

    def __neg__(self) -> object:
        return self._unary("negative")

    def __pos__(self) -> object:
        return self._unary("positive")

    def __abs__(self) -> object:
        return self._unary("absolute")


@lru_cache(1000)
def _handle_class(can_call: bool, type_name: str) -> type:
    """A class of handles that is called as the student's own type, for the words of whoever asks `type(...)`."""
    module, _, name = type_name.rpartition(".")
    base = CallableHandle if can_call else Handle
    return type(name, (base,), {"__module__": module or "__main__"})


class CallableHandle(Handle):
    """A function, class or other callable of the student's."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self._do("call", *args, **kwargs)


def _add_operators() -> None:
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        setattr(Handle, f"__{name}__", lambda self, other, n=name: self._operate(n, other, False))
        setattr(Handle, f"__r{name}__", lambda self, other, n=name: self._operate(n, other, True))
    for name, doing in {
        **dict.fromkeys(("lt", "le", "gt", "ge"), "be compared"),
        **dict.fromkeys(("bool", "contains"), "be asked for a truth"),
        **dict.fromkeys(("float", "int", "complex", "index", "array", "array_interface", "array_struct", "round"),
                        "be turned into one"),
    }.items():  # fmt: skip

        def refuse(self: Handle, *args: object, _doing: str = doing, **kwargs: object) -> object:
            raise self._refusal(_doing)

        setattr(Handle, f"__{name}__", property(refuse) if name in ("array_interface", "array_struct") else refuse)

    def equal(self: Handle, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Handle) or other is None or isinstance(other, str | type):
            return False
        raise self._refusal("be compared")

    Handle.__eq__ = equal
    Handle.__ne__ = lambda self, other: not equal(self, other)
    Handle.__hash__ = object.__hash__


_add_operators()


class Connection:
    """One worker, seen from the grader: asks it, answers its callbacks, keeps the time."""

    def __init__(self, sock: socket.socket, call_seconds: float, watch: Callable[[], None]) -> None:
        self.channel = Channel(sock, watch)
        self.call_seconds = call_seconds
        self.deadline = float("inf")  # set by the grader for each cell
        self.handles: dict[int, Handle] = {}
        self.functions: dict[int, Callable] = {}  # what the test has passed to student code
        self.passed = 0
        self.names: dict[str, Handle] = {}
        self.bound: set[str] = set()  # the names that the test has bound or unbound in the worker
        self.alive, self.nesting = True, 0
        self.live: list[tuple[int, list, Snapshot]] = []  # what replies have shown of their objects
        self.forwarding = False  # whether a warning of the student's code is being given here
        self.baseline = None  # the warning filters of a test that has not touched them

    def begin_test(self) -> None:
        """Forget what an earlier test passed on."""
        self.baseline = list(warnings.filters)
        self.functions.clear()
        self.live.clear()

    def run_cell(self, source: str, seconds: float) -> list[dict]:
        """Run a student's cell and return its outputs, as the worker tells them. Raises WorkerLost."""
        deadline = min(self.deadline, time.monotonic() + seconds)
        self.names.clear()
        return self._exchange(["cell", new_number(), source], deadline)

    def put_file(self, name: str, data: bytes) -> None:
        """Put one of the assignment's own files into the worker's folder."""
        self._exchange(["file", new_number(), name, data], time.monotonic() + self.call_seconds)

    def name(self, name: str) -> object:
        """What the student's notebook calls `name`. A handle is kept until the worker says that the name is bound to
        something else; plain data is fetched each time, for it may have changed in place."""
        if name not in self.names:
            try:
                value = self.do("name", name, [], {})
            except NameError as error:
                error.missing = name
                raise
            if not isinstance(value, Handle):
                return value
            object.__setattr__(value, "_name", name)
            self.names[name] = value
        return self.names[name]

    def bind(self, name: str, value: object) -> None:
        """Bind a name in the student's notebook until `restore_names`. Raises CannotCross for what cannot be sent."""
        self.names.pop(name, None)
        self.do("bind", name, [value], {})
        self.bound.add(name)

    def unbind(self, name: str) -> None:
        """Take a name out of the student's notebook until `restore_names`; NameError if it is not there."""
        self.names.pop(name, None)
        self.do("unbind", name, [], {})
        self.bound.add(name)

    def restore_names(self) -> None:
        """Give the names that the test has bound or taken away back what the student's cells gave them."""
        if self.bound and self.alive:
            for name in self.bound:
                self.names.pop(name, None)
            self.bound.clear()
            self.do("restore names", None, [], {})

    def write_back(self) -> None:
        """Write to the student's objects what the test has changed in them: `model.params["W"] = ...`."""
        for place, (shown, objects, before) in enumerate(self.live):
            if changed := before.changed():
                number = new_number()
                with contextlib.suppress(CannotCross):  # what cannot be sent stays here
                    frame = write_bytes(self._leave, number, shown, changed, objects)
                    self._ask(frame, number, [], time.monotonic() + self.call_seconds)
                self.live[place] = shown, objects, Snapshot(objects)

    def do(self, action: str, target: object, args: list, kwargs: dict) -> object:
        context: dict = {}
        self.write_back()
        if (errors := np.geterr()) != _DEFAULT_ERRORS:
            context["errstate"] = tuple(errors[name] for name in ERRORS)
        if self.baseline is not None and warnings.filters != self.baseline:
            context["strict"] = True
        deadline = min(self.deadline, time.monotonic() + self.call_seconds)
        return self._exchange(["do", new_number(), action, target, args, kwargs, context], deadline)

    def _exchange(self, request: list, deadline: float) -> object:
        encoder = Encoder(self._leave, copies=False)  # a call could change a copy, and nobody would see it
        return self._ask(encoder.encode(request), request[1], encoder.table, deadline)

    def _ask(self, frame: bytes, number: int, table: list, deadline: float) -> object:
        """Send a request whose mutable objects are `table`, answer callbacks, and return the reply's value."""
        if not self.alive:
            raise Lost("an object of a worker that is gone")
        known = len(table)
        self.alive = False  # unless this exchange comes to its end
        try:
            self.channel.send(frame, deadline)
            while kind_of(frame := self.channel.receive(deadline)) == "callback":
                self._call_back(frame, deadline)
            reply = self._decoder(frame, table).decode()
            if type(reply) is not list or len(reply) < 5 or reply[0] not in ("ok", "error") or reply[1] != number:
                raise ProtocolError("a reply to nothing that was asked")
            restore(reply[-2], table)
            caught = self._printed(reply[-1])
            failure = None if reply[0] == "ok" else _student_exception(reply[2:-2])
        except ProtocolError as error:
            raise WorkerLost("tampering", str(error)) from None
        except TimeoutError:
            raise WorkerLost("time-out") from None
        except (EOFError, OSError):
            raise WorkerLost("crash", "the process ended") from None
        self.alive = True
        self._watch_live(number, table[known + 1 :], reply[-1].get("live"))
        self.forwarding = True
        try:
            for warning in caught:
                warnings.warn_explicit(*warning)  # as an error if the test says so
        finally:
            self.forwarding = False
        if failure is not None:
            raise failure
        return reply[2]

    def _watch_live(self, number: int, objects: list, count: object) -> None:
        if type(count) is not int or not 0 < count <= len(objects) or any(x is None for x in objects[:count]):
            return
        objects = objects[:count]
        if sum(x.nbytes for x in objects if type(x) is np.ndarray) > MAX_LIVE_BYTES:
            return
        self.live.append((number, objects, Snapshot(objects)))
        del self.live[:-MAX_LIVE]

    def _leave(self, value: object) -> bytes:
        if isinstance(value, Handle):
            connection, number, name = value._handle
            if connection is not self:
                raise Lost("an object of a worker that is gone")
            return handle_bytes(number, isinstance(value, CallableHandle), name)
        by_name = numpy_name(value)
        if by_name is not None:
            return by_name
        if callable(value):
            self.passed += 1
            self.functions[self.passed] = value
            return function_bytes(self.passed, str(getattr(value, "__name__", "function")))
        raise CannotCross(f"the test passes a {type(value).__name__}, which cannot be sent to the student's function")

    def _decoder(self, frame: bytes, table: list) -> Decoder:
        return Decoder(frame, self._handle, self._function, table)

    def _handle(self, number: int, can_call: bool, type_name: str) -> Handle:
        if number not in self.handles:
            self.handles[number] = _handle_class(can_call, type_name)(self, number, type_name)
        return self.handles[number]

    def _function(self, number: int, name: str) -> Callable:
        if number not in self.functions:
            raise ProtocolError("a function that was not passed")
        return self.functions[number]

    def _call_back(self, frame: bytes, deadline: float) -> None:
        """The student's function calls one that the test has passed to it."""
        table: list = []
        message = self._decoder(frame, table).decode()
        if len(message) != 5 or type(message[3]) is not list or type(message[4]) is not dict:
            raise ProtocolError("no callback")
        _, number, function, args, kwargs = message
        if type(function) is not int or function not in self.functions or self.nesting >= MAX_NESTING:
            raise ProtocolError("a callback to nothing that was passed")
        if not all(type(key) is str for key in kwargs):
            raise ProtocolError("no callback")
        before = Snapshot(table)
        self.nesting += 1
        self.alive = True
        try:
            value = self.functions[function](*args, **kwargs)
            reply = reply_bytes(self._leave, "ok", number, [value], table, before.changed(), {})
        except Exception as error:
            plain = [a for a in error.args if type(a) in (str, int, float)]
            reply = reply_bytes(self._leave, "error", number, [type(error).__name__, plain], table, [], {})
        finally:
            self.nesting -= 1
            self.alive = False
        self.channel.send(reply, deadline)

    def _printed(self, effects: object) -> list[tuple]:
        """Print what the student's code printed; return its warnings as arguments for `warnings.warn_explicit`."""
        if type(effects) is not dict:
            raise ProtocolError("no effects")
        for name in ("stdout", "stderr"):
            text = effects.get(name, "")
            if type(text) is not str:
                raise ProtocolError("no text")
            if text:  # here and now, so that a test finds it where it has redirected its own
                getattr(sys, name).write(text[:100_000])
        rebound = effects.get("rebound", [])
        if type(rebound) is not list:
            raise ProtocolError("no names")
        for name in rebound:
            self.names.pop(name, None)
        caught = effects.get("warnings", [])
        if type(caught) is not list or not all(type(w) is list and len(w) == 4 for w in caught):
            raise ProtocolError("no warnings")
        return [_warning(*w) for w in caught[:50]]


def _warning(category: object, message: object, filename: object, line: object) -> tuple:
    if [type(category), type(message), type(filename), type(line)] != [str, str, str, int]:
        raise ProtocolError("no warning")
    in_cell = not filename.endswith(".py")
    place = "the student's notebook" if in_cell else filename.rpartition("/")[2]
    line = line if 0 <= line < 2**31 else 0
    return message, WARNINGS.get(category, UserWarning), place, line, "__main__" if in_cell else "student", {}


_DEFAULT_ERRORS = np.geterr()


def _student_exception(parts: list) -> Exception:
    """The exception that a student's code raised, as the nearest class that both sides know."""
    try:
        names, args, text = parts
        known = [EXCEPTIONS[n] for n in names if n in EXCEPTIONS]
        cls = known[0] if known and (known[0] is not Exception or names[0] == "Exception") else StudentError
        args = list(args)
    except (ValueError, TypeError):
        raise ProtocolError("no exception") from None
    plain = [a for a in args if type(a) in (str, int, float)]
    plain = [f"a number of {a.bit_length()} bits" if type(a) is int and a.bit_length() > 10_000 else a for a in plain]
    try:
        error = cls(*plain)
    except TypeError:
        error = StudentError(*plain)
    error.student_traceback = str(text)[:8000]
    return error
