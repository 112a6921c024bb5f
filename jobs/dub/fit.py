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
from .dub_plan import DubPlan
from .exact_speeds import speeds_to_try, with_exact_speeds
from .job import DubJob
from .plan import Durations, PlannedPart, plan
from .preview import preview
from .sentences import SegmentText

_REQUEST_SEGMENTS, _REQUEST_CHARACTERS = 16, 8_000
"""How much one request for estimates holds at most; a character counts once for each speed."""


class _Group(NamedTuple):
    """Segments that can be estimated together, and the factors on their speed to choose from."""

    spec: EngineSpec
    own_speed: float
    speeds: tuple[float, ...]
    segments: list[StreamingSegment]

    @property
    def takes_duration(self) -> bool:
        """Whether any speed may be asked for, and makes the estimated length."""
        return self.spec.can("duration")

    def absolute(self, factors: Sequence[float]) -> tuple[float, ...]:
        """Return the engine's speeds for these factors."""
        return tuple(round(self.own_speed * factor, 4) for factor in factors)


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
    if job.mode.chooses_speeds:
        plan_job(job, runtime, poll=poll, on_progress=on_progress, on_failure=on_failure)


def plan_job(
    job: DubJob,
    runtime: Runtime,
    *,
    poll: Callable[[], None] = lambda: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_failure: Literal["raise", "report"] = "raise",
) -> DubPlan:
    """Return the plan of a job in any mode, and prepare the job for it; see `fit`."""
    parts = planned(job, runtime, poll=poll, on_progress=on_progress, on_failure=on_failure)
    apply_plan(job, parts)
    job.plan = preview(job, parts)
    return job.plan


def planned(
    job: DubJob,
    runtime: Runtime,
    *,
    poll: Callable[[], None] = lambda: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_failure: Literal["raise", "report"] = "raise",
) -> list[PlannedPart]:
    """Return the plan of a job's parts, in any mode; see `fit`."""
    total, done = len(job.segments), 0
    layout = job.new_layout()
    durations = [Durations((1.0,), None)] * len(job.parts)
    for group in _groups(job, runtime):
        for segment in group.segments:
            for part in job.texts[segment.index].parts:
                durations[part] = Durations(group.speeds, None)
        for index, durations_s in _durations(group, runtime, poll, on_failure):
            if durations_s is not None:
                lengths = _lengths(job, job.segments[index], durations_s)
                parts = job.texts[index].parts
                for part, row in zip(parts, _shares(job.texts[index], lengths), strict=True):
                    durations[part] = Durations(group.speeds, row)
                if group.takes_duration and len(parts) == 1:
                    wanted = layout.lengths_that_fill(parts[0])
                    durations[parts[0]] = _exact(job, group, job.segments[index], lengths, wanted, runtime, poll)
            done += 1
            on_progress(done, total)
    return plan(job.slots, durations, job.mode, job.rules, job.sample_rate, [text.parts for text in job.texts])


def _lengths(job: DubJob, segment: StreamingSegment, durations_s: Sequence[float]) -> list[int]:
    return [round(duration_s / segment.tempo * job.sample_rate) for duration_s in durations_s]


def _exact(
    job: DubJob,
    group: _Group,
    segment: StreamingSegment,
    lengths: Sequence[int],
    wanted: Sequence[int],
    runtime: Runtime,
    poll: Callable[[], None],
) -> Durations:
    """Return a segment's lengths at the group's speeds, and at those at which the engine makes a wanted one."""
    speeds = speeds_to_try(group.speeds, lengths, wanted, job.sample_rate)
    (row,) = _estimated([segment], group.absolute(speeds), runtime, poll) if speeds else ([],)
    known = dict(zip(group.speeds, lengths, strict=True))
    tried = dict(zip(speeds, _lengths(job, segment, row or []), strict=False))
    return Durations(*with_exact_speeds(known, tried, wanted, job.sample_rate), takes_duration=True)


def apply_plan(job: DubJob, planned: Sequence[PlannedPart]) -> None:
    """Set the speeds of the job's segments to those of a plan."""
    job.segments = [
        segment if speed == 1 else msgspec.structs.replace(segment, speed=round(segment.speed * speed, 4))
        for segment, speed in zip(job.segments, (planned[text.parts[0]].speed for text in job.texts), strict=True)
    ]
    job.predicted = [part.n_predicted if part.is_known else None for part in planned]
    job.fills = [part.fills for part in planned]


def _shares(text: SegmentText, lengths: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the lengths of each part of a segment, by the share of its text."""
    ends = [*text.offsets[1:], len(text.text)]
    for start, end in zip(text.offsets, ends, strict=True):
        yield [round(n * end / len(text.text)) - round(n * start / len(text.text)) for n in lengths]


def _groups(job: DubJob, runtime: Runtime) -> list[_Group]:
    by_kind: defaultdict[tuple[str, str, float], list[StreamingSegment]] = defaultdict(list)
    for segment in job.segments:
        by_kind[segment.engine, segment.model, segment.speed].append(segment)
    groups = []
    for (engine, _, own), segments in by_kind.items():
        spec = runtime.registry.get(engine)
        wanted = job.rules.speeds_in(job.mode, takes_duration=spec.can("duration"))
        speeds = [factor for factor in wanted if spec.min_speed <= round(own * factor, 4) <= spec.max_speed]
        if job.mode.chooses_speeds and not spec.can("speed"):
            limit = f"time-stretched (maximum {job.rules.max_stretch or 0:.0%})"
            job.notes.append(f"engine '{engine}' has no speed control; its cues are {limit}")
            speeds = [1.0]
        elif job.mode.chooses_speeds and not spec.can("estimate"):
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
    absolute = group.absolute(group.speeds)
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
