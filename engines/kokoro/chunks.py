"""Cut a text into chunks, each for one pass of the network: a sentence, or a part of one that is too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...text.punctuation import CLOSERS, TERMINATORS
from ...text.segmenter import segment_text
from ...text.short_replies import SHORT_REPLY_PAUSE, is_short_reply
from ...utils.streaming import SourceSpan
from .common.tokens import Token, is_spoken, spell
from .phrase_grouping import MARK_PAUSES_S, SENTENCE_PAUSE_S, Phrase, Rank, final_mark, group_phrases

Phonemize = Callable[[int, int], Sequence[Token]]
"""Returns the tokens of `text[start:end]`, with offsets in the whole text."""

MAX_SYMBOLS = 510
"""Maximum of the network in one pass, start and end marks not counted."""

_MAX_CHARS = 600
"""Longer sentences go to the G2P in parts, so that a text without punctuation doesn't delay its first sound. The parts
are joined before chunks are cut, so this doesn't limit the length of chunks."""

_PARAGRAPH_BREAK = re.compile(r"[\n\r\x0b\x0c\x85\u2028]\s*[\n\x0b\x0c\x85\u2028]|\u2029")


class Chunk(NamedTuple):
    """One pass: its tokens, and their symbols as the model takes them (1 to `limit`, at least one of them spoken).

    `pause_s` is the pause after it: by its final mark, and shorter after a short reply. `last`: nothing follows in the
    segment.
    """

    tokens: tuple[Token, ...]
    symbols: str
    pause_s: float
    last: bool


class _Sentence(NamedTuple):
    """Tokens up to a sentence's end or, if it is `open`, to a position within it. `last`: no later one is spoken."""

    tokens: list[Token]
    open: bool
    last: bool


def cut_chunks(
    text: str,
    phonemize: Phonemize,
    *,
    limit: int = MAX_SYMBOLS,
    cutting_text: str | None = None,
) -> Iterator[Chunk]:
    """Yield the chunks of a segment's text, lazily.

    - One chunk is one sentence, which the model speaks best. A sentence of more than `limit` symbols is cut into parts
      of about equal length: preferably after a mark (a sentence's end, then `; : — …`, then a comma) near the middle of
      the allowed range, else between words, else within an abbreviation or a number with spaces ("Dr. Smith", "1 000"),
      else at a mark within a word ("example.com"). Only a word longer than `limit` is cut between any of its symbols;
      its parts share its characters.
    - The chunks contain every token and symbol of the text once, in order, with two exceptions. First, marks without a
      spoken symbol belong to the sentence before them, at the start to the one after: a text of marks only yields no
      chunk, and a run of marks too long for one pass loses those that don't fit next to a word. Second, tokens without
      symbols never add a second space, nor one at a chunk's start.
    - A sentence goes to `phonemize` only when its chunk is due. Exception: text that may be silent (no letter, or a
      script not spoken so far) is phonemized early, so that `last` is known. If another last sentence has no sound,
      the chunk before it isn't marked `last`.

    Args:
        text: The segment's text.
        phonemize: The G2P of its language.
        limit: Maximum number of symbols of a chunk.
        cutting_text: A text of the same length to find sentences in, if that differs (with markup masked).

    Raises:
        ValueError: `limit` is below 1, or `cutting_text` has another length.
    """
    source = text if cutting_text is None else cutting_text
    if limit < 1:
        raise ValueError(f"the limit is {limit}; a chunk has at least 1 symbol")
    if len(source) != len(text):
        raise ValueError(f"cutting_text has {len(source)} characters; it must have as many as the text, {len(text)}")
    return _chunks(source, phonemize, limit)


def _chunks(source: str, phonemize: Phonemize, limit: int) -> Iterator[Chunk]:
    held: list[Token] = []
    for sentence in _sentences(source, phonemize):
        phrases = group_phrases(source, _joined(source, held, sentence.tokens), limit)
        held = []
        while phrases:
            n_phrases = _count(phrases, limit, is_open=sentence.open)
            if n_phrases == len(phrases) and sentence.open:
                held = [token for phrase in phrases for token in phrase.tokens]
                break
            # A sentence without a final mark (a heading) ends with a pause too.
            unmarked_pause_s = SENTENCE_PAUSE_S if n_phrases == len(phrases) else 0.0
            chunk = _chunk(phrases[:n_phrases], unmarked_pause_s, last=sentence.last and n_phrases == len(phrases))
            if chunk.tokens[0] is sentence.tokens[0] and chunk.pause_s == SENTENCE_PAUSE_S:
                reply = source[chunk.tokens[0].start : chunk.tokens[-1].end]
                if is_short_reply(reply):
                    chunk = chunk._replace(pause_s=SENTENCE_PAUSE_S * SHORT_REPLY_PAUSE)
            yield chunk
            del phrases[:n_phrases]
    if held:
        yield _chunk(group_phrases(source, held, limit), SENTENCE_PAUSE_S, last=True)


def _chunk(phrases: Sequence[Phrase], unmarked_pause_s: float, *, last: bool) -> Chunk:
    tokens = tuple(token for phrase in phrases for token in phrase.tokens)
    symbols = spell(tokens)
    return Chunk(tokens, symbols, MARK_PAUSES_S.get(final_mark(symbols), unmarked_pause_s), last)


def _count(phrases: Sequence[Phrase], limit: int, *, is_open: bool) -> int:
    """Return how many of a sentence's phrases the next chunk takes; if it `is_open`, more of the sentence follows."""
    total = _ends(phrases)[-1]
    if total <= limit:
        return len(phrases)
    if is_open:
        return _best(phrases, limit, float(limit), limit)
    n_parts = -(-total // limit)
    return _best(phrases, limit, total / n_parts, total - total / n_parts / 2)


def _best(phrases: Sequence[Phrase], max_symbols: int, ideal: float, latest_mark: float) -> int:
    """Return after how many phrases to cut: as near to `ideal` symbols as possible, with at most `max_symbols`.

    The first phrase has at most `max_symbols`. From half the ideal to `latest_mark`, a better mark takes precedence
    over a nearer position.
    """
    ends = _ends(phrases)
    cuts = [(phrase.rank, -abs(at - ideal), n) for n, (at, phrase) in enumerate(zip(ends, phrases, strict=True), 1)]
    cuts = [cut for cut, at in zip(cuts, ends, strict=True) if at <= max_symbols]
    middle = [cut for cut in cuts if cut[0] >= Rank.COMMA and ideal / 2 <= ends[cut[2] - 1] <= latest_mark]
    if middle:
        return max(middle)[2]
    # Outside that range a mark is no better than a word's end: it would leave a very short part.
    return max((min(rank, Rank.WORD), nearness, n) for rank, nearness, n in cuts)[2]


def _ends(phrases: Sequence[Phrase]) -> list[int]:
    """Return the number of symbols up to each phrase's end."""
    ends, total = [], 0
    for phrase in phrases:
        ends.append(total + phrase.n_symbols)
        total += phrase.n_symbols + phrase.n_spaces
    return ends


def _sentences(source: str, phonemize: Phonemize) -> Iterator[_Sentence]:
    spans = segment_text(source, max_chars=_MAX_CHARS)
    spoken_scripts: set[str] = set()
    tokens: list[Token] = []
    ahead: Sequence[Token] | None = None
    spoken = False
    upcoming = next(spans, None)
    while upcoming is not None:
        span = upcoming
        new = phonemize(span.start, span.end) if ahead is None else ahead
        ahead = None
        upcoming = next(spans, None)
        tokens = _joined(source, tokens, new)
        spoken = spoken or _is_any_spoken(new)
        if not spoken:
            continue
        for token in new:
            if is_spoken(token.phonemes):
                spoken_scripts.update(_scripts(source, token.start, token.end))
        while upcoming is not None and spoken_scripts.isdisjoint(_scripts(source, upcoming.start, upcoming.end)):
            ahead = phonemize(upcoming.start, upcoming.end)
            if _is_any_spoken(ahead):
                break
            tokens = _joined(source, tokens, ahead)
            ahead, upcoming = None, next(spans, None)
        is_open = upcoming is not None and _continues(source, span, upcoming)
        yield _Sentence(tokens, is_open, upcoming is None)
        tokens, spoken = [], False


def _is_any_spoken(tokens: Sequence[Token]) -> bool:
    return any(is_spoken(token.phonemes) for token in tokens)


def _scripts(source: str, start: int, end: int) -> set[str]:
    """Return the scripts of the letters and digits, by the first word of their Unicode names (LATIN, CJK, DIGIT)."""
    letters = set(filter(str.isalnum, source[start:end]))
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}


def _continues(source: str, span: SourceSpan, following: SourceSpan) -> bool:
    """Whether a span ends only because of the maximum length: it has no terminator, and the next one didn't fit."""
    if 2 * (span.end - span.start) < _MAX_CHARS or following.end - span.start <= _MAX_CHARS:
        return False
    if source[span.start : span.end].rstrip(CLOSERS)[-1:] in tuple(TERMINATORS):
        return False
    return _PARAGRAPH_BREAK.search(source, span.end, following.start) is None


def _joined(source: str, tokens: list[Token], more: Sequence[Token]) -> list[Token]:
    """Append in place, with a space symbol if the text has white space in between."""
    if tokens and more and re.search(r"\s", source[tokens[-1].end : more[0].start]):
        tokens[-1] = tokens[-1]._replace(space=True)
    tokens.extend(more)
    return tokens
