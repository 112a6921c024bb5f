"""Sound from a mel spectrogram."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .checkpoint import N_CHANNELS
from .errors import F5Error
from .lengths import HOP_SAMPLES, RATE_HZ

_FADE_SAMPLES = round(0.005 * RATE_HZ)
"""Where a piece begins or ends within its waveform, a step would be heard as a click."""


class Vocoder:
    """The loaded vocoder. It stays in float32, for which it was written."""

    def __init__(self, vocos: Any, device: torch.device) -> None:
        self._vocos = vocos.to(device)
        self._device = device
        n_samples = self.decode(torch.zeros(3, N_CHANNELS)).size
        if n_samples != 2 * HOP_SAMPLES:
            raise F5Error(f"vocos/config.yaml isn't that of F5-TTS: two frames are {n_samples} samples, not 512")

    def decode(self, mel: Any) -> NDArray[np.float32]:
        """Return the sound between the centers of the first and the last frame of `[n_frames, N_CHANNELS]`.

        It is mono in -1..1, faded in and out at its ends.
        """
        with torch.inference_mode():
            decoded = self._vocos.decode(mel.T[None].to(self._device, torch.float32))
        samples: NDArray[np.float32] = decoded[0].cpu().numpy().clip(-1, 1)
        n_faded = min(_FADE_SAMPLES, samples.size // 2)
        fade = np.linspace(0, 1, n_faded, dtype=np.float32)
        samples[:n_faded] *= fade
        samples[samples.size - n_faded :] *= fade[::-1]
        return samples
