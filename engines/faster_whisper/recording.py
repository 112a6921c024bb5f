"""A file that is worked on in parts: decoded once from begin to end, with only the latest part in memory.

Parts come in order: where to end one is asked first (which takes all that it may hold), then its words, then the same
of the next. Going on from where the decoder stands gives the very samples that decoding the whole file would give, at
any place and in any format; seeking wouldn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import FilePayload
from .decode import RATE_HZ, decode_file
from .errors import MediaError, StoppedError

LONGEST_PART_S = 2 * 3600.0
"""What a part may hold: two hours take 0.7 GB as samples, and several times that in faster-whisper."""


class Part(NamedTuple):
    """A part of a file: int16 `[n]` at 16 kHz, and whether the file ends with it."""

    samples: NDArray[np.int16]
    is_last: bool


class _File(NamedTuple):
    """A file as it is now. Another size or time is another content, whatever the digest says."""

    path: str
    digest: str
    n_bytes: int
    mtime_ns: int


class Recordings:
    """Gives parts of files, and keeps the decoder of the latest one for the part that follows. For one thread."""

    def __init__(self) -> None:
        self._file: _File | None = None
        self._blocks: Iterator[NDArray[np.int16]] = iter(())
        self._held = np.empty(0, np.int16)
        self._first = 0
        self._ended = False
        self._cancelled: Callable[[], bool] = lambda: False

    def part(self, payload: FilePayload, cancelled: Callable[[], bool], longest_s: float | None = None) -> Part:
        """Return a part of a file, `longest_s` of it at the most; less if the file ends before.

        MediaError for a part that can't be, and as `decode_file`; StoppedError when `cancelled()` in between.
        """
        first, end = _range(payload, longest_s)
        file = _look_at(payload)
        if file != self._file or first < self._first:
            self.close()
            self._blocks = decode_file(payload.path, self._is_cancelled)
            self._file = file
        try:
            self._cancelled = cancelled
            self._fill(first, end, limit=first + round(LONGEST_PART_S * RATE_HZ))
        except BaseException:
            self.close()
            raise
        held = self._held[first - self._first :]
        if end is not None:
            held = held[: max(end - first, 0)]
        return Part(held, self._ended and first + held.size >= self._first + self._held.size)

    def close(self) -> None:
        """Let go of the file and of what was decoded."""
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()
        self._file = None
        self._blocks = iter(())
        self._held = np.empty(0, np.int16)
        self._first = 0
        self._ended = False

    def _is_cancelled(self) -> bool:
        return self._cancelled()

    def _fill(self, first: int, end: int | None, limit: int) -> None:
        """Decode on until `end` and one sample more, which tells whether the file ends; forget what was before."""
        blocks = [self._held]
        n_held = self._first + self._held.size
        self._held = np.empty(0, np.int16)
        while not self._ended and (end is None or n_held <= end):
            block = next(self._blocks, None)
            if self._cancelled():
                raise StoppedError
            if block is None:
                self._ended = True
                break
            blocks.append(block)
            n_held += block.size
            while len(blocks) > 1 and self._first + blocks[0].size <= first:
                self._first += blocks.pop(0).size
            if n_held > limit and end is None:
                raise MediaError(
                    f"this part has more than {LONGEST_PART_S / 3600:g} hours, which is too much at once: "
                    "cut the file into parts"
                )
        skipped = min(max(first - self._first, 0), n_held - self._first)
        # All blocks but the first lie within the part, for those before it are gone.
        blocks[0] = blocks[0][skipped:]
        self._held = np.concatenate(blocks)
        self._first += skipped


def _range(payload: FilePayload, longest_s: float | None) -> tuple[int, int | None]:
    """Return a part's first sample and the one after its last (None: to the file's end)."""
    start_s, end_s = payload.start_s, payload.end_s
    if not 0 <= start_s < float("inf") or (end_s is not None and not start_s <= end_s < float("inf")):
        raise MediaError(f"a part of a file can't run from {start_s} s to {end_s} s")
    if longest_s is not None:
        end_s = start_s + longest_s if end_s is None else min(end_s, start_s + longest_s)
    elif end_s is not None and end_s - start_s > LONGEST_PART_S:
        raise MediaError(f"a part of {(end_s - start_s) / 3600:.1f} hours is too much at once: cut it into parts")
    return round(start_s * RATE_HZ), None if end_s is None else round(end_s * RATE_HZ)


def _look_at(payload: FilePayload) -> _File:
    try:
        status = Path(payload.path).stat()
    except OSError as error:
        raise MediaError(f"{payload.path} can't be read: {error.strerror}") from error
    return _File(payload.path, payload.digest, status.st_size, status.st_mtime_ns)
