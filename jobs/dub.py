"""Dub subtitles: every cue spoken where it belongs, and a report that says where the audio really is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..engines.registry import EngineRegistry
from ..utils.streaming import StreamingSegment, TimeSlot
from ..utils.subtitles import Cue
from .cast import Cast, Member
from .dubbing.job import DubJob
from .dubbing.lines import Line, in_slots, read_lines
from .dubbing.report import DubbedCue, DubReport, DubSummary
from .dubbing.rules import DubMode, DubRules
from .dubbing.slots import Slot
from .speaker import Speaker

__all__ = ["DubJob", "DubMode", "DubReport", "DubRules", "DubSummary", "DubbedCue", "dub"]


def dub(
    cues: Sequence[Cue],
    speaker: Speaker,
    registry: EngineRegistry,
    *,
    mode: DubMode = DubMode.NATURAL,
    sample_rate: int | None = None,
    rules: DubRules | None = None,
    cast: Cast | None = None,
    keep_sounds: bool = False,
) -> DubJob:
    """Return the job that dubs cues, in order of their start. `fit` finds the speeds for modes that choose any.

    `speaker` speaks what no member of the `cast` does, unless the cast has a narrator of its own; who isn't in it is
    listed in the report. Sound descriptions are skipped, and listed too, unless they are kept. `sample_rate` is the
    output's in Hz, the narrator's engine's own by default. ValueError for no cues, or none of which anything is spoken,
    and for what an engine can't do.
    """
    if not cues:
        raise ValueError("there is nothing to dub: no cues")
    told = Member(name="", **msgspec.structs.asdict(speaker))
    settled = (cast or Cast()).with_narrator(told).check(registry) if cast is not None else Cast(narrator=told)
    narrator = settled.narrator
    assert narrator is not None
    spec = narrator.speaker().check(registry)
    read = read_lines(cues, settled, keep_sounds=keep_sounds)
    if not read.lines:
        raise ValueError("there is nothing to dub: all cues are sound descriptions; keep them to have them spoken")
    rate = sample_rate or spec.native_sample_rate
    lines, slots = in_slots(read.lines, cues, rate)
    members = [line.member or narrator for line in lines]
    return DubJob(
        cues,
        read,
        lines,
        slots,
        [
            _segment(index, line, slot, member, registry, rate)
            for index, (line, slot, member) in enumerate(zip(lines, slots, members, strict=True))
        ],
        mode=mode,
        rules=rules or DubRules(),
        sample_rate=rate,
        gains=[10 ** (member.gain_db / 20) for member in members],
    )


def _segment(
    index: int, line: Line, slot: Slot, member: Member, registry: EngineRegistry, sample_rate: int
) -> StreamingSegment:
    speaker = member.speaker()
    time_slot = TimeSlot(slot.start / sample_rate, slot.end / sample_rate)
    return speaker.segment(index, line.spoken, speaker.check(registry), slot=time_slot)
