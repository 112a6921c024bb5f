"""Word timings, and where a chunk's speech begins and ends."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from ...utils.streaming import SourceSpan, Word
from .chunks import Chunk
from .common.tokens import MARKS, Token, is_spoken
from .sound_map import SAMPLE_RATE_HZ, SoundMap, Span

_SPOKEN_PUNCTUATION = frozenset("%‰&@#*/\\_")


class Edges(NamedTuple):
    """The lengths of a chunk, in samples, before its first sound and after its last."""

    lead_samples: int
    tail_samples: int


def edges_of(sound: SoundMap) -> Edges:
    """Return a chunk's edges."""
    begin, end = sound.sound()
    return Edges(begin, sound.n_samples - end)


def words_of(chunk: Chunk, sound: SoundMap, text: str, shift_samples: int) -> tuple[Word, ...]:
    """Return the chunk's words with their times in seconds from the start of the segment.

    Each token with letters or digits, or with spoken symbols, is one word. It lasts from its first spoken symbol to its
    last; a space between two words is split in its middle, and marks and the pauses at them belong to no word. Words
    without spoken symbols share the time between their neighbors (none at the ends of the chunk). Times never decrease.

    Args:
        chunk: The chunk.
        sound: Where it has sound.
        text: The segment's text; words are quoted from it, without the marks around them.
        shift_samples: The position of the chunk's first sample in the segment (`JoinedChunk.shift`).
    """
    first, last = sound.sound()
    # The span of each token; None if it has no spoken symbols.
    times: list[Span | None] = []
    position, earliest = 0, first
    for token in chunk.tokens:
        places = [place for place, symbol in enumerate(token.phonemes, position) if symbol not in MARKS]
        position += len(token.phonemes) + token.space
        if places:
            begin, end = (min(max(at, earliest), last) for at in sound.word(places[0], places[-1]))
            times.append(Span(begin, end))
            earliest = end
        else:
            times.append(None)
    named = [(*_name(token, text), time) for token, time in zip(chunk.tokens, times, strict=True)]
    words = [(start, end, time) for start, end, time in named if start < end]
    filled = _filled([time for _, _, time in words], first, last)
    return tuple(
        Word(
            text[start:end],
            (begin + shift_samples) / SAMPLE_RATE_HZ,
            (stop + shift_samples) / SAMPLE_RATE_HZ,
            SourceSpan(start, end),
        )
        for (start, end, _), (begin, stop) in zip(words, filled, strict=True)
    )


def _name(token: Token, text: str) -> tuple[int, int]:
    """Return the span of a token's word in the text without the marks around it; empty if it isn't a word."""
    start, end = token.start, token.end
    while start < end and _is_trim(text[start]):
        start += 1
    while end > start and _is_trim(text[end - 1]):
        end -= 1
    if is_spoken(token.phonemes):
        return (start, end) if start < end else (token.start, token.end)
    return (start, end) if any(map(str.isalnum, text[start:end])) else (end, end)


def _is_trim(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC" and character not in _SPOKEN_PUNCTUATION


def _filled(times: Sequence[Span | None], first: int, last: int) -> list[tuple[int, int]]:
    """Fill in missing times: equal shares of the time between their neighbors."""
    filled: list[tuple[int, int]] = []
    place = 0
    while place < len(times):
        time = times[place]
        if time is not None:
            filled.append(time)
            place += 1
            continue
        until = place
        while until < len(times) and times[until] is None:
            until += 1
        following = times[until] if until < len(times) else None
        begin = filled[-1][1] if filled else first
        end = following[0] if following is not None else last
        n_missing = until - place
        shares = [begin + (end - begin) * n // n_missing for n in range(n_missing + 1)]
        filled += itertools.pairwise(shares)
        place = until
    return filled
