"""Decode PCM of any width and number of channels, in pieces that may be cut anywhere, to mono samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..service.errors import bad_request
from ..service.speech_request import check_sample_rate
from .requests import PcmRequest

_MAX_CHANNELS = 32


class PcmDecoder:
    """Decodes little-endian integers of 1 (unsigned) to 4 bytes. Channels are averaged.

    Raises:
        ApiError: The rate or the number of channels is out of range.
    """

    def __init__(self, pcm_format: PcmRequest) -> None:
        check_sample_rate(pcm_format.rate)
        if not 1 <= pcm_format.channels <= _MAX_CHANNELS:
            raise bad_request(f"channels must be between 1 and {_MAX_CHANNELS}, not {pcm_format.channels}", "channels")
        self._width = pcm_format.width
        self._channels = pcm_format.channels
        self._rest = b""

    def samples(self, pcm: bytes) -> NDArray[np.float32]:
        """Add bytes and return the samples that are complete, float32 mono `[n]`."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (self._width * self._channels)
        self._rest = pcm[whole:]
        samples = _floats(pcm[:whole], self._width)
        if self._channels > 1:
            samples = samples.reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        return samples


def _floats(pcm: bytes, width: int) -> NDArray[np.float32]:
    if width == 1:
        samples = np.frombuffer(pcm, np.uint8).astype(np.float32)
        samples -= 128
        samples /= 128
        return samples
    if width == 3:
        # The upper bytes of 32-bit integers.
        padded = np.zeros((len(pcm) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(pcm, np.uint8).reshape(-1, 3)
        pcm, width = padded.tobytes(), 4
    samples = np.frombuffer(pcm, f"<i{width}").astype(np.float32)
    samples /= 1 << (8 * width - 1)
    return samples
