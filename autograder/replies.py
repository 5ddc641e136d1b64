"""Requests and replies: what a call changed in its arguments comes back with its result."""

import struct
from collections.abc import Callable

import numpy as np

from autograder.protocol import BOXES, LENGTH, MAX_LIVE, Decoder, Encoder, ProtocolError, set_generator


def reply_bytes(
    leave: Callable,
    kind: str,
    number: int,
    values: list,
    table: list,
    changed: list[int],
    effects: dict,
    live: dict | None = None,
) -> bytes:
    """A reply to the request whose mutable objects are `table`.

    In `live` are kept, by its number, the mutable objects that it shows, so that the other side can write to them.
    """
    encoder = Encoder(leave, list(table))
    encoder._add(b"l" + LENGTH.pack(len(values) + 4))
    encoder.table.append(None)
    for value in (kind, number, *values):
        encoder.put(value, 1)
    shown = encoder.table[len(table) + 1 :]
    if live is not None and shown and type(values[0]) in (list, dict, np.ndarray):
        live[number] = shown
        while len(live) > MAX_LIVE:
            live.pop(next(iter(live)))
        effects = {**effects, "live": len(shown)}
    put_changes(encoder, changed, table)
    encoder.put(effects, 1)
    return b"".join(encoder.parts)


def write_bytes(leave: Callable, number: int, shown: int, changed: list[int], objects: list) -> bytes:
    """A request to write new contents into objects that the reply `shown` has shown."""
    encoder = Encoder(leave, list(objects))
    encoder._add(b"l" + LENGTH.pack(4))
    encoder.table.append(None)
    for value in ("write", number, shown):
        encoder.put(value, 1)
    put_changes(encoder, changed, objects)
    return b"".join(encoder.parts)


def shown_by(frame: bytes) -> object:
    """The number of the reply that a request to write is about; ProtocolError for anything else."""
    decoder = Decoder(frame[5:], None, None)
    try:
        return [decoder.get(1) for _ in range(3)][2]
    except (IndexError, struct.error, ValueError) as error:
        raise ProtocolError(f"malformed message: {error}") from None


def kind_of(frame: bytes) -> str:
    """The kind of a message, without decoding the rest of it."""
    if frame[:1] != b"l" or frame[5:6] != b"s":
        raise ProtocolError("no message")
    return frame[10 : 10 + int.from_bytes(frame[6:10], "big")].decode("utf-8", "replace")


class Snapshot:
    """The mutable objects of a request as they were, to find out which of them a call has changed.

    `unseen` are the message's own boxes, which the call cannot reach.
    """

    def __init__(self, table: list, unseen: tuple = ()) -> None:
        boxes = set(map(id, unseen))
        self.objects = {index: obj for index, obj in enumerate(table) if id(obj) not in boxes}
        self.before = {index: _contents(obj) for index, obj in self.objects.items()}
        # What was in them is kept alive, or a new object could take the address of an old one and pass for it.
        self.kept = [list(obj.values()) if type(obj) is dict else list(obj) for obj in table if type(obj) in BOXES]

    def changed(self) -> list[int]:
        return [index for index, obj in self.objects.items() if _contents(obj) != self.before[index]]


def _contents(obj: object) -> object:
    if type(obj) is np.ndarray:
        return obj.shape, obj.tobytes()
    if type(obj) is np.random.Generator:
        state = obj.bit_generator.state
        return repr(state) if type(obj.bit_generator) is not np.random.MT19937 else repr(state["state"]["pos"])
    items = [x for pair in obj.items() for x in pair] if type(obj) is dict else list(obj)
    return [(id(x), x if type(x) in (int, float, str, bool) else None) for x in items]


def put_changes(encoder: Encoder, indices: list[int], objects: list) -> None:
    """Append a list of (number, new contents) to a message."""
    encoder._add(b"l" + LENGTH.pack(2 * len(indices)))
    encoder.table.append(None)  # the list itself has a number on the other side
    for index in indices:
        encoder.put(index, 1)
        encoder.put(objects[index], 1, contents=True)


def restore(changes: object, objects: list) -> None:
    """Give the objects of a request the contents that a reply says they now have. ProtocolError if it cannot."""
    if type(changes) is not list or len(changes) % 2:
        raise ProtocolError("no list of changes")
    for index, new in zip(changes[::2], changes[1::2], strict=True):
        if type(index) is not int or not 0 <= index < len(objects) or type(objects[index]) is not type(new):
            raise ProtocolError("a change of nothing that was sent")
        old = objects[index]
        if type(old) is np.ndarray:
            if not old.flags.writeable or old.dtype != new.dtype or old.size != new.size:
                raise ProtocolError("a change that the array does not allow")
            if old.shape != new.shape:
                old.resize(new.shape, refcheck=False)
            old[...] = new
        elif type(old) is np.random.Generator:
            set_generator(old, new.bit_generator.state)
        elif type(old) is list:
            old[:] = new
        else:
            old.clear()
            old.update(new)
