"""Bring the voices of a job to one loudness, each by a constant gain."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np

from ...media.audio.loudness import LoudnessMeter
from ...utils.settings import parse_level
from ...utils.streaming import AudioChunk, SegmentDone, SegmentFailed, StreamEvent, StreamingSegment
from ...utils.streaming.contract.events import LoadProgress
from ...utils.streaming.loading.loaded_model import NOTES
from ...utils.streaming.runtime import Runtime
from .loudness import VoiceId, VoiceLoudness

Level = float | Literal["off"] | None
"""The loudness to bring every voice to, in LUFS; `off` leaves voices as they are, and None takes the user's setting."""

CEILING_DBTP = -1.2
"""The ceiling of leveled audio: true peaks stay below -1 dBTP, since the limiter is exact to 0.1 dB between samples."""
MAX_CHANGE_DB = 24.0
"""A voice that is farther from the level is noise, or all but silent."""
_FIRST_SAMPLE = -(1 << 30)

_notes = logging.getLogger(NOTES)


class VoiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The gain of a voice in dB. `message` says why its loudness could not be measured, which leaves it as it is."""

    engine: str
    voice: str
    gain_db: float = 0.0
    message: str = ""


class _Measurement:
    """A voice that is being measured: the number of its sample sentences that are still to come, and the meter."""

    def __init__(self, n_samples: int) -> None:
        self.left = n_samples
        self.meter: LoudnessMeter | None = None
        self.message = ""


class Leveling:
    """Levels the voices of a job, by segments and events. It stands above the cache, which keeps what engines made.

    `source` puts the sample sentences of a voice whose loudness is unknown ahead of its first segment, with negative
    indices. A job's events come in order, so `feed` has measured the voice when its first segment arrives. So the
    gain is the same from the first sample on, in every run, and each voice is spoken by the job's own workers, with
    its priority, progress and cancel.

    `source` and `with_samples` may block, and run in the thread that takes the segments; all else runs in the thread
    that takes the events.
    """

    def __init__(self, loudness: VoiceLoudness, target_lufs: float) -> None:
        self._loudness = loudness
        self._target_lufs = target_lufs
        self._levels: dict[VoiceId, VoiceLevel] = {}
        """The voices whose gain is known, in the order of their first segments."""
        self._measuring: dict[VoiceId, _Measurement] = {}
        self._samples: dict[int, VoiceId] = {}
        """The voices of the sample sentences, by index."""
        self._voices: dict[int, VoiceId] = {}
        """The voices of the segments in flight, by index."""

    @classmethod
    def of(cls, runtime: Runtime, level: Level = None) -> Leveling | None:
        """Return a job's leveling; None if it is off. ValueError for a level that is out of range."""
        target_lufs = runtime.settings.level_lufs if level is None else parse_level(str(level))
        return None if target_lufs is None else cls(VoiceLoudness(runtime), target_lufs)

    @property
    def levels(self) -> tuple[VoiceLevel, ...]:
        """The voices so far, with their gains."""
        return tuple(self._levels.values())

    def source(self, segments: Iterable[StreamingSegment]) -> Iterable[StreamingSegment]:
        """Return a job's segments with the sample sentences that they need; the same object if they need none."""
        if isinstance(segments, Sequence) and all(self.knows(segment) for segment in segments):
            return segments
        return (ready for segment in segments for ready in self.with_samples(segment))

    def knows(self, segment: StreamingSegment) -> bool:
        """Return whether the gain of a segment's voice is known, or the voice is already being measured."""
        voice, declared = self._loudness.voice_id(segment)
        self._voices[segment.index] = voice
        if declared is not None and voice not in self._levels:
            self._set(voice, declared)
        return voice in self._levels or voice in self._measuring

    def with_samples(self, segment: StreamingSegment) -> list[StreamingSegment]:
        """Return a segment, after the sample sentences of its voice if that must be measured."""
        if self.knows(segment):
            return [segment]
        voice = self._voices[segment.index]
        is_kept, lufs = self._loudness.kept(voice)
        if is_kept:
            self._set(voice, lufs)
            return [segment]
        samples = self._loudness.samples(voice)
        first = _FIRST_SAMPLE + len(self._samples)
        numbered = [msgspec.structs.replace(sample, index=first + at) for at, sample in enumerate(samples)]
        self._samples |= dict.fromkeys((sample.index for sample in numbered), voice)
        self._measuring[voice] = _Measurement(len(numbered))
        return [*numbered, segment]

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """Yield an event with its audio leveled. Those of sample sentences are measured, and don't come out."""
        if isinstance(event, LoadProgress):
            yield event
        elif event.index < 0:
            self._measure(event)
        elif isinstance(event, AudioChunk):
            gain_db = self._levels[self._voices[event.index]].gain_db
            gain = np.float32(10 ** (gain_db / 20))
            yield msgspec.structs.replace(event, samples=event.samples * gain) if gain_db else event
        else:
            if isinstance(event, (SegmentDone, SegmentFailed)):
                self._voices.pop(event.index, None)
            yield event

    def gain_db(self, segment: StreamingSegment) -> float:
        """Return the gain of a segment's voice in dB. KeyError before the voice is measured."""
        return self._levels[self._loudness.voice_id(segment)[0]].gain_db

    def _measure(self, event: StreamEvent) -> None:
        assert not isinstance(event, LoadProgress), "it has no index"
        voice = self._samples[event.index]
        measurement = self._measuring[voice]
        if isinstance(event, AudioChunk):
            if measurement.meter is None:
                measurement.meter = LoudnessMeter(event.sample_rate)
            measurement.meter.add(event.samples)
            return
        if isinstance(event, SegmentFailed):
            measurement.message = event.message
        measurement.left -= 1
        if measurement.left:
            return
        if measurement.message:
            self._levels[voice] = VoiceLevel(engine=voice.engine, voice=voice.name, message=measurement.message)
            _notes.warning("voice '%s' can't be measured, so it isn't leveled: %s", voice.name, measurement.message)
        else:
            lufs = None if measurement.meter is None else measurement.meter.result().integrated_lufs
            # Rounded, so that the last bits of the measurement decide nothing.
            lufs = None if lufs is None else round(lufs, 2)
            self._loudness.keep(voice, lufs)
            self._set(voice, lufs)
        # Only now: the other thread would measure a voice again that is neither here nor there.
        del self._measuring[voice]

    def _set(self, voice: VoiceId, lufs: float | None) -> None:
        gain_db = 0.0 if lufs is None else min(max(self._target_lufs - lufs, -MAX_CHANGE_DB), MAX_CHANGE_DB)
        self._levels[voice] = VoiceLevel(engine=voice.engine, voice=voice.name, gain_db=round(gain_db, 1))
