"""Convert incoming audio, in blocks of any size and sample rate, to whole frames at 16 kHz."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ....media.audio.pcm import from_int16
from ....media.audio.resample import Resampler
from ....media.audio.speech_frames import FRAME_SAMPLES, SAMPLE_RATE_HZ

PcmFormat = Literal["s16le", "f32le"]
_TYPES: dict[PcmFormat, str] = {"s16le": "<i2", "f32le": "<f4"}


class PcmDecoder:
    """Decodes PCM bytes that may be cut anywhere. An incomplete sample waits for its remaining bytes."""

    def __init__(self, pcm_format: PcmFormat) -> None:
        self._type = np.dtype(_TYPES[pcm_format])
        self._rest = b""

    def samples(self, pcm: bytes) -> NDArray[np.float32]:
        """Add bytes and return the samples that are complete, float32 mono `[n]`."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % self._type.itemsize
        self._rest = pcm[whole:]
        found = np.frombuffer(pcm[:whole], dtype=self._type)
        return from_int16(found) if self._type.kind == "i" else found.astype(np.float32)


class FrameBuffer:
    """Buffers mono samples at any rate, which may change, into frames of 512 samples at 16 kHz."""

    def __init__(self) -> None:
        self._resampler = Resampler(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: NDArray[Any], sample_rate: int) -> NDArray[np.float32]:
        """Add samples, float32 or int16 `[n]` at `sample_rate` Hz, and return the complete frames, `[n * 512]`.

        After an error, none of the samples were added.

        Raises:
            ValueError: The array isn't one-dimensional, contains NaN or infinities, or the rate isn't positive.
            TypeError: The samples are neither float32 nor int16.
        """
        if sample_rate <= 0:
            raise ValueError(f"the sample rate must be above 0 Hz, not {sample_rate}")
        if samples.ndim != 1:
            raise ValueError(f"live audio must be mono, shape [n_samples], not {samples.shape}")
        floats: NDArray[np.float32] = from_int16(samples) if samples.dtype.kind == "i" else samples
        if floats.dtype != np.float32:
            raise TypeError(f"live audio must be float32 or int16, not {samples.dtype}")
        if not np.isfinite(floats).all():
            raise ValueError("the audio contains NaN or infinite samples")
        ready = []
        if sample_rate != self._resampler.rate_in:
            ready.append(self._resampler.flush())
            self._resampler = Resampler(sample_rate, SAMPLE_RATE_HZ)
        ready.append(self._resampler.process(floats))
        return self._frames(ready)

    def flush(self) -> NDArray[np.float32]:
        """End the stream and return the last frames; the last one is padded with silence."""
        last = self._frames([self._resampler.flush()])
        rest, self._rest = self._rest, np.zeros(0, np.float32)
        if not len(rest):
            return last
        return np.concatenate([last, rest, np.zeros(FRAME_SAMPLES - len(rest), np.float32)])

    def _frames(self, ready: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        samples = np.concatenate([self._rest, *ready])
        whole = len(samples) - len(samples) % FRAME_SAMPLES
        self._rest = samples[whole:].copy()
        return samples[:whole]
