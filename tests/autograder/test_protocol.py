"""The wire between grader and worker: what is sent arrives as it was, and nothing that arrives is believed."""

import collections
import contextlib
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.channel import Channel
from autograder.protocol import DTYPES, MAX_FRAME, CannotCross, Decoder, Encoder, ProtocolError
from autograder.replies import Snapshot, kind_of, put_changes, reply_bytes, restore


def refuse(value):
    raise CannotCross(type(value).__name__)


def there_and_back(value):
    return Decoder(Encoder(refuse).encode(value), None, None).decode()


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
)
keys = st.text(max_size=5) | st.integers() | st.tuples(st.integers(), st.text(max_size=3))
plain = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
arrays = hnp.arrays(st.sampled_from(list(DTYPES)), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


@given(plain)
def test_plain_data_arrives_as_it_was(value):
    back = there_and_back(value)
    assert repr(back) == repr(value)  # repr tells 0.0 from -0.0, True from 1, and takes NaN for NaN


@given(arrays, st.sampled_from("CF"), st.booleans())
def test_arrays_arrive_bit_for_bit_with_their_order_and_flags(array, order, writeable):
    array = np.array(array, order=order)
    array.flags.writeable = writeable
    back = there_and_back(array)
    assert type(back) is np.ndarray
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert back.flags.writeable == writeable
    assert back.flags.f_contiguous == array.flags.f_contiguous


@given(st.sampled_from(list(DTYPES)))
def test_numpy_scalars_keep_their_type(dtype):
    back = there_and_back(dtype.type(1))
    assert type(back) is dtype.type
    assert back == 1


@pytest.mark.parametrize("name", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_a_generator_goes_on_where_it_was(name):
    rng = np.random.Generator(getattr(np.random, name)(7))
    rng.normal(size=5)
    back = there_and_back(rng)
    assert (back.normal(size=100) == rng.normal(size=100)).all()


class Float(float):
    pass


class Array(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Float(1.0),
        np.zeros(2).view(Array),
        np.array([object()]),
        np.array(["text"]),
        object(),
        type("L", (list,), {})(),
        len,
    ],
    ids=["float subclass", "array subclass", "object array", "text array", "object", "list subclass", "function"],
)
def test_what_is_not_exactly_plain_does_not_cross(value):
    with pytest.raises(CannotCross):
        there_and_back(value)


def test_one_array_sent_twice_is_one_array_there():
    a = np.zeros(2)
    b, c, d = there_and_back((a, a, [a]))
    assert b is c
    assert d[0] is b


def test_what_is_too_deep_or_too_large_is_refused_by_the_sender():
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(CannotCross, match="nested"):
        there_and_back(deep)
    with pytest.raises(CannotCross, match="MB"):
        there_and_back(np.zeros(MAX_FRAME // 8 + 1))


@settings(max_examples=1500)
@given(st.binary(max_size=200))
def test_random_bytes_are_a_protocol_error_or_plain_data(data):
    with contextlib.suppress(ProtocolError):
        Decoder(data, None, None).decode()


@settings(max_examples=800)
@given(plain | arrays, st.data())
def test_a_damaged_message_is_a_protocol_error_or_plain_data(value, draw):
    data = bytearray(Encoder(refuse).encode([value, np.arange(3.0), {"a": 1}]))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(data)))
    for damaged in (bytes(data), bytes(data[:cut])):
        with contextlib.suppress(ProtocolError):
            Decoder(damaged, None, None).decode()


@pytest.mark.parametrize(
    "data",
    [
        b"l" + struct.pack(">I", 2**31),
        b"s" + struct.pack(">I", 2**31) + b"x",
        b"a" + bytes([11, 0, 2]) + struct.pack(">2Q", 2**40, 2**40),
        b"a" + bytes([11, 0, 2]) + struct.pack(">2Q", 2**63, 0),
        b"a" + bytes([0, 0, 1]) + struct.pack(">Q", 1) + b"\x07",
        b"R" + struct.pack(">I", 5),
        b"l" * 100,
        b"h" + bytes(13),
        b"u" + struct.pack(">I", 8) + b"fromfile",
        b"",
        b"NN",
    ],
)  # fmt: skip
def test_lies_about_lengths_and_references_are_found(data):
    start = time.perf_counter()
    with pytest.raises(ProtocolError):
        Decoder(data, None, None).decode()
    assert time.perf_counter() - start < 5


def exchange(request, change):
    """Send `request`, let the other side `change` what arrived, and restore here what it says has changed."""
    encoder = Encoder(refuse)
    table: list = []
    arrived = Decoder(encoder.encode(request), None, None, table).decode()
    before = Snapshot(table)
    value = change(arrived)
    reply = reply_bytes(refuse, "ok", 7, [value], table, before.changed(), {})
    assert kind_of(reply) == "ok"
    _, _, value, changes, _ = Decoder(reply, None, None, encoder.table).decode()
    restore(changes, encoder.table)
    return value


def test_what_a_call_changes_in_its_arguments_changes_here_in_place():
    x, items, table = np.arange(6.0).reshape(2, 3), [1, 2], {"a": 1}
    rng, same = np.random.default_rng(3), np.random.default_rng(3)

    def change(arguments):
        arguments[0][1, 2] = 99
        arguments[1].append(arguments[0])
        arguments[2]["b"] = arguments[1]
        arguments[3].normal()

    exchange([x, items, table, rng], change)
    same.normal()
    assert x[1, 2] == 99
    assert items[2] is x
    assert table["b"] is items
    assert rng.normal() == same.normal()


def test_an_argument_that_is_returned_comes_back_as_itself():
    x = np.zeros(3)
    assert exchange([x], lambda arguments: arguments[0]) is x


def test_nothing_changes_that_was_not_changed():
    x = np.arange(3.0)
    x.flags.writeable = False
    assert exchange([x, [x]], lambda arguments: None) is None


@pytest.mark.parametrize("lie", [[99, []], [0, np.zeros(1)], [1, np.zeros(9)], "x", [1], [1, np.zeros(3, np.int8)]])
def test_a_change_of_what_was_not_sent_is_refused(lie):
    encoder = Encoder(refuse)
    encoder.encode([np.zeros(3)])
    with pytest.raises(ProtocolError):
        restore(lie, encoder.table)


def test_a_change_may_hold_new_data_beside_old():
    encoder = Encoder(refuse)
    items: list = []
    encoder.encode([items])
    worker = [None, items]
    reply = Encoder(refuse, worker)
    items.append(np.ones(2))
    reply._add(b"l" + struct.pack(">I", 1))
    reply.table.append(None)
    put_changes(reply, [1], worker)
    (changes,) = Decoder(b"".join(reply.parts), None, None, list(encoder.table)).decode()
    assert changes[0] == 1
    assert (changes[1][0] == 1).all()


def test_a_channel_keeps_its_deadline_against_a_slow_sender():
    ours, theirs = socket.socketpair()
    channel = Channel(ours, lambda: None)
    theirs.sendall(struct.pack(">I", 10) + b"abc")
    with pytest.raises(TimeoutError):
        channel.receive(time.monotonic() + 0.3)


def test_a_channel_refuses_a_frame_that_claims_too_much():
    ours, theirs = socket.socketpair()
    theirs.sendall(b"\xff\xff\xff\xff")
    with pytest.raises(ProtocolError):
        Channel(ours, lambda: None).receive(time.monotonic() + 1)


def test_a_channel_takes_frames_apart_that_arrive_together():
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    channel.send(b"one")
    channel.send(b"")
    channel.send(b"three")
    reader = Channel(ours, lambda: None)
    assert [reader.receive(time.monotonic() + 1) for _ in range(3)] == [b"one", b"", b"three"]


def forged(name: object, parts: object) -> bytes:
    """A container as no honest sender writes it."""
    encoder = Encoder(refuse)
    encoder.parts.append(b"C")
    encoder.put(name, 1)
    encoder.put(parts, 1)
    return b"".join(encoder.parts)


@pytest.mark.parametrize(
    "data",
    [
        forged("Fraction", (1, 0)),
        forged("Fraction", (float("inf"), 1)),
        forged("namedtuple", ("P", ("x", "class"), (1, 2))),
        forged("namedtuple", ("P", ("x",), (1, 2))),
        forged("namedtuple", (3, 4, 5)),
        forged("namedtuple", ("P",)),
        forged("Counter", ((1,), (2,))),
        forged("frozenset", ([1],)),
        forged("nothing", (1,)),
        forged(7, (1,)),
        forged("deque", 7),
    ],
)
def test_a_forged_container_is_a_protocol_error(data):
    with pytest.raises(ProtocolError):
        Decoder(data, None, None).decode()


def test_a_message_holds_so_many_kinds_of_named_tuples_and_no_more():
    kinds = [collections.namedtuple(f"P{n}", "x")(n) for n in range(101)]
    assert there_and_back(kinds[:100]) == kinds[:100]
    with pytest.raises(ProtocolError, match="kinds of named tuples"):
        there_and_back(kinds)
