"""What a segment has made and its listener hasn't taken: in memory first, in a temporary file beyond that."""

from __future__ import annotations

import tempfile
from collections import deque
from typing import IO, NamedTuple

import msgspec
import numpy as np

from ..contract.events import AudioChunk, TranscriptUpdate

MEMORY_BYTES = 4 << 20


class _Spooled(NamedTuple):
    chunk: AudioChunk  # its samples are empty: they are in the file
    n_bytes: int


_NO_SAMPLES = np.empty(0, dtype=np.float32)


class EventBuffer:
    """First in, first out. Holds at most `memory_bytes` of samples (and one chunk) in memory.

    Credits keep a buffer far below that; only a segment that is finished for the sake of other jobs, while its own
    listener has stalled, reaches the file.
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
        """Append an event. OSError if the temporary file can't take it."""
        if isinstance(event, TranscriptUpdate):
            self._events.append(event)
            return
        n_bytes = event.samples.nbytes
        # Once a file exists, later chunks go there too, until it is drained.
        if not n_bytes or (self._file is None and self._memory_bytes < self._limit_bytes):
            self._events.append(event)
            self._memory_bytes += n_bytes
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="voxweft-", buffering=0)  # noqa: SIM115  closed when drained
        self._file.seek(self._write_at)
        # Unbuffered, so that a full disk is an error of this very call.
        rest = event.samples.data.cast("B")
        while rest:
            rest = rest[self._file.write(rest) :]
        self._write_at += n_bytes
        self._events.append(_Spooled(msgspec.structs.replace(event, samples=_NO_SAMPLES), n_bytes))

    def pop(self) -> AudioChunk | TranscriptUpdate | None:
        """Take the oldest event, or None."""
        if not self._events:
            return None
        event = self._events.popleft()
        if isinstance(event, _Spooled):
            assert self._file is not None
            self._file.seek(self._read_at)
            data = self._file.read(event.n_bytes)
            if len(data) != event.n_bytes:
                raise OSError("the temporary file lost what was written to it")
            self._read_at += event.n_bytes
            if self._read_at == self._write_at:
                self._drop_file()
            return msgspec.structs.replace(event.chunk, samples=np.frombuffer(data, dtype="<f4"))
        if isinstance(event, AudioChunk):
            self._memory_bytes -= event.samples.nbytes
        return event

    def clear(self) -> None:
        """Forget everything."""
        self._events.clear()
        self._memory_bytes = 0
        self._drop_file()

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._read_at = self._write_at = 0
