"""Read files in parts: each is decoded once from start to end, with only the current part in memory.

Parts are requested in order. Continuing from the decoder's position gives exactly the samples of decoding the whole
file, at any position and in any format; seeking wouldn't.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import FilePayload
from ..errors import CancelledError
from .decode import RATE_HZ, decode_file
from .errors import WhisperError

MAX_PART_S = 2 * 3600.0
"""Two hours take 0.7 GB as samples, and several times that in faster-whisper."""
MAX_OPEN_FILES = 16
"""Twice as many as the server runs jobs of an engine by default."""
MAX_KEPT_BYTES = 256 << 20
"""Limit of the samples of all files between their parts; the least recently used file is closed and decoded again."""


class Part(NamedTuple):
    """A part of a file: int16 `[n]` at 16 kHz, and whether the file ends with it."""

    samples: NDArray[np.int16]
    is_last: bool


class _File(NamedTuple):
    """A file's identity: another size or time means other content, even with the same digest."""

    path: str
    digest: str
    n_bytes: int
    mtime_ns: int


class PartReader:
    """Reads parts of files, and keeps the decoders of the last few files for their next parts. Not thread-safe.

    Jobs that share a worker take turns by part, so each file is decoded once although others come between its parts.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[_File, _Decoder] = OrderedDict()

    def part(self, payload: FilePayload, cancelled: Callable[[], bool], longest_s: float | None = None) -> Part:
        """Return a part of a file, at most `longest_s` long; less at the file's end.

        WhisperError for an invalid part, and as in `decode_file`; CancelledError if `cancelled()`.
        """
        first, end = _range(payload, longest_s)
        file = _identify(payload)
        decoder = self._open.pop(file, None)
        if decoder is None or first < decoder.first:
            if decoder is not None:
                decoder.close()
            decoder = _Decoder(payload.path)
        try:
            part = decoder.read(first, end, cancelled)
        except BaseException:
            decoder.close()
            raise
        self._open[file] = decoder
        while len(self._open) > 1 and (len(self._open) > MAX_OPEN_FILES or self._n_bytes() > MAX_KEPT_BYTES):
            self._open.popitem(last=False)[1].close()
        return part

    def close(self, payload: FilePayload) -> None:
        """Close a file and release its decoded samples."""
        for file in [file for file in self._open if (file.path, file.digest) == (payload.path, payload.digest)]:
            self._open.pop(file).close()

    def close_all(self) -> None:
        """Close every file."""
        while self._open:
            self._open.popitem()[1].close()

    def _n_bytes(self) -> int:
        return sum(decoder.n_bytes for decoder in self._open.values())


class _Decoder:
    """A file that is decoded from its start, and its samples from `first` on."""

    def __init__(self, path: str) -> None:
        self._cancelled: Callable[[], bool] = lambda: False
        self._blocks = decode_file(path, self._is_cancelled)
        self._buffered = np.empty(0, np.int16)
        self._ended = False
        self.first = 0

    def read(self, first: int, end: int | None, cancelled: Callable[[], bool]) -> Part:
        """Return the samples from `first` to before `end` (None: all)."""
        self._cancelled = cancelled
        self._fill(first, end, limit=first + round(MAX_PART_S * RATE_HZ))
        buffered = self._buffered[first - self.first :]
        if end is not None:
            buffered = buffered[: max(end - first, 0)]
        return Part(buffered, self._ended and first + buffered.size >= self.first + self._buffered.size)

    @property
    def n_bytes(self) -> int:
        """The size of the samples in memory."""
        return self._buffered.nbytes

    def close(self) -> None:
        """Close the file."""
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()

    def _is_cancelled(self) -> bool:
        return self._cancelled()

    def _fill(self, first: int, end: int | None, limit: int) -> None:
        """Decode up to `end` and one sample more, which shows whether the file ends; drop samples before `first`."""
        blocks = [self._buffered]
        n_buffered = self.first + self._buffered.size
        self._buffered = np.empty(0, np.int16)
        while not self._ended and (end is None or n_buffered <= end):
            block = next(self._blocks, None)
            if self._cancelled():
                raise CancelledError
            if block is None:
                self._ended = True
                break
            blocks.append(block)
            n_buffered += block.size
            while len(blocks) > 1 and self.first + blocks[0].size <= first:
                self.first += blocks.pop(0).size
            if n_buffered > limit and end is None:
                raise WhisperError(
                    f"the part is longer than the maximum of {MAX_PART_S / 3600:g} hours; transcribe the file in parts"
                )
        skipped = min(max(first - self.first, 0), n_buffered - self.first)
        # All blocks but the first are within the part; those before it were dropped.
        blocks[0] = blocks[0][skipped:]
        self._buffered = np.concatenate(blocks)
        self.first += skipped


def _range(payload: FilePayload, longest_s: float | None) -> tuple[int, int | None]:
    """Return a part's first sample and the one after its last (None: the file's end)."""
    start_s, end_s = payload.start_s, payload.end_s
    if not 0 <= start_s < float("inf") or (end_s is not None and not start_s <= end_s < float("inf")):
        raise WhisperError(
            f"invalid part of a file: {start_s} s to {end_s} s; the start must be at least 0, the end not before it"
        )
    if longest_s is not None:
        end_s = start_s + longest_s if end_s is None else min(end_s, start_s + longest_s)
    elif end_s is not None and end_s - start_s > MAX_PART_S:
        raise WhisperError(
            f"the part is {(end_s - start_s) / 3600:.1f} hours long; maximum {MAX_PART_S / 3600:g} hours"
        )
    return round(start_s * RATE_HZ), None if end_s is None else round(end_s * RATE_HZ)


def _identify(payload: FilePayload) -> _File:
    try:
        status = Path(payload.path).stat()
    except OSError as error:
        raise WhisperError(f"{payload.path} can't be read: {error.strerror}") from error
    return _File(payload.path, payload.digest, status.st_size, status.st_mtime_ns)
