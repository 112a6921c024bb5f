"""Dub a subtitle file again: every cue from the cache, mixed on the timeline and written as WAV."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from voxweft.jobs.dub import dub
from voxweft.jobs.dub.report import DubReport
from voxweft.jobs.run import run
from voxweft.jobs.voices import Speaker
from voxweft.media.audio.wav import WavWriter
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming.runtime import Runtime

from .bench import bench_runtime, median, sentence

_SLOT_MS = 3000


class _Timed(NamedTuple):
    report: DubReport
    elapsed_s: float


def measure_cached_dub(folder: Path, *, cues: int, repeats: int) -> dict[str, float]:
    """Return cues per minute from the cache (median), including reading the file and writing the WAV."""
    subtitles = folder / "film.srt"
    subtitles.write_text(subtitle_text(cues), encoding="utf-8")
    with bench_runtime(folder / "cache") as runtime:
        first = _dub(subtitles, folder / "film.wav", runtime)
        again = [_dub(subtitles, folder / "film.wav", runtime) for _ in range(repeats)]
    for timed in again:
        if not all(cue.cached for cue in timed.report.cues):
            raise RuntimeError("a cue is missing in the cache")
    rates = [cues / timed.elapsed_s * 60 for timed in again]
    spoken_s = sum(cue.end_s - cue.start_s for cue in first.report.cues)
    return {
        "cached_cues_per_minute": median(rates),
        "cached_cues_per_minute_lowest": min(rates),
        "uncached_cues_per_minute": cues / first.elapsed_s * 60,
        "espeak_realtime_factor": spoken_s / first.elapsed_s,
    }


def subtitle_text(cues: int) -> str:
    """Return a SubRip file with a sentence every three seconds."""
    return "".join(
        f"{number + 1}\n{_time(number * _SLOT_MS)} --> {_time((number + 1) * _SLOT_MS - 200)}\n{sentence(number)}\n\n"
        for number in range(cues)
    )


def _time(time_ms: int) -> str:
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02},{time_ms % 1000:03}"


def _dub(subtitles: Path, output: Path, runtime: Runtime) -> _Timed:
    began_s = time.perf_counter()
    job = dub(read_subtitles(subtitles.read_bytes(), name=subtitles.name).cues, Speaker(), runtime.registry)
    with output.open("wb") as file, WavWriter(file, job.sample_rate) as wav:
        for block in run(job, runtime):
            wav.write(block)
    return _Timed(job.report(), time.perf_counter() - began_s)
