"""The silence between the sentences of a text."""

from __future__ import annotations

import unicodedata

import msgspec

from ...text.short_replies import SHORT_REPLY_PAUSE, is_short_reply
from ...utils.streaming import SourceSpan

SENTENCE_PAUSE_S = 0.3
PARAGRAPH_PAUSE_S = 0.7
MAX_PAUSE_S = 600.0
MAX_PAUSE_SCALE = 5.0
_SPOKEN_MARKS = frozenset("%‰&@#*/\\_§†")


class Pauses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The silence after a sentence and after a paragraph, from the last sound to the next. ValueError for invalid ones.

    Attributes:
        sentence_s: In seconds; after a short reply two thirds of it.
        paragraph_s: In seconds.
        scale: A factor on all of them, but not on the pauses that a script sets.
    """

    sentence_s: float = SENTENCE_PAUSE_S
    paragraph_s: float = PARAGRAPH_PAUSE_S
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name, pause_s in (("sentence_s", self.sentence_s), ("paragraph_s", self.paragraph_s)):
            if not 0 <= pause_s <= MAX_PAUSE_S:
                raise ValueError(f"{name} must be between 0 and {MAX_PAUSE_S:g} seconds, not {pause_s:g}")
        if not 0 <= self.scale <= MAX_PAUSE_SCALE:
            raise ValueError(f"the pause scale must be between 0 and {MAX_PAUSE_SCALE:g}, not {self.scale:g}")

    def after_s(self, sentence: str, *, ends_paragraph: bool) -> float:
        """Return the pause after a sentence in seconds."""
        if ends_paragraph:
            return self.paragraph_s * self.scale
        return self.sentence_s * self.scale * (SHORT_REPLY_PAUSE if is_short_reply(sentence) else 1.0)


def ends_paragraph(text: str, span: SourceSpan, following: SourceSpan) -> bool:
    """Return whether there is a blank line between two sentences of a text."""
    # Any kind of line break counts, CR LF as one. A break at the very end would not begin a line, hence the full stop.
    between = text[span.end : following.start]
    return len((between + ".").splitlines()) > 2 or "\u2029" in between


def is_pause(text: str) -> bool:
    """Return whether a text is marks, spaces and invisible characters alone, which nobody speaks."""
    return all(unicodedata.category(mark)[0] in "CPZ" and mark not in _SPOKEN_MARKS for mark in text)
