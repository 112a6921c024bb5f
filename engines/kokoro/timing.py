"""Word timings, from the frames that the network predicts for each symbol."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import SourceSpan, Word
from .chunks import Chunk
from .common.tokens import SPACE, Token
from .joins import FRAME_SAMPLES, SAMPLE_RATE_HZ
from .phrase_grouping import MARKS, is_spoken

_SPOKEN_PUNCTUATION = frozenset("%‰&@#*/\\_")


class Edges(NamedTuple):
    """The lengths of a chunk, in samples, before its first spoken symbol and after its last."""

    lead_samples: int
    tail_samples: int


def edges_of(symbols: str, frames: NDArray[np.int64]) -> Edges:
    """Return a chunk's edges from its frames, `[n_symbols + 2]`; marks at its ends aren't speech.

    ValueError if the number of frames is wrong.
    """
    bounds = _bounds(symbols, frames)
    spoken = [place for place, symbol in enumerate(symbols) if symbol not in MARKS]
    first, last = (spoken[0], spoken[-1]) if spoken else (0, len(symbols) - 1)
    return Edges(bounds[first], bounds[-1] - bounds[last + 1])


def words_of(chunk: Chunk, frames: NDArray[np.int64], text: str, shift_samples: int) -> tuple[Word, ...]:
    """Return the chunk's words with their times in seconds from the start of the segment.

    Each token with letters or digits, or with spoken symbols, is one word. It lasts from its first spoken symbol to its
    last; a space between two words is split in its middle, and marks belong to no word. Words without spoken symbols
    share the time between their neighbors (none at the ends of the chunk). Times never decrease.

    Args:
        chunk: The chunk.
        frames: Durations `[n_symbols + 2]`: of the start mark, each symbol, the end mark.
        text: The segment's text; words are quoted from it, without the marks around them.
        shift_samples: The position of the chunk's first sample in the segment (`JoinedChunk.shift`).

    Raises:
        ValueError: The number of frames is wrong.
    """
    bounds = _bounds(chunk.symbols, frames)
    # In samples: the start of each token's first spoken symbol and the end of its last; None if it has none.
    times: list[tuple[int, int] | None] = []
    position = 0
    for token in chunk.tokens:
        times.append(_time(token, chunk.symbols, bounds, position))
        position += len(token.phonemes) + token.space
    named = [(*_name(token, text), time) for token, time in zip(chunk.tokens, times, strict=True)]
    words = [(start, end, time) for start, end, time in named if start < end]
    spoken = [place for place, symbol in enumerate(chunk.symbols) if symbol not in MARKS]
    first, last = (bounds[spoken[0]], bounds[spoken[-1] + 1]) if spoken else (bounds[0], bounds[0])
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


def _bounds(symbols: str, frames: NDArray[np.int64]) -> list[int]:
    """Return the start of each symbol in samples, then the start and the end of the end mark."""
    if frames.shape != (len(symbols) + 2,):
        raise ValueError(f"{len(symbols)} symbols need {len(symbols) + 2} durations, not {frames.shape}")
    bounds: list[int] = (np.cumsum(frames) * FRAME_SAMPLES).tolist()
    return bounds


def _time(token: Token, symbols: str, bounds: Sequence[int], position: int) -> tuple[int, int] | None:
    places = [place for place, symbol in enumerate(token.phonemes, position) if symbol not in MARKS]
    if not places:
        return None
    first, last = places[0], places[-1]
    begin, end = bounds[first], bounds[last + 1]
    if _divides(symbols, first - 1):
        begin -= (begin - bounds[first - 1]) // 2
    if _divides(symbols, last + 1):
        end = bounds[last + 2] - (bounds[last + 2] - end) // 2
    return begin, end


def _divides(symbols: str, place: int) -> bool:
    """Whether the symbol at a position is a space between two words."""
    around = symbols[place - 1 : place + 2] if place > 0 else ""
    return len(around) == 3 and around[1] == SPACE and around[0] not in MARKS and around[2] not in MARKS


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


def _filled(times: Sequence[tuple[int, int] | None], first: int, last: int) -> list[tuple[int, int]]:
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
