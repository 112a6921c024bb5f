"""Align a corrected text to its transcript."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...text.align import align
from .transcript import TranscriptSegment


def align_transcript(segments: Sequence[TranscriptSegment], text: str) -> list[TranscriptSegment]:
    """Return a transcript of `text` with the times of `segments`; see `align` for the rules.

    If the text has as many lines as there are segments, each line is aligned to its segment. Otherwise the text is
    aligned as a whole, and the result has one segment per line. Empty lines are ignored.

    Raises:
        ValueError: The text is empty, or the transcript has no words with times.
    """
    lines = [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
    spoken = [segment for segment in segments if segment.text.strip()]
    if not lines:
        raise ValueError("the text to align is empty")
    words = [word for segment in spoken for word in segment.timed_words()]
    if not words:
        raise ValueError("the transcript has no words with times; transcribe with word times enabled")
    if len(lines) == len(spoken):
        pairs = zip(spoken, lines, strict=True)
        return [
            _corrected(segment, line) if segment.words else msgspec.structs.replace(segment, text=line)
            for segment, line in pairs
        ]
    aligned = align(" ".join(lines), words)
    result: list[TranscriptSegment] = []
    at = 0
    for line in lines:
        n_chars, start = len("".join(line.split())), at
        while at < len(aligned) and n_chars > 0:
            n_chars -= len("".join(aligned[at].text.split()))
            at += 1
        line_words = tuple(aligned[start:at])
        if line_words:
            result.append(
                TranscriptSegment(
                    start_s=line_words[0].start_s,
                    end_s=line_words[-1].end_s,
                    text=line,
                    words=line_words,
                    language=spoken[0].language,
                )
            )
    return result


def _corrected(segment: TranscriptSegment, line: str) -> TranscriptSegment:
    return msgspec.structs.replace(segment, text=line, words=tuple(align(line, segment.words)))
