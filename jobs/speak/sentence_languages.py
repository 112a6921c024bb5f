"""The languages of the sentences of a text, for a request whose language is `auto`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ...text.script_types import ScriptPassage, SoundTag
from ...text.segmenter import segment_text
from ...text.sentence_language import RECOGNIZED, sentence_language
from ...text.sound_tags import sounds_by_sentence
from ...utils.streaming.contract.language_tags import primary_tag
from ...utils.streaming.contract.voice_syntax import leading_name
from ..voices.speaker_resolver import SpeakerResolver

_MACROLANGUAGES = {"cmn": "zh", "nb": "no", "nn": "no"}
"""Tags of engines for languages that are recognized under another one."""
_UNKNOWN = "und"


class SentenceLanguages:
    """Gives each sentence of a text its language, if its speaker has it.

    A sentence whose language isn't beyond doubt has that of the speaker's sentence before it; the first one, that of
    the voice. A language that a script sets stays.
    """

    def __init__(self, speakers: SpeakerResolver) -> None:
        self._speakers = speakers
        self._known: dict[str | None, tuple[str, dict[str, str]]] = {}
        self._current: dict[str | None, str] = {}
        self.settled_until: int | None = None
        """The position in the script from which sentences will be read again; None for its end."""

    def passages(self, passages: Iterable[ScriptPassage]) -> Iterator[ScriptPassage]:
        """Yield the passages, cut where the language changes, lazily."""
        for passage in passages:
            if passage.language is None and passage.text:
                yield from self._parts(passage)
            else:
                yield passage

    def _parts(self, passage: ScriptPassage) -> Iterator[ScriptPassage]:
        own, tags = self._of_speaker(passage.speaker)
        current = settled = self._current.get(passage.speaker, own)
        begin, spoken = 0, ""
        sounds: list[SoundTag] = []
        for span, own_sounds in sounds_by_sentence(segment_text(passage.text), passage.sounds):
            current = sentence_language(passage.text[span.start : span.end], (own, *tags), current)
            if spoken and current != spoken:
                yield _part(passage, begin, span.start, tags.get(spoken), sounds)
                begin, sounds = span.start, []
            spoken = current
            sounds += own_sounds
            if self.settled_until is None or passage.source_of(span.start, span.end).start < self.settled_until:
                settled = current
        self._current[passage.speaker] = settled
        yield _part(passage, begin, len(passage.text), tags.get(spoken), sounds if begin else passage.sounds)

    def _of_speaker(self, name: str | None) -> tuple[str, dict[str, str]]:
        """Return a speaker's own language, and the tags of the others that it can speak, by language."""
        known = self._known.get(name)
        if known is None:
            resolved = self._speakers.resolve(name)
            speaker, spec = resolved.speaker, resolved.spec
            own = _language(spec.language_of(speaker.language, leading_name(speaker.voice), resolved.model) or _UNKNOWN)
            tags: dict[str, str] = {}
            for tag in sorted(self._speakers.languages_of(name), key=len):
                if _language(tag) in RECOGNIZED and _language(tag) != own:
                    tags.setdefault(_language(tag), tag)
            known = self._known[name] = own, tags
        return known


def _language(tag: str) -> str:
    primary = primary_tag(tag)
    return _MACROLANGUAGES.get(primary, primary)


def _part(
    passage: ScriptPassage, start: int, end: int, language: str | None, sounds: Sequence[SoundTag]
) -> ScriptPassage:
    """Return a part of a passage's text, from the start of a sentence, in a language; None for the speaker's own."""
    if start == 0 and end == len(passage.text):
        return passage if language is None else msgspec.structs.replace(passage, language=language)
    is_first, is_last = start == 0, end == len(passage.text)
    return msgspec.structs.replace(
        passage,
        language=language,
        source=passage.source_of(start, end),
        text=passage.text[start:end],
        offset_map=None if passage.offset_map is None else passage.offset_map.part(start, end),
        pronunciations=tuple(
            msgspec.structs.replace(one, start=one.start - start, end=one.end - start)
            for one in passage.pronunciations
            if start <= one.start < end
        ),
        sounds=tuple(msgspec.structs.replace(tag, position=tag.position - start) for tag in sounds),
        pause_before_s=passage.pause_before_s if is_first else None,
        pause_after_s=passage.pause_after_s if is_last else None,
        opens_block=passage.opens_block and is_first,
    )
