"""How long each pass may be so that a player which starts with the first one never runs dry."""

from __future__ import annotations


class Growth:
    """The low-latency plan of one segment: a short first piece, then pieces as long as what lies ahead allows.

    A player starts when the first piece arrives; the pieces are made one after the other. A piece with `audio_s` of
    sound is reckoned to take `fixed_s + real_time_factor * audio_s` to make, and must be there before the player has
    used up the sound made so far. With `ahead_s` of that left, a piece of n symbols is in time if

        fixed_s + real_time_factor * (slowest_symbol_s * n + longest_pause_s) <= ahead_s

    which is all the policy there is. Each piece adds more than it uses up, so that the sizes grow geometrically, by
    about `1 + (1 - real_time_factor) / real_time_factor * symbol_s / slowest_symbol_s` a piece: 1.45 by default.

    The plan holds no clock: it is a function of the pieces so far, so that the same segment is cut alike at any load.
    `measured` tells it how long the latest piece really is. With that and no symbol slower than `slowest_symbol_s` the
    player never runs dry, whatever the durations in between. Without it, past symbols count `symbol_s` each, and the
    difference between the two rates is the margin. Either way the promise ends where a single word (or a stretch that
    has no boundary between words) is longer than the size allowed: words aren't cut, so the piece is that word. At the
    extremes that is a word of five symbols, the second in the text, after the shortest first piece at twice the pace.

    `fixed_s` must cover what a pass costs whatever it says; that includes the silence at its ends which is cut away.
    """

    def __init__(
        self,
        *,
        first_symbols: int = 28,
        least_symbols: int = 10,
        real_time_factor: float = 0.6,
        fixed_s: float = 0.04,
        symbol_s: float = 0.075,
        slowest_symbol_s: float = 0.11,
        longest_pause_s: float = 0.30,
        speed: float = 1.0,
    ) -> None:
        """Take the policy's figures; the seconds a symbol are those at speed 1.

        The first piece ends with the first clause of `least_symbols` at least (behind "No." or "Well," there'd be time
        for one word, which sounds torn), and has `first_symbols` at most unless its first word is longer.
        """
        if not 1 <= least_symbols <= first_symbols:
            raise ValueError(f"the first piece can't have from {least_symbols} to {first_symbols} symbols")
        self.least_symbols = least_symbols
        self._first_symbols = first_symbols
        self._real_time_factor = real_time_factor
        self._fixed_s = fixed_s
        self._longest_pause_s = longest_pause_s
        self._symbol_s = symbol_s / speed
        self._slowest_symbol_s = slowest_symbol_s / speed
        self._n_pieces = 0
        self._ahead_s = 0.0
        self._ahead_before_s = 0.0

    @property
    def started(self) -> bool:
        """Whether there is a first piece."""
        return self._n_pieces > 0

    def bound(self) -> int:
        """Return the most symbols that the next piece may have, 1 at least."""
        if not self.started:
            return self._first_symbols
        most_s = (self._ahead_s - self._fixed_s) / self._real_time_factor - self._longest_pause_s
        return max(1, int(most_s / self._slowest_symbol_s))

    def add(self, n_symbols: int, pause_s: float) -> None:
        """Take note of a piece that is going to be made, with the pause behind it."""
        self._n_pieces += 1
        self._ahead_before_s = self._ahead_s
        self._reckon(n_symbols * self._symbol_s + pause_s)

    def measured(self, audio_s: float) -> None:
        """Correct the latest piece: it is `audio_s` long, as sent. Lengths only, never times of a clock."""
        if not self.started:
            raise ValueError("no piece has been made that could be measured")
        self._reckon(audio_s)

    def _reckon(self, audio_s: float) -> None:
        used_s = 0.0 if self._n_pieces == 1 else self._fixed_s + self._real_time_factor * audio_s
        # A player that did run dry starts again with this piece.
        self._ahead_s = max(0.0, self._ahead_before_s - used_s) + audio_s
