"""What is spoken in one pass of the network: a sentence, or the parts of one that is too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...text.punctuation import CLOSERS, TERMINATORS
from ...text.segmenter import segment_text
from ...utils.streaming import SourceSpan
from .chunk_ramp import Growth
from .common.tokens import Token, spell
from .phrase_grouping import MARK_PAUSES_S, SENTENCE_PAUSE_S, Rank, Unit, final_mark, is_spoken, make_units

Phonemize = Callable[[int, int], Sequence[Token]]
"""Returns the tokens of `text[start:end]`, with places in the whole text."""

MOST_SYMBOLS = 510
"""What the network takes in one pass, besides its start and end marks."""

_MAX_CHARS = 600
"""A sentence that is longer goes to the G2P in parts. Hardly any is, and a text without punctuation doesn't wait long
for its first sound. The parts are joined before they are cut, so this says nothing about the length of pieces."""

_PARAGRAPH_BREAK = re.compile(r"[\n\r\x0b\x0c\x85\u2028]\s*[\n\x0b\x0c\x85\u2028]|\u2029")


class Piece(NamedTuple):
    """One pass: its tokens, and their symbols as the model takes them (1 to `limit`, one of them at least no mark).

    `pause_s` is the natural pause behind it, by the mark at its end. `last` says that nothing follows in the segment.
    """

    tokens: tuple[Token, ...]
    symbols: str
    pause_s: float
    last: bool


class _Sentence(NamedTuple):
    """Tokens up to a sentence's end, or, if it is `open`, to a place within it. `last`: no other is heard after it."""

    tokens: list[Token]
    open: bool
    last: bool


def cut_pieces(
    text: str,
    phonemize: Phonemize,
    *,
    limit: int = MOST_SYMBOLS,
    plan: Growth | None = None,
    cutting_text: str | None = None,
) -> Iterator[Piece]:
    """Return an iterator over the pieces of a segment's text, lazily. ValueError if `limit` is below 1.

    - One piece is one sentence, which is what the model speaks best. One of more than `limit` symbols is cut into parts
      of about equal length: after a mark (the end of a sentence within, then `; : — …`, then a comma) if one stands in
      the middle of where a cut may be, else between words, else within an abbreviation or a number with spaces
      ("Dr. Smith", "1 000"), else at a seam within a word ("example.com"). Only a word that is longer than `limit`
      by itself is cut between any of its symbols; its parts share its characters.
    - With a `plan` sentences are cut finer, but never within a word that fits `limit`, and one that is too short to
      begin with takes the next along: see `Growth`. The caller may tell the plan each piece's length (`measured`)
      before asking for the next.
    - The pieces' tokens are those of the whole text, in order, none lost and none repeated, and their symbols too.
      Two exceptions. What is said by no symbol but marks belongs to the sentence before (or after, at the start): a
      text that has nothing else gives no piece, and a run of marks too long for one pass loses what can't stand beside
      a word. And tokens without symbols never bring a second space with them, nor one at a piece's start.
    - A sentence goes to `phonemize` when its turn comes and not before, with this exception: what may turn out to be
      silent (no letter, or a script of which nothing has been heard yet) is looked at before, so that `last` is known.
      If a sentence is silent in spite of that, at the very end, the piece before it doesn't say `last`.

    `cutting_text` is the text as the sentences shall be cut by, of the same length, where that differs (with markup
    masked); ValueError if it is longer or shorter.
    """
    source = text if cutting_text is None else cutting_text
    if limit < 1:
        raise ValueError(f"the limit is {limit}; a piece has at least 1 symbol")
    if len(source) != len(text):
        raise ValueError(f"the text to cut by has {len(source)} characters, the text {len(text)}")
    return _pieces(source, phonemize, limit, plan)


def cut_smaller(text: str, piece: Piece, limit: int) -> list[Piece]:
    """Return a piece in parts of `limit` symbols at most, cut as `cut_pieces` cuts: for want of memory, say.

    `text` is the segment's. Only the last part keeps what the piece says of its end. ValueError if `limit` is below 1.
    """
    if limit < 1:
        raise ValueError(f"the limit is {limit}; a piece has at least 1 symbol")
    units = make_units(text, piece.tokens, limit)
    parts = []
    while units:
        n_units = _count(units, limit, None, is_open=False)
        parts.append(_piece(units[:n_units], 0.0, last=False))
        del units[:n_units]
    parts[-1] = parts[-1]._replace(pause_s=piece.pause_s, last=piece.last)
    return parts


def _pieces(source: str, phonemize: Phonemize, limit: int, plan: Growth | None) -> Iterator[Piece]:
    held: list[Token] = []
    for sentence in _sentences(source, phonemize):
        units = make_units(source, _joined(source, held, sentence.tokens), limit)
        held = []
        while units:
            n_units = _count(units, limit, plan, is_open=sentence.open)
            if n_units == len(units) and (sentence.open or _is_too_short(units, sentence, plan)):
                held = [token for unit in units for token in unit.tokens]
                break
            # The end of a heading is a pause, too.
            silent_s = SENTENCE_PAUSE_S if n_units == len(units) else 0.0
            piece = _piece(units[:n_units], silent_s, last=sentence.last and n_units == len(units))
            del units[:n_units]
            if plan is not None:
                plan.add(len(piece.symbols), piece.pause_s)
            yield piece
    if held:
        yield _piece(make_units(source, held, limit), SENTENCE_PAUSE_S, last=True)


def _is_too_short(units: Sequence[Unit], sentence: _Sentence, plan: Growth | None) -> bool:
    """Whether to begin with more than this sentence. Without a mark at its end (a heading) it stays by itself."""
    if plan is None or plan.started or sentence.last:
        return False
    symbols = spell(token for unit in units for token in unit.tokens)
    return len(symbols) < plan.least_symbols and final_mark(symbols) != ""


def _piece(units: Sequence[Unit], silent_s: float, *, last: bool) -> Piece:
    tokens = tuple(token for unit in units for token in unit.tokens)
    symbols = spell(tokens)
    return Piece(tokens, symbols, MARK_PAUSES_S.get(final_mark(symbols), silent_s), last)


def _count(units: Sequence[Unit], limit: int, plan: Growth | None, *, is_open: bool) -> int:
    """Return how many of a sentence's units the next piece has; more of the sentence comes if it `is_open`."""
    places = _places(units)
    total = places[-1]
    bound = limit
    if plan is not None:
        first_word = next((at for at, unit in zip(places, units, strict=True) if unit.rank >= Rank.WORD), total)
        bound = min(limit, max(plan.bound(), first_word))
    if total <= bound:
        return len(units)
    if plan is not None and not plan.started:
        for n_units, (at, unit) in enumerate(zip(places, units, strict=True), 1):
            if unit.rank >= Rank.COMMA and plan.least_symbols <= at <= bound:
                return n_units
    n_parts = -(-total // bound)
    # Before an unknown rest, or with longer pieces to come, only the last two need be balanced.
    if is_open or (plan is not None and n_parts > 2):
        return _best(units, bound, float(bound), bound)
    return _best(units, bound, total / n_parts, total - total / n_parts / 2)


def _best(units: Sequence[Unit], bound: int, ideal: float, latest_mark: float) -> int:
    """Return after how many units to cut: as near to `ideal` as can be, with `bound` symbols at most.

    The first unit has no more than `bound`. Any place from half the ideal to `latest_mark` will do for a better mark.
    """
    places = _places(units)
    cuts = [(unit.rank, -abs(at - ideal), n) for n, (at, unit) in enumerate(zip(places, units, strict=True), 1)]
    cuts = [cut for cut, at in zip(cuts, places, strict=True) if at <= bound]
    middle = [cut for cut in cuts if cut[0] >= Rank.COMMA and ideal / 2 <= places[cut[2] - 1] <= latest_mark]
    if middle:
        return max(middle)[2]
    # Among words a mark is no better: it would stand beside an end.
    return max((min(rank, Rank.WORD), nearness, n) for rank, nearness, n in cuts)[2]


def _places(units: Sequence[Unit]) -> list[int]:
    """Return how many symbols there are up to each unit's end."""
    places, total = [], 0
    for unit in units:
        places.append(total + unit.n_symbols)
        total += unit.n_symbols + unit.n_spaces
    return places


def _sentences(source: str, phonemize: Phonemize) -> Iterator[_Sentence]:
    spans = segment_text(source, max_chars=_MAX_CHARS)
    heard_scripts: set[str] = set()
    tokens: list[Token] = []
    made: Sequence[Token] | None = None
    heard = False
    upcoming = next(spans, None)
    while upcoming is not None:
        span = upcoming
        new = phonemize(span.start, span.end) if made is None else made
        made = None
        upcoming = next(spans, None)
        tokens = _joined(source, tokens, new)
        heard = heard or _is_heard(new)
        if not heard:
            continue
        for token in new:
            if is_spoken(token.phonemes):
                heard_scripts.update(_scripts(source, token.start, token.end))
        while upcoming is not None and heard_scripts.isdisjoint(_scripts(source, upcoming.start, upcoming.end)):
            made = phonemize(upcoming.start, upcoming.end)
            if _is_heard(made):
                break
            tokens = _joined(source, tokens, made)
            made, upcoming = None, next(spans, None)
        is_open = upcoming is not None and _goes_on(source, span, upcoming)
        yield _Sentence(tokens, is_open, upcoming is None)
        tokens, heard = [], False


def _is_heard(tokens: Sequence[Token]) -> bool:
    return any(is_spoken(token.phonemes) for token in tokens)


def _scripts(source: str, start: int, end: int) -> set[str]:
    """Return the scripts of the letters and digits, by the first word of their Unicode names (LATIN, CJK, DIGIT)."""
    letters = set(filter(str.isalnum, source[start:end]))
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}


def _goes_on(source: str, span: SourceSpan, following: SourceSpan) -> bool:
    """Whether a span ends only because it is as long as spans may be: it has no end, and the next didn't fit."""
    if 2 * (span.end - span.start) < _MAX_CHARS or following.end - span.start <= _MAX_CHARS:
        return False
    if source[span.start : span.end].rstrip(CLOSERS)[-1:] in tuple(TERMINATORS):
        return False
    return _PARAGRAPH_BREAK.search(source, span.end, following.start) is None


def _joined(source: str, tokens: list[Token], more: Sequence[Token]) -> list[Token]:
    """Append in place, with a space symbol where the text has white space between them."""
    if tokens and more and re.search(r"\s", source[tokens[-1].end : more[0].start]):
        tokens[-1] = tokens[-1]._replace(space=True)
    tokens.extend(more)
    return tokens
