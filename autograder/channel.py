"""Frames over a socket: a length and as many bytes, within a deadline."""

import secrets
import socket
import struct
import time
from collections.abc import Callable

from autograder.protocol import MAX_FRAME, CannotCross, ProtocolError


class Channel:
    """Frames over a socket. `watch` is called ten times a second while the other side is awaited."""

    def __init__(self, sock: socket.socket, watch: Callable[[], None] | None = None) -> None:
        self.sock, self.watch = sock, watch
        self.buffer = bytearray()
        self.sock.settimeout(None if watch is None else 0.1)

    def send(self, payload: bytes, deadline: float | None = None) -> None:
        if len(payload) > MAX_FRAME:
            raise CannotCross("a message too large")
        data = memoryview(struct.pack(">I", len(payload)) + payload)
        while data:
            try:
                data = data[self.sock.send(data) :]
            except TimeoutError:
                self._check(deadline)

    def receive(self, deadline: float | None = None) -> bytes:
        """The next frame. Raises TimeoutError at `deadline` (of time.monotonic) and EOFError at the end."""
        size = 4
        while True:
            if len(self.buffer) >= 4:
                size = 4 + int.from_bytes(self.buffer[:4], "big")
                if size > 4 + MAX_FRAME:
                    raise ProtocolError("a frame too large")
                if len(self.buffer) >= size:
                    break
            try:
                part = self.sock.recv(2**18)
            except TimeoutError:
                self._check(deadline)
                continue
            if not part:
                raise EOFError
            self.buffer += part
            if len(self.buffer) < size:
                self._check(deadline)
        frame = bytes(self.buffer[4:size])
        del self.buffer[:size]
        return frame

    def _check(self, deadline: float | None) -> None:
        if self.watch is not None:
            self.watch()
        if deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError


def new_number() -> int:
    return secrets.randbits(62)
