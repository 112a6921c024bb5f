"""Choose the speed of each part of a dub so that it fits its slot, before the dub is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from ...utils.errors import Error
from ...utils.streaming import AudioChunk, SegmentFailed, StreamingSegment
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import EngineRequestError, WorkerDiedError
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .job import DubJob
from .plan import PlannedPart, plan

_REQUEST_SEGMENTS, _REQUEST_CHARACTERS = 16, 8_000
"""How much one request for estimates holds at most; a character counts once for each speed."""


class _Group(NamedTuple):
    """Segments that can be estimated in one call, and the factors on their speed to choose from."""

    spec: EngineSpec
    own_speed: float
    speeds: tuple[float, ...]
    segments: list[StreamingSegment]


def fit(
    job: DubJob,
    runtime: Runtime,
    *,
    poll: Callable[[], None] = lambda: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_failure: Literal["raise", "report"] = "raise",
) -> None:
    """Set the speeds of the job's segments so that they fit their slots, before the job is run. Blocks.

    Does nothing in a mode that doesn't choose speeds. Lengths come from the engine's estimate. If the engine has none,
    each part is spoken once to measure it; if it has no speed control, its parts are only stretched. The job's notes
    say so. A part that can't be estimated keeps its speed: it fails when it is spoken, and the report names it.

    Args:
        poll: Called every 50 ms; it may raise to stop.
        on_progress: Called with the number of segments that are done, and of all.
        on_failure: With `report`, the parts of an engine that can't be started keep their speed, too.

    Raises:
        EngineStartError: An engine can't be started.
        ModelMissingError: Its model isn't on this machine.
    """
    if not job.mode.chooses_speeds:
        return
    total, done = len(job.segments), 0
    lengths: list[Sequence[int] | None] = [None] * total
    speeds: list[Sequence[float]] = [(1.0,)] * total
    for group in _groups(job, runtime):
        for segment in group.segments:
            speeds[segment.index] = group.speeds
        for index, durations_s in _durations(group, runtime, poll, on_failure):
            if durations_s is not None:
                tempo = job.segments[index].tempo
                lengths[index] = [round(duration_s / tempo * job.sample_rate) for duration_s in durations_s]
            done += 1
            on_progress(done, total)
    apply_plan(job, plan(job.new_layout(), lengths, speeds, job.mode, job.rules, job.sample_rate), lengths)


def apply_plan(job: DubJob, planned: Sequence[PlannedPart], lengths: Sequence[Sequence[int] | None]) -> None:
    """Set the speeds of the job's segments to those of a plan that was made from `lengths`."""
    job.segments = [
        segment if part.speed == 1 else msgspec.structs.replace(segment, speed=round(segment.speed * part.speed, 4))
        for segment, part in zip(job.segments, planned, strict=True)
    ]
    job.predicted = [None if known is None else part.n_predicted for part, known in zip(planned, lengths, strict=True)]


def _groups(job: DubJob, runtime: Runtime) -> list[_Group]:
    by_kind: defaultdict[tuple[str, str, float], list[StreamingSegment]] = defaultdict(list)
    for segment in job.segments:
        by_kind[segment.engine, segment.model, segment.speed].append(segment)
    groups = []
    for (engine, _, own), segments in by_kind.items():
        spec = runtime.registry.get(engine)
        speeds = [factor for factor in job.rules.speeds() if spec.min_speed <= round(own * factor, 4) <= spec.max_speed]
        if not spec.can("speed"):
            limit = f"time-stretched (maximum {job.rules.max_stretch or 0:.0%})"
            job.notes.append(f"engine '{engine}' has no speed control; its cues are {limit}")
            speeds = [1.0]
        elif not spec.can("estimate"):
            job.notes.append(f"engine '{engine}' can't estimate durations; each cue was spoken once to measure it")
        groups.append(_Group(spec, own, tuple(speeds), segments))
    return groups


def _durations(
    group: _Group, runtime: Runtime, poll: Callable[[], None], on_failure: Literal["raise", "report"]
) -> Iterator[tuple[int, Sequence[float] | None]]:
    """Yield the durations of a group's segments at each of its speeds, in seconds; None where unknown."""
    if not group.spec.can("estimate"):
        yield from _measured(group, runtime, poll)
        return
    absolute = tuple(round(group.own_speed * speed, 4) for speed in group.speeds)
    n_done = 0
    try:
        for segments in _requests(group.segments, len(absolute)):
            for segment, row in zip(segments, _estimated(segments, absolute, runtime, poll), strict=True):
                yield segment.index, row
            n_done += len(segments)
    except Error:
        if on_failure == "raise":
            raise
        # The engine can't be started, and won't be for the others.
        yield from ((segment.index, None) for segment in group.segments[n_done:])


def _requests(segments: Sequence[StreamingSegment], n_speeds: int) -> Iterator[list[StreamingSegment]]:
    """Yield the segments in groups of one request each; a long one by itself."""
    request: list[StreamingSegment] = []
    n_characters = 0
    for segment in segments:
        length = len(segment.text) * n_speeds
        if request and (len(request) == _REQUEST_SEGMENTS or n_characters + length > _REQUEST_CHARACTERS):
            yield request
            request, n_characters = [], 0
        request.append(segment)
        n_characters += length
    if request:
        yield request


def _estimated(
    segments: Sequence[StreamingSegment], speeds: tuple[float, ...], runtime: Runtime, poll: Callable[[], None]
) -> list[Sequence[float] | None]:
    """Return the durations of segments at each speed; None for one that the engine can't estimate."""
    try:
        return list(runtime.run(runtime.estimate(tuple(segments), speeds), poll=poll))
    except (EngineRequestError, WorkerDiedError):
        if len(segments) == 1:
            return [None]
        return [row for segment in segments for row in _estimated([segment], speeds, runtime, poll)]


def _measured(
    group: _Group, runtime: Runtime, poll: Callable[[], None]
) -> Iterator[tuple[int, Sequence[float] | None]]:
    """Speak the segments to measure them. Those that keep their speed are then in the cache."""
    if len(group.speeds) == 1:
        yield from ((segment.index, None) for segment in group.segments)
        return
    lengths_s: defaultdict[int, float] = defaultdict(float)
    with runtime.stream(group.segments, StreamOptions(on_failure="report"), poll=poll) as events:
        for event in events:
            if isinstance(event, AudioChunk):
                lengths_s[event.index] += event.samples.size / event.sample_rate
            elif isinstance(event, SegmentFailed):
                lengths_s.pop(event.index, None)
    for segment in group.segments:
        spoken_s = lengths_s.get(segment.index)
        yield segment.index, None if spoken_s is None else [spoken_s / speed for speed in group.speeds]
