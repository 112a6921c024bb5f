"""Where a chunk has sound, from what the network predicts before it makes any.

The frames of a symbol aren't the time of its sound. The network puts a pause into the frames of the last symbol before
a mark (0.1 to 0.6 s, of which 0.05 to 0.3 s are sound), and all sound comes about two frames before its symbol's
frames. The predicted energy shows where the sound really begins and ends, to about 20 ms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .common.tokens import FOLLOWING, MARKS, SPACE

SAMPLE_RATE_HZ = 24_000
FRAME_SAMPLES = 600
"""Samples per predicted frame: 25 ms."""
ENERGY_SAMPLES = FRAME_SAMPLES // 2
"""Samples per value of the energy: 12.5 ms."""
EARLY_SAMPLES = 2 * FRAME_SAMPLES
"""Sound comes about this much before the frames of its symbol."""

_SILENCE_BELOW = 10.5
"""Silence is this much below the loud parts, in natural logarithms of power: 45 dB."""
_LOUD_PERCENTILE = 95
# In values of the energy:
_MAX_GAP = 6
"""Maximum silence within the sound before or after a pause: a plosive's closure before its burst."""
_MAX_CLOSURE = 8
"""Maximum silence between two words that isn't a pause, without a mark: likewise."""
# If a voice has noise where others are silent, what is kept of it before the first symbol's frames, and after the begin
# of the last symbol's if these aren't longer:
_EARLY_IN_NOISE_SAMPLES = 8 * FRAME_SAMPLES
_LATE_IN_NOISE_SAMPLES = 16 * FRAME_SAMPLES


class Span(NamedTuple):
    """The samples from the beginning of a sound up to its end."""

    begin: int
    end: int


class SoundMap:
    """The bounds of symbols and sounds of one chunk, in samples of the network's output."""

    def __init__(self, symbols: str, frames: NDArray[np.int64], energy: NDArray[np.float32]) -> None:
        """Take a chunk's symbols with their timing (`acoustic.model.Timing`). ValueError for a wrong number of values.

        Args:
            symbols: The chunk's symbols.
            frames: `[n_symbols + 2]`.
            energy: `[2 * sum(frames)]`.
        """
        if frames.shape != (len(symbols) + 2,):
            raise ValueError(f"{len(symbols)} symbols need {len(symbols) + 2} durations, not {frames.shape}")
        if energy.shape != (2 * int(frames.sum()),):
            raise ValueError(f"{int(frames.sum())} frames need twice as many values of energy, not {energy.shape}")
        self.symbols = symbols
        self.bounds: list[int] = (np.cumsum(frames) * FRAME_SAMPLES).tolist()
        """The begin of each symbol's frames, then the begin and the end of the end mark's."""
        self._spoken = [place for place, symbol in enumerate(symbols) if symbol not in MARKS]
        self._loud: NDArray[np.int64] = np.flatnonzero(
            energy > np.percentile(energy, _LOUD_PERCENTILE) - _SILENCE_BELOW
        )

    @property
    def n_samples(self) -> int:
        """The length of the network's output."""
        return self.bounds[-1]

    def sound(self) -> Span:
        """Return the samples from the chunk's first sound up to its last; a chunk of marks has the marks' frames."""
        if not self._spoken:
            return Span(self.bounds[0], self.bounds[-2])
        begin = self._gap_before(0).end
        return Span(begin, max(begin, self._gap_before(len(self._spoken)).begin))

    def word(self, first: int, last: int) -> Span:
        """Return the samples of a word whose first and last spoken symbol are at these positions."""
        number = self._spoken.index(first)
        begin = self._gap_before(number).end
        return Span(begin, max(begin, self._gap_before(self._spoken.index(last, number) + 1).begin))

    def _gap_before(self, number: int) -> Span:
        """Return the silence before a spoken symbol, by its number; after the last one if there is no such symbol."""
        before = self._spoken[number - 1] if number > 0 else None
        after = self._spoken[number] if number < len(self._spoken) else None
        if before is None:
            assert after is not None, "a chunk has spoken symbols"
            return Span(0, self._onset(after, 0))
        if after is None:
            return Span(self._ending(before, self.bounds[-1]), self.bounds[-1])
        middle = max(0, (self.bounds[before + 1] + self.bounds[after]) // 2 - EARLY_SAMPLES)
        between = set(self.symbols[before + 1 : after])
        if not between:
            return Span(middle, middle)
        ending = self._ending(before, self.bounds[after])
        onset = self._onset(after, ending)
        # Without a mark, a short silence is the closure of a plosive.
        min_samples = _MAX_CLOSURE * ENERGY_SAMPLES if between == {SPACE} else 0
        return Span(ending, onset) if onset - ending > min_samples else Span(middle, middle)

    def _onset(self, place: int, earliest: int) -> int:
        """Return where the sound of a phrase begins whose first spoken symbol is at `place`."""
        start = self.bounds[place]
        first = start // ENERGY_SAMPLES
        # The sound without a gap up to the symbol's frames.
        loud = self._loud[(self._loud >= earliest // ENERGY_SAMPLES) & (self._loud < first)]
        near = np.append(loud, first)
        gaps = np.flatnonzero(np.diff(near) > _MAX_GAP)
        onset = int(near[gaps[-1] + 1] if gaps.size else near[0]) * ENERGY_SAMPLES
        if onset <= earliest:
            return max(earliest, start - _EARLY_IN_NOISE_SAMPLES)
        return onset

    def _ending(self, place: int, latest: int) -> int:
        """Return where the sound of a phrase ends whose last spoken symbol is at `place`."""
        frames_end = self.bounds[place + 1]
        while place > 0 and self.symbols[place] in FOLLOWING:
            place -= 1
        start = self.bounds[place]
        first = max(0, start - EARLY_SAMPLES) // ENERGY_SAMPLES
        # The sound without a gap from the symbol on.
        loud = self._loud[(self._loud > first) & (self._loud < latest // ENERGY_SAMPLES)]
        near = np.append(first, loud)
        gaps = np.flatnonzero(np.diff(near) > _MAX_GAP)
        ending = (int(near[gaps[0]] if gaps.size else near[-1]) + 1) * ENERGY_SAMPLES
        if ending >= latest:
            return min(latest, max(frames_end, start + _LATE_IN_NOISE_SAMPLES))
        return ending
