"""The end of a piece's speech tokens: whether the model found it, or goes on with silence, one sound or nonsense."""

from __future__ import annotations

from typing import Literal

from .pieces import spoken_length

_BASE_S = 4.0
_S_PER_CHAR = 0.24
"""Speech has about 0.07 s for each character; a very slow voice, twice as many."""
_MAX_PERIOD = 4
_LOOP_S = 2.0
"""Tokens that repeat the last one to four for this long are silence, or one sound."""
_KEPT_S = 0.24
"""What is left of such a loop: a short pause."""

Fault = Literal["loop", "endless"]


def token_limit(piece: str, tokens_per_s: int, most: int) -> int:
    """Return the number of tokens after which a piece's speech has surely lost its way, `most` at the most."""
    return min(most, round((_BASE_S + _S_PER_CHAR * spoken_length(piece)) * tokens_per_s))


class Ending:
    """Watches the tokens of one pass, as they are drawn.

    Args:
        limit: The number of tokens after which the speech is endless.
        tokens_per_s: How many tokens a second has.
    """

    def __init__(self, limit: int, tokens_per_s: int) -> None:
        self.limit = limit
        self._loop = round(_LOOP_S * tokens_per_s)
        self._kept = round(_KEPT_S * tokens_per_s)
        self._tokens: list[int] = []
        self._repeated = [0] * (_MAX_PERIOD + 1)
        self.fault: Fault | None = None
        """The fault that ended the speech."""

    def push(self, token: int) -> Fault | None:
        """Note a token; return the fault that it makes evident."""
        self.fault = self._fault_of(token)
        return self.fault

    def _fault_of(self, token: int) -> Fault | None:
        self._tokens.append(token)
        n_tokens = len(self._tokens)
        for period in range(1, _MAX_PERIOD + 1):
            repeats = n_tokens > period and self._tokens[-1 - period] == token
            self._repeated[period] = self._repeated[period] + 1 if repeats else 0
            if self._repeated[period] >= self._loop:
                return "loop"
        return "endless" if n_tokens >= self.limit else None

    @property
    def n_good(self) -> int:
        """The number of tokens without a loop at the end."""
        return len(self._tokens) - max(0, max(self._repeated) - self._kept)
