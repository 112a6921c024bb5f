"""Fitting subtitles: its time without synthesis, and the share of a film's cues that need no time-stretching."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from voxweft.jobs.dub import DubJob, DubMode, dub
from voxweft.jobs.dub.fit import apply_plan, fit
from voxweft.jobs.dub.plan import Durations, plan
from voxweft.jobs.dub.report import DubReport
from voxweft.jobs.voices import Speaker
from voxweft.media.subtitles import Cue, write_subtitles
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import AudioChunk, NamedVoice, SegmentDone, SegmentStats
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

from .bench import median_with_spread, percentile
from .film import film_cues

SPOKEN_CPS = 14.5
"""Kokoro's English in characters per second, with punctuation and spaces, for cues of a film's length."""
_PLANNING_HZ = 1000
"""Mixing ten hours of samples must not dominate: at this rate it is cheap, and every step still runs."""
_SILENT_END_S = 0.04
"""Silence at the end of each cue, as after real speech."""


def measure_fit(*, cues: int = 10_000, film: int = 600, repeats: int = 3) -> dict[str, float]:
    """Return the figures of fitting.

    `fit_10k_cues_s` is the time for `cues` cues from their durations to the JSON report and the adjusted subtitles
    (plan, layout, stretching, writing); `fit_10k_cues_cpu_s` is its processor time. `fit_unstretched_share` is the
    share of `film` cues that fit into slot and gap without time-stretching, spoken at `SPOKEN_CPS`.
    """
    subtitles = film_cues(cues)
    began_cpu_s = time.process_time()
    repeated = [_fit_s(subtitles) for _ in range(repeats)]
    cpu_s = (time.process_time() - began_cpu_s) / repeats
    shape = film_cues(film)
    speeds = [len(cue.text) / (cue.end_s - cue.start_s) for cue in shape]
    return {
        **median_with_spread("fit_10k_cues_s", repeated),
        "fit_10k_cues_cpu_s": cpu_s,
        "fit_unstretched_share": unstretched_share(reported(shape, spoken_s(shape))),
        "film_cps_median": percentile(speeds, 50),
        "film_cps_p90": percentile(speeds, 90),
        "film_no_gap_share": sum(cue.end_ms == later.start_ms for cue, later in pairwise(shape)) / (len(shape) - 1),
    }


def measure_fit_with_kokoro(model_path: Path, folder: Path, *, film: int = 600) -> dict[str, float]:
    """Return the same share with the durations of Kokoro's predictor.

    `kokoro_cps` is the speaking rate for these cues, `kokoro_fit_s` the time of estimating and planning with the model
    loaded. Untrained weights give a valid time, but not Kokoro's real speaking rate.

    Args:
        model_path: The folder of Kokoro's model.
        folder: For the runtime's files.
        film: The number of cues.
    """
    shape = film_cues(film)
    with closing(Runtime(Settings(cache_dir=folder), model_paths={"kokoro": model_path})) as runtime:
        fit(_film_job(shape[:1], runtime.registry), runtime)
        began_s = time.perf_counter()
        job = _film_job(shape, runtime.registry)
        fit(job, runtime)
        fit_s = time.perf_counter() - began_s
    lengths = _lengths(job)
    # Kokoro divides its durations by the speed.
    at_own_speed = zip(lengths, job.segments, strict=True)
    natural_s = sum(n_samples * segment.speed for n_samples, segment in at_own_speed) / _PLANNING_HZ
    _feed(job, lengths)
    return {
        "fit_unstretched_share_kokoro": unstretched_share(job.report()),
        "kokoro_cps": sum(len(cue.text) for cue in shape) / natural_s,
        "kokoro_fit_s": fit_s,
    }


def _film_job(cues: Sequence[Cue], registry: EngineRegistry) -> DubJob:
    return dub(cues, _SPEAKER, registry, mode=DubMode.FIT, sample_rate=_PLANNING_HZ)


_SPEAKER = Speaker(engine="kokoro", voice=NamedVoice("af_heart"))


def spoken_s(cues: Sequence[Cue]) -> list[float]:
    """Return the durations of cues at speed 1."""
    return [len(cue.text) / SPOKEN_CPS for cue in cues]


def reported(cues: Sequence[Cue], durations_s: Sequence[float]) -> DubReport:
    """Return the report of fitted cues whose speech has the predicted durations."""
    job = _film_job(cues, EngineRegistry())
    speeds = job.rules.speeds_in(job.mode)
    known = [
        Durations(speeds, [round(duration_s / speed * _PLANNING_HZ) for speed in speeds]) for duration_s in durations_s
    ]
    apply_plan(job, plan(job.slots, known, job.mode, job.rules, job.sample_rate, [text.parts for text in job.texts]))
    _feed(job, _lengths(job))
    report = job.report()
    msgspec.json.encode(report)
    write_subtitles(job.subtitles(), "srt")
    return report


def unstretched_share(report: DubReport) -> float:
    """Return the share of cues that fit into slot and gap without time-stretching."""
    return sum(cue.stretch == 1 and not cue.overrun_s for cue in report.cues) / len(report.cues)


def _lengths(job: DubJob) -> list[int]:
    """Return the predicted length of each segment."""
    return [sum(job.predicted[part] or 0 for part in text.parts) for text in job.texts]


def _feed(job: DubJob, lengths: Sequence[int]) -> None:
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, max(lengths) + 1).astype(np.float32)
    for index, n_samples in enumerate(lengths):
        samples = noise[:n_samples].copy()
        samples[-round(_SILENT_END_S * _PLANNING_HZ) :] = 0
        chunk = AudioChunk(samples=samples, sample_rate=_PLANNING_HZ, index=index)
        for event in (chunk, SegmentDone(index=index, stats=SegmentStats())):
            for _ in job.feed(event):
                pass
    for _ in job.finish():
        pass


def _fit_s(cues: Sequence[Cue]) -> float:
    began_s = time.perf_counter()
    reported(cues, spoken_s(cues))
    return time.perf_counter() - began_s
