"""The end of a piece's speech codes: whether the model found it, or goes on with silence, one sound or nonsense."""

from __future__ import annotations

from typing import Literal

from .text import spoken_length

MAX_TOKENS = 1000
"""The model's own limit: 40 seconds. It isn't trained beyond."""
TOKENS_PER_S = 25
_BASE_TOKENS = 100
_TOKENS_PER_CHAR = 6
"""Speech has about 1.7 tokens for each character; a very slow voice, twice as many."""
_MAX_PERIOD = 4
_LOOP_TOKENS = 50
"""This many tokens that repeat the last one to four are two seconds of silence, or of one sound."""
_KEPT_TOKENS = 6
"""What is left of such a loop: a short pause."""

Fault = Literal["loop", "endless"]


def token_limit(piece: str) -> int:
    """Return the number of tokens after which a piece's speech has surely lost its way."""
    return min(MAX_TOKENS, _BASE_TOKENS + _TOKENS_PER_CHAR * spoken_length(piece))


class Ending:
    """Watches the tokens of one pass, as they are drawn.

    Args:
        limit: The number of tokens after which the speech is endless.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
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
            if self._repeated[period] >= _LOOP_TOKENS:
                return "loop"
        return "endless" if n_tokens >= self._limit else None

    @property
    def n_good(self) -> int:
        """The number of tokens without a loop at the end."""
        return len(self._tokens) - max(0, max(self._repeated) - _KEPT_TOKENS)
