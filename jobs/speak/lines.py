"""From a text to the lines that are spoken: each a sentence with its voice, its place and the pauses around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ...text.lexicon import Lexicon
from ...text.offset_map import OffsetMap
from ...text.paragraphs import paragraphs
from ...text.script import Script
from ...text.script_segments import TextNormalizer, ScriptSegment, script_segments
from ...text.script_types import ScriptPassage
from ...text.segmenter import segment_text, span_text
from ...text.verbalize import make_verbalizer
from ...utils.streaming import NamedVoice, SourceSpan
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import UnknownEngineError
from ..voices.roles import Casting, Role

SENTENCE_PAUSE_S = 0.3
PARAGRAPH_PAUSE_S = 0.7
LONGEST_PAUSE_S = 600.0


class Pauses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The silence after a sentence and after a paragraph, in seconds, where a script doesn't say another one."""

    sentence_s: float = SENTENCE_PAUSE_S
    paragraph_s: float = PARAGRAPH_PAUSE_S

    def __post_init__(self) -> None:
        for name, pause_s in (("sentence_s", self.sentence_s), ("paragraph_s", self.paragraph_s)):
            if not 0 <= pause_s <= LONGEST_PAUSE_S:
                raise ValueError(f"{name} is {pause_s:g}, outside 0 to {LONGEST_PAUSE_S:g} seconds")


class SpokenLine(NamedTuple):
    """A sentence. `places` leads from its text to the source; None: it stands there as it is, line breaks as spaces.

    `pause_asked`: the script asks for the pause after it, so that it stays even if the line makes no sound.
    """

    text: str
    source: SourceSpan
    role: Role
    pause_after_s: float = 0.0
    pause_before_s: float = 0.0
    pause_asked: bool = False
    places: OffsetMap | None = None
    notes: tuple[str, ...] = ()


class Readings:
    """How engines are to be given what they can't read, or shall read in another way."""

    def __init__(self, lexicon: Lexicon | None = None, *, numbers: bool = False) -> None:
        """`numbers`: dates, money and units are put into words for engines that don't read them."""
        self._lexicon = lexicon
        self._numbers = numbers
        self._known: dict[tuple[str, str | None, str | None], TextNormalizer] = {}

    @property
    def change_nothing(self) -> bool:
        """Whether every text stays as it is."""
        return self._lexicon is None and not self._numbers

    def of(self, role: Role) -> TextNormalizer:
        """Return how a role's engine reads in the role's language."""
        spec, speaker = role.spec, role.speaker
        named = speaker.voice.name if isinstance(speaker.voice, NamedVoice) else None
        key = (spec.name, speaker.language, named)
        reading = self._known.get(key)
        if reading is None:
            reading = self._known[key] = self._make(spec, speaker.language, named)
        return reading

    def _make(self, spec: EngineSpec, asked: str | None, voice: str | None) -> TextNormalizer:
        language = spec.language_of(asked, voice)
        kinds = spec.kinds_written_out(language) if self._numbers and language else ()
        return TextNormalizer(
            phonemes=spec.can("phonemes"),
            lexicon=self._lexicon.finder(language) if self._lexicon is not None else None,
            verbalizer=make_verbalizer(language, kinds),
        )


def plain_lines(text: str, role: Role, pauses: Pauses) -> Iterator[SpokenLine]:
    """Yield the sentences of a text, lazily."""
    before: SourceSpan | None = None
    for span in segment_text(text):
        if before is not None:
            yield SpokenLine(span_text(text, before), before, role, pause_s(text, before, span, pauses))
        before = span
    if before is not None:
        yield SpokenLine(span_text(text, before), before, role)


def read_lines(text: str, role: Role, pauses: Pauses, readings: Readings) -> Iterator[SpokenLine]:
    """Yield the sentences of a text that is no script, each as its engine shall read it, lazily."""
    pieces = (
        ScriptPassage(source=SourceSpan(start, end), text=text[start:end], opens_block=True)
        for start, end in paragraphs(text)
    )
    before: ScriptSegment | None = None
    for segment in script_segments(pieces, lambda _piece: readings.of(role)):
        if before is not None:
            yield _line(text, before, role, pause_s(text, before.source, segment.source, pauses))
        before = segment
    if before is not None:
        yield _line(text, before, role, 0.0)


def script_lines(script: Script, casting: Casting, pauses: Pauses, readings: Readings) -> Iterator[SpokenLine]:
    """Yield the sentences of a script, lazily. TextError for what is wrong in it, or can't be spoken so."""

    def role_of(one: ScriptPassage | ScriptSegment) -> Role:
        try:
            return casting.role(one.speaker, one.language, one.params)
        except (ValueError, UnknownEngineError) as error:
            raise script.error(one.source.start, str(error)) from None

    def reading(piece: ScriptPassage) -> TextNormalizer:
        return readings.of(role_of(piece))

    before: ScriptSegment | None = None
    for segment in script_segments(script, reading):
        if before is not None:
            default_s = pauses.paragraph_s if before.ends_block else pauses.sentence_s
            yield _line(script.text, before, role_of(before), default_s)
        before = segment
    if before is not None:
        yield _line(script.text, before, role_of(before), 0.0)


def _line(text: str, segment: ScriptSegment, role: Role, default_s: float) -> SpokenLine:
    asked_s = segment.pause_after_s
    notes = (role.note,) if role.note else ()
    for held in segment.ignored_pronunciations:
        word = text[held.source.start : held.source.end]
        notes = (*notes, f"{word} is read as engine '{role.spec.name}' reads the word: it takes no phonemes")
    return SpokenLine(
        text=segment.text,
        source=segment.source,
        role=role,
        pause_after_s=default_s if asked_s is None else asked_s,
        pause_before_s=segment.pause_before_s or 0.0,
        pause_asked=asked_s is not None,
        places=segment.offset_map,
        notes=notes,
    )


def pause_s(text: str, span: SourceSpan, following: SourceSpan, pauses: Pauses) -> float:
    """Return the silence between two sentences of a text: a blank line between them ends a paragraph."""
    # Any kind of line break counts, CR LF as one. A break at the very end would open no line, hence the full stop.
    lines = (text[span.end : following.start] + ".").splitlines()
    return pauses.paragraph_s if len(lines) > 2 else pauses.sentence_s
