"""Growth of memory and lag over hours of audio."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from voxweft.jobs.transcribe import Recognizer, stream_transcript, transcribe
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_engine import Transcript, work_seconds
from .asr_live import Live, lags_s, listen_live
from .asr_speech import Recording
from .bench import median

_MIB = 1 << 20
_SAMPLES = 60
"""Memory samples over a whole stream."""
_WARM_UP_SHARE = 6
"""The first sixth is the warm-up: one-time allocations happen there."""
_SAMPLE_S = 0.5


def live_growth(recording: Recording, recognizer: Recognizer, runtime: Runtime) -> tuple[dict[str, float], Live]:
    """Return the growth of memory and lag over a live stream, measured with a clock that skips waits; and its words.

    Memory growth is the maximum after the first sixth, minus the value at that point, of this process and its children.
    Lag growth is the median of the last third minus that of the first.
    """
    every_s = max(1.0, recording.duration_s / _SAMPLES)
    samples: list[int] = []

    def sample(now_s: float) -> None:
        if now_s >= every_s * len(samples):
            samples.append(held_bytes())

    clock_s = work_seconds(runtime)
    live = listen_live(recording, recognizer, runtime, lambda: Clock(skips=True, work_s=clock_s), on_second=sample)
    lags = lags_s(recording, live)
    third = len(lags) // 3
    figures = {
        "live_memory_growth_mib": _growth_mib(samples),
        "live_memory_mib": samples[-1] / _MIB,
        "live_lag_growth_s": median(lags[-third:]) - median(lags[:third]),
        "live_long_s": recording.duration_s,
        "live_skipped_partials": float(live.skipped_partials),
    }
    return figures, live


def file_growth(
    file: Path, duration_s: float, recognizer: Recognizer, runtime: Runtime
) -> tuple[dict[str, float], Transcript]:
    """Return the growth of memory over a file that is recognized in parts, and its transcript.

    Memory is sampled at most twice a second. Its growth is the maximum, minus the maximum of the first sixth of the
    file, or of the first part if that is longer.
    """
    spec = runtime.registry.get(recognizer.engine)
    part_s = float(spec.complete(recognizer.params)["part_s"])
    early_s = max(duration_s / _WARM_UP_SHARE, min(part_s, duration_s / 2))
    early, late, sampled_s = 0, 0, 0.0
    clock_s = work_seconds(runtime)
    began_s, began_cpu_s = time.perf_counter(), clock_s()
    segments = []
    for segment in stream_transcript(transcribe(file, recognizer, runtime), runtime):
        segments.append(segment)
        if time.perf_counter() - sampled_s >= _SAMPLE_S:
            sampled_s = time.perf_counter()
            held = held_bytes()
            if segment.end_s <= early_s:
                early = max(early, held)
            else:
                late = max(late, held)
    spent = Transcript(tuple(segments), time.perf_counter() - began_s, clock_s() - began_cpu_s)
    figures = {
        "file_memory_growth_mib": (late - early) / _MIB if early and late else 0.0,
        "file_memory_mib": max(early, late) / _MIB,
        "file_long_s": duration_s,
    }
    return figures, spent


def held_bytes() -> int:
    """Return the anonymous memory of this process and its children, in bytes.

    Proportional and unique set sizes include library files, whose share depends on other programs.
    """
    here = psutil.Process()
    total = 0
    for process in (here, *here.children(recursive=True)):
        with contextlib.suppress(psutil.Error, OSError):
            total += _anonymous_bytes(process)
    return total


def _anonymous_bytes(process: psutil.Process) -> int:
    if sys.platform == "linux":
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("RssAnon:")[2].split()[0]) << 10
    else:  # noqa: RET505  mypy follows the platform in one chain only
        return int(process.memory_full_info().uss)


def _growth_mib(samples: Sequence[int]) -> float:
    first = len(samples) // _WARM_UP_SHARE
    return (max(samples[first:]) - samples[first]) / _MIB
