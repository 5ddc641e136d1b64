"""The student's side: a warm IPython that runs cells and answers the grader's questions about what they left.

A template process has NumPy, Matplotlib and IPython imported and forks a worker for each submission. It has never
seen a test, a solution or another submission, so a worker's memory holds none. Nothing here is trusted: a student
can change any of it, and gains no more than the right to answer the grader's questions wrongly.
"""

import builtins
import contextlib
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import inspect
import itertools
import json
import operator
import os
import random
import signal
import socket
import sys
import threading
import types
import warnings
from pathlib import Path

import matplotlib
import numpy as np

from autograder import confine
from autograder.channel import Channel, new_number
from autograder.protocol import (
    ERRORS,
    CannotCross,
    Decoder,
    Encoder,
    ProtocolError,
    function_bytes,
    handle_bytes,
    numpy_name,
)
from autograder.replies import Snapshot, kind_of, reply_bytes, restore, shown_by
from autograder.shell import Shell, Stream, make_shell, message, outputs, student_traceback

MAX_ITEMS = 100_000  # of an iterable that the grader walks through
LIVE = ("name", "attribute", "item")  # what these show, a test may change, as in one process


MISSING = object()


class Absent(type):
    """The type of what stands for a withheld function or class: there by name, and of no use."""

    def __call__(cls, *args: object, **kwargs: object) -> object:
        raise RuntimeError(f"{cls.__module__}.{cls.__name__} holds answers, so it is not there while this is graded")


class Withheld(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for the rooms of mlpkit that an assignment withholds. Rooms that import them, and a cell that imports
    several things, go on working; what they would hold does not exist."""

    def __init__(self, rooms: list[str]) -> None:
        self.names = {f"mlpkit.{room}" for room in rooms}

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        return importlib.machinery.ModuleSpec(name, self) if name in self.names else None

    def create_module(self, spec: object) -> types.ModuleType:
        return types.ModuleType(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        def stand_in(name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            setattr(module, name, Absent(name, (), {"__module__": module.__name__}))
            return getattr(module, name)

        module.__getattr__ = stand_in


class GraderFunction:
    """A function of the grader that was passed to a student's: calling it asks the grader."""

    def __init__(self, server: "Server", number: int, name: str) -> None:
        self._server, self._number, self.__name__ = server, number, name

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self._server.call_back(self._number, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__} of the test>"


def _binary(function: object, target: object, args: list, kwargs: dict) -> object:
    other, reflected = args
    return function(other, target) if reflected else function(target, other)


def own_modules() -> dict[str, str]:
    """The modules of the student's own that can be imported, with their text: what lies where notebooks may write."""
    here, found = os.getcwd(), {}
    for folder in dict.fromkeys(os.path.abspath(path or here) for path in sys.path):
        if folder != here and not folder.startswith(os.environ["TMPDIR"]):
            continue
        for path in itertools.islice(sorted(Path(folder).glob("*")), 1000):
            file = path / "__init__.py" if path.is_dir() else path
            with contextlib.suppress(OSError):
                if file.suffix == ".py" and len(found) < 100:
                    found.setdefault(path.stem, file.read_text(errors="replace")[:200_000])
    loaded = (n for n, m in list(sys.modules.items()) if str(getattr(m, "__file__", "")).startswith(here))
    return found | {name: "" for name in loaded if name not in found}


def parameters(target: object) -> list:
    """A signature in plain data: the name, the kind and the default of each parameter."""
    listed = []
    for parameter in inspect.signature(target).parameters.values():
        default = parameter.default
        given = [] if default is parameter.empty else [default]
        listed.append([parameter.name, int(parameter.kind), given])
    return listed


ACTIONS = {
    "source": lambda target, args, kwargs: inspect.getsource(target),
    "signature": lambda target, args, kwargs: parameters(target),
    "call": lambda target, args, kwargs: target(*args, **kwargs),
    "attribute": lambda target, args, kwargs: getattr(target, *args),
    "set attribute": lambda target, args, kwargs: setattr(target, *args),
    "item": lambda target, args, kwargs: operator.getitem(target, *args),
    "set item": lambda target, args, kwargs: operator.setitem(target, *args),
    "length": lambda target, args, kwargs: operator.length_hint(target) if not args else len(target),
    "items": lambda target, args, kwargs: list(itertools.islice(target, MAX_ITEMS)),
    "instance": lambda target, args, kwargs: isinstance(args[0], target),
    "negative": lambda target, args, kwargs: -target,
    "positive": lambda target, args, kwargs: +target,
    "absolute": lambda target, args, kwargs: abs(target),
    **{
        name: functools.partial(_binary, getattr(operator, name))
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
    },
}


def type_words(value: object) -> str:
    """What a value is called in words for a student: numpy.matrix, or Layer for a class of the notebook's own."""
    kind = type(value)
    if kind is np.ndarray:
        return f"array of {value.dtype}"
    if kind is object:
        return "object"
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"


class Server:
    """Answers the grader, one request at a time, until it hangs up."""

    def __init__(self, sock: socket.socket, shell: Shell) -> None:
        self.channel, self.shell = Channel(sock), shell
        self.objects: dict[int, object] = {}
        self.read: dict[str, object] = {}  # the names that the grader has asked for and still believes in
        self.numbers: dict[int, int] = {}
        self.mirrored: dict[int, list] = {}  # the objects that recent replies have shown, by the replies' numbers
        self.replaced: dict[str, object] = {}  # what the names meant that the test has bound or unbound
        self.naming = {
            "name": self.lookup, "bind": self.bind, "unbind": self.unbind, "restore names": self.restore_names,
            "own modules": lambda _: own_modules(),
        }  # fmt: skip

    def run(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.serve(self.channel.receive())

    def decoder(self, frame: bytes, table: list | None = None) -> Decoder:
        return Decoder(
            frame,
            handle=lambda number, can_call, name: self.objects[number],
            function=lambda number, name: GraderFunction(self, number, name),
            table=table,
        )

    def leave(self, value: object) -> bytes:
        """An object that stays here: a handle for the grader."""
        if type(value) is GraderFunction:
            return function_bytes(value._number, value.__name__)
        by_name = numpy_name(value)
        if by_name is not None:
            return by_name
        if isinstance(value, types.ModuleType):
            raise CannotCross(f"the module {value.__name__} is no answer")
        number = self.numbers.setdefault(id(value), len(self.numbers))
        self.objects[number] = value
        return handle_bytes(number, callable(value), type_words(value))

    def serve(self, frame: bytes) -> None:
        table: list = []
        if kind_of(frame) == "write":  # it names by number what an earlier reply has shown
            table.extend(self.mirrored.get(shown_by(frame), ()))
        kind, number, *rest = self.decoder(frame, table).decode()
        if kind == "cell":
            self.channel.send(reply_bytes(self.leave, "ok", number, [self.run_cell(rest[0])], [], [], {}))
        elif kind == "file":
            Path(rest[0]).parent.mkdir(parents=True, exist_ok=True)
            Path(rest[0]).write_bytes(rest[1])
            self.channel.send(reply_bytes(self.leave, "ok", number, [None], [], [], {}))
        elif kind == "do":
            self.do(number, table, *rest)
        elif kind == "write":
            mirrored, changes = rest
            restore(changes, self.mirrored.get(mirrored, []))
            self.channel.send(reply_bytes(self.leave, "ok", number, [None], table, [], {}))
        else:
            raise ProtocolError(f"no such request: {kind}")

    def run_cell(self, source: str) -> list[dict]:
        outputs.clear()
        self.shell.run_cell(source, store_history=True)
        return outputs.items

    def do(
        self, number: int, table: list, action: str, target: object, args: list, kwargs: dict, context: dict
    ) -> None:
        """Do what the grader asks with an object that lives here, and say what came of it and what it changed."""
        outputs.clear()
        before = Snapshot(table, unseen=(table[0], args, kwargs, context))
        effects: dict = {}
        try:
            asked = zip(ERRORS, context.get("errstate", ()), strict=False)
            with np.errstate(**dict(asked)), warnings.catch_warnings(record=True) as caught:
                if "strict" in context:
                    warnings.simplefilter("always")
                if action in self.naming:
                    value = self.naming[action](target, *args)
                else:
                    value = ACTIONS[action](target, args, kwargs)
            kind, values = "ok", [value]
        except (KeyboardInterrupt, SystemExit, Exception) as error:
            kind, values = "error", describe(error)
        if caught:
            effects["warnings"] = [
                [w.category.__name__, str(w.message)[:1000], str(w.filename), int(w.lineno)] for w in caught[:50]
            ]
        for name in ("stdout", "stderr"):
            if text := outputs.text(name):
                effects[name] = text
        if gone := [name for name, seen in self.read.items() if self.shell.user_ns.get(name) is not seen]:
            effects["rebound"] = gone
            for name in gone:
                del self.read[name]
        changed = before.changed()
        live = self.mirrored if action in LIVE and kind == "ok" else None
        try:
            frame = reply_bytes(self.leave, kind, number, values, table, changed, effects, live)
        except (CannotCross, RecursionError) as error:
            frame = reply_bytes(self.leave, "error", number, describe(TypeError(str(error))), table, [], {})
        self.channel.send(frame)

    def lookup(self, name: str) -> object:
        try:
            self.read[name] = self.shell.user_ns[name]
            return self.read[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def bind(self, name: str, value: object) -> None:
        self.replaced.setdefault(name, self.shell.user_ns.get(name, MISSING))
        self.shell.user_ns[name] = value

    def unbind(self, name: str) -> None:
        old = self.lookup(name)
        self.replaced.setdefault(name, old)
        del self.shell.user_ns[name]

    def restore_names(self, _: None) -> None:
        while self.replaced:
            name, value = self.replaced.popitem()
            if value is MISSING:
                self.shell.user_ns.pop(name, None)
            else:
                self.shell.user_ns[name] = value

    def call_back(self, function: int, args: tuple, kwargs: dict) -> object:
        """Ask the grader to call one of its functions; while it does, it may ask about the arguments."""
        number = new_number()
        encoder = Encoder(self.leave)
        self.channel.send(encoder.encode(["callback", number, function, list(args), kwargs]))
        while True:
            frame = self.channel.receive()
            if kind_of(frame) in ("ok", "error"):
                break
            held, outputs.items = outputs.items, []
            self.serve(frame)
            outputs.items = held
        kind, _, *rest = self.decoder(frame, encoder.table).decode()
        if kind == "error":
            raise getattr(builtins, rest[0], RuntimeError)(*rest[1])
        value, changes, _ = rest
        restore(changes, encoder.table)
        return value


def describe(error: BaseException) -> list:
    """An exception as it crosses: the names of its classes, its plain arguments, and a traceback for the student."""
    names = [
        cls.__name__
        for cls in type(error).__mro__
        if cls.__module__ in ("builtins", "numpy.linalg", "numpy.exceptions")
    ]
    plain = list(error.args) if all(type(a) in (str, int, float) for a in error.args) else [message(error)]
    return [names, [a[:5000] if type(a) is str else a for a in plain[:5]], student_traceback(error)[:8000]]


def start(sock: socket.socket, shell: Shell, settings: dict) -> None:
    """A newly forked worker: shut itself in, then serve. Never returns."""
    for name in ("SIGINT", "SIGTERM", "SIGCHLD"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        if settings["map_user"]:
            confine.map_user(settings["uid"], settings["gid"])
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        keep = sock.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        limits = {**settings["limits"], "uid": None if settings["map_user"] else settings["uid"]}
        confine.confine(limits, settings["sandboxed"])
        os.environ["HOME"] = os.environ["TMPDIR"] = settings["folder"]
        os.makedirs(settings["folder"], exist_ok=True)
        os.chdir(settings["folder"])
        hello = {"ready": True, "pid": os.getpid()}
    except Exception as error:
        sock.sendall(json.dumps({"ready": False, "why": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        os._exit(3)
    sys.stdin, sys.stdout, sys.stderr = open(os.devnull), Stream("stdout"), Stream("stderr")  # noqa: SIM115
    sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin
    np.random.seed(settings["seed"] % 2**32)  # noqa: NPY002 - students use it
    random.seed(settings["seed"])
    sock.sendall(json.dumps(hello).encode() + b"\n")
    gc.enable()
    Server(sock, shell).run()
    os._exit(0)


def warm(settings: dict) -> Shell:
    """Import what every worker needs, once."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.meta_path.insert(0, Withheld(settings["withheld"]))
    matplotlib.use("agg")
    for name in settings["modules"]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    shell = make_shell()
    if threading.active_count() > 1:
        raise RuntimeError("a module that was imported ahead has started a thread")
    return shell


def template(descriptor: int) -> None:
    """Wait for requests on a socket, each with the end of another socket, and fork a worker for each."""
    control = socket.socket(fileno=descriptor)
    settings = json.loads(control.recv(2**20))
    try:
        shell = warm(settings)
    except Exception as error:
        control.sendall(json.dumps({"ready": False, "why": f"{type(error).__name__}: {error}"}).encode())
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.disable()
    gc.freeze()
    control.sendall(json.dumps({"ready": True, "ipython": sys.modules["IPython"].__version__}).encode())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 2**20, 1)
        if not message:
            return
        request = {**settings, **json.loads(message)}
        if "split" in request:  # another template, as warm as this one, for another engine
            if os.fork() == 0:
                control.close()
                control = socket.socket(fileno=descriptors[0])
            else:
                os.close(descriptors[0])
            continue
        try:
            if settings["sandboxed"]:
                pid = confine.clone_confined(new_user=settings["map_user"])
            else:
                pid = os.fork()
        except OSError as error:
            os.close(descriptors[0])
            control.sendall(json.dumps({"why": str(error), "number": request.get("number")}).encode())
            continue
        if pid == 0:
            control.detach()
            if not settings["sandboxed"]:
                os.setsid()
            start(socket.socket(fileno=descriptors[0]), shell, request)
        os.close(descriptors[0])
        reply = json.dumps({"pid": pid, "number": request.get("number")}).encode()
        if hasattr(os, "pidfd_open"):
            watch = os.pidfd_open(pid)
            socket.send_fds(control, [reply], [watch])
            os.close(watch)
        else:
            control.sendall(reply)
