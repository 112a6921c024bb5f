"""Split the passages of a script into sentences, normalized for their engines and mapped to the script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .normalizer import Edit, TextNormalizer
from .offset_map import MappedTextBuilder, OffsetMap
from .punctuation import SPEAKABLE
from .script_types import GivenPronunciation, Params, ScriptPassage, SoundTag
from .segmenter import segment_text, span_text
from .sound_tags import sounds_by_sentence, tag_text


class ScriptSegment(msgspec.Struct, frozen=True):
    """A sentence of a script: `text` is the text for the engine, `source` its span of the script.

    `offset_map` maps `text` to the script; if None, `text[i]` is the script's character `source.start + i`.
    `written` is the sentence as written, for subtitles: without tags and markup, but not normalized; None if it is
    `text`.
    `speaker`, `language` and `params` are as in ScriptPassage. The pauses are those of tags; None selects the job's
    default. `ends_block` if it is the last sentence of the script or a blank line follows. `ignored_pronunciations`
    are the pronunciations of the script or the lexicon that the engine can't use, because it accepts no phonemes;
    `ignored_sounds` are the sounds and moods that it doesn't perform.
    """

    text: str
    source: SourceSpan
    offset_map: OffsetMap | None = None
    written: str | None = None
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
        sentence.written,
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
_NO_SOUNDS: Sequence[SoundTag] = ()


class _Sentence(msgspec.Struct, frozen=True):
    """The text to speak, its source span and offset map, what the engine can't use, and the text as written."""

    text: str
    source: SourceSpan
    offset_map: OffsetMap | None
    ignored_pronunciations: tuple[GivenPronunciation, ...] = ()
    ignored_sounds: tuple[SoundTag, ...] = ()
    written: str | None = None


def _sentences(passage: ScriptPassage, normalizer: TextNormalizer, max_chars: int) -> Iterator[_Sentence]:
    text, offset, given = passage.text, passage.source.start, passage.pronunciations
    if not text:
        yield from _only_sounds(passage, normalizer)
        return
    rewrites = normalizer is not _PLAIN and normalizer.rewrites
    if not given and not passage.sounds and passage.offset_map is None and not rewrites:
        for span in segment_text(text, max_chars=max_chars):
            yield _Sentence(span_text(text, span), SourceSpan(offset + span.start, offset + span.end), None)
        return
    spans = segment_text(_masked(text, given) if given else text, max_chars=max_chars)
    n_given = 0
    for span, sounds in sounds_by_sentence(spans, passage.sounds) if passage.sounds else zip(spans, repeat(_NO_SOUNDS)):
        first = n_given
        while n_given < len(given) and given[n_given].end <= span.end:
            n_given += 1
        if n_given == first and not rewrites:
            yield _unchanged(passage, span, left_out=tuple(sounds))
            continue
        edits, ignored = normalizer.edits(passage, span, given[first:n_given], sounds)
        left_out = tuple(tag for tag in sounds if tag.name not in normalizer.performed)
        if edits:
            sentence = _edited(passage, span, edits, ignored, left_out)
            if sentence is not None:
                yield sentence
        else:
            yield _unchanged(passage, span, ignored, left_out)


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


def _masked(text: str, given: Sequence[GivenPronunciation]) -> str:
    """Return a text of the same length in which each word with a pronunciation is one word that can't be cut."""
    parts: list[str] = []
    position = 0
    for pronunciation in given:
        first = "x" if text[pronunciation.start : pronunciation.end].lstrip()[:1].islower() else "X"
        parts += [text[position : pronunciation.start], first, "x" * (pronunciation.end - pronunciation.start - 1)]
        position = pronunciation.end
    return "".join(parts) + text[position:]


def _unchanged(
    passage: ScriptPassage,
    span: SourceSpan,
    ignored: tuple[GivenPronunciation, ...] = (),
    left_out: tuple[SoundTag, ...] = (),
) -> _Sentence:
    text = span_text(passage.text, span)
    if passage.offset_map is None:
        return _Sentence(text, passage.source_of(span.start, span.end), None, ignored, left_out)
    start = passage.offset_map.verbatim_source(span.start, span.end)
    if start is not None:
        return _Sentence(text, SourceSpan(start, start + len(text)), None, ignored, left_out)
    offset_map = passage.offset_map.part(span.start, span.end)
    source = SourceSpan(offset_map.runs[0].source_start, offset_map.runs[-1].source_end)
    return _Sentence(text, source, offset_map, ignored, left_out)


def _edited(
    passage: ScriptPassage,
    span: SourceSpan,
    edits: Sequence[Edit],
    ignored: tuple[GivenPronunciation, ...],
    left_out: tuple[SoundTag, ...],
) -> _Sentence | None:
    """Return the sentence with its replacements; None if nothing stays, such as of a line of marks or emoji."""
    builder = MappedTextBuilder()
    written: list[str] = []
    position = span.start
    for edit in edits:
        passage.append_to(builder, position, edit.start)
        # Markup, which has no words, isn't shown either.
        written.append(passage.text[position : edit.end if edit.text else edit.start])
        if edit.is_verbatim:
            builder.append_verbatim(edit.text, edit.source.start)
        else:
            builder.append_replacement(edit.text, edit.source.start, edit.source.end)
        position = edit.end
    passage.append_to(builder, position, span.end)
    text = builder.text()
    if not SPEAKABLE.search(text):
        return None
    shown = "".join([*written, passage.text[position : span.end]])
    line, shown_line = (span_text(part, SourceSpan(0, len(part))) for part in (text, shown))
    return _Sentence(line, builder.source, builder.offset_map(), ignored, left_out, shown_line.strip())
