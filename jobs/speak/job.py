"""The job that speaks a text or a script: utterances in, final audio and a report out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.limiter import Limiter
from ...media.subtitles import TimedText
from ...text.lexicon import Lexicon
from ...text.script_types import ScriptNote
from ...text.segmenter import span_text
from ...text.sound_tags import has_sounds, spoken_text
from ...utils.streaming import SourceSpan, StreamingSegment
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.contract.voice_syntax import voice_text
from ..levels.leveling import Leveling
from ..licenses import licenses_of
from ..progress import JobSize
from ..speech_job import Layout, PlacedSegment, SpeechJob
from ..voices.cast import Cast
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import ResolvedSpeaker, SpeakerResolver, resolve_speakers
from .pauses import Pauses, is_pause
from .report import SegmentReport, SpeakReport
from .sentence_languages import SentenceLanguages
from .utterances import (
    Normalizers,
    PlannedUtterance,
    as_script,
    plain_utterances,
    script_utterances,
)

EAGER_CHARS = 100_000
"""A text up to this length is segmented before anything is spoken: errors show at once, and the number of segments is
known. That takes some hundredths of a second. A longer text is segmented while it is spoken."""

Utterances = Callable[[], Iterator[PlannedUtterance]]
Notes = Callable[[], tuple[list[ScriptNote], int]]


class _Finished(NamedTuple):
    """The data of a finished utterance for the report.

    `text` is None if it is the source's text, `written` if that is the text.
    """

    source: SourceSpan
    speaker: ResolvedSpeaker
    voice: str
    language: str | None
    text: str | None
    written: str | None
    performed: tuple[str, ...]
    notes: tuple[str, ...]


class _UtteranceLayout(Layout):
    """Each utterance starts when the one before it has ended and its pause is over.

    Shares `utterances` with the job and removes each when it has ended.
    """

    def __init__(self, utterances: dict[int, PlannedUtterance], sample_rate: int) -> None:
        self._utterances = utterances
        self._rate = sample_rate
        self._cursor = 0

    def start(self, index: int) -> int:
        """Return the end of the utterance before, plus the pauses between both."""
        self._cursor += round(self._utterances[index].pause_before_s * self._rate)
        return self._cursor

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Advance past the utterance and its pause."""
        utterance = self._utterances.pop(index)
        # An utterance without audio has no pause either, unless the script sets one.
        has_pause = end_sample > start_sample or utterance.pause_is_explicit
        self._cursor = end_sample + round((utterance.pause_after_s if has_pause else 0.0) * self._rate)

    def earliest(self, index: int, position: int) -> int:
        """Return how far the audio is."""
        return max(self._cursor, position)


class _LazySegments(Sequence[StreamingSegment]):
    """The segments of a long text. Iteration segments the text lazily; the length and an index need all segments."""

    def __init__(self, utterances: Utterances, seeds: Mapping[int, int]) -> None:
        self._utterances = utterances
        self._seeds = seeds
        self._all: list[StreamingSegment] | None = None

    def __iter__(self) -> Iterator[StreamingSegment]:
        return (_segment(index, utterance, self._seeds) for index, utterance in enumerate(self._utterances()))

    def __len__(self) -> int:
        return len(self._list())

    @overload
    def __getitem__(self, index: int) -> StreamingSegment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StreamingSegment]: ...
    def __getitem__(self, index: int | slice) -> StreamingSegment | Sequence[StreamingSegment]:
        return self._list()[index]

    def _list(self) -> list[StreamingSegment]:
        if self._all is None:
            self._all = list(iter(self))  # list(self) would call __len__ first, and recurse
        return self._all


class SpeakJob(SpeechJob):
    """Speaks a text.

    A text up to `EAGER_CHARS` is segmented at once. A longer one is segmented while it is spoken: an error in a long
    script shows only then, and `segments` is for callers that need all of them. Of finished utterances, only the data
    for the report is kept.

    `seeds` are seeds of single segments, by index; they take precedence over the speakers'. `pause` is what a text of
    marks alone becomes: a pause, reported as a silent segment, which no engine is asked to speak. `silent_s` is the
    length of the pause that the engine's silence becomes if it makes no sound of the whole text.
    """

    def __init__(
        self,
        text: str,
        utterances: Utterances,
        sample_rate: int,
        notes: Notes = lambda: ([], 0),
        *,
        seeds: Mapping[int, int] | None = None,
        voice_notes: Callable[[], tuple[str, ...]] = tuple,
        leveling: Leveling | None = None,
        pause: PlannedUtterance | None = None,
        is_script: bool = False,
        silent_s: float = 0.0,
    ) -> None:
        self._text = text
        self._pause = pause
        self.silent_s = silent_s
        self._is_script = is_script
        self._plan = utterances
        self._seeds = seeds or {}
        self._notes = notes
        self._voice_notes = voice_notes
        self._utterances: dict[int, PlannedUtterance] = {}
        """The utterances that are in flight, by index."""
        self._finished: list[_Finished] = []
        self._n_segments: int | None = None
        self._spoken_to = 0
        self._is_live = self._has_explicit_pause = False
        self._gain = np.float32(1)
        self._is_lazy = len(text) > EAGER_CHARS
        segments = _LazySegments(utterances, self._seeds) if self._is_lazy else list(self._planned())
        super().__init__(segments, _UtteranceLayout(self._utterances, sample_rate), sample_rate, leveling)

    @property
    def voice_notes(self) -> tuple[str, ...]:
        """What users should know of the recordings that the speakers so far imitate."""
        return self._voice_notes()

    @property
    def size(self) -> JobSize:
        """The size of the job."""
        return self

    @property
    def n_segments(self) -> int | None:
        """The number of segments; None until it is known."""
        return self._n_segments

    @property
    def segment_notes(self) -> tuple[str, ...]:
        """The notes on the segments that wait to be spoken, each once, and on tags without a segment.

        Those on a script begin with the line and the column.
        """
        of_segments = dict.fromkeys(note for utterance in self._utterances.values() for note in utterance.notes)
        others = (
            str(note) if self._is_script else note.message
            for note in self._notes()[0]
            if note.message not in of_segments
        )
        return tuple(dict.fromkeys([*others, *of_segments]))

    @property
    def total_weight(self) -> int:
        """The length of the text."""
        return len(self._text)

    def weight(self, index: int) -> int:
        """Return the number of characters of the text that the next finished utterance adds."""
        end = len(self._text) if index + 1 == self._n_segments else self._utterances[index].source.end
        return end - self._spoken_to

    def add(self, utterance: PlannedUtterance, *, is_awaited: bool) -> StreamingSegment:
        """Return the segment of one more utterance, for text that arrives while it is spoken."""
        assert isinstance(self.segments, list), "the text is short"
        self._is_live = True
        index = len(self.segments)
        self._utterances[index] = utterance
        segment = _segment(index, utterance, self._seeds, is_awaited=is_awaited)
        self.segments.append(segment)
        return segment

    def report(self) -> SpeakReport:
        """Return the report of the segments that are finished."""
        rate = self.sample_rate
        segments = [
            SegmentReport(
                index=placed.index,
                text=self._text_of(finished),
                written=finished.written or "",
                performed=finished.performed,
                source_start=finished.source.start,
                source_end=finished.source.end,
                start_s=placed.start_sample / rate,
                end_s=placed.end_sample / rate,
                start_sample=placed.start_sample,
                end_sample=placed.end_sample,
                status=placed.status,
                message=placed.message,
                cached=placed.cached,
                speaker=finished.speaker.name,
                engine=finished.speaker.spec.name,
                model=finished.speaker.model,
                voice=finished.voice,
                language=finished.language,
                speed=finished.speaker.speaker.speed,
                seed=self._seeds.get(placed.index, finished.speaker.speaker.seed),
                gain_db=finished.speaker.gain_db,
                notes=(*finished.notes, *placed.notes),
            )
            for placed, finished in zip(self.placed, self._finished, strict=True)
        ]
        notes, n_notes = self._notes()
        return SpeakReport(
            sample_rate=rate,
            duration_s=self.n_samples / rate,
            segments=tuple(segments),
            notes=tuple(map(str, notes)),
            n_notes=n_notes,
            voice_notes=self.voice_notes,
            levels=self.levels,
            licenses=licenses_of((finished.speaker.spec, finished.speaker.model) for finished in self._finished),
        )

    def subtitles(self) -> list[TimedText]:
        """Return the finished utterances with their speakers, at the times of their audio; silent ones are left out."""
        return [
            TimedText.from_samples(
                placed.start_sample,
                placed.end_sample,
                self.sample_rate,
                finished.written or self._text_of(finished),
                finished.speaker.name,
            )
            for placed, finished in zip(self.placed, self._finished, strict=True)
            if placed.end_sample > placed.start_sample and finished.text != ""
        ]

    @property
    def is_pause(self) -> bool:
        """Whether the text is of marks alone. Known before the job runs, until `finish`."""
        return self._pause is not None

    @property
    def is_silent(self) -> bool:
        """Whether no segment has any sound, as of a text of marks alone. Known after `finish`."""
        return bool(self.placed) and all(segment.status == "silent" for segment in self.placed)

    def set_pause(self, pause: PlannedUtterance) -> None:
        """Make the job a pause: the text that arrived for it has nothing to speak."""
        self._text, self._pause = pause.text, pause._replace(source=SourceSpan(0, len(pause.text)))

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rest, after the last event."""
        if self._pause is not None:
            self._utterances[0] = self._pause
            self._complete(0, failed=False)
            self.placed.append(PlacedSegment(index=0, start_sample=0, end_sample=0, status="silent"))
            self._timeline.add(0, np.zeros(round(self._pause.pause_after_s * self.sample_rate), np.float32))
            self._pause = None
        elif self.is_silent and not self.n_samples:
            self._timeline.add(0, np.zeros(round(self.silent_s * self.sample_rate), np.float32))
        yield from super().finish()

    def _segments(self) -> Iterable[StreamingSegment]:
        # A long text is segmented as its segments are taken.
        return self._planned() if self._is_lazy else self.segments

    def _planned(self) -> Iterator[StreamingSegment]:
        index = -1
        for index, utterance in enumerate(self._plan()):
            self._utterances[index] = utterance
            yield _segment(index, utterance, self._seeds)
        self._n_segments = index + 1

    def _is_last(self, index: int) -> bool:
        # The audio ends after the last utterance's pause, which is 0 unless the script sets one. Of text that arrives,
        # the last utterance is known only afterwards: its default pause waits for the next one.
        return self._is_live and index + 1 == len(self.segments) and not self._has_explicit_pause

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            speaker = self._utterances[index].speaker
            self._gain = np.float32(speaker.gain)
            if speaker.gain_db > 0 and self._limiter is None:
                # Only amplified audio can clip; a limiter passes everything else unchanged.
                self._limiter = Limiter(self.sample_rate, 0.0)
        super()._begin(index)

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._lay(samples if self._gain == 1 else samples * self._gain)

    def _complete(self, index: int, *, failed: bool) -> None:
        utterance = self._utterances[index]
        self._has_explicit_pause = utterance.pause_is_explicit
        speaker = utterance.speaker
        voice = speaker.speaker.voice_on(speaker.spec)
        spoken = spoken_text(utterance.text, speaker.performed.values())
        self._finished.append(
            _Finished(
                utterance.source,
                speaker,
                "" if voice is None else voice_text(voice),
                speaker.speaker.language,
                None if utterance.offset_map is None else spoken.words,
                utterance.written if utterance.written != spoken.words else None,
                spoken.performed,
                utterance.notes,
            )
        )
        self._spoken_to = utterance.source.end

    def _tempo_of(self, index: int) -> float:
        return self._utterances[index].speaker.tempo

    def _speaker_of(self, index: int) -> str:
        return self._utterances[index].speaker.name

    def _source_of(self, index: int, span: SourceSpan) -> SourceSpan:
        utterance = self._utterances[index]
        if utterance.offset_map is not None:
            return utterance.offset_map.to_source(span.start, span.end)
        return SourceSpan(utterance.source.start + span.start, utterance.source.start + span.end)

    def _text_of(self, finished: _Finished) -> str:
        return span_text(self._text, finished.source) if finished.text is None else finished.text


def pause_of(text: str, speakers: SpeakerResolver, pauses: Pauses, *, markup: bool) -> PlannedUtterance:
    """Return the pause that a text of marks alone is: as long as the tags of a script say, or as after a sentence."""
    begin = len(text) - len(text.lstrip())
    source = SourceSpan(begin, len(text.rstrip()))
    marks = span_text(text, source)
    passages = as_script(text, speakers, Normalizers(), markup=True) if markup else None
    given = [one for passage in passages or () for one in (passage.pause_before_s, passage.pause_after_s)]
    pauses_s = [pause_s for pause_s in given if pause_s is not None] or [pauses.after_s(marks, ends_paragraph=False)]
    return PlannedUtterance(marks, source, speakers.narrator, sum(pauses_s))


def silence_of_s(text: str, pauses: Pauses) -> float:
    """Return the pause that the silence of an engine becomes: none for a text with words, whose sound is missing."""
    return 0.0 if any(map(str.isalnum, text)) else pauses.after_s("", ends_paragraph=False)


def _segment(
    index: int, utterance: PlannedUtterance, seeds: Mapping[int, int], *, is_awaited: bool | None = None
) -> StreamingSegment:
    segment = utterance.speaker.segment(
        index,
        utterance.text,
        source=utterance.source,
        pause_after_s=utterance.pause_after_s,
        is_awaited=index == 0 if is_awaited is None else is_awaited,
    )
    return msgspec.structs.replace(segment, seed=seeds[index]) if index in seeds else segment


def speak(
    text: str,
    speaker: Speaker,
    registry: EngineRegistry,
    *,
    cast: Cast | None = None,
    markup: bool | None = None,
    sample_rate: int | None = None,
    pauses: Pauses | None = None,
    lexicon: Lexicon | None = None,
    normalize: bool = True,
    name_emoji: bool = False,
    seeds: Mapping[int, int] | None = None,
    leveling: Leveling | None = None,
    auto_language: bool = False,
    language_voices: Mapping[str, Speaker] | None = None,
) -> SpeakJob:
    """Return the job that speaks a text.

    A text that neither a tag, the lexicon nor normalization changes has the same segments, and the same cache entries,
    whether it is read as a script or not.

    Args:
        text: The text.
        speaker: The speaker; with a cast, the fallback speaker, unless the cast has a narrator.
        registry: The engines.
        cast: The speakers by name.
        markup: Whether the text is a script (docs/script.md); None: only with a cast.
        sample_rate: Of the output, in Hz; None for the native rate of the narrator's engine.
        pauses: The silence between sentences and paragraphs; None for the default.
        lexicon: The pronunciation of words.
        normalize: Whether to put numbers, signs and abbreviations into words, and leave markup and emoji out
            (docs/normalization.md).
        name_emoji: Whether to say the names of emoji instead.
        seeds: Seeds of single segments, by index, to regenerate them.
        leveling: Brings all voices to one loudness; None to leave them as they are.
        auto_language: Whether each sentence is spoken in its own language (see `SentenceLanguages`), as far as its
            speaker has it.
        language_voices: The speakers, resolved, of the fallback speaker's text in other languages (BCP-47).

    Raises:
        CastError: The cast can't be used.
        UnknownEngineError: There is no such engine, or none is ready.
        TextError: An error in a script, with its position. In a text longer than `EAGER_CHARS` it is raised while the
            job runs.
        ValueError: The text has nothing to speak, or the engine doesn't support one of the speaker's settings.
    """
    speakers = resolve_speakers(speaker, registry, cast, language_voices)
    narrator = speakers.narrator
    rate = sample_rate or narrator.sample_rate
    pauses = pauses or Pauses()

    def voice_notes() -> tuple[str, ...]:
        return speakers.voice_notes

    if markup is None:
        markup = cast is not None
    normalizers = Normalizers(lexicon, normalize=normalize, name_emoji=name_emoji)
    script = as_script(text, speakers, normalizers, markup=markup, as_passages=auto_language)

    def utterances() -> Iterator[PlannedUtterance]:
        if script is None:
            return plain_utterances(text, narrator, pauses)
        languages = SentenceLanguages(speakers) if auto_language else None
        return script_utterances(script, speakers, pauses, normalizers, languages)

    if not text.strip():
        raise ValueError(f"nothing to speak: the {'script' if markup else 'text'} is empty")
    # Sounds that no engine performs leave silence of no length.
    is_silent = all(is_pause(one.text) for one in utterances()) and not has_sounds(text, speakers.sounds)
    pause = pause_of(text, speakers, pauses, markup=markup) if is_silent else None
    return SpeakJob(
        text,
        utterances if pause is None else lambda: iter(()),
        rate,
        lambda: ([], 0) if script is None else (script.notes, script.n_notes),
        seeds=seeds,
        voice_notes=voice_notes,
        leveling=leveling,
        pause=pause,
        silent_s=silence_of_s(text, pauses),
        is_script=markup,
    )
