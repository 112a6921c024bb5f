"""A corrected text back to the transcript that it was made of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...text.align import align
from .transcript import TranscriptSegment


def align_transcript(pieces: Sequence[TranscriptSegment], text: str) -> list[TranscriptSegment]:
    """Return a transcript that says `text` at the times of `pieces`; see `align` for what keeps which times.

    Where the text has as many lines as there are pieces, each line is its piece's. Otherwise it is aligned as a whole,
    and what comes back has a piece a line, empty ones left out. ValueError if there is no text, or no word to take
    times from.
    """
    lines = [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
    spoken = [piece for piece in pieces if piece.text.strip()]
    if not lines:
        raise ValueError("there is no text to align")
    words = [word for piece in spoken for word in piece.timed_words()]
    if not words:
        raise ValueError("the transcript has no words with times: recognise it with word times")
    if len(lines) == len(spoken):
        together = zip(spoken, lines, strict=True)
        return [
            _corrected(piece, line) if piece.words else msgspec.structs.replace(piece, text=line)
            for piece, line in together
        ]
    aligned = align(" ".join(lines), words)
    result: list[TranscriptSegment] = []
    at = 0
    for line in lines:
        n_chars, start = len("".join(line.split())), at
        while at < len(aligned) and n_chars > 0:
            n_chars -= len("".join(aligned[at].text.split()))
            at += 1
        of_line = tuple(aligned[start:at])
        if of_line:
            result.append(
                TranscriptSegment(
                    start_s=of_line[0].start_s,
                    end_s=of_line[-1].end_s,
                    text=line,
                    words=of_line,
                    language=spoken[0].language,
                )
            )
    return result


def _corrected(piece: TranscriptSegment, line: str) -> TranscriptSegment:
    return msgspec.structs.replace(piece, text=line, words=tuple(align(line, piece.words)))
