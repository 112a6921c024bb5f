"""Frames on a pipe: a fixed prefix, a MessagePack header, and raw bytes that are never copied into the header."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..contract.errors import FrameError

MAGIC = b"VXW1"
PREFIX = struct.Struct("<4sII")
"""Magic, header size and payload size, little-endian."""
MAX_HEADER_BYTES = 64 << 20
"""This also limits a segment, whose text or audio is in the header."""
MAX_PAYLOAD_BYTES = 64 << 20


class Frame(NamedTuple):
    """One message, encoded. Both fields are views that stay valid."""

    header: memoryview
    payload: memoryview


def encode_prefix(header: bytes, payload_bytes: int) -> bytes:
    """Return prefix and header of a frame, to be followed by the payload. FrameError over the limits."""
    if len(header) > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
        raise FrameError(f"a frame of {len(header)} + {payload_bytes} bytes is over the limit")
    return PREFIX.pack(MAGIC, len(header), payload_bytes) + header


class FrameDecoder:
    """Cuts a stream of bytes, in parts of any size, into frames."""

    def __init__(self) -> None:
        self._parts: list[memoryview] = []
        self._held_bytes = 0
        self._wanted_bytes = PREFIX.size

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes. FrameError for anything that isn't a frame."""
        view = memoryview(data)
        if self._held_bytes:
            # Only the frame that was cut is joined: joining all of `data` would copy every byte once more. The size of
            # a frame is unknown until its whole prefix is here.
            missing = self._wanted_bytes - self._held_bytes if self._held_bytes >= PREFIX.size else len(view)
            self._parts.append(view[:missing])
            self._held_bytes += len(self._parts[-1])
            if self._held_bytes < self._wanted_bytes:
                return
            joined = memoryview(b"".join(self._parts))
            self._parts.clear()
            self._held_bytes = 0
            yield from self._cut(joined)
            view = view[missing:]
        if view:
            yield from self._cut(view)

    def _cut(self, view: memoryview) -> Iterator[Frame]:
        position, size = 0, len(view)
        while True:
            self._wanted_bytes = PREFIX.size
            if size - position < PREFIX.size:
                break
            magic, header_bytes, payload_bytes = PREFIX.unpack_from(view, position)
            if magic != MAGIC:
                raise FrameError(f"expected a frame, got {bytes(view[position : position + 16])!r}")
            if header_bytes > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
                raise FrameError(f"a frame of {header_bytes} + {payload_bytes} bytes is over the limit")
            self._wanted_bytes = PREFIX.size + header_bytes + payload_bytes
            if size - position < self._wanted_bytes:
                break
            header_end = position + PREFIX.size + header_bytes
            position += self._wanted_bytes
            yield Frame(view[header_end - header_bytes : header_end], view[header_end:position])
        if position < size:
            self._parts.append(view[position:])
            self._held_bytes = size - position
