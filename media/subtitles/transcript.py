"""Transcripts: recognized text with times."""

from __future__ import annotations

import msgspec

from ...text.align import align
from ...utils.streaming.contract.events import Word


class TranscriptSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment of recognized text. A transcript is a sequence of these, in order.

    All times are in seconds from the start of the recording. `text` takes precedence: if it was corrected and `words`
    differ, they are aligned to it. `language` is a BCP-47 tag, None if unknown.
    """

    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()
    language: str | None = None

    def timed_words(self) -> list[Word]:
        """Return the words of `text` with their times; none if the segment has no recognized words.

        ValueError for times that aren't finite.
        """
        return align(self.text, self.words) if any(word.text.strip() for word in self.words) else []
