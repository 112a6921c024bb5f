"""Time from a request to its first audio, with a warm worker and from a cold start."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.runtime import Runtime

from .bench import bench_runtime, espeak_segment, in_fresh_process, median, percentile, sentence


def measure_warm(folder: Path, *, sentences: int) -> dict[str, float]:
    """Return the time from `Runtime.stream` to the first AudioChunk, with eSpeak NG loaded and nothing cached."""
    times_ms = []
    with bench_runtime(folder) as runtime:
        first_audio_ms(runtime, sentence(0))
        times_ms = [first_audio_ms(runtime, sentence(number)) for number in range(1, sentences + 1)]
    return {
        "first_audio_warm_p50_ms": median(times_ms),
        "first_audio_warm_p90_ms": percentile(times_ms, 90),
        "first_audio_warm_p99_ms": percentile(times_ms, 99),
    }


def measure_cold(*, starts: int) -> dict[str, float]:
    """Return medians over fresh processes, in milliseconds.

    `first_audio_cold_ms` runs from the creation of the Runtime to the first AudioChunk and includes starting the worker
    and loading the engine. `first_audio_cold_parent_ms` is the parent's own start before that (interpreter and
    imports), `first_audio_cold_with_parent_ms` the sum.
    """
    runs = []
    for _ in range(starts):
        before_s = time.time()
        run = in_fresh_process("first_audio")
        run["parent_ms"] = (run.pop("began_at_s") - before_s) * 1e3
        runs.append(run)
    cold_ms = [run["first_audio_ms"] for run in runs]
    return {
        "first_audio_cold_ms": median(cold_ms),
        "first_audio_cold_highest_ms": max(cold_ms),
        "first_audio_cold_parent_ms": median([run["parent_ms"] for run in runs]),
        "first_audio_cold_with_parent_ms": median([run["parent_ms"] + run["first_audio_ms"] for run in runs]),
    }


def first_audio_ms(runtime: Runtime, text: str) -> float:
    """Speak a text to its end and return the milliseconds to its first audio."""
    began_s = time.perf_counter()
    first_ms: float | None = None
    for event in runtime.stream([espeak_segment(text)]):
        if first_ms is None and isinstance(event, AudioChunk):
            first_ms = (time.perf_counter() - began_s) * 1e3
    if first_ms is None:
        raise RuntimeError(f"no audio for {text!r}")
    return first_ms


def _one_cold_start() -> None:
    began_at_s, began_s = time.time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, bench_runtime(Path(folder)) as runtime:
        made_ms = (time.perf_counter() - began_s) * 1e3
        result = {"began_at_s": began_at_s, "first_audio_ms": made_ms + first_audio_ms(runtime, sentence(0))}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    _one_cold_start()
