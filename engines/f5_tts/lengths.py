"""How long a text will be: its pieces and their frames, decided before anything is spoken."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

from ...text.punctuation import CLOSERS, STRONG_CLAUSE_MARKS, TERMINATORS, WEAK_CLAUSE_MARKS, WIDE_CLAUSE_MARKS
from ...text.segmenter import segment_text, span_text
from ...utils.streaming import SourceSpan
from .sounds import weights

RATE_HZ = 24_000
HOP_SAMPLES = 256
"""The length of a frame."""
FRAMES_PER_S = RATE_HZ / HOP_SAMPLES
LIMIT_FRAMES = round(22 * FRAMES_PER_S)
"""The longest recording and speech together that the model speaks well: it was trained on clips of up to 30 s."""
_SLOWEST_FRAMES, _FASTEST_FRAMES = 0.125 * FRAMES_PER_S, 0.035 * FRAMES_PER_S
"""The frames of a sound beyond which nobody speaks: a transcript that says otherwise isn't that of its recording."""
_MIN_LIMIT_SOUNDS = 20.0
_MIN_FIRST_SOUNDS, _MIN_REST_SOUNDS = 10.0, 10.0
_CLAUSE_END = re.compile(
    rf"[{re.escape(TERMINATORS + STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS)}][{re.escape(CLOSERS)}]*(?=\s)"
    rf"|[。！？；{WIDE_CLAUSE_MARKS}][{re.escape(CLOSERS)}]*"
)


class Pace(NamedTuple):
    """A recording's pace: how many frames a sound takes, and whether that is as its transcript says."""

    frames_per_sound: float
    is_natural: bool


class Piece(NamedTuple):
    """A part of a text that is spoken in one pass, and its length in frames."""

    text: str
    n_frames: int


def pace_of(n_frames: float, n_sounds: float) -> Pace:
    """Return the pace of a recording of `n_frames`, whose transcript has `n_sounds`.

    It stays within what people speak, so that a wrong transcript gives neither minutes of speech nor none.
    """
    said = n_frames / n_sounds if n_sounds else math.inf
    natural = min(max(said, _FASTEST_FRAMES), _SLOWEST_FRAMES)
    return Pace(natural, said == natural)


def plan(
    text: str,
    pace: Pace,
    speed: float,
    n_reference_frames: int,
    min_frames: Callable[[str], int],
    *,
    first_clause: bool = False,
) -> list[Piece]:
    """Return the pieces of a text with their lengths; none for a text without a letter or digit.

    The whole is as long as its sounds, wherever it is cut: the end of a piece is the end of its sounds, rounded to a
    frame. So a higher speed never gives more frames.

    Args:
        text: The text of a segment.
        pace: That of the recording.
        speed: The factor on the pace.
        n_reference_frames: The length of the recording, which takes room beside each piece.
        min_frames: Returns the least frames that the model needs for a piece.
        first_clause: Whether the first clause is a piece of its own.
    """
    ends = [0.0, *accumulate(weights(text))]
    if not ends[-1]:
        return []
    limit = max((LIMIT_FRAMES - n_reference_frames) / pace.frames_per_sound * speed, _MIN_LIMIT_SOUNDS)
    spans = list(_cut(text, ends, 0, len(text), limit))
    if first_clause:
        spans[:1] = _first_clause(text, ends, spans[0])
    frames = [_frames(ends[span.start], pace, speed) for span in spans[1:]]
    borders = [0, *frames, max(1, _frames(ends[-1], pace, speed))]
    texts = [span_text(text, span) for span in spans]
    lengths = (end - begin for begin, end in pairwise(borders))
    return [Piece(piece, max(length, min_frames(piece))) for piece, length in zip(texts, lengths, strict=True)]


def _frames(n_sounds: float, pace: Pace, speed: float) -> int:
    return math.floor(n_sounds * pace.frames_per_sound / speed + 0.5)


def _cut(text: str, ends: list[float], start: int, end: int, limit: float) -> Iterator[SourceSpan]:
    """Yield the spans of pieces of at most `limit` sounds: sentences joined, or parts of long ones."""
    total = ends[end] - ends[start]
    if total <= limit or end - start < 2:
        yield SourceSpan(start, end)
        return
    max_chars = max(1, math.floor((end - start) * limit / total))
    joined: list[SourceSpan] = []
    for span in segment_text(text[start:end], max_chars=max_chars):
        begin, finish = start + span.start, start + span.end
        # What nobody speaks belongs to the piece before it.
        fits = joined and ends[finish] - ends[joined[-1].start] <= limit
        if joined and (fits or ends[finish] == ends[begin]):
            joined[-1] = SourceSpan(joined[-1].start, finish)
        else:
            joined.append(SourceSpan(begin, finish))
    for span in joined:
        if (span.start, span.end) == (start, end):
            yield span
        else:
            yield from _cut(text, ends, span.start, span.end, limit)


def _first_clause(text: str, ends: list[float], span: SourceSpan) -> list[SourceSpan]:
    """Return a span in two, after its first clause, unless one of them would be very short."""
    for match in _CLAUSE_END.finditer(text, span.start, span.end):
        at = match.end()
        if ends[at] - ends[span.start] >= _MIN_FIRST_SOUNDS and ends[span.end] - ends[at] >= _MIN_REST_SOUNDS:
            rest = at + len(text[at : span.end]) - len(text[at : span.end].lstrip())
            return [SourceSpan(span.start, at), SourceSpan(rest, span.end)]
    return [span]
