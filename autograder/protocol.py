"""What passes between the grader, which is trusted, and the worker, which runs a student's code and is not.

Version 1. Both ends speak over one Unix stream socket; the grader asks, the worker answers, and while it works on
an answer the worker may call functions that the grader has passed to it. Nothing is ever unpickled.

A frame is a 4-byte big-endian length, at most MAX_FRAME, and that many bytes: one value in the encoding below, a
list that begins with the kind of message and its number. The number of a request is random, and a reply without it
is a forgery.

    grader -> worker  ["file", n, name, bytes]                          put a file of the assignment into the folder
                      ["cell", n, source]                               run one cell of the notebook
                      ["write", n, reply, changes]                      into objects that an earlier reply has shown
                      ["do", n, action, target, args, kwargs, context]   call, read, operate on what lives there
    worker -> grader  ["ok", n, value, changes, effects]                 (a cell's value is its outputs)
                      ["error", n, class, args, text, changes, effects]
                      ["callback", n, function, args, kwargs]            answered by "ok" or "error"

A value is a tag byte and its data. What crosses as itself, and only if its type is exactly the one named:

    N T F  None, True, False          i f c  int, float, complex        s b    str, bytes
    l t d e  list, tuple, dict, set   : r .  slice, range, Ellipsis     y      numpy dtype
    a      numpy.ndarray of a dtype in DTYPES: dtype, flags, shape, bytes
    g      numpy scalar of such a dtype                                 u      a public NumPy function, by name
    G      numpy.random.Generator: the name and state of its bit generator
    R      an object that occurred before in this exchange, by its number
    C      a container of the standard library, as a copy: its name and what is in it, see CONTAINERS
    h      an object that lives in the worker: number, whether callable, name of its type
    k      a function that lives in the grader: number, name

A subclass is not its base class: a float that lies about comparisons never crosses as a float, it stays where it is
and the grader holds a handle. The mutable objects of a request (l d e a G) are numbered as they occur; a reply
names by number those which the call changed, with their new contents, and the asking side restores them in place.
"""

import collections
import fractions
import math
import struct
from collections.abc import Callable
from functools import lru_cache

import numpy as np

VERSION = 1
MAX_FRAME = 64 * 2**20
MAX_DEPTH = 64
MAX_ITEMS = 2_000_000
MAX_INT_BYTES = 4096
MAX_EQUAL_HASHES = 10_000  # a dict that is sent again and again has the same keys again and again
MAX_NAMED = 100  # kinds of named tuples in one message: each is a class to be made
MAX_LIVE = 64  # replies whose objects can still be written to

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
INEXACT = ("float16", "float32", "float64", "complex64", "complex128")
DTYPES = {np.dtype(name): number for number, name in enumerate(("bool", *INTEGERS, *INEXACT))}
DTYPE_OF = list(DTYPES)
ERRORS = ("divide", "over", "under", "invalid")  # the kinds of NumPy's floating-point errors, in this order
SCALARS = {dtype.type: dtype for dtype in DTYPES}
BIT_GENERATORS = {
    cls.__name__: cls
    for cls in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64)
}
MUTABLE = frozenset((list, dict, set, np.ndarray, np.random.Generator))
BOXES = (list, dict, set)
LENGTH, SHORT, FLOAT, COMPLEX = (struct.Struct(f">{form}") for form in ("I", "H", "d", "dd"))
NUMBER, ARRAY, HANDLE = (struct.Struct(f">{form}") for form in ("Q", "BBB", "Q?"))


CONTAINERS = {
    cls.__name__: cls
    for cls in (frozenset, collections.OrderedDict, collections.Counter, collections.deque, fractions.Fraction)
}


_KNOWN = frozenset((*CONTAINERS.values(), collections.defaultdict))


class ProtocolError(Exception):
    """The other side broke the protocol."""


class CannotCross(TypeError):
    """A value that is not plain data and cannot be left behind as a handle."""


class Encoder:
    """Turns one message into bytes.

    `leave` is asked for the tag and bytes of everything that is not plain data; it raises CannotCross to refuse.
    `table` holds the mutable objects of this exchange in order, shared with the decoder of the reply.
    """

    def __init__(self, leave: Callable[[object], bytes], table: list | None = None, copies: bool = True) -> None:
        self.leave, self.copies = leave, copies
        self.table = [] if table is None else table
        self.known = {id(obj): index for index, obj in enumerate(self.table)}
        self.parts: list[bytes] = []
        self._add = self.parts.append
        self.size = 0  # of texts and arrays, the parts that can be large

    def encode(self, value: object) -> bytes:
        self.put(value, 0)
        return b"".join(self.parts)

    def _large(self, data: bytes) -> bytes:
        self.size += len(data)
        if self.size > MAX_FRAME:
            raise CannotCross(f"more than {MAX_FRAME // 2**20} MB of data cannot be passed at once")
        return data

    def put(self, value: object, depth: int, contents: bool = False) -> None:
        """Append `value`; with `contents`, even if it is a known mutable object, what is in it."""
        if depth > MAX_DEPTH:
            raise CannotCross(f"data nested more than {MAX_DEPTH} deep cannot be passed")
        kind = type(value)
        if kind in MUTABLE:
            if not _crosses(value):
                return self._add(self.leave(value))
            index = self.known.get(id(value))
            if index is not None and not contents:
                return self._add(b"R" + LENGTH.pack(index))
            self.known.setdefault(id(value), len(self.table))
            self.table.append(value)
        writer = _WRITERS.get(kind)
        if writer is not None:
            return writer(self, value, depth)
        if kind in SCALARS:
            return self._add(b"g" + bytes([DTYPES[SCALARS[kind]]]) + value.tobytes())
        known = kind in _KNOWN or kind.__bases__ == (tuple,)
        if known and self.copies and (name := _known_container(value)) is not None:
            self._add(b"C")
            self._text(name, depth)
            return self.put(_unpacked(name, value), depth + 1)
        if isinstance(value, np.dtype) and value in DTYPES:
            return self._add(b"y" + bytes([DTYPES[value]]))
        return self._add(self.leave(value))

    def _int(self, value: int, depth: int) -> None:
        data = value.to_bytes((value.bit_length() + 8) // 8, "big", signed=True)
        if len(data) > MAX_INT_BYTES:
            raise CannotCross("an int of more than 4096 bytes cannot be passed")
        self._add(b"i" + SHORT.pack(len(data)) + data)

    def _text(self, value: str, depth: int) -> None:
        data = self._large(value.encode("utf-8", "surrogatepass"))
        self._add(b"s" + LENGTH.pack(len(data)) + data)

    def _items(self, tag: bytes, items: list, depth: int) -> None:
        self._add(tag + LENGTH.pack(len(items)))
        for item in items:
            self.put(item, depth + 1)

    def _dict(self, value: dict, depth: int) -> None:
        self._add(b"d" + LENGTH.pack(len(value)))
        for key, item in value.items():
            self.put(key, depth + 1)
            self.put(item, depth + 1)

    def _array(self, value: np.ndarray, depth: int) -> None:
        if value.nbytes > MAX_FRAME:
            raise CannotCross(f"an array of {value.nbytes / 2**20:.0f} MB is too large to be an answer")
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        flags = (order == "F") | (value.flags.writeable << 1)
        head = struct.pack(f">cBBB{value.ndim}Q", b"a", DTYPES[value.dtype], flags, value.ndim, *value.shape)
        self._add(head)
        self._add(self._large(value.tobytes(order)))

    def _generator(self, value: np.random.Generator, depth: int) -> None:
        self._add(b"G")
        self.put(value.bit_generator.state, depth + 1)

    def _bytes(self, value: bytes, depth: int) -> None:
        self._add(b"b" + LENGTH.pack(len(value)) + self._large(value))


def _known_container(value: object) -> str | None:
    kind = type(value)
    if kind is collections.defaultdict:
        return "defaultdict"
    if kind.__bases__ == (tuple,) and isinstance(getattr(kind, "_fields", None), tuple):
        own = {name for name in vars(kind) if not name.startswith("_")} - set(kind._fields)
        return None if own else "namedtuple"  # one with methods of its own stays where it is
    return kind.__name__ if CONTAINERS.get(kind.__name__) is kind else None


def _unpacked(name: str, value: object) -> tuple:
    if name == "namedtuple":
        return type(value).__name__, tuple(type(value)._fields), tuple(value)
    if name == "Fraction":
        return value.numerator, value.denominator
    return tuple(value.items()) if isinstance(value, dict) else tuple(value)


def _packed(decoder: "Decoder", name: object, parts: object) -> object:
    if type(name) is not str or type(parts) is not tuple:
        raise ProtocolError("no container")
    if name == "namedtuple":
        title, fields, values = parts
        decoder.named.add((title, fields))
        if len(decoder.named) > MAX_NAMED:
            raise ProtocolError("too many kinds of named tuples")
        return _tuple_class(title, fields)(*values)
    if name == "Fraction":
        return fractions.Fraction(*map(int, parts))
    for part in parts:
        decoder._hash(part if name in ("frozenset", "deque") else part[0])
    if name == "defaultdict":
        return collections.defaultdict(None, parts)
    return CONTAINERS[name](dict(parts) if name == "Counter" else parts)


@lru_cache(200)
def _tuple_class(title: str, fields: tuple[str, ...]) -> type:
    if type(title) is not str or len(fields) > 100 or not all(type(field) is str for field in fields):
        raise ProtocolError("no named tuple")
    return collections.namedtuple(title, fields)


def _crosses(value: object) -> bool:
    kind = type(value)
    if kind is np.ndarray:
        return value.dtype in DTYPES
    return kind is not np.random.Generator or type(value.bit_generator).__name__ in BIT_GENERATORS


_WRITERS = {
    type(None): lambda e, v, d: e._add(b"N"),
    bool: lambda e, v, d: e._add(b"T" if v else b"F"),
    int: Encoder._int,
    float: lambda e, v, d: e._add(b"f" + FLOAT.pack(v)),
    complex: lambda e, v, d: e._add(b"c" + COMPLEX.pack(v.real, v.imag)),
    str: Encoder._text,
    bytes: Encoder._bytes,
    list: lambda e, v, d: e._items(b"l", v, d),
    tuple: lambda e, v, d: e._items(b"t", v, d),
    set: lambda e, v, d: e._items(b"e", list(v), d),
    dict: Encoder._dict,
    slice: lambda e, v, d: e._items(b":", [v.start, v.stop, v.step], d),
    range: lambda e, v, d: e._items(b"r", [v.start, v.stop, v.step], d),
    type(Ellipsis): lambda e, v, d: e._add(b"."),
    np.ndarray: Encoder._array,
    np.random.Generator: Encoder._generator,
}


class Decoder:
    """Turns bytes into one message, trusting nothing: every length is checked before it is believed.

    `handle(number, callable, type_name)` and `function(number, name)` stand for what did not cross. Raises
    ProtocolError for anything that `Encoder` would not have written.
    """

    def __init__(
        self, data: bytes, handle: Callable | None, function: Callable | None, table: list | None = None
    ) -> None:
        self.data, self.at, self.items = data, 0, 0
        self.hashes: dict[int, int] = {}
        self.named: set[tuple] = set()  # the kinds of named tuples, each of which is a class that has to be made
        self.handle, self.function = handle, function
        self.table = [] if table is None else table

    def decode(self) -> object:
        try:
            value = self.get(0)
        except (struct.error, LookupError, ValueError, TypeError, ArithmeticError) as error:
            raise ProtocolError(f"malformed message: {error}") from None
        if self.at != len(self.data):
            raise ProtocolError("bytes after the end of the message")
        return value

    def _take(self, count: int) -> bytes:
        data = self.data[self.at : self.at + count]
        if len(data) != count:
            raise ProtocolError("message ends too early")
        self.at += count
        return data

    def _unpack(self, form: struct.Struct) -> tuple:
        at, self.at = self.at, self.at + form.size
        return form.unpack_from(self.data, at)

    def _count(self) -> int:
        (count,) = self._unpack(LENGTH)
        self.items += count
        if count > len(self.data) - self.at or self.items > MAX_ITEMS:
            raise ProtocolError("a length that the message cannot hold")
        return count

    def _text(self) -> str:
        return self._take(self._count_bytes()).decode("utf-8", "surrogatepass")

    def _count_bytes(self) -> int:
        return self._unpack(LENGTH)[0]

    def get(self, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise ProtocolError("nested too deep")
        at, self.at = self.at, self.at + 1
        reader = _READERS.get(self.data[at])
        if reader is None:
            raise ProtocolError("unknown tag")
        return reader(self, depth)

    def _many(self, depth: int) -> list:
        return [self.get(depth + 1) for _ in range(self._count())]

    def _list(self, depth: int) -> list:
        value: list = []
        self.table.append(value)
        value.extend(self._many(depth))
        return value

    def _dict(self, depth: int) -> dict:
        value: dict = {}
        self.table.append(value)
        for _ in range(self._count()):
            key = self.get(depth + 1)
            self._hash(key)
            value[key] = self.get(depth + 1)
        return value

    def _set(self, depth: int) -> set:
        value: set = set()
        self.table.append(value)
        for item in self._many(depth):
            self._hash(item)
            value.add(item)
        return value

    def _hash(self, key: object) -> None:
        """Refuse keys that were made to have one hash: a table of them takes the square of their number."""
        found = hash(key)
        self.hashes[found] = self.hashes.get(found, 0) + 1
        if self.hashes[found] > MAX_EQUAL_HASHES and type(key) is not str:
            raise ProtocolError("too many keys of one hash")

    def _three(self, kind: type, depth: int) -> object:
        parts = self._many(depth)
        if len(parts) != 3 or not all(type(p) is int or (p is None and kind is slice) for p in parts):
            raise ProtocolError(f"no {kind.__name__}")
        return kind(*parts)

    def _int(self) -> int:
        (count,) = self._unpack(SHORT)
        if count > MAX_INT_BYTES:
            raise ProtocolError("an int too large")
        return int.from_bytes(self._take(count), "big", signed=True)

    def _array(self) -> np.ndarray:
        code, flags, ndim = self._unpack(ARRAY)
        if code >= len(DTYPE_OF) or flags > 3 or ndim > 32:
            raise ProtocolError("no array")
        shape, dtype = self._unpack(struct.Struct(f">{ndim}Q")), DTYPE_OF[code]
        if math.prod(n or 1 for n in shape) > MAX_FRAME:
            raise ProtocolError("an array too large")
        raw = self._take(math.prod(shape) * dtype.itemsize)
        if code == 0 and raw.translate(None, b"\0\1"):
            raise ProtocolError("a bool that is neither")
        array = np.frombuffer(raw, dtype).reshape(shape, order="F" if flags & 1 else "C").copy("K")
        array.flags.writeable = bool(flags & 2)
        self.table.append(array)
        return array

    def _scalar(self) -> np.generic:
        dtype = DTYPE_OF[self._take(1)[0]]
        return np.frombuffer(self._take(dtype.itemsize), dtype)[0]

    def _generator(self, depth: int) -> np.random.Generator:
        index = len(self.table)
        self.table.append(None)
        state = self.get(depth + 1)
        generator = np.random.Generator(BIT_GENERATORS[state["bit_generator"]](0))
        set_generator(generator, state)
        self.table[index] = generator
        return generator

    def _reference(self) -> object:
        (index,) = self._unpack(LENGTH)
        return self.table[index]

    def _handle(self) -> object:
        if self.handle is None:
            raise ProtocolError("a handle from the side that has none")
        number, can_call = self._unpack(HANDLE)
        return self.handle(number, can_call, self._text()[:100])

    def _function(self) -> object:
        if self.function is None:
            raise ProtocolError("a function from the side that has none")
        (number,) = self._unpack(NUMBER)
        return self.function(number, self._text()[:100])


def set_generator(generator: np.random.Generator, state: dict) -> None:
    """Set the state of a generator from what came over the wire; ProtocolError if that is no such state."""
    if type(state) is not dict or state.get("bit_generator") != type(generator.bit_generator).__name__:
        raise ProtocolError("no state of this generator")
    try:
        generator.bit_generator.state = state
    except Exception as error:
        raise ProtocolError(f"no state of a generator: {error}") from None


def numpy_function(name: str) -> object:
    found = getattr(np, name) if name.isidentifier() and not name.startswith("_") else None
    if not (isinstance(found, np.ufunc) or (isinstance(found, type) and issubclass(found, np.generic))):
        raise ProtocolError("no such NumPy function")
    return found


_READERS = {
    ord("N"): lambda d, _: None,
    ord("T"): lambda d, _: True,
    ord("F"): lambda d, _: False,
    ord("i"): lambda d, _: d._int(),
    ord("f"): lambda d, _: d._unpack(FLOAT)[0],
    ord("c"): lambda d, _: complex(*d._unpack(COMPLEX)),
    ord("s"): lambda d, _: d._text(),
    ord("b"): lambda d, _: d._take(d._count_bytes()),
    ord("l"): Decoder._list,
    ord("t"): lambda d, depth: tuple(d._many(depth)),
    ord("d"): Decoder._dict,
    ord("e"): Decoder._set,
    ord(":"): lambda d, depth: d._three(slice, depth),
    ord("r"): lambda d, depth: d._three(range, depth),
    ord("."): lambda d, _: Ellipsis,
    ord("y"): lambda d, _: DTYPE_OF[d._take(1)[0]],
    ord("a"): lambda d, _: d._array(),
    ord("g"): lambda d, _: d._scalar(),
    ord("u"): lambda d, _: numpy_function(d._text()),
    ord("G"): Decoder._generator,
    ord("R"): lambda d, _: d._reference(),
    ord("C"): lambda d, depth: _packed(d, d.get(depth + 1), d.get(depth + 1)),
    ord("h"): lambda d, _: d._handle(),
    ord("k"): lambda d, _: d._function(),
}


def handle_bytes(number: int, can_call: bool, type_name: str) -> bytes:
    name = type_name.encode("utf-8", "replace")[:100]
    return b"h" + struct.pack(">Q?I", number, can_call, len(name)) + name


def function_bytes(number: int, name: str) -> bytes:
    data = name.encode("utf-8", "replace")[:100]
    return b"k" + struct.pack(">QI", number, len(data)) + data


def numpy_name(value: object) -> bytes | None:
    """The encoding of one of NumPy's own functions or scalar types, None for anything else."""
    name = getattr(value, "__name__", "")
    ours = isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic))
    if ours and isinstance(name, str) and getattr(np, name, None) is value:
        return b"u" + struct.pack(">I", len(name)) + name.encode()
    return None
