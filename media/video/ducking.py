"""How far a film's own sound is turned down, and when: under the dub's speech, with smooth ways there and back."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray


class Ducking(msgspec.Struct, frozen=True):
    """The original is `amount_db` quieter while the dub speaks.

    It is down when speech begins, having taken `down_s` to get there, and is back `up_s` after it ends. Pauses shorter
    than `hold_s`, or than both ways take, keep it down: what goes up and down within a sentence is heard as pumping.
    The ways are half cosines in dB.
    """

    amount_db: float = 15.0
    down_s: float = 0.2
    up_s: float = 0.5
    hold_s: float = 1.0


class DuckCurve:
    """The gain of the original at any sample, for the places `(start_s, end_s)` where the dub speaks, in any order."""

    def __init__(self, places: Iterable[tuple[float, float]], ducking: Ducking) -> None:
        self._amount_db = ducking.amount_db
        times: list[float] = []
        for start_s, end_s in _joined(places, max(ducking.hold_s, ducking.down_s + ducking.up_s)):
            times += [start_s - ducking.down_s, start_s, end_s, end_s + ducking.up_s]
        self._times_s = np.array(times)
        self._depths = np.tile([0.0, 1.0, 1.0, 0.0], len(times) // 4)

    def gain(self, first_sample: int, n_samples: int, sample_rate: int) -> NDArray[np.float32]:
        """Return `[n_samples]` factors from `first_sample` on: exactly 1 away from speech."""
        if not len(self._times_s):
            return np.ones(n_samples, np.float32)
        at_s = np.arange(first_sample, first_sample + n_samples) / sample_rate
        depth = np.interp(at_s, self._times_s, self._depths)
        depth = 0.5 - 0.5 * np.cos(np.pi * depth)
        gain: NDArray[np.float64] = np.power(10.0, -self._amount_db / 20 * depth)
        return gain.astype(np.float32)


def _joined(places: Iterable[tuple[float, float]], hold_s: float) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start_s, end_s in sorted(places):
        if joined and start_s - joined[-1][1] < hold_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((start_s, end_s))
    return joined
