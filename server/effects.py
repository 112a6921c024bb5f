"""What a client may ask for on top of what the engine makes: louder or softer, faster or slower."""

from __future__ import annotations

import msgspec
import numpy as np

from ..utils.audio.tempo import Tempo
from .speaking import Piece


class Effects:
    """Changes pieces of audio as they come; words keep their places in it."""

    def __init__(self, sample_rate: int, *, volume: float, tempo: float) -> None:
        self._volume = np.float32(volume)
        self._factor = tempo
        self._tempo = Tempo(sample_rate, tempo)

    def process(self, piece: Piece) -> Piece:
        """Return what is ready of a piece."""
        samples = self._tempo.process(piece.samples)
        words = piece.words
        if self._factor != 1.0:
            words = [
                msgspec.structs.replace(word, start_s=word.start_s / self._factor, end_s=word.end_s / self._factor)
                for word in words
            ]
        return Piece(samples * self._volume if self._volume != 1.0 else samples, words)

    def flush(self) -> Piece:
        """Return the rest."""
        samples = self._tempo.flush()
        return Piece(samples * self._volume if self._volume != 1.0 else samples, [])
