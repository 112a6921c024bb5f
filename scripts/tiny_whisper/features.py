"""The log-mel features that Whisper hears, as faster-whisper computes them."""

from __future__ import annotations

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from torch.nn import functional

from .units import HOP_SAMPLES, N_FFT, N_MELS, SAMPLE_RATE_HZ


class MelFeatures:
    """faster_whisper's FeatureExtractor with torch's faster Fourier transform: the same numbers."""

    def __init__(self) -> None:
        filters = FeatureExtractor.get_mel_filters(SAMPLE_RATE_HZ, N_FFT, N_MELS).astype("float32")
        self._filters = torch.from_numpy(filters)
        self._window = torch.from_numpy(np.hanning(N_FFT + 1)[:-1].astype("float32"))

    def __call__(self, samples: NDArray[np.float32]) -> torch.Tensor:
        """Return the features `[..., 80, frames]` of `[..., n]` samples at 16 kHz."""
        padded = functional.pad(torch.from_numpy(samples), (0, HOP_SAMPLES))
        spectrum = torch.stft(
            padded, N_FFT, HOP_SAMPLES, window=self._window, center=True, pad_mode="reflect", return_complex=True
        )[..., :-1]
        mel = self._filters @ (spectrum.real**2 + spectrum.imag**2)
        log = torch.clamp(mel, min=1e-10).log10()
        log = torch.maximum(log, log.amax((-2, -1), keepdim=True) - 8.0)
        # transcribe() leaves the last frame out, too.
        return ((log + 4.0) / 4.0)[..., :-1]
