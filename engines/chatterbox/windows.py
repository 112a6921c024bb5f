"""The windows of a piece that is decoded while its tokens are drawn: short ones first, then longer ones."""

from __future__ import annotations

from typing import NamedTuple

FRAMES_PER_TOKEN = 2
FRAME_SAMPLES = 480
LOOKAHEAD_TOKENS = 3
"""The decoder's first layer looks this far ahead, so the last three tokens' frames aren't final."""
HELD_FRAMES = 8
"""The vocoder changes this many frames when more follow."""
FADE_SAMPLES = 720
"""30 ms: the crossfade from what was held back to the next window's version of it."""


class Window(NamedTuple):
    """Tokens to decode together, and the part of them that is new.

    Args:
        begin: The first token; those before it are left out.
        new: The first one whose sound was not sent.
        end: The end of the tokens.
        last: Whether the speech ends there.
    """

    begin: int
    new: int
    end: int
    last: bool

    @property
    def frames(self) -> tuple[int, int]:
        """The range of its final frames, in the whole piece."""
        held = 0 if self.last else LOOKAHEAD_TOKENS
        return FRAMES_PER_TOKEN * self.begin, FRAMES_PER_TOKEN * (self.end - held)


class WindowPlan:
    """Plans the windows of one piece.

    The cost of a window is bounded, as it starts at most `context` tokens before what is new: decoding everything again
    each time would take quadratic time.

    Args:
        first: New tokens in the first window.
        growth: How much longer each window is than the one before.
        longest: The maximum of new tokens.
        context: The maximum of tokens before them.
    """

    def __init__(self, first: int = 12, growth: float = 1.5, longest: int = 100, context: int = 50) -> None:
        self._size = first
        self._growth = growth
        self._longest = longest
        self._context = context
        self._sent = 0

    def next(self, n_tokens: int) -> Window | None:
        """Return the window to decode now that there are `n_tokens`, with more to come; None to wait for more."""
        if n_tokens - LOOKAHEAD_TOKENS - self._sent < self._size:
            return None
        window = self._window(n_tokens, last=False)
        self._sent = n_tokens - LOOKAHEAD_TOKENS
        self._size = min(self._longest, int(self._size * self._growth))
        return window

    def last(self, n_tokens: int) -> Window:
        """Return the last window of a piece of `n_tokens`, which are at least those that were sent."""
        return self._window(n_tokens, last=True)

    @property
    def n_sent(self) -> int:
        """The number of tokens whose sound was sent."""
        return self._sent

    def _window(self, n_tokens: int, *, last: bool) -> Window:
        return Window(max(0, self._sent - self._context), self._sent, n_tokens, last)
