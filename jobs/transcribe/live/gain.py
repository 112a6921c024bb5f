"""Raise quiet audio for the VAD, which misses speech far from the microphone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import FRAME_S, FRAME_SAMPLES

_SPEECH_RMS = 0.1
"""The level of speech close to the microphone, in its loudest frames."""
_MAX_GAIN = 30.0
_HALVED_AFTER_S = 8.0


class QuietGain:
    """A gain that brings the loudest recent frame to the level of speech. Louder audio isn't changed.

    It falls at once, so that a voice after silence isn't distorted, and rises slowly. Noise and music without a voice
    aren't speech for the VAD at any level.
    """

    def __init__(self) -> None:
        self._loudest = 0.0

    def raised(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return whole frames of 512 samples with the gain of each frame applied, in -1..1."""
        frames = samples.reshape(-1, FRAME_SAMPLES)
        kept = 0.5 ** (FRAME_S / _HALVED_AFTER_S)
        gains = np.ones((len(frames), 1), np.float32)
        for at, rms in enumerate(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)).tolist()):
            self._loudest = max(rms, self._loudest * kept)
            gains[at] = np.clip(_SPEECH_RMS / max(self._loudest, 1e-9), 1.0, _MAX_GAIN)
        raised: NDArray[np.float32] = np.clip(frames * gains, -1.0, 1.0)
        return raised.reshape(-1)
