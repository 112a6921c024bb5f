"""Words of a speech job, at their places on its timeline and in its text."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..utils.streaming import AudioChunk, SourceSpan

_NOWHERE = SourceSpan(-1, -1)


class SpokenWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word as it is heard: seconds of the job's output, and characters of the text that the user gave.

    `source_start` and `source_end` are -1 where the engine doesn't say which characters it spoke.
    """

    text: str
    start_s: float
    end_s: float
    source_start: int = -1
    source_end: int = -1
    index: int = 0


def placed_words(chunk: AudioChunk, source_of: Callable[[SourceSpan], SourceSpan], start_s: float) -> list[SpokenWord]:
    """Return a chunk's words, whose segment begins at `start_s` of the job.

    `source_of` says where a stretch of the segment's text stands in the text that the user gave.
    """
    found = []
    for word in chunk.words:
        source = _NOWHERE if word.source is None else source_of(word.source)
        found.append(
            SpokenWord(
                text=word.text,
                start_s=start_s + word.start_s,
                end_s=start_s + word.end_s,
                source_start=source.start,
                source_end=source.end,
                index=chunk.index,
            )
        )
    return found
