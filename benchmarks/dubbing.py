"""Dubbing as a director hears it: cues on time, jumps of the speed, delays, on films whose timing is hard."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import mean

from voxweft.jobs.dub import DubJob, DubMode, DubRules, dub
from voxweft.jobs.dub.cost import JUMP
from voxweft.jobs.dub.exact_speeds import speeds_to_try, with_exact_speeds
from voxweft.jobs.dub.fit import planned
from voxweft.jobs.dub.plan import Durations, PlannedPart, plan
from voxweft.jobs.dub.slots import SlotLayout
from voxweft.jobs.voices import Speaker
from voxweft.media.subtitles import Cue
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

from .bench import median_with_spread, percentile
from .dubbing_film import dubbing_cues

KOKORO_RATE = 1.07
"""At this speed eSpeak's en-us takes as long for the subtitles of a film as Kokoro's af_heart, which says 229 words and
18.7 characters a second: measured with the real weights (see `kokoro_cps` of the benchmark `jobs`)."""
_CPS = 18.7
_HZ = 1000
_ON_TIME_S, _LATE_S = 0.1, 0.5
_BREATH_S = 0.12


def run_dubbing(*, quick: bool = False, progress: Callable[[str], None] = lambda _message: None) -> dict[str, float]:
    """Return the figures by name; a name ends with its unit.

    Each is the worst of a film with one speaker and one with four. `dub_too_long_share` is the share of cues whose text
    can't be spoken up to the next cue at 1.25 of the speaker's speed: the other shares can't be better by more.
    """
    count = 300 if quick else 1500
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as folder:
        for speakers in (1, 4):
            progress(f"{count} cues of {speakers} speakers, estimated by eSpeak NG")
            cues = dubbing_cues(count, speakers=speakers)
            with closing(Runtime(Settings(cache_dir=Path(folder)))) as runtime:
                job = _job(cues, runtime.registry)
                parts = planned(job, runtime)
            for name, value in measured(job, parts).items():
                figures[name] = max(figures.get(name, value), value)
    figures["dub_on_time_share"] = 1 - figures.pop("dub_not_on_time_share")
    progress("engines that take a duration")
    by_duration = [_of_durations(count, speakers) for speakers in (1, 4)]
    figures["dub_duration_in_slot_share"] = 1 - max(one["dub_not_on_time_share"] for one in by_duration)
    figures["dub_duration_too_long_share"] = max(one["dub_too_long_share"] for one in by_duration)
    progress("10,000 cues planned")
    repeats = 1 if quick else 3
    figures |= median_with_spread("plan_10k_cues_s", [_planning_s(10_000) for _ in range(repeats)])
    shape = dubbing_cues(count)
    speeds = [len(cue.text) / (cue.end_s - cue.start_s) for cue in shape]
    figures |= {
        "dub_film_cps_mean": mean(speeds),
        "dub_film_cps_p95": percentile(speeds, 95),
        "dub_film_above_20_cps_share": sum(speed > 20 for speed in speeds) / count,
    }
    return {name: round(value, 4) for name, value in figures.items()}


def measured(job: DubJob, parts: Sequence[PlannedPart]) -> dict[str, float]:
    """Return the shares of the cues that a director would object to, and the longest delay."""
    rules, count = job.rules, len(parts)
    late_s = [(part.start - slot.start) / _HZ for part, slot in zip(parts, job.slots, strict=True)]
    on_time = [
        delay_s <= _ON_TIME_S and part.end - part.start == part.n_predicted and _in_room(part)
        for part, delay_s in zip(parts, late_s, strict=True)
    ]
    too_long = [
        part.window.room_end is not None and part.n_own / rules.max_speed > part.window.room_end - slot.start
        for part, slot in zip(parts, job.slots, strict=True)
    ]
    lowest = rules.speeds()[0]
    return {
        "dub_too_long_share": sum(too_long) / count,
        "dub_not_on_time_share": 1 - sum(on_time) / count,
        "dub_jump_share": sum(abs(after.speed - before.speed) >= JUMP - 1e-9 for before, after in pairwise(parts))
        / count,
        "dub_range_end_share": sum(not lowest < part.speed < rules.max_speed for part in parts) / count,
        "dub_late_share": sum(delay_s > _LATE_S for delay_s in late_s) / count,
        "dub_worst_late_s": max(late_s),
    }


def _in_room(part: PlannedPart) -> bool:
    return part.window.room_end is None or part.end <= part.window.room_end


def _job(cues: Sequence[Cue], registry: EngineRegistry) -> DubJob:
    return dub(cues, Speaker(engine="espeak", speed=KOKORO_RATE), registry, mode=DubMode.FIT, sample_rate=_HZ)


def _own_s(job: DubJob) -> list[float]:
    """Return the lengths of a job's parts at Kokoro's characters a second."""
    return [len(part.spoken) / _CPS + _BREATH_S for part in job.parts]


def _of_durations(count: int, speakers: int) -> dict[str, float]:
    """Return the figures of an engine that makes any length within its range, with `_CPS` and a breath for each cue."""
    job = _job(dubbing_cues(count, speakers=speakers), EngineRegistry())
    rules = DubRules().of(DubMode.FIT)
    layout, speeds = SlotLayout(job.slots), rules.speeds_in(DubMode.FIT, takes_duration=True)
    durations = []
    for index, own_s in enumerate(_own_s(job)):
        known = {speed: round(own_s / speed * _HZ) for speed in speeds}
        wanted = layout.lengths_that_fill(index)
        tried = {speed: round(own_s / speed * _HZ) for speed in speeds_to_try(speeds, [*known.values()], wanted, _HZ)}
        durations.append(Durations(*with_exact_speeds(known, tried, wanted, _HZ), takes_duration=True))
    parts = plan(job.slots, durations, DubMode.FIT, rules, _HZ)
    return measured(job, parts)


def _planning_s(count: int) -> float:
    job = _job(dubbing_cues(count, speakers=4), EngineRegistry())
    speeds = job.rules.speeds_in(job.mode)
    durations = [Durations(speeds, [round(own_s / speed * _HZ) for speed in speeds]) for own_s in _own_s(job)]
    sentences = [text.parts for text in job.texts]
    began_s = time.process_time()
    plan(job.slots, durations, job.mode, job.rules, _HZ, sentences)
    return time.process_time() - began_s
