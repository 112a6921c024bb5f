"""A perceptual distance between two recordings of the same words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RATE_HZ = 24000
_WINDOW, _HOP, _BANDS = 1024, 256, 80
_FLOOR = 1e-5


def log_mel_distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the root mean square difference in dB of two signals' log-mel spectra; 24 kHz, of one length.

    80 bands from 0 to 12 kHz, equally wide in mel (2595 log10(1 + f / 700), as in HTK), windows of 43 ms; amplitudes
    below -100 dB of full scale count as that. ValueError if the lengths differ or are below a window's.
    """
    if first.shape != second.shape or first.ndim != 1 or first.size < _WINDOW:
        raise ValueError(
            f"signals of shapes {first.shape} and {second.shape} can't be compared; they must have one dimension and "
            f"the same length, at least {_WINDOW}"
        )
    return float(np.sqrt(np.mean(np.square(_log_mel(first) - _log_mel(second)))))


def _log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    hann = np.hanning(_WINDOW + 1)[:-1]
    amplitudes = np.abs(np.fft.rfft(windows * hann)) / hann.sum()
    mel: NDArray[np.float64] = 20 * np.log10(np.maximum(amplitudes @ _bands(), _FLOOR))
    return mel


def _bands() -> NDArray[np.float64]:
    edges_mel = np.linspace(0, 2595 * np.log10(1 + _RATE_HZ / 2 / 700), _BANDS + 2)
    edges_hz = 700 * (10 ** (edges_mel / 2595) - 1)
    bins_hz = np.fft.rfftfreq(_WINDOW, 1 / _RATE_HZ)[:, None]
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    triangles = np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle))
    bands: NDArray[np.float64] = np.maximum(triangles, 0)
    return bands
