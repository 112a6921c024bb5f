"""What a live session says."""

from __future__ import annotations

import msgspec

from ....utils.streaming.contract.events import Word


class Committed(msgspec.Struct, frozen=True, kw_only=True, tag="committed"):
    """Words that are certain: none of them changes any more. Times in seconds of the stream, never going back.

    `pause` says that nobody speaks behind them: a line may end here. Then there may be no words, if they all were
    certain before.
    """

    text: str
    words: tuple[Word, ...]
    pause: bool = False


class Partial(msgspec.Struct, frozen=True, kw_only=True, tag="partial"):
    """Words behind the certain ones, as they look now. Each of these replaces the one before, also by nothing."""

    text: str
    words: tuple[Word, ...]


LiveEvent = Committed | Partial
