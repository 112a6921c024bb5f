"""Dub subtitles: every cue spoken where it belongs, and a report that says where the audio really is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from ..engines.registry import EngineRegistry
from ..engines.spec import EngineSpec
from ..utils.streaming import StreamingSegment, TimeSlot
from ..utils.subtitles import Cue, TimedText
from .layout import Layout, Natural, OneAfterTheOther
from .speaker import Speaker
from .speech import SpeechJob, Status


class DubMode(str, Enum):
    """How cues are laid in time.

    `natural`: a cue starts at its time; one that runs long pushes the next of the same speaker, words are never cut.
    `fit`: the same, but a cue that would run long is spoken faster (by `fit`, which is called before it is run).
    `concatenate`: one cue after the other, without regard to their times.
    """

    NATURAL = "natural"
    FIT = "fit"
    CONCATENATE = "concatenate"


class DubbedCue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue as it was dubbed. The samples are where the audio is; the seconds are those samples in seconds."""

    index: int
    text: str
    slot_start_s: float
    slot_end_s: float
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    status: Status
    speed: float = 1.0
    speaker: str = ""
    message: str = ""
    cached: bool = False


class DubReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was dubbed, and where."""

    sample_rate: int
    duration_s: float
    mode: DubMode
    cues: tuple[DubbedCue, ...]


class DubJob(SpeechJob):
    """Subtitles being dubbed."""

    def __init__(
        self,
        cues: Sequence[Cue],
        mode: DubMode,
        segments: Sequence[StreamingSegment],
        layout: Layout,
        sample_rate: int,
    ) -> None:
        super().__init__(segments, layout, sample_rate)
        self.cues = cues
        self.mode = mode

    def report(self) -> DubReport:
        """Return what was dubbed so far."""
        rate = self.sample_rate
        dubbed = []
        for place in self.placed:
            cue = self.cues[place.index]
            dubbed.append(
                DubbedCue(
                    index=place.index,
                    text=cue.text,
                    slot_start_s=cue.start_s,
                    slot_end_s=cue.end_s,
                    start_s=place.start_sample / rate,
                    end_s=place.end_sample / rate,
                    start_sample=place.start_sample,
                    end_sample=place.end_sample,
                    status=place.status,
                    speed=self.segments[place.index].speed,
                    speaker=cue.speaker,
                    message=place.message,
                    cached=place.cached,
                )
            )
        return DubReport(sample_rate=rate, duration_s=self.n_samples / rate, mode=self.mode, cues=tuple(dubbed))

    def subtitles(self) -> list[TimedText]:
        """Return the cues at the times of their audio; those without any are left out (the report names them)."""
        return [
            TimedText.from_samples(
                place.start_sample,
                place.end_sample,
                self.sample_rate,
                self.cues[place.index].text,
                self.cues[place.index].speaker,
            )
            for place in self.placed
            if place.end_sample > place.start_sample
        ]


def dub(
    cues: Sequence[Cue],
    speaker: Speaker,
    registry: EngineRegistry,
    *,
    mode: DubMode = DubMode.NATURAL,
    sample_rate: int | None = None,
) -> DubJob:
    """Return the job that dubs cues (in order of their start). ValueError for no cues or what the engine can't do.

    `sample_rate` is the output's in Hz, the engine's own by default.
    """
    if not cues:
        raise ValueError("there is nothing to dub: no cues")
    spec = speaker.check(registry)
    if mode is DubMode.FIT:
        _check_fit(spec)
    rate = sample_rate or spec.native_sample_rate
    segments = [
        speaker.segment(index, cue.spoken_text, spec, slot=TimeSlot(cue.start_s, cue.end_s))
        for index, cue in enumerate(cues)
    ]
    layout: Layout
    if mode is not DubMode.CONCATENATE:
        starts = [(2 * cue.start_ms * rate + 1000) // 2000 for cue in cues]
        layout = Natural(starts, [cue.speaker for cue in cues])
    else:
        layout = OneAfterTheOther([0] * len(cues))
    return DubJob(cues, mode, segments, layout, rate)


def _check_fit(spec: EngineSpec) -> None:
    """ValueError for an engine that can't tell how long something will be, or that has one speed only."""
    missing = [name for name in ("estimate", "speed") if name not in spec.capabilities]
    if missing:
        raise ValueError(
            f"engine '{spec.name}' can't fit cues to their slots (it lacks: {', '.join(missing)}); use the mode natural"
        )
