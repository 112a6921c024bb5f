"""Choose the speed of every line of a dub so that it fits its time, before the dub is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from ...utils.streaming import AudioChunk, SegmentFailed, StreamingSegment
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import EngineRequestError
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .job import DubJob
from .plan import Planned, plan

_ESTIMATED_AT_ONCE = 16


class _Group(NamedTuple):
    """Segments that can be estimated in one call, and the factors on their speed that are open to them."""

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
) -> None:
    """Give the job's segments the speeds that fit them into their time, before it is run. Blocks.

    Only for a mode that chooses speeds; any other is left as it is. Lengths come from the engine's estimate. An engine
    that has none speaks every line once, to be measured; one that has no speeds is stretched at most. Both are said in
    the job's notes. A line that can't be estimated stays as it is: it will fail by name when it is spoken. `poll` is
    called between a few segments and the next and may raise to stop; `on_progress` learns how many are done, and of how
    many. EngineStartError if an engine can't be started.
    """
    if not job.mode.chooses_speeds:
        return
    total, done = len(job.segments), 0
    lengths: list[Sequence[int] | None] = [None] * total
    speeds: list[Sequence[float]] = [(1.0,)] * total
    for group in _groups(job, runtime):
        for segment in group.segments:
            speeds[segment.index] = group.speeds
        for index, durations_s in _durations(group, runtime, poll):
            if durations_s is not None:
                lengths[index] = [round(duration_s * job.sample_rate) for duration_s in durations_s]
            done += 1
            on_progress(done, total)
    take(job, plan(job.new_layout(), lengths, speeds, job.mode, job.rules, job.sample_rate), lengths)


def take(job: DubJob, planned: Sequence[Planned], lengths: Sequence[Sequence[int] | None]) -> None:
    """Give the job's segments the speeds of a plan that was made from `lengths`."""
    job.segments = [
        segment if line.speed == 1 else msgspec.structs.replace(segment, speed=round(segment.speed * line.speed, 4))
        for segment, line in zip(job.segments, planned, strict=True)
    ]
    job.predicted = [None if known is None else line.n_predicted for line, known in zip(planned, lengths, strict=True)]


def _groups(job: DubJob, runtime: Runtime) -> list[_Group]:
    by_kind: defaultdict[tuple[str, str, float], list[StreamingSegment]] = defaultdict(list)
    for segment in job.segments:
        by_kind[segment.engine, segment.model, segment.speed].append(segment)
    groups = []
    for (engine, _, own), segments in by_kind.items():
        spec = runtime.registry.get(engine)
        speeds = [one for one in job.rules.speeds() if spec.min_speed <= round(own * one, 4) <= spec.max_speed]
        if not spec.can("speed"):
            job.notes.append(f"engine '{engine}' has one speed only: its cues are stretched, at most")
            speeds = [1.0]
        elif not spec.can("estimate"):
            job.notes.append(
                f"engine '{engine}' can't say how long speech will be: each cue was spoken once to measure it"
            )
        groups.append(_Group(spec, own, tuple(speeds), segments))
    return groups


def _durations(
    group: _Group, runtime: Runtime, poll: Callable[[], None]
) -> Iterator[tuple[int, Sequence[float] | None]]:
    """Yield the durations of a group's segments at its speeds, in seconds; None where they aren't known."""
    if not group.spec.can("estimate"):
        yield from _measured(group, runtime, poll)
        return
    absolute = tuple(round(group.own_speed * speed, 4) for speed in group.speeds)
    for start in range(0, len(group.segments), _ESTIMATED_AT_ONCE):
        poll()
        yield from _estimated(group.segments[start : start + _ESTIMATED_AT_ONCE], absolute, runtime)


def _estimated(
    segments: Sequence[StreamingSegment], speeds: tuple[float, ...], runtime: Runtime
) -> Iterator[tuple[int, Sequence[float] | None]]:
    try:
        rows = runtime.run(runtime.estimate(tuple(segments), speeds))
    except EngineRequestError:
        if len(segments) == 1:
            yield segments[0].index, None
        else:
            for segment in segments:
                yield from _estimated([segment], speeds, runtime)
    else:
        for segment, row in zip(segments, rows, strict=True):
            yield segment.index, row


def _measured(
    group: _Group, runtime: Runtime, poll: Callable[[], None]
) -> Iterator[tuple[int, Sequence[float] | None]]:
    """Speak the segments to find out how long they are; the cache then has those that stay as they are."""
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
