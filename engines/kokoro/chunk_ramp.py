"""Chunk sizes for low latency: the first chunks are short, later ones longer, without a gap in playback."""

from __future__ import annotations


class ChunkRamp:
    """The low-latency chunk sizes of one segment: a short first chunk, then chunks as long as the buffer allows.

    A player starts when the first chunk arrives; chunks are made one after the other. A chunk with `audio_s` of sound
    is expected to take `fixed_s + real_time_factor * audio_s` to make, and must arrive before the player has used up
    the sound made so far. With `buffered_s` of sound left, a chunk of n symbols is in time if

        fixed_s + real_time_factor * (max_symbol_s * n + max_pause_s) <= buffered_s

    Each chunk adds more than it uses up, so sizes grow geometrically, by about
    `1 + (1 - real_time_factor) / real_time_factor * symbol_s / max_symbol_s` per chunk: 1.45 by default.

    Invariants:
    - No clock: sizes are a function of the chunks so far, so the load doesn't change how a segment is cut.
    - With `correct_duration` called for each chunk, and no symbol slower than `max_symbol_s`, playback has no gap.
      Without it, past symbols count `symbol_s` each; the difference between the two is the margin.
    - Exception: words aren't cut, so a single word (or text without word boundaries) longer than the limit is one
      chunk. In the worst case that is a word of five symbols, second in the text, after the shortest first chunk at
      twice the pace.

    `fixed_s` must cover the constant cost of a pass, including the silence at its ends that is trimmed.
    """

    def __init__(
        self,
        *,
        max_first_symbols: int = 28,
        min_first_symbols: int = 10,
        real_time_factor: float = 0.6,
        fixed_s: float = 0.04,
        symbol_s: float = 0.075,
        max_symbol_s: float = 0.11,
        max_pause_s: float = 0.30,
        speed: float = 1.0,
    ) -> None:
        """Set the figures above. Seconds per symbol are those at speed 1.

        The first chunk ends with the first clause of at least `min_first_symbols` ("No." or "Well," alone would leave
        time for one more word only, which sounds choppy). It has at most `max_first_symbols`, unless its first word is
        longer.
        """
        if not 1 <= min_first_symbols <= max_first_symbols:
            raise ValueError(
                f"the first chunk can't have {min_first_symbols} to {max_first_symbols} symbols; "
                "the minimum must be from 1 to the maximum"
            )
        self.min_first_symbols = min_first_symbols
        self._max_first_symbols = max_first_symbols
        self._real_time_factor = real_time_factor
        self._fixed_s = fixed_s
        self._max_pause_s = max_pause_s
        self._symbol_s = symbol_s / speed
        self._max_symbol_s = max_symbol_s / speed
        self._n_chunks = 0
        self._buffered_s = 0.0
        self._buffered_before_s = 0.0

    @property
    def started(self) -> bool:
        """Whether there is a first chunk."""
        return self._n_chunks > 0

    def next_limit(self) -> int:
        """Return the maximum number of symbols of the next chunk, at least 1."""
        if not self.started:
            return self._max_first_symbols
        max_audio_s = (self._buffered_s - self._fixed_s) / self._real_time_factor - self._max_pause_s
        return max(1, int(max_audio_s / self._max_symbol_s))

    def add(self, n_symbols: int, pause_s: float) -> None:
        """Add the next chunk, with the pause after it, before it is made."""
        self._n_chunks += 1
        self._buffered_before_s = self._buffered_s
        self._update(n_symbols * self._symbol_s + pause_s)

    def correct_duration(self, audio_s: float) -> None:
        """Set the real duration of the latest chunk, as sent."""
        if not self.started:
            raise ValueError("no chunk was added yet")
        self._update(audio_s)

    def _update(self, audio_s: float) -> None:
        used_s = 0.0 if self._n_chunks == 1 else self._fixed_s + self._real_time_factor * audio_s
        # After an underrun, the player starts again with this chunk.
        self._buffered_s = max(0.0, self._buffered_before_s - used_s) + audio_s
