"""Tell what a dub will do, before anything is spoken."""

from __future__ import annotations

from collections.abc import Sequence

from .dub_plan import DubPlan, Fit, PlannedCue
from .job import DubJob
from .plan import PlannedPart
from .rules import DubMode


def preview(job: DubJob, planned: Sequence[PlannedPart]) -> DubPlan:
    """Return the plan of a job's parts for users."""
    cues = tuple(_cue(job, index, part) for index, part in enumerate(planned))
    return DubPlan(
        mode=job.mode,
        rules=job.rules,
        too_long=sum(cue.fits == "too long" for cue in cues),
        late=sum(cue.late for cue in cues),
        cues=cues,
        notes=tuple(job.notes),
    )


def _cue(job: DubJob, index: int, planned: PlannedPart) -> PlannedCue:
    rate, part, slot = job.sample_rate, job.parts[index], job.slots[index]
    cue, room_end = job.cues[part.cue], planned.window.room_end
    moved = planned.start - slot.start if job.mode is DubMode.PAD else 0
    available = None if room_end is None else max(0, room_end - moved - slot.start)
    highest = job.rules.max_speed if job.mode.chooses_speeds and planned.has_speeds else 1.0
    shortest = planned.n_own / highest
    fits: Fit = "slot"
    shorten_to = None
    if not planned.is_known:
        fits = "unknown"
    elif available is not None and shortest > available:
        fits, shorten_to = "too long", int(len(part.spoken) * available / shortest)
    elif shortest > slot.end - slot.start:
        fits = "gap"
    return PlannedCue(
        index=part.cue,
        part=part.part,
        parts=part.parts,
        number=cue.number or "",
        speaker=part.speaker,
        text=part.source,
        spoken_text=part.spoken,
        characters=len(part.spoken),
        slot_start_s=slot.start / rate,
        slot_end_s=slot.end / rate,
        slot_s=(slot.end - slot.start) / rate,
        asked_s=planned.n_own / rate if planned.is_known else None,
        available_s=None if available is None else available / rate,
        planned_s=(planned.end - planned.start) / rate if planned.is_known else None,
        speed=round(planned.speed * job.own_speeds[index], 4),
        start_s=planned.start / rate,
        end_s=planned.end / rate,
        shift_s=(planned.start - slot.start) / rate,
        late=job.is_late(planned.start - slot.start),
        fits=fits,
        shorten_to=shorten_to,
    )
