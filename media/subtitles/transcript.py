"""A transcript: what was said, when, piece by piece."""

from __future__ import annotations

import msgspec

from ...text.align import align
from ...utils.streaming.contract.events import Word


class TranscriptSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some of what was said, as it was recognised; a transcript is a sequence of these in order.

    All times are in seconds of the whole recording. `text` is what counts: where `words` no longer say the same,
    because it was corrected, they are aligned to it. `language` is a BCP-47 tag, None if nobody knows.
    """

    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()
    language: str | None = None

    def timed_words(self) -> list[Word]:
        """Return the words of `text` with their times, none if there are no recognised words to take them from.

        ValueError for times that aren't numbers.
        """
        return align(self.text, self.words) if any(word.text.strip() for word in self.words) else []
