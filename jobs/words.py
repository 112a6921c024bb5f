"""Words of a speech job, at their places on its timeline and in its text."""

from __future__ import annotations

import msgspec

from ..utils.streaming import AudioChunk, StreamingSegment


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


def placed_words(chunk: AudioChunk, segment: StreamingSegment, start_s: float) -> list[SpokenWord]:
    """Return a chunk's words, whose segment begins at `start_s` of the job."""
    offset = segment.source.start if segment.source is not None else 0
    return [
        SpokenWord(
            text=word.text,
            start_s=start_s + word.start_s,
            end_s=start_s + word.end_s,
            source_start=offset + word.source.start if word.source is not None else -1,
            source_end=offset + word.source.end if word.source is not None else -1,
            index=chunk.index,
        )
        for word in chunk.words
    ]
