"""The events of a live session."""

from __future__ import annotations

import msgspec

from ....utils.streaming.contract.events import Word


class Committed(msgspec.Struct, frozen=True, kw_only=True, tag="committed"):
    """Words that no longer change. Times are in seconds of the stream and never decrease.

    `pause` is true if a pause follows: a line may end here. In that case there may be no words, if all of them were
    committed earlier.
    """

    text: str
    words: tuple[Word, ...]
    pause: bool = False


class Partial(msgspec.Struct, frozen=True, kw_only=True, tag="partial"):
    """The current words after the committed ones. Each partial event replaces the previous one; it may be empty."""

    text: str
    words: tuple[Word, ...]


LiveEvent = Committed | Partial
