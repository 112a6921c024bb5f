"""The audio that may have to be heard again, and no more."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import SAMPLE_RATE_HZ


class LiveBuffer:
    """Float32 mono at 16 kHz, from `start_s` to `end_s` of the stream. Places are whole samples."""

    def __init__(self) -> None:
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._start = 0
        self._end = 0

    @property
    def start_s(self) -> float:
        """Where what is held begins."""
        return self._start / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """How much has been pushed."""
        return self._end / SAMPLE_RATE_HZ

    def push(self, samples: NDArray[np.float32]) -> None:
        """Append samples `[n]`; they are copied."""
        if len(samples):
            self._blocks.append(np.array(samples, dtype=np.float32))
            self._end += len(samples)

    def trim(self, before_s: float) -> None:
        """Let go of what is before a time, to the sample."""
        place = min(max(round(before_s * SAMPLE_RATE_HZ), self._start), self._end)
        while self._blocks and self._start + len(self._blocks[0]) <= place:
            self._start += len(self._blocks.popleft())
        if self._start < place:
            # A copy: a view would keep all of its block.
            self._blocks[0] = self._blocks[0][place - self._start :].copy()
            self._start = place

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """Return a copy of the samples `[n]` between two times. ValueError if they aren't all held."""
        start, end = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        if not self._start <= start <= end <= self._end:
            raise ValueError(f"{start_s} s to {end_s} s isn't within {self.start_s} s to {self.end_s} s")
        parts, place = [np.empty(0, np.float32)], self._start
        for block in self._blocks:
            if place < end and place + len(block) > start:
                parts.append(block[max(0, start - place) : end - place])
            place += len(block)
        return np.concatenate(parts)
