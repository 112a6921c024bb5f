"""Trim the silence before the first and after the last sound of speech that comes in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AUDIBLE = 10 ** (-50 / 20)
"""Quieter samples are silence next to speech of any usual level."""
_KEPT_S = 0.03
"""Kept at both ends: a soft consonant begins and ends below the threshold."""


class EdgeSilence:
    """Passes audio on without the silence at its two ends, at most 30 ms of which are kept.

    Invariants:

    - Silence between sounds passes unchanged, once the next sound has come.
    - Audio without any audible sample passes whole, in case it is only very quiet; exact zeros are silence.
    """

    def __init__(self, sample_rate: int) -> None:
        self._n_kept = round(_KEPT_S * sample_rate)
        self._held: list[NDArray[np.float32]] = []
        self._has_sound = False
        self.n_trimmed = 0
        """The samples that were trimmed before the first sound."""

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples, float32 mono `[n_samples]`, and return those that are known to stay."""
        audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
        if not audible.size:
            self._held.append(samples)
            return samples[:0]
        held = np.concatenate([*self._held, samples])
        n_before = held.size - samples.size
        start = 0 if self._has_sound else max(0, n_before + int(audible[0]) - self._n_kept)
        end = n_before + int(audible[-1]) + 1
        if not self._has_sound:
            self.n_trimmed = start
        self._has_sound = True
        self._held = [held[end:]]
        return held[start:end]

    def flush(self) -> NDArray[np.float32]:
        """Return the rest, after the last samples."""
        held = np.concatenate(self._held) if self._held else np.zeros(0, np.float32)
        self._held = []
        if self._has_sound:
            return held[: self._n_kept]
        return held if held.any() else held[:0]
