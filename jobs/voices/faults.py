"""Faults of a recording that make a voice worse, as notes for users."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...media.audio.speech_activity import SpeechActivity

_FULL_SCALE = 0.9995
_MIN_RUN = 3
"""That number of samples in a row at full scale are a cut-off peak."""
_MIN_RUNS = 5
_MIN_DISTANCE_DB = 22.0
"""Between the loud and the quietest parts. Speech alone has more, even without a pause."""


def faults_of(samples: NDArray[np.float32], activity: SpeechActivity) -> list[str]:
    """Return the audible faults of mono samples `[n_samples]`: clipping, and noise."""
    found = []
    n_clipped = clipped_peaks(samples)
    if n_clipped >= _MIN_RUNS:
        found.append(f"it is clipped at {n_clipped} peaks; record it again at a lower level")
    distance_db = activity.speech_db - activity.noise_db
    if distance_db < _MIN_DISTANCE_DB:
        found.append(
            f"noise or music in it is only {distance_db:.0f} dB below the speech; the voice may sound like that, too"
        )
    return found


def clipped_peaks(samples: NDArray[np.float32]) -> int:
    """Return the number of peaks that are cut off at full scale."""
    at_limit = np.concatenate([[False], np.abs(samples) >= _FULL_SCALE, [False]])
    edges = np.flatnonzero(np.diff(at_limit.astype(np.int8)))
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= _MIN_RUN))
