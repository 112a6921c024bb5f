"""Set the loudness of a whole recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .loudness import LoudnessMeter, gain_to

PEAK = 0.98
"""The highest sample of a recording whose level was set."""


def with_level(
    samples: NDArray[np.float32], sample_rate: int, *, lufs: float | None = None, rms: float | None = None
) -> NDArray[np.float32]:
    """Return mono samples `[n_samples]` at an integrated loudness (ITU-R BS.1770) or a root mean square.

    One gain applies to all samples: where the target would bring a peak above `PEAK`, the gain is lower. Without a
    target, only samples beyond full scale are brought down. Silence stays as it is.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    if not peak:
        return samples
    gain = 1.0
    if lufs is not None:
        # Rounded, so that the last bits of the measurement decide nothing.
        measured = LoudnessMeter.of_recording(samples[np.newaxis], sample_rate)
        gain = 10 ** (round(gain_to(lufs, measured), 2) / 20)
    elif rms is not None:
        gain = rms / float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    elif peak <= 1:
        return samples
    limited: NDArray[np.float32] = (samples * np.float32(min(gain, PEAK / peak))).astype(np.float32)
    return limited
