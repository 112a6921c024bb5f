"""The output of a segment that its listener hasn't taken: in memory, and beyond a limit in a temporary file."""

from __future__ import annotations

import tempfile
from collections import deque
from typing import IO, NamedTuple

import msgspec
import numpy as np

from ...atomic_file import naming
from ..contract.events import AudioChunk, TranscriptUpdate

MEMORY_BYTES = 4 << 20


class _Spooled(NamedTuple):
    chunk: AudioChunk  # its samples are empty: they are in the file
    n_bytes: int


_NO_SAMPLES = np.empty(0, dtype=np.float32)


class EventBuffer:
    """First in, first out. Holds at most `memory_bytes` of samples, and one chunk, in memory.

    Credit keeps a buffer far below that. It reaches the file only if the credit was lifted for other jobs while its
    own listener stalls.
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._limit_bytes = memory_bytes
        self._events: deque[AudioChunk | TranscriptUpdate | _Spooled] = deque()
        self._memory_bytes = 0
        self._file: IO[bytes] | None = None
        self._read_at = 0
        self._write_at = 0

    def __len__(self) -> int:
        return len(self._events)

    def push(self, event: AudioChunk | TranscriptUpdate) -> None:
        """Append an event. OSError if it can't be written to the temporary file."""
        if isinstance(event, TranscriptUpdate):
            self._events.append(event)
            return
        n_bytes = event.samples.nbytes
        # Once there is a file, all later chunks go there until it is drained: the order must hold.
        if not n_bytes or (self._file is None and self._memory_bytes < self._limit_bytes):
            self._events.append(event)
            self._memory_bytes += n_bytes
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="voxweft-", buffering=0)  # noqa: SIM115  closed when drained
        self._file.seek(self._write_at)
        # Unbuffered, so that a full disk is an error of this call.
        rest = event.samples.data.cast("B")
        with naming(tempfile.gettempdir()):
            while rest:
                rest = rest[self._file.write(rest) :]
        self._write_at += n_bytes
        self._events.append(_Spooled(msgspec.structs.replace(event, samples=_NO_SAMPLES), n_bytes))

    def pop(self) -> AudioChunk | TranscriptUpdate | None:
        """Remove and return the oldest event, or None."""
        if not self._events:
            return None
        event = self._events.popleft()
        if isinstance(event, _Spooled):
            assert self._file is not None
            self._file.seek(self._read_at)
            data = self._file.read(event.n_bytes)
            if len(data) != event.n_bytes:
                raise OSError("the temporary file is shorter than what was written to it")
            self._read_at += event.n_bytes
            if self._read_at == self._write_at:
                self._drop_file()
            return msgspec.structs.replace(event.chunk, samples=np.frombuffer(data, dtype="<f4"))
        if isinstance(event, AudioChunk):
            self._memory_bytes -= event.samples.nbytes
        return event

    def clear(self) -> None:
        """Drop all events."""
        self._events.clear()
        self._memory_bytes = 0
        self._drop_file()

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._read_at = self._write_at = 0
