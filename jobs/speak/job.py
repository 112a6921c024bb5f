"""The job that speaks a text: its lines as they are cut, their audio as it comes, and what is known of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.limiter import Limiter
from ...media.subtitles import TimedText
from ...text.lexicon import Lexicon
from ...text.script import read_script
from ...text.script_types import ScriptNote
from ...text.segmenter import span_text
from ...utils.streaming import SourceSpan, StreamEvent, StreamingSegment
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.contract.voice_syntax import voice_text
from ..progress import JobSize
from ..speech_job import Layout, SpeechJob
from ..voices.cast import Cast
from ..voices.roles import Role, cast_for
from ..voices.speaker import Speaker
from .lines import (
    PARAGRAPH_PAUSE_S,
    SENTENCE_PAUSE_S,
    Pauses,
    Readings,
    SpokenLine,
    plain_lines,
    read_lines,
    script_lines,
)
from .report import SpeakReport, SpokenPiece

EAGER_CHARS = 100_000
"""A text up to this length is cut before anything is spoken, so that what is wrong in it shows at once, and its length
is known. That takes a few hundredths of a second; a longer text is cut while it is spoken."""

Lines = Callable[[], Iterator[SpokenLine]]
Notes = Callable[[], tuple[list[ScriptNote], int]]


class _Told(NamedTuple):
    """What the report needs of a line that is over. `text` is None where it stands in the source."""

    source: SourceSpan
    role: Role
    segment: tuple[str, str | None]
    text: str | None
    notes: tuple[str, ...]


class _InTurn(Layout):
    """Each line starts when the one before it has ended and its pause is over."""

    def __init__(self, lines: dict[int, SpokenLine], sample_rate: int) -> None:
        self._lines = lines
        self._rate = sample_rate
        self._cursor = 0

    def start(self, index: int) -> int:
        """Return the end of the line before, plus its pause."""
        if index == 0:
            self._cursor = round(self._lines[0].pause_before_s * self._rate)
        return self._cursor

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Move on; the line isn't needed any more."""
        line = self._lines.pop(index)
        # A line that made no sound leaves no pause of its own either, unless the script asks for one.
        pause_s = line.pause_after_s if end_sample > start_sample or line.pause_asked else 0.0
        self._cursor = end_sample + round(pause_s * self._rate)

    def earliest(self, index: int, position: int) -> int:
        """Return where the audio has got to."""
        return max(self._cursor, position)


class _LongText(Sequence[StreamingSegment]):
    """The segments of a long text. To iterate over them cuts as it goes; who asks for their number cuts it all."""

    def __init__(self, lines: Lines, seeds: Mapping[int, int]) -> None:
        self._lines = lines
        self._seeds = seeds
        self._all: list[StreamingSegment] | None = None

    def __iter__(self) -> Iterator[StreamingSegment]:
        return (_segment(index, line, self._seeds) for index, line in enumerate(self._lines()))

    def __len__(self) -> int:
        return len(self._made())

    @overload
    def __getitem__(self, index: int) -> StreamingSegment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StreamingSegment]: ...
    def __getitem__(self, index: int | slice) -> StreamingSegment | Sequence[StreamingSegment]:
        return self._made()[index]

    def _made(self) -> list[StreamingSegment]:
        if self._all is None:
            self._all = list(iter(self))  # a list made of the whole would first ask for its length
        return self._all


class SpeakJob(SpeechJob):
    """A text being spoken.

    A text of up to `EAGER_CHARS` is cut at once, a longer one while it is spoken: what is wrong in a long script shows
    then, and its `segments` are for who needs them all. Of a line that is over only its place and its role are kept.
    `seeds` are those of single segments, by index, that go before their speakers'.
    """

    def __init__(
        self,
        text: str,
        lines: Lines,
        sample_rate: int,
        notes: Notes = lambda: ([], 0),
        *,
        seeds: Mapping[int, int] | None = None,
    ) -> None:
        self._text = text
        self._lines_of = lines
        self._seeds = seeds or {}
        self._notes = notes
        self._lines: dict[int, SpokenLine] = {}
        self._told: list[_Told] = []
        self._n_segments: int | None = None
        self._spoken_to = 0
        self._gain = np.float32(1)
        self._limiter: Limiter | None = None
        self._is_long = len(text) > EAGER_CHARS
        segments = _LongText(lines, self._seeds) if self._is_long else list(self._cut())
        super().__init__(segments, _InTurn(self._lines, sample_rate), sample_rate)

    @property
    def source(self) -> Iterable[StreamingSegment]:
        """The segments as they are to be run; a long text is cut by whoever runs it."""
        return self._cut() if self._is_long else self.segments

    @property
    def size(self) -> JobSize:
        """How much there is to do."""
        return self

    @property
    def n_segments(self) -> int | None:
        """How many segments there are, once that is known."""
        return self._n_segments

    @property
    def total_weight(self) -> int:
        """The length of the text."""
        return len(self._text)

    def weight(self, index: int) -> int:
        """How much of the text a line, the next to end, brings the job further."""
        end = len(self._text) if index + 1 == self._n_segments else self._lines[index].source.end
        return end - self._spoken_to

    def feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        """Take an event in and yield the blocks that became final."""
        for block in super().feed(event):
            yield from self._limited(block)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rest, once every event was fed."""
        for block in super().finish():
            yield from self._limited(block)
        if self._limiter is not None and (rest := self._limiter.flush()).size:
            yield rest

    def report(self) -> SpeakReport:
        """Return what was spoken so far."""
        rate = self.sample_rate
        pieces = []
        for place, told in zip(self.placed, self._told, strict=True):
            speaker, (voice, language) = told.role.speaker, told.segment
            pieces.append(
                SpokenPiece(
                    index=place.index,
                    text=self._text_of(told),
                    source_start=told.source.start,
                    source_end=told.source.end,
                    start_s=place.start_sample / rate,
                    end_s=place.end_sample / rate,
                    start_sample=place.start_sample,
                    end_sample=place.end_sample,
                    status=place.status,
                    message=place.message,
                    cached=place.cached,
                    speaker=told.role.name,
                    engine=told.role.spec.name,
                    voice=voice,
                    language=language,
                    speed=speaker.speed,
                    seed=self._seeds.get(place.index, speaker.seed),
                    gain_db=told.role.gain_db,
                    notes=told.notes,
                )
            )
        notes, n_notes = self._notes()
        return SpeakReport(
            sample_rate=rate,
            duration_s=self.n_samples / rate,
            pieces=tuple(pieces),
            notes=tuple(map(str, notes)),
            n_notes=n_notes,
        )

    def subtitles(self) -> list[TimedText]:
        """Return the lines at the times of their audio, with their speakers; those without any are left out."""
        return [
            TimedText.from_samples(
                place.start_sample, place.end_sample, self.sample_rate, self._text_of(told), told.role.name
            )
            for place, told in zip(self.placed, self._told, strict=True)
            if place.end_sample > place.start_sample
        ]

    def _cut(self) -> Iterator[StreamingSegment]:
        index = -1
        for index, line in enumerate(self._lines_of()):
            self._lines[index] = line
            yield _segment(index, line, self._seeds)
        self._n_segments = index + 1

    def _is_last(self, index: int) -> bool:
        # The end of the last line is told by its pause, which is none unless the script asks for it.
        return False

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            role = self._lines[index].role
            self._gain = np.float32(role.gain)
            if role.gain_db > 0 and self._limiter is None:
                # Only what is made louder can become too loud; a limiter passes everything else on as it is.
                self._limiter = Limiter(self.sample_rate, 0.0)
        super()._begin(index)

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._lay(samples if self._gain == 1 else samples * self._gain)

    def _complete(self, index: int, *, failed: bool) -> None:
        line = self._lines[index]
        segment = line.role.speaker.segment(index, "", line.role.spec)
        voice = "" if segment.voice is None else voice_text(segment.voice)
        text = None if line.places is None else line.text
        self._told.append(_Told(line.source, line.role, (voice, segment.language), text, line.notes))
        self._spoken_to = line.source.end

    def _source_of(self, index: int, span: SourceSpan) -> SourceSpan:
        line = self._lines[index]
        if line.places is not None:
            return line.places.to_source(span.start, span.end)
        return SourceSpan(line.source.start + span.start, line.source.start + span.end)

    def _limited(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        if self._limiter is not None:
            block = self._limiter.process(block)
        if block.size:
            yield block

    def _text_of(self, told: _Told) -> str:
        return span_text(self._text, told.source) if told.text is None else told.text


def _segment(index: int, line: SpokenLine, seeds: Mapping[int, int]) -> StreamingSegment:
    segment = line.role.speaker.segment(
        index, line.text, line.role.spec, source=line.source, pause_after_s=line.pause_after_s
    )
    return msgspec.structs.replace(segment, seed=seeds[index]) if index in seeds else segment


__all__ = [
    "EAGER_CHARS",
    "PARAGRAPH_PAUSE_S",
    "SENTENCE_PAUSE_S",
    "Pauses",
    "SpeakJob",
    "SpeakReport",
    "SpokenPiece",
    "speak",
]


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
    numbers: bool | None = None,
    seeds: Mapping[int, int] | None = None,
) -> SpeakJob:
    """Return the job that speaks a text. ValueError for an empty one or what an engine can't do.

    `speaker` speaks what no member of the `cast` does, unless the cast has a narrator of its own. `markup` says
    whether the text is a script (docs/script.md), by default if there is a cast; otherwise every character is text.
    ScriptError, with line and column, for what is wrong in one: at once for a text of up to `EAGER_CHARS`, else when it
    comes to be spoken. `sample_rate` is the output's in Hz, the narrator's engine's own by default.

    `lexicon` says how words are to be spoken. `numbers` has dates, money and units put into words for engines that
    don't read them, by default in scripts. What neither touches has the same segments, and the same place in the cache,
    whether it is spoken as a script or not. `seeds` are those of single segments, by index, for other takes of them.
    """
    casting = cast_for(speaker, registry, cast)
    rate = sample_rate or casting.narrator.spec.native_sample_rate
    waits = pauses or Pauses()
    if markup is None:
        markup = cast is not None
    readings = Readings(lexicon, numbers=markup if numbers is None else numbers)
    if markup:
        script = read_script(text, casting.cast.speaker_names, casting.own_params)
        if next(script_lines(script, casting, waits, readings), None) is None:
            what = "holds nothing but marks" if text.strip() else "is empty"
            raise ValueError(f"there is nothing to speak: the script {what}")
        return SpeakJob(
            text,
            lambda: script_lines(script, casting, waits, readings),
            rate,
            lambda: (script.notes, script.n_notes),
            seeds=seeds,
        )
    role = casting.narrator
    if next(plain_lines(text, role, waits), None) is None:
        raise ValueError("there is nothing to speak: the text is empty")
    if readings.change_nothing:
        return SpeakJob(text, lambda: plain_lines(text, role, waits), rate, seeds=seeds)
    return SpeakJob(text, lambda: read_lines(text, role, waits, readings), rate, seeds=seeds)
