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


class SpeechStarted(msgspec.Struct, frozen=True, kw_only=True, tag="speech_started"):
    """A person started to speak at `at_s`, in seconds of the stream. Found by voice activity, before any words."""

    at_s: float


class SpeechStopped(msgspec.Struct, frozen=True, kw_only=True, tag="speech_stopped"):
    """The speech that started last ended at `at_s`, in seconds of the stream. Its last words may follow."""

    at_s: float


LiveEvent = Committed | Partial | SpeechStarted | SpeechStopped
