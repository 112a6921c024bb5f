"""Throughput of chunks from a worker to a consumer's thread, compared with a bare pipe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.runtime import Runtime

from .bench import bench_runtime, flood_segment, median

CHUNK_SAMPLES = 12_000
CHUNK_BYTES = 4 * CHUNK_SAMPLES
_WARM_UP_CHUNKS = 500
_PIPE_WRITER = f"""
import os, sys
data = memoryview(bytes({CHUNK_BYTES}))
for _ in range(int(sys.argv[1])):
    sent = 0
    while sent < len(data):
        sent += os.write(1, data[sent:])
"""


def measure_chunks(folder: Path, *, chunks: int, repeats: int) -> dict[str, float]:
    """Return the figures of `repeats` pairs (ours, a bare pipe) of `chunks` chunks of 48 kB.

    Times are between two arrivals. Percentiles and means are medians over the repeats, with the lowest and highest
    mean. Chunks arrive in bursts, so the median is the wait for the next chunk and the mean the cost of a chunk.
    """
    ours: list[np.ndarray] = []
    pipe: list[np.ndarray] = []
    cpu_s = 0.0
    with bench_runtime(folder, cache_bytes=0) as runtime:
        _arrivals(runtime, min(chunks, _WARM_UP_CHUNKS))
        processes = [psutil.Process(), *(psutil.Process(pid) for pid in runtime.run(runtime.stats())[0].pids)]
        for _ in range(repeats):
            before_s = _cpu_s(processes)
            ours.append(np.diff(_arrivals(runtime, chunks)) * 1e6)
            cpu_s += _cpu_s(processes) - before_s
            pipe.append(np.diff(_pipe_arrivals(chunks)) * 1e6)
    means = [float(times.mean()) for times in ours]
    return {
        "chunk_p50_us": _median_percentile(ours, 50),
        "chunk_p90_us": _median_percentile(ours, 90),
        "chunk_p99_us": _median_percentile(ours, 99),
        "chunk_mean_us": median(means),
        "chunk_mean_lowest_us": min(means),
        "chunk_mean_highest_us": max(means),
        "chunk_cpu_us": cpu_s / (chunks * repeats) * 1e6,
        "chunk_mb_per_s": CHUNK_BYTES / median(means),
        "bare_pipe_p50_us": _median_percentile(pipe, 50),
        "bare_pipe_p99_us": _median_percentile(pipe, 99),
        "bare_pipe_mean_us": median([float(times.mean()) for times in pipe]),
        "chunk_to_pipe_ratio": median([a.mean() / b.mean() for a, b in zip(ours, pipe, strict=True)]),
    }


def _arrivals(runtime: Runtime, chunks: int) -> list[float]:
    events = runtime.stream([flood_segment(chunks, CHUNK_SAMPLES)])
    arrived_at = [time.perf_counter() for event in events if isinstance(event, AudioChunk)]
    if len(arrived_at) != chunks:
        raise RuntimeError(f"{len(arrived_at)} chunks arrived instead of {chunks}")
    return arrived_at


def _pipe_arrivals(chunks: int) -> list[float]:
    arrived_at = []
    with subprocess.Popen([sys.executable, "-c", _PIPE_WRITER, str(chunks)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        held_bytes = 0
        while data := os.read(writer.stdout.fileno(), CHUNK_BYTES - held_bytes):
            held_bytes += len(data)
            if held_bytes == CHUNK_BYTES:
                arrived_at.append(time.perf_counter())
                held_bytes = 0
    return arrived_at


def _cpu_s(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return float(sum(spent.user + spent.system for spent in times))


def _median_percentile(repeats: list[np.ndarray], percent: float) -> float:
    return median([float(np.percentile(times, percent)) for times in repeats])
