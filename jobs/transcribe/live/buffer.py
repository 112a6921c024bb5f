"""The audio of a live stream that may have to be recognized again."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import SAMPLE_RATE_HZ


class LiveBuffer:
    """Float32 mono audio at 16 kHz, from `start_s` to `end_s` of the stream. Positions are whole samples."""

    def __init__(self) -> None:
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._start = 0
        self._end = 0

    @property
    def start_s(self) -> float:
        """The start of the audio in the buffer."""
        return self._start / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """The length of the stream so far."""
        return self._end / SAMPLE_RATE_HZ

    def push(self, samples: NDArray[np.float32]) -> None:
        """Append samples `[n]`; they are copied."""
        if len(samples):
            self._blocks.append(np.array(samples, dtype=np.float32))
            self._end += len(samples)

    def trim(self, before_s: float) -> None:
        """Drop the samples before a time."""
        position = min(max(round(before_s * SAMPLE_RATE_HZ), self._start), self._end)
        while self._blocks and self._start + len(self._blocks[0]) <= position:
            self._start += len(self._blocks.popleft())
        if self._start < position:
            # A copy: a view would keep all of its block.
            self._blocks[0] = self._blocks[0][position - self._start :].copy()
            self._start = position

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """Return a copy of the samples `[n]` between two times. ValueError if they aren't all in the buffer."""
        start, end = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        if not self._start <= start <= end <= self._end:
            raise ValueError(f"{start_s} s to {end_s} s is outside the buffer ({self.start_s} s to {self.end_s} s)")
        parts, position = [np.empty(0, np.float32)], self._start
        for block in self._blocks:
            if position < end and position + len(block) > start:
                parts.append(block[max(0, start - position) : end - position])
            position += len(block)
        return np.concatenate(parts)
