"""From the pieces of a script to what engines get: sentences, each with its voice and its place in the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .lexicon import LexiconEntry, LexiconFinder
from .offset_map import PlacedText, Places
from .script_types import Held, Params, ScriptPiece
from .segmenter import segment_text, span_text
from .verbalize import NumberWriter


class ScriptSegment(msgspec.Struct, frozen=True):
    """A sentence of a script: `text` is what its engine gets, `source` where it stands in the script.

    `places` leads from characters of `text` to those of the script; None: `text[i]` stands at `source.start + i`.
    `speaker`, `language`, `params`: see ScriptPiece. The pauses are those that tags ask for; None leaves them to the
    job. `ends_block`: a blank line, or nothing, follows. `unheld` are the words whose pronunciation the script or the
    lexicon gives and which the engine reads in its own way instead, since it takes no phonemes.
    """

    text: str
    source: SourceSpan
    places: Places | None = None
    speaker: str | None = None
    language: str | None = None
    params: Params = ()
    pause_before_s: float | None = None
    pause_after_s: float | None = None
    ends_block: bool = False
    unheld: tuple[Held, ...] = ()

    def word_source(self, span: SourceSpan) -> SourceSpan:
        """Return where in the script a stretch of `text` comes from, such as an engine reports for a word."""
        if self.places is None:
            return SourceSpan(self.source.start + span.start, self.source.start + span.end)
        return self.places.to_source(span.start, span.end)


class Reading(NamedTuple):
    """How a piece is read by the engine that it goes to.

    `phonemes`: it takes `[word](/ipa/)`. `lexicon` finds the words that are to be said in another way, in the language
    that is spoken; `numbers` writes out there what the engine can't read.
    """

    phonemes: bool = False
    lexicon: LexiconFinder | None = None
    numbers: NumberWriter | None = None


ReadingOf = Callable[[ScriptPiece], Reading]


def script_segments(
    pieces: Iterable[ScriptPiece], reading_of: ReadingOf | None = None, *, max_chars: int = 400
) -> Iterator[ScriptSegment]:
    """Yield the sentences of a script, lazily. ValueError if `max_chars` is below 1; ScriptError as the pieces come.

    Each piece is cut as `segment_text` cuts it, so a text without marks gives the very segments that it gives there.
    No sentence crosses a pause, a blank line or a change of the voice, and no cut lies in a word whose pronunciation
    the script gives (unless it is longer than `max_chars`).
    """
    # The sentence that waits until it is known what follows it, its piece, and the pause before it.
    waiting: tuple[_Sentence, ScriptPiece, float | None] | None = None
    for piece in pieces:
        reading = reading_of(piece) if reading_of else _PLAIN
        before_s, opens_block = piece.pause_before_s, piece.opens_block
        for sentence in _sentences(piece, reading, max_chars):
            if waiting is None:
                waiting = sentence, piece, before_s
            else:
                yield _segment(*waiting, before_s, opens_block)
                waiting = sentence, piece, None
            before_s, opens_block = None, False
    if waiting is not None:
        yield _segment(*waiting, waiting[1].pause_after_s, True)


def _segment(
    sentence: _Sentence, piece: ScriptPiece, before_s: float | None, after_s: float | None, ends_block: bool
) -> ScriptSegment:
    text, source, places, unheld = sentence
    return ScriptSegment(
        text, source, places, piece.speaker, piece.language, piece.params, before_s, after_s, ends_block, unheld
    )


_PLAIN = Reading()
_BRACKET = re.compile(r"[\[\]]")


class _Edit(NamedTuple):
    """What to put for `[start, end)` of a piece's text; `source` is where that stands in the script as it is."""

    start: int
    end: int
    text: str
    source: int | None = None


_Sentence = tuple[str, SourceSpan, Places | None, tuple[Held, ...]]
"""What is to be spoken, where it stands, its places, and the words whose pronunciation goes unheard."""


def _sentences(piece: ScriptPiece, reading: Reading, max_chars: int) -> Iterator[_Sentence]:
    text, offset, held = piece.text, piece.source.start, piece.held
    rewrites = reading.lexicon is not None or reading.numbers is not None
    if not held and piece.places is None and not rewrites:
        for span in segment_text(text, max_chars=max_chars):
            yield span_text(text, span), SourceSpan(offset + span.start, offset + span.end), None, ()
        return
    n_held = 0
    for span in segment_text(_masked(text, held) if held else text, max_chars=max_chars):
        first = n_held
        while n_held < len(held) and held[n_held].end <= span.end:
            n_held += 1
        if n_held == first and not rewrites:
            yield _as_it_is(piece, span)
        else:
            edits, unheld = _edits(piece, span, held[first:n_held], reading)
            yield _edited(piece, span, edits, unheld) if edits else _as_it_is(piece, span, unheld)


def _edits(
    piece: ScriptPiece, span: SourceSpan, given: Sequence[Held], reading: Reading
) -> tuple[list[_Edit], tuple[Held, ...]]:
    """Return what to change in a sentence, in order, and the words whose pronunciation goes unheard."""
    text = piece.text[span.start : span.end]
    held = [one for one in given if one.start >= span.start]
    taken = [(one.start, one.end) for one in held]
    edits: list[_Edit] = []
    if reading.lexicon is not None:
        for start, end, entry in _free(reading.lexicon.find(text), span, taken):
            taken.append((start, end))
            if entry.phonemes:
                held.append(Held(start, end, entry.phonemes, _source(piece, start, end)))
            else:
                edits.append(_Edit(start, end, entry.respelling))
    if reading.numbers is not None:
        edits += [_Edit(start, end, said) for start, end, said in _free(reading.numbers.find(text), span, taken)]
    unheld: list[Held] = []
    for one in held:
        if reading.phonemes and _can_spell(piece, one):
            edits.append(_spelled(piece, one))
        else:
            unheld.append(one)
    edits.sort()
    unheld.sort(key=lambda one: one.start)
    return edits, tuple(unheld)


_Found = TypeVar("_Found", LexiconEntry, str)


def _free(
    found: Iterable[tuple[int, int, _Found]], span: SourceSpan, taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int, _Found]]:
    """Return finds in a sentence as places of the piece's text, without those that overlap what is taken."""
    free: list[tuple[int, int, _Found]] = []
    rest = sorted(taken)
    at = 0
    for first, last, what in found:
        start, end = first + span.start, last + span.start
        while at < len(rest) and rest[at][1] <= start:
            at += 1
        if at == len(rest) or rest[at][0] >= end:
            free.append((start, end, what))
    return free


def _masked(text: str, held: Sequence[Held]) -> str:
    """Return a text as long as the given one, in which each held stretch is one plain word that can't be cut."""
    parts: list[str] = []
    position = 0
    for stretch in held:
        first = "x" if text[stretch.start : stretch.end].lstrip()[:1].islower() else "X"
        parts += [text[position : stretch.start], first, "x" * (stretch.end - stretch.start - 1)]
        position = stretch.end
    return "".join(parts) + text[position:]


def _can_spell(piece: ScriptPiece, held: Held) -> bool:
    """Whether a word can stand in brackets."""
    return not _BRACKET.search(piece.text, held.start, held.end)


def _spelled(piece: ScriptPiece, held: Held) -> _Edit:
    text = f"[{piece.text[held.start : held.end]}](/{held.phonemes}/)"
    # No other way to write that is as short, so of this length it is the same.
    as_it_is = len(text) == held.source.end - held.source.start
    return _Edit(held.start, held.end, text, held.source.start if as_it_is else None)


def _as_it_is(piece: ScriptPiece, span: SourceSpan, unheld: tuple[Held, ...] = ()) -> _Sentence:
    text = span_text(piece.text, span)
    if piece.places is None:
        return text, _source(piece, span.start, span.end), None, unheld
    places = piece.places.part(span.start, span.end)
    first, last = places.runs[0], places.runs[-1]
    source = SourceSpan(first.source_start, last.source_end)
    return text, source, None if first is last and first.verbatim else places, unheld


def _edited(piece: ScriptPiece, span: SourceSpan, edits: Sequence[_Edit], unheld: tuple[Held, ...]) -> _Sentence:
    placed = PlacedText()
    position = span.start
    for edit in edits:
        _keep(placed, piece, position, edit.start)
        if edit.source is not None:
            placed.verbatim(edit.text, edit.source)
        else:
            source = _source(piece, edit.start, edit.end)
            placed.replaced(edit.text, source.start, source.end)
        position = edit.end
    _keep(placed, piece, position, span.end)
    text = placed.text()
    return span_text(text, SourceSpan(0, len(text))), placed.source, placed.places(), unheld


def _keep(placed: PlacedText, piece: ScriptPiece, start: int, end: int) -> None:
    """Append a stretch of the piece's text as it is."""
    if start >= end:
        return
    if piece.places is None:
        placed.verbatim(piece.text[start:end], piece.source.start + start)
        return
    runs = piece.places.part(start, end).runs
    for number, run in enumerate(runs):
        stop = runs[number + 1].start if number + 1 < len(runs) else end - start
        part = piece.text[start + run.start : start + stop]
        if run.verbatim:
            placed.verbatim(part, run.source_start)
        else:
            placed.replaced(part, run.source_start, run.source_end)


def _source(piece: ScriptPiece, start: int, end: int) -> SourceSpan:
    if piece.places is None:
        return SourceSpan(piece.source.start + start, piece.source.start + end)
    return piece.places.to_source(start, end)
