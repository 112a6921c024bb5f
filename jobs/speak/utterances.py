"""Split a text into utterances: sentences, each with its speaker, its position in the text and its pauses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...text.lexicon import Lexicon
from ...text.normalizer import TextNormalizer
from ...text.offset_map import OffsetMap
from ...text.script import Script, read_plain, read_script
from ...text.script_segments import ScriptSegment, script_segments
from ...text.script_types import ScriptPassage
from ...text.segmenter import segment_text, span_text
from ...text.sound_tags import has_sounds
from ...text.verbalize.verbalizer import make_verbalizer
from ...utils.streaming import SourceSpan
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import UnknownEngineError
from ...utils.streaming.contract.voice_syntax import leading_name
from ..voices.speaker_resolver import ResolvedSpeaker, SpeakerResolver
from .pauses import Pauses, ends_paragraph
from .sentence_languages import SentenceLanguages


class PlannedUtterance(NamedTuple):
    """A sentence to speak.

    Attributes:
        text: The text for the engine.
        source: Its characters in the user's text.
        speaker: The speaker.
        pause_after_s: The silence to add after its audio, in seconds; `pause_before_s` is that before it.
        pause_is_explicit: Whether the script sets the pause after it, which then stays even without audio.
        offset_map: Maps `text` to the source; None if it is the source's text, with line breaks as spaces.
        written: The sentence as written, without tags and markup, for subtitles; None if it is `text`.
        notes: Notes for the report.
    """

    text: str
    source: SourceSpan
    speaker: ResolvedSpeaker
    pause_after_s: float = 0.0
    pause_before_s: float = 0.0
    pause_is_explicit: bool = False
    offset_map: OffsetMap | None = None
    written: str | None = None
    notes: tuple[str, ...] = ()


class Normalizers:
    """The text normalizer of each engine, voice and language.

    `normalize`: numbers, signs and abbreviations are put into words, and markup and emoji are left out; with
    `name_emoji`, emoji are named. ValueError for `name_emoji` alone.
    """

    def __init__(self, lexicon: Lexicon | None = None, *, normalize: bool = True, name_emoji: bool = False) -> None:
        if name_emoji and not normalize:
            raise ValueError("emoji are named only if the text is normalized; turn normalization on, or names off")
        self._name_emoji = name_emoji
        self._lexicon = lexicon
        self._normalize = normalize
        self._cached: dict[tuple[str, ...], TextNormalizer] = {}

    @property
    def change_nothing(self) -> bool:
        """Whether every text stays unchanged."""
        return self._lexicon is None and not self._normalize

    def of(self, resolved: ResolvedSpeaker) -> TextNormalizer:
        """Return the normalizer for a speaker's engine and language."""
        spec, speaker = resolved.spec, resolved.speaker
        voice = leading_name(speaker.voice)
        key = (spec.name, resolved.model, speaker.language or "", voice or "", resolved.mood)
        found = self._cached.get(key)
        if found is None:
            performed = resolved.performed
            found = self._make(spec, speaker.language, voice, resolved.model)
            found = found._replace(performed=performed, mood=performed.get(resolved.mood, ""))
            self._cached[key] = found
        return found

    def _make(self, spec: EngineSpec, language: str | None, voice: str | None, model: str) -> TextNormalizer:
        spoken = spec.language_of(language, voice, model)
        return TextNormalizer(
            phonemes=spec.can("phonemes"),
            lexicon=self._lexicon.finder(spoken) if self._lexicon is not None else None,
            verbalizer=make_verbalizer(spoken, name_emoji=self._name_emoji) if self._normalize else None,
        )


def plain_utterances(text: str, speaker: ResolvedSpeaker, pauses: Pauses) -> Iterator[PlannedUtterance]:
    """Yield the sentences of a text unchanged, lazily."""
    before: SourceSpan | None = None
    for span in segment_text(text):
        if before is not None:
            sentence = span_text(text, before)
            pause_s = pauses.after_s(sentence, ends_paragraph=ends_paragraph(text, before, span))
            added_s = speaker.spec.added_pause_s(pause_s)
            yield PlannedUtterance(sentence, before, speaker, added_s, notes=speaker.notes)
        before = span
    if before is not None:
        yield PlannedUtterance(span_text(text, before), before, speaker, notes=speaker.notes)


def as_script(
    text: str, speakers: SpeakerResolver, normalizers: Normalizers, *, markup: bool, as_passages: bool = False
) -> Script | None:
    """Return a text as a script, without `markup` with only sounds as tags.

    None if it is spoken unchanged, unless its passages are needed.
    """
    sounds = speakers.sounds
    if markup:
        return read_script(text, speakers.cast.speaker_names, speakers.engine_params, sounds)
    is_unchanged = normalizers.change_nothing and not has_sounds(text, sounds)
    return None if is_unchanged and not as_passages else read_plain(text, sounds)


def script_utterances(
    script: Script,
    speakers: SpeakerResolver,
    pauses: Pauses,
    normalizers: Normalizers,
    languages: SentenceLanguages | None = None,
) -> Iterator[PlannedUtterance]:
    """Yield the sentences of a script, lazily. TextError for an error in it or an unsupported setting.

    With `languages`, each sentence is spoken in its own language.
    """

    def speaker_of(part: ScriptPassage | ScriptSegment) -> ResolvedSpeaker:
        try:
            return speakers.resolve(part.speaker, part.language, part.params)
        except (ValueError, UnknownEngineError) as error:
            raise script.error(part.source.start, str(error)) from None

    def normalizer_of(passage: ScriptPassage) -> TextNormalizer:
        speaker = speaker_of(passage)
        normalizer = normalizers.of(speaker)
        if not passage.text and normalizer.performed.keys().isdisjoint(tag.name for tag in passage.sounds):
            for tag in passage.sounds:
                script.note(tag.source.start, speakers.leave_out(speaker, tag.written))
        return normalizer

    def utterance(segment: ScriptSegment, default_s: float) -> PlannedUtterance:
        speaker = speaker_of(segment)
        notes = tuple(speakers.leave_out(speaker, tag.written) for tag in segment.ignored_sounds)
        return _utterance(script.text, segment, speaker, default_s, notes)

    before: ScriptSegment | None = None
    passages = script if languages is None else languages.passages(script)
    for segment in script_segments(passages, normalizer_of):
        if before is not None:
            yield utterance(before, pauses.after_s(before.text, ends_paragraph=before.ends_block))
        before = segment
    if before is not None:
        yield utterance(before, 0.0)


def _utterance(
    text: str, segment: ScriptSegment, speaker: ResolvedSpeaker, default_s: float, more_notes: tuple[str, ...]
) -> PlannedUtterance:
    notes = speaker.notes
    for ignored in segment.ignored_pronunciations:
        word = text[ignored.source.start : ignored.source.end]
        notes = (*notes, f"{word}: engine '{speaker.spec.name}' accepts no phonemes; it pronounces the word itself")
    return PlannedUtterance(
        text=segment.text,
        source=segment.source,
        speaker=speaker,
        pause_after_s=speaker.spec.added_pause_s(default_s if segment.pause_after_s is None else segment.pause_after_s),
        pause_before_s=segment.pause_before_s or 0.0,
        pause_is_explicit=segment.pause_after_s is not None,
        offset_map=segment.offset_map,
        written=segment.written,
        notes=(*notes, *more_notes),
    )
