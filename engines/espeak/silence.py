"""Silence in eSpeak NG's audio: the library writes it as zeros, around quotes and brackets up to 0.3 s of it."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from .binding import SAMPLE_RATE_HZ

KEPT_SAMPLES = SAMPLE_RATE_HZ // 50
"""Maximum of the silence that is kept at each end of a segment: 20 ms."""
_MIN_PAUSE_SAMPLES = SAMPLE_RATE_HZ // 20
"""A shorter silence may be the closure of a plosive, which belongs to the words around it."""


class SoundTracker:
    """Finds where audio that comes in blocks has sound."""

    def __init__(self) -> None:
        self._n_samples = 0
        self._first: int | None = None
        self._sound_end = 0
        self._pauses: list[tuple[int, int]] = []
        """Silences between sounds, half-open and in order."""

    @property
    def begin(self) -> int:
        """The sample at which the trimmed audio begins; the end of the audio if there was no sound yet."""
        return self._n_samples if self._first is None else max(0, self._first - KEPT_SAMPLES)

    @property
    def end(self) -> int:
        """The sample at which the trimmed audio ends, unless more sound comes; `begin` if there was no sound yet."""
        return self.begin if self._first is None else min(self._n_samples, self._sound_end + KEPT_SAMPLES)

    def add(self, pcm: bytes) -> bool:
        """Add a block of 16-bit PCM; return whether it has sound."""
        samples = np.frombuffer(pcm, dtype=np.int16)
        loud = np.flatnonzero(samples) + self._n_samples
        self._n_samples += samples.size
        if not loud.size:
            return False
        begins = np.concatenate([[self._sound_end], loud[:-1] + 1])
        for at in np.flatnonzero(loud - begins >= _MIN_PAUSE_SAMPLES):
            self._pauses.append((int(begins[at]), int(loud[at])))
        if self._first is None:
            self._first = int(loud[0])
        self._sound_end = int(loud[-1]) + 1
        return True

    def without_pauses(self, start: int, end: int) -> tuple[int, int]:
        """Return a word's first and last sample without the pauses at its ends. It keeps at least one sample."""
        if self._sound_end < end:
            end = max(self._sound_end, start + 1)
        before_end = bisect_left(self._pauses, (end, 0)) - 1
        if before_end >= 0 and start < self._pauses[before_end][0] and self._pauses[before_end][1] >= end:
            end = self._pauses[before_end][0]
        around_start = bisect_left(self._pauses, (start + 1, 0)) - 1
        if around_start >= 0 and start < self._pauses[around_start][1] < end:
            start = self._pauses[around_start][1]
        return start, end
