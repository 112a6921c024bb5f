"""Make speech longer or shorter without changing its pitch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32
from .resample import Resampler
from .tempo import FASTEST, SLOWEST, Tempo

_TAIL_S = 0.15
"""Silence behind the input, so that the filter's last windows hold nothing that is heard."""
_SILENT = 1e-5
"""-100 dBFS."""
_TRIES = 4
_UNHEARD = 0.002
"""So little is resampled instead, which moves the pitch by three hundredths of a semitone and does nothing else."""


def stretch(samples: NDArray[np.float32], sample_rate: int, n_wanted: int) -> NDArray[np.float32]:
    """Return float32 mono `[n_samples]` at `sample_rate` Hz as exactly `n_wanted` samples, the pitch kept.

    FFmpeg's `atempo` (waveform similarity overlap-add) does it, whose output is some milliseconds longer or shorter
    than asked for. What is missing is silence at the end; where it is longer, it is done again a little shorter, so
    that nothing is cut that can be heard. An equal length passes through as it is. ValueError for a length that is not
    half to twice the input's, give or take a sample; TypeError if the samples aren't float32.
    """
    check_float32(samples)
    if samples.ndim != 1:
        raise ValueError(f"a stretch takes mono samples, not an array of shape {samples.shape}")
    n_samples = samples.size
    if n_wanted == n_samples:
        return samples
    if not n_samples / FASTEST - 1 <= n_wanted <= n_samples / SLOWEST + 1:
        raise ValueError(f"{n_samples} samples can't be stretched to {n_wanted}: half to twice as many is what works")
    if abs(n_wanted - n_samples) <= _UNHEARD * n_samples:
        return _resampled(samples, n_wanted)
    n_asked = n_wanted
    for _ in range(_TRIES):
        made = _at_tempo(samples, sample_rate, n_samples / max(n_asked, 1))
        n_over = _heard(made) - n_wanted
        if n_over <= 0:
            result = np.zeros(n_wanted, np.float32)
            n_kept = min(n_wanted, made.size)
            result[:n_kept] = made[:n_kept]
            return result
        n_asked -= n_over
    # The search for similar windows may miss by as much each time; what it misses by are some milliseconds.
    return _resampled(made[: _heard(made)], n_wanted)


def _at_tempo(samples: NDArray[np.float32], sample_rate: int, factor: float) -> NDArray[np.float32]:
    # A retry may ask for a little more than the filter takes.
    tempo = Tempo(sample_rate, min(max(factor, SLOWEST), FASTEST))
    padded = np.concatenate([samples, np.zeros(round(_TAIL_S * sample_rate), np.float32)])
    return np.concatenate([tempo.process(padded), tempo.flush()])


def _heard(samples: NDArray[np.float32]) -> int:
    """Return the length up to the last sample that isn't silent."""
    loud = np.flatnonzero(np.abs(samples) > _SILENT)
    return int(loud[-1]) + 1 if loud.size else 0


def _resampled(samples: NDArray[np.float32], n_wanted: int) -> NDArray[np.float32]:
    if not n_wanted:
        return np.zeros(0, np.float32)
    resampler = Resampler(samples.size, n_wanted)
    return np.concatenate([resampler.process(samples), resampler.flush()])
