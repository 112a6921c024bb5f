"""Split the passages of a script into sentences, normalized for their engines and mapped to the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .lexicon import LexiconEntry, LexiconFinder
from .offset_map import MappedTextBuilder, OffsetMap
from .script_types import GivenPronunciation, Params, ScriptPassage, SoundTag
from .segmenter import segment_text, span_text
from .sound_tags import literal_brackets, perform, sounds_by_sentence, tag_text
from .verbalize import Verbalizer


class ScriptSegment(msgspec.Struct, frozen=True):
    """A sentence of a script: `text` is the text for the engine, `source` its span of the script.

    `offset_map` maps `text` to the script; if None, `text[i]` is the script's character `source.start + i`.
    `speaker`, `language` and `params` are as in ScriptPassage. The pauses are those of tags; None selects the job's
    default. `ends_block` if it is the last sentence of the script or a blank line follows. `ignored_pronunciations`
    are the pronunciations of the script or the lexicon that the engine can't use, because it accepts no phonemes;
    `ignored_sounds` are the sounds and moods that it doesn't perform.
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
    ignored_sounds: tuple[SoundTag, ...] = ()

    def word_source(self, span: SourceSpan) -> SourceSpan:
        """Return the span of the script for a span of `text`, such as a word that an engine reports."""
        if self.offset_map is None:
            return SourceSpan(self.source.start + span.start, self.source.start + span.end)
        return self.offset_map.to_source(span.start, span.end)


class TextNormalizer(NamedTuple):
    """The rules that rewrite a passage for its engine and language.

    `phonemes` if the engine accepts `[word](/ipa/)`. `lexicon` finds words to respell or to give phonemes for;
    `verbalizer` puts numbers that the engine can't read into words. `performed` are the sounds and moods that the
    engine performs, with its own names for them (`canonical_names`); each sentence starts with the tag `mood`.
    """

    phonemes: bool = False
    lexicon: LexiconFinder | None = None
    verbalizer: Verbalizer | None = None
    performed: Mapping[str, str] = {}
    mood: str = ""


NormalizerOf = Callable[[ScriptPassage], TextNormalizer]


def script_segments(
    passages: Iterable[ScriptPassage], normalizer_of: NormalizerOf | None = None, *, max_chars: int = 400
) -> Iterator[ScriptSegment]:
    """Yield the sentences of a script, lazily. ValueError if `max_chars` is below 1; TextError from `passages`.

    Passages are segmented by `segment_text`, so a text without tags gives the same segments. No sentence crosses a
    pause, a blank line or a change of voice. A word with a pronunciation is never cut, unless it is longer than
    `max_chars`. Tags of sounds don't count: the sentences are those of the text without them. A passage that has only
    tags is a segment if the engine performs one of them.
    """
    # The last sentence, its passage and the pause before it. It is yielded when the pause after it is known.
    waiting: tuple[_Sentence, ScriptPassage, float | None] | None = None
    # Passages without a sentence leave their pauses and blank lines to the next one.
    before_s: float | None = None
    opens_block = False
    last: ScriptPassage | None = None
    for passage in passages:
        normalizer = normalizer_of(passage) if normalizer_of else _PLAIN
        if passage.pause_before_s is not None:
            before_s = (before_s or 0.0) + passage.pause_before_s
        opens_block = opens_block or passage.opens_block
        last = passage
        for sentence in _sentences(passage, normalizer, max_chars):
            if waiting is None:
                waiting = sentence, passage, before_s
            else:
                yield _segment(*waiting, before_s, opens_block)
                waiting = sentence, passage, None
            before_s, opens_block = None, False
    if waiting is not None:
        assert last is not None, "it has sentences"
        after_s = last.pause_after_s if before_s is None else before_s + (last.pause_after_s or 0.0)
        yield _segment(*waiting, after_s, True)


def _segment(
    sentence: _Sentence, passage: ScriptPassage, before_s: float | None, after_s: float | None, ends_block: bool
) -> ScriptSegment:
    return ScriptSegment(
        sentence.text,
        sentence.source,
        sentence.offset_map,
        passage.speaker,
        passage.language,
        passage.params,
        before_s,
        after_s,
        ends_block,
        sentence.ignored_pronunciations,
        sentence.ignored_sounds,
    )


_PLAIN = TextNormalizer()
_BRACKET = re.compile(r"[\[\]]")


class _Edit(NamedTuple):
    """A replacement for `[start, end)` of a passage's text, and its span of the script, which may have it verbatim."""

    start: int
    end: int
    text: str
    source: SourceSpan
    is_verbatim: bool = False


class _Sentence(NamedTuple):
    """The text to speak, its source span and offset map, and what the engine can't use."""

    text: str
    source: SourceSpan
    offset_map: OffsetMap | None
    ignored_pronunciations: tuple[GivenPronunciation, ...] = ()
    ignored_sounds: tuple[SoundTag, ...] = ()


def _sentences(passage: ScriptPassage, normalizer: TextNormalizer, max_chars: int) -> Iterator[_Sentence]:
    text, offset, given = passage.text, passage.source.start, passage.pronunciations
    if not text:
        yield from _only_sounds(passage, normalizer)
        return
    rewrites = bool(
        normalizer.lexicon is not None or normalizer.verbalizer is not None or normalizer.performed or normalizer.mood
    )
    if not given and not passage.sounds and passage.offset_map is None and not rewrites:
        for span in segment_text(text, max_chars=max_chars):
            yield _Sentence(span_text(text, span), SourceSpan(offset + span.start, offset + span.end), None)
        return
    spans = segment_text(_masked(text, given) if given else text, max_chars=max_chars)
    n_given = 0
    for span, sounds in sounds_by_sentence(spans, passage.sounds) if passage.sounds else ((span, []) for span in spans):
        first = n_given
        while n_given < len(given) and given[n_given].end <= span.end:
            n_given += 1
        if n_given == first and not sounds and not rewrites:
            yield _unchanged(passage, span)
            continue
        edits, ignored = _edits(passage, span, given[first:n_given], normalizer)
        edits = _with_sounds(passage, span, edits, sounds, normalizer)
        left_out = tuple(tag for tag in sounds if tag.name not in normalizer.performed)
        sentence = _edited(passage, span, edits) if edits else _unchanged(passage, span)
        yield sentence._replace(ignored_pronunciations=ignored, ignored_sounds=left_out)


def _only_sounds(passage: ScriptPassage, normalizer: TextNormalizer) -> Iterator[_Sentence]:
    performed = normalizer.performed
    names = [performed[tag.name] for tag in passage.sounds if tag.name in performed]
    if not names:
        return
    builder = MappedTextBuilder()
    source = SourceSpan(passage.sounds[0].source.start, passage.sounds[-1].source.end)
    if normalizer.mood:
        names.insert(0, normalizer.mood)
    builder.append_replacement(tag_text("", 0, names), source.start, source.end)
    left_out = tuple(tag for tag in passage.sounds if tag.name not in performed)
    yield _Sentence(builder.text(), source, builder.offset_map(), (), left_out)


def _edits(
    passage: ScriptPassage, span: SourceSpan, of_script: Sequence[GivenPronunciation], normalizer: TextNormalizer
) -> tuple[list[_Edit], tuple[GivenPronunciation, ...]]:
    """Return the replacements of words in a sentence, in order, and its ignored pronunciations."""
    text = passage.text[span.start : span.end]
    given = [pronunciation for pronunciation in of_script if pronunciation.start >= span.start]
    taken = [(pronunciation.start, pronunciation.end) for pronunciation in given]
    edits: list[_Edit] = []
    for start, end, literal in _without_overlaps(literal_brackets(text, normalizer.performed), span, taken):
        taken.append((start, end))
        edits.append(_Edit(start, end, literal, passage.source_of(start, end)))
    if normalizer.lexicon is not None:
        for start, end, entry in _without_overlaps(normalizer.lexicon.find(text), span, taken):
            taken.append((start, end))
            if entry.phonemes:
                given.append(GivenPronunciation(start, end, entry.phonemes, passage.source_of(start, end)))
            else:
                respelling = perform(entry.respelling, normalizer.performed).text
                edits.append(_Edit(start, end, respelling, passage.source_of(start, end)))
    if normalizer.verbalizer is not None:
        verbalized = _without_overlaps(normalizer.verbalizer.find(text), span, taken)
        edits += [_Edit(start, end, words, passage.source_of(start, end)) for start, end, words in verbalized]
    ignored: list[GivenPronunciation] = []
    for pronunciation in given:
        if normalizer.phonemes and _can_bracket(passage, pronunciation):
            edits.append(_phoneme_edit(passage, pronunciation))
        else:
            ignored.append(pronunciation)
    edits.sort(key=_place)
    ignored.sort(key=lambda pronunciation: pronunciation.start)
    return edits, tuple(ignored)


def _with_sounds(
    passage: ScriptPassage,
    span: SourceSpan,
    edits: Sequence[_Edit],
    sounds: Sequence[SoundTag],
    normalizer: TextNormalizer,
) -> list[_Edit]:
    """Return the replacements in a sentence and the tags to insert, in order."""
    performed = normalizer.performed
    inserted = [(tag.position, tag.source, performed[tag.name]) for tag in sounds if tag.name in performed]
    if normalizer.mood:
        # It has no characters of its own in the script.
        start = passage.source_of(span.start, span.end).start
        inserted.insert(0, (span.start, SourceSpan(start, start), normalizer.mood))
    at_positions: dict[int, list[tuple[SourceSpan, str]]] = {}
    for written_at, source, name in inserted:
        # No tag splits words that are replaced as one.
        position = next((edit.end for edit in edits if edit.start < written_at < edit.end), written_at)
        at_positions.setdefault(position, []).append((source, name))
    text = passage.text[span.start : span.end]
    added = [
        _Edit(
            position,
            position,
            tag_text(text, position - span.start, [name for _, name in tags]),
            SourceSpan(min(source.start for source, _ in tags), max(source.end for source, _ in tags)),
        )
        for position, tags in at_positions.items()
    ]
    return sorted([*edits, *added], key=_place) if added else list(edits)


def _place(edit: _Edit) -> tuple[int, int]:
    return edit.start, edit.end


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
    source = given.source if is_verbatim else passage.source_of(given.start, given.end)
    return _Edit(given.start, given.end, text, source, is_verbatim)


def _unchanged(passage: ScriptPassage, span: SourceSpan) -> _Sentence:
    text = span_text(passage.text, span)
    if passage.offset_map is None:
        return _Sentence(text, passage.source_of(span.start, span.end), None)
    offset_map = passage.offset_map.part(span.start, span.end)
    first, last = offset_map.runs[0], offset_map.runs[-1]
    source = SourceSpan(first.source_start, last.source_end)
    return _Sentence(text, source, None if first is last and first.verbatim else offset_map)


def _edited(passage: ScriptPassage, span: SourceSpan, edits: Sequence[_Edit]) -> _Sentence:
    builder = MappedTextBuilder()
    position = span.start
    for edit in edits:
        passage.append_to(builder, position, edit.start)
        if edit.is_verbatim:
            builder.append_verbatim(edit.text, edit.source.start)
        else:
            builder.append_replacement(edit.text, edit.source.start, edit.source.end)
        position = edit.end
    passage.append_to(builder, position, span.end)
    text = builder.text()
    return _Sentence(span_text(text, SourceSpan(0, len(text))), builder.source, builder.offset_map())
