"""Split the passages of a script into sentences, normalized for their engines and mapped to the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .lexicon import LexiconEntry, LexiconFinder
from .offset_map import MappedTextBuilder, OffsetMap
from .script_types import GivenPronunciation, Params, ScriptPassage
from .segmenter import segment_text, span_text
from .verbalize import Verbalizer


class ScriptSegment(msgspec.Struct, frozen=True):
    """A sentence of a script: `text` is the text for the engine, `source` its span of the script.

    `offset_map` maps `text` to the script; if None, `text[i]` is the script's character `source.start + i`.
    `speaker`, `language` and `params` are as in ScriptPassage. The pauses are those of tags; None selects the job's
    default. `ends_block` if it is the last sentence of the script or a blank line follows. `ignored_pronunciations`
    are the pronunciations of the script or the lexicon that the engine can't use, because it accepts no phonemes.
    """

    text: str
    source: SourceSpan
    offset_map: OffsetMap | None = None
    speaker: str | None = None
    language: str | None = None
    params: Params = ()
    pause_before_s: float | None = None
    pause_after_s: float | None = None
    ends_block: bool = False
    ignored_pronunciations: tuple[GivenPronunciation, ...] = ()

    def word_source(self, span: SourceSpan) -> SourceSpan:
        """Return the span of the script for a span of `text`, such as a word that an engine reports."""
        if self.offset_map is None:
            return SourceSpan(self.source.start + span.start, self.source.start + span.end)
        return self.offset_map.to_source(span.start, span.end)


class TextNormalizer(NamedTuple):
    """The rules that rewrite a passage for its engine and language.

    `phonemes` if the engine accepts `[word](/ipa/)`. `lexicon` finds words to respell or to give phonemes for;
    `verbalizer` puts numbers that the engine can't read into words.
    """

    phonemes: bool = False
    lexicon: LexiconFinder | None = None
    verbalizer: Verbalizer | None = None


NormalizerOf = Callable[[ScriptPassage], TextNormalizer]


def script_segments(
    passages: Iterable[ScriptPassage], normalizer_of: NormalizerOf | None = None, *, max_chars: int = 400
) -> Iterator[ScriptSegment]:
    """Yield the sentences of a script, lazily. ValueError if `max_chars` is below 1; TextError from `passages`.

    Passages are segmented by `segment_text`, so a text without tags gives the same segments. No sentence crosses a
    pause, a blank line or a change of voice. A word with a pronunciation is never cut, unless it is longer than
    `max_chars`.
    """
    # The last sentence, its passage and the pause before it. It is yielded when the pause after it is known.
    waiting: tuple[_Sentence, ScriptPassage, float | None] | None = None
    for passage in passages:
        normalizer = normalizer_of(passage) if normalizer_of else _PLAIN
        before_s, opens_block = passage.pause_before_s, passage.opens_block
        for sentence in _sentences(passage, normalizer, max_chars):
            if waiting is None:
                waiting = sentence, passage, before_s
            else:
                yield _segment(*waiting, before_s, opens_block)
                waiting = sentence, passage, None
            before_s, opens_block = None, False
    if waiting is not None:
        yield _segment(*waiting, waiting[1].pause_after_s, True)


def _segment(
    sentence: _Sentence, passage: ScriptPassage, before_s: float | None, after_s: float | None, ends_block: bool
) -> ScriptSegment:
    text, source, offset_map, ignored = sentence
    return ScriptSegment(
        text,
        source,
        offset_map,
        passage.speaker,
        passage.language,
        passage.params,
        before_s,
        after_s,
        ends_block,
        ignored,
    )


_PLAIN = TextNormalizer()
_BRACKET = re.compile(r"[\[\]]")


class _Edit(NamedTuple):
    """A replacement for `[start, end)` of a passage's text; `source` is its position if the script has it verbatim."""

    start: int
    end: int
    text: str
    source: int | None = None


_Sentence = tuple[str, SourceSpan, OffsetMap | None, tuple[GivenPronunciation, ...]]
"""The text to speak, its source span, its offset map, and the ignored pronunciations."""


def _sentences(passage: ScriptPassage, normalizer: TextNormalizer, max_chars: int) -> Iterator[_Sentence]:
    text, offset, given = passage.text, passage.source.start, passage.pronunciations
    rewrites = normalizer.lexicon is not None or normalizer.verbalizer is not None
    if not given and passage.offset_map is None and not rewrites:
        for span in segment_text(text, max_chars=max_chars):
            yield span_text(text, span), SourceSpan(offset + span.start, offset + span.end), None, ()
        return
    n_given = 0
    for span in segment_text(_masked(text, given) if given else text, max_chars=max_chars):
        first = n_given
        while n_given < len(given) and given[n_given].end <= span.end:
            n_given += 1
        if n_given == first and not rewrites:
            yield _unchanged(passage, span)
        else:
            edits, ignored = _edits(passage, span, given[first:n_given], normalizer)
            yield _edited(passage, span, edits, ignored) if edits else _unchanged(passage, span, ignored)


def _edits(
    passage: ScriptPassage, span: SourceSpan, of_script: Sequence[GivenPronunciation], normalizer: TextNormalizer
) -> tuple[list[_Edit], tuple[GivenPronunciation, ...]]:
    """Return the replacements in a sentence, in order, and its ignored pronunciations."""
    text = passage.text[span.start : span.end]
    given = [pronunciation for pronunciation in of_script if pronunciation.start >= span.start]
    taken = [(pronunciation.start, pronunciation.end) for pronunciation in given]
    edits: list[_Edit] = []
    if normalizer.lexicon is not None:
        for start, end, entry in _without_overlaps(normalizer.lexicon.find(text), span, taken):
            taken.append((start, end))
            if entry.phonemes:
                given.append(GivenPronunciation(start, end, entry.phonemes, _source(passage, start, end)))
            else:
                edits.append(_Edit(start, end, entry.respelling))
    if normalizer.verbalizer is not None:
        verbalized = _without_overlaps(normalizer.verbalizer.find(text), span, taken)
        edits += [_Edit(start, end, words) for start, end, words in verbalized]
    ignored: list[GivenPronunciation] = []
    for pronunciation in given:
        if normalizer.phonemes and _can_bracket(passage, pronunciation):
            edits.append(_phoneme_edit(passage, pronunciation))
        else:
            ignored.append(pronunciation)
    edits.sort()
    ignored.sort(key=lambda pronunciation: pronunciation.start)
    return edits, tuple(ignored)


_Match = TypeVar("_Match", LexiconEntry, str)


def _without_overlaps(
    matches: Iterable[tuple[int, int, _Match]], span: SourceSpan, taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int, _Match]]:
    """Return the matches in a sentence, as spans of the passage's text, that don't overlap `taken`."""
    result: list[tuple[int, int, _Match]] = []
    rest = sorted(taken)
    at = 0
    for first, last, value in matches:
        start, end = first + span.start, last + span.start
        while at < len(rest) and rest[at][1] <= start:
            at += 1
        if at == len(rest) or rest[at][0] >= end:
            result.append((start, end, value))
    return result


def _masked(text: str, given: Sequence[GivenPronunciation]) -> str:
    """Return a text of the same length in which each word with a pronunciation is one word that can't be cut."""
    parts: list[str] = []
    position = 0
    for pronunciation in given:
        first = "x" if text[pronunciation.start : pronunciation.end].lstrip()[:1].islower() else "X"
        parts += [text[position : pronunciation.start], first, "x" * (pronunciation.end - pronunciation.start - 1)]
        position = pronunciation.end
    return "".join(parts) + text[position:]


def _can_bracket(passage: ScriptPassage, given: GivenPronunciation) -> bool:
    """Return whether the word can be put in brackets."""
    return not _BRACKET.search(passage.text, given.start, given.end)


def _phoneme_edit(passage: ScriptPassage, given: GivenPronunciation) -> _Edit:
    text = f"[{passage.text[given.start : given.end]}](/{given.phonemes}/)"
    # Nothing shorter means the same, so markup of the same length is identical.
    is_verbatim = len(text) == given.source.end - given.source.start
    return _Edit(given.start, given.end, text, given.source.start if is_verbatim else None)


def _unchanged(passage: ScriptPassage, span: SourceSpan, ignored: tuple[GivenPronunciation, ...] = ()) -> _Sentence:
    text = span_text(passage.text, span)
    if passage.offset_map is None:
        return text, _source(passage, span.start, span.end), None, ignored
    offset_map = passage.offset_map.part(span.start, span.end)
    first, last = offset_map.runs[0], offset_map.runs[-1]
    source = SourceSpan(first.source_start, last.source_end)
    return text, source, None if first is last and first.verbatim else offset_map, ignored


def _edited(
    passage: ScriptPassage, span: SourceSpan, edits: Sequence[_Edit], ignored: tuple[GivenPronunciation, ...]
) -> _Sentence:
    builder = MappedTextBuilder()
    position = span.start
    for edit in edits:
        _append_unchanged(builder, passage, position, edit.start)
        if edit.source is not None:
            builder.append_verbatim(edit.text, edit.source)
        else:
            source = _source(passage, edit.start, edit.end)
            builder.append_replacement(edit.text, source.start, source.end)
        position = edit.end
    _append_unchanged(builder, passage, position, span.end)
    text = builder.text()
    return span_text(text, SourceSpan(0, len(text))), builder.source, builder.offset_map(), ignored


def _append_unchanged(builder: MappedTextBuilder, passage: ScriptPassage, start: int, end: int) -> None:
    """Append a span of the passage's text unchanged."""
    if start >= end:
        return
    if passage.offset_map is None:
        builder.append_verbatim(passage.text[start:end], passage.source.start + start)
        return
    runs = passage.offset_map.part(start, end).runs
    for number, run in enumerate(runs):
        stop = runs[number + 1].start if number + 1 < len(runs) else end - start
        part = passage.text[start + run.start : start + stop]
        if run.verbatim:
            builder.append_verbatim(part, run.source_start)
        else:
            builder.append_replacement(part, run.source_start, run.source_end)


def _source(passage: ScriptPassage, start: int, end: int) -> SourceSpan:
    if passage.offset_map is None:
        return SourceSpan(passage.source.start + start, passage.source.start + end)
    return passage.offset_map.to_source(start, end)
