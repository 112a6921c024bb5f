"""The windows of speech that is decoded while its tokens are drawn."""

from __future__ import annotations

from typing import NamedTuple


class Window(NamedTuple):
    """Tokens to decode together, and the part of them that is new.

    Args:
        begin: The first token; those before it are left out.
        new: The first one whose sound was not sent.
        final: The end of those whose sound becomes final.
        end: The end of the tokens: those from `final` on decide how the ones before sound.
    """

    begin: int
    new: int
    final: int
    end: int

    @property
    def last(self) -> bool:
        """Whether the speech ends there."""
        return self.final == self.end


class WindowPlan:
    """Plans the windows of one piece.

    The cost of a window is bounded, as it starts at most `context` tokens before what is new: decoding everything again
    each time would take quadratic time.

    Args:
        first: New tokens in the first window.
        growth: How much longer each window is than the one before.
        longest: The maximum of new tokens.
        context: The maximum of tokens before them.
        ahead: Tokens after them, above 0.
    """

    def __init__(self, *, first: int, growth: float = 1.0, longest: int, context: int, ahead: int) -> None:
        self._size = first
        self._growth = growth
        self._longest = longest
        self._context = context
        self._ahead = ahead
        self._sent = 0

    def next(self, n_tokens: int) -> Window | None:
        """Return the window to decode now that there are `n_tokens`, with more to come; None to wait for more."""
        if n_tokens - self._ahead - self._sent < self._size:
            return None
        window = self._window(n_tokens - self._ahead, n_tokens)
        self._sent = window.final
        self._size = min(self._longest, int(self._size * self._growth))
        return window

    def last(self, n_tokens: int) -> Window:
        """Return the last window of a piece of `n_tokens`, which are at least those that were sent."""
        return self._window(n_tokens, n_tokens)

    @property
    def n_sent(self) -> int:
        """The number of tokens whose sound was sent."""
        return self._sent

    def _window(self, final: int, end: int) -> Window:
        return Window(max(0, self._sent - self._context), self._sent, final, end)
