"""What a client may ask for on top of what the engine makes: louder or softer, faster or slower."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.tempo import Tempo
from .speech_request import Piece

if TYPE_CHECKING:
    from ...media.audio.limiter import Limiter


class Effects:
    """Changes pieces of audio as they come; words keep their places in it. What becomes too loud is limited."""

    def __init__(self, sample_rate: int, *, volume: float, tempo: float) -> None:
        self._volume = np.float32(volume)
        self._factor = tempo
        self._tempo = Tempo(sample_rate, tempo)
        self._limiter: Limiter | None = None
        if volume > 1.0:
            from ...media.audio.limiter import Limiter  # it brings FFmpeg, which most requests need none of

            self._limiter = Limiter(sample_rate)

    def process(self, piece: Piece) -> Piece:
        """Return what is ready of a piece."""
        words = piece.words
        if self._factor != 1.0:
            words = [
                msgspec.structs.replace(word, start_s=word.start_s / self._factor, end_s=word.end_s / self._factor)
                for word in words
            ]
        return Piece(self._loud(self._tempo.process(piece.samples)), words)

    def flush(self) -> Piece:
        """Return the rest."""
        rest = self._loud(self._tempo.flush())
        if self._limiter is not None:
            rest = np.concatenate([rest, self._limiter.flush()])
        return Piece(rest, [])

    def _loud(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._volume == 1.0:
            return samples
        louder = samples * self._volume
        return louder if self._limiter is None else self._limiter.process(louder)
