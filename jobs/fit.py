"""Choose the speed at which a cue fits its slot, from the engine's own estimate: nothing has to be stretched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ..utils.streaming import StreamingSegment
from ..utils.streaming.errors import EngineRequestError
from ..utils.streaming.runtime import Runtime
from .dub import DubJob

FASTEST = 1.25
"""By how much a cue may be hurried: a quarter faster still sounds like somebody who speaks quickly."""
_STEP = 0.05
_ESTIMATED_AT_ONCE = 16


def fit(
    job: DubJob,
    runtime: Runtime,
    *,
    fastest: float = FASTEST,
    poll: Callable[[], None] = lambda: None,
) -> None:
    """Give the job's segments the speeds that fit them into their slots, before it is run. Blocks.

    A segment that fits as it is stays as it is. Another gets the lowest speed that does, in steps of 5 % of its own and
    up to `fastest` times that, within what the engine can do; what doesn't fit even so gets the highest. One that can't
    be estimated stays as it is, too: it will fail by name when it is spoken. `poll` is called between a few segments
    and the next, and may raise to stop. EngineStartError if the engine can't be started.
    """
    segments = job.segments
    spec = runtime.registry.get(segments[0].engine)
    own = segments[0].speed
    speeds = [round(own * (1 + number * _STEP), 4) for number in range(round((fastest - 1) / _STEP) + 1)]
    speeds = [speed for speed in speeds if speed <= spec.max_speed]
    fitted: list[StreamingSegment] = []
    for start in range(0, len(segments), _ESTIMATED_AT_ONCE):
        poll()
        part = segments[start : start + _ESTIMATED_AT_ONCE]
        fitted += _fitted(part, speeds, runtime)
    job.segments = fitted


def _fitted(
    segments: Sequence[StreamingSegment], speeds: Sequence[float], runtime: Runtime
) -> Sequence[StreamingSegment]:
    try:
        rows = runtime.run(runtime.estimate(tuple(segments), tuple(speeds)))
    except EngineRequestError:
        if len(segments) == 1:
            return segments
        return [fitted for segment in segments for fitted in _fitted([segment], speeds, runtime)]
    return [_at(segment, speeds, row) for segment, row in zip(segments, rows, strict=True)]


def _at(segment: StreamingSegment, speeds: Sequence[float], durations_s: Sequence[float]) -> StreamingSegment:
    assert segment.slot is not None, "a cue has a slot"
    room_s = segment.slot.end_s - segment.slot.start_s
    fits = (speed for speed, duration_s in zip(speeds, durations_s, strict=True) if duration_s <= room_s)
    return msgspec.structs.replace(segment, speed=next(fits, speeds[-1]))
