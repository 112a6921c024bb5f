"""Ducking: lower the original audio during the dub's speech, with smooth transitions."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray


class Ducking(msgspec.Struct, frozen=True):
    """The settings of ducking. Transitions are half cosines in dB.

    Attributes:
        amount_db: Attenuation of the original during speech, in dB.
        down_s: The length of the fade before speech.
        up_s: The length of the fade after speech.
        hold_s: Shorter pauses (or pauses shorter than both fades) stay ducked, to avoid pumping within a sentence.
    """

    amount_db: float = 15.0
    down_s: float = 0.2
    up_s: float = 0.5
    hold_s: float = 1.0


class DuckCurve:
    """The gain of the original at any sample, for the dub's spans of speech `(start_s, end_s)`, in any order."""

    def __init__(self, spans: Iterable[tuple[float, float]], ducking: Ducking) -> None:
        self._amount_db = ducking.amount_db
        times: list[float] = []
        for start_s, end_s in _merged(spans, max(ducking.hold_s, ducking.down_s + ducking.up_s)):
            times += [start_s - ducking.down_s, start_s, end_s, end_s + ducking.up_s]
        self._times_s = np.array(times)
        self._depths = np.tile([0.0, 1.0, 1.0, 0.0], len(times) // 4)

    def gain(self, first_sample: int, n_samples: int, sample_rate: int) -> NDArray[np.float32]:
        """Return gain factors `[n_samples]` from `first_sample`; exactly 1 outside of speech and fades."""
        if not len(self._times_s):
            return np.ones(n_samples, np.float32)
        at_s = np.arange(first_sample, first_sample + n_samples) / sample_rate
        depth = np.interp(at_s, self._times_s, self._depths)
        depth = 0.5 - 0.5 * np.cos(np.pi * depth)
        gain: NDArray[np.float64] = np.power(10.0, -self._amount_db / 20 * depth)
        return gain.astype(np.float32)


def _merged(spans: Iterable[tuple[float, float]], hold_s: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if merged and start_s - merged[-1][1] < hold_s:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged
