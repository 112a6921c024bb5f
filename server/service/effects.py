"""Effects on finished audio: volume, and tempo at constant pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.tempo import Tempo
from .speech_request import SpeechChunk

if TYPE_CHECKING:
    from ...media.audio.limiter import Limiter


class Effects:
    """Applies volume and tempo to chunks of audio, and scales word times. A limiter prevents clipping."""

    def __init__(self, sample_rate: int, *, volume: float, tempo: float) -> None:
        self._volume = np.float32(volume)
        self._factor = tempo
        self._tempo = Tempo(sample_rate, tempo)
        self._limiter: Limiter | None = None
        if volume > 1.0:
            from ...media.audio.limiter import Limiter  # imports FFmpeg, which most requests don't need

            self._limiter = Limiter(sample_rate)

    def process(self, chunk: SpeechChunk) -> SpeechChunk:
        """Return the audio that is final after this chunk, with the chunk's words."""
        words = chunk.words
        if self._factor != 1.0:
            words = [
                msgspec.structs.replace(word, start_s=word.start_s / self._factor, end_s=word.end_s / self._factor)
                for word in words
            ]
        return SpeechChunk(self._scale(self._tempo.process(chunk.samples)), words)

    def flush(self) -> SpeechChunk:
        """Return the remaining audio."""
        rest = self._scale(self._tempo.flush())
        if self._limiter is not None:
            rest = np.concatenate([rest, self._limiter.flush()])
        return SpeechChunk(rest, [])

    def _scale(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._volume == 1.0:
            return samples
        scaled = samples * self._volume
        return scaled if self._limiter is None else self._limiter.process(scaled)
