"""Time-stretch speech to an exact length without changing its pitch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32
from .resample import resampled
from .tempo import MAX_TEMPO, MIN_TEMPO, Tempo, audible_length

_ATTEMPTS = 4
_MAX_RESAMPLED = 0.002
"""Smaller changes are resampled, which shifts the pitch by only 0.03 semitones."""


def stretch(samples: NDArray[np.float32], sample_rate: int, n_wanted: int) -> NDArray[np.float32]:
    """Return float32 mono samples `[n_samples]` at `sample_rate` Hz stretched to exactly `n_wanted` samples.

    FFmpeg's `atempo` (waveform similarity overlap-add) is inexact by some milliseconds. A result that is too short is
    padded with silence; one that is too long is stretched again with a smaller target, so that nothing audible is cut.
    Samples that already have the length are returned unchanged. ValueError unless the length is half to twice the
    input's, within one sample; TypeError unless the samples are float32.
    """
    check_float32(samples)
    if samples.ndim != 1:
        raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
    n_samples = samples.size
    if n_wanted == n_samples:
        return samples
    if not n_samples / MAX_TEMPO - 1 <= n_wanted <= n_samples / MIN_TEMPO + 1:
        raise ValueError(
            f"can't stretch {n_samples} samples to {n_wanted}; the length must be half to twice the input's"
        )
    if abs(n_wanted - n_samples) <= _MAX_RESAMPLED * n_samples:
        return _resampled(samples, n_wanted)
    n_target = n_wanted
    for _ in range(_ATTEMPTS):
        stretched = _at_tempo(samples, sample_rate, n_samples / max(n_target, 1))
        n_over = audible_length(stretched) - n_wanted
        if n_over <= 0:
            result = np.zeros(n_wanted, np.float32)
            n_kept = min(n_wanted, stretched.size)
            result[:n_kept] = stretched[:n_kept]
            return result
        n_target -= n_over
    # atempo may be too long by the same amount each time; the remaining difference is some milliseconds.
    return _resampled(stretched[: audible_length(stretched)], n_wanted)


def _at_tempo(samples: NDArray[np.float32], sample_rate: int, factor: float) -> NDArray[np.float32]:
    # A retry may slightly exceed the filter's range.
    tempo = Tempo(sample_rate, min(max(factor, MIN_TEMPO), MAX_TEMPO))
    return np.concatenate([tempo.process(samples), tempo.flush()])


def _resampled(samples: NDArray[np.float32], n_wanted: int) -> NDArray[np.float32]:
    if not n_wanted:
        return np.zeros(0, np.float32)
    return resampled(samples, samples.size, n_wanted)
