"""The figures as the table of docs/performance.md: `python -m speechloom.benchmarks.table FILE` prints it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """A figure of the table. `target` is empty for one that only explains another."""

    title: str
    name: str
    target: str
    unit: str


ROWS = (
    Row("Chunk of 48 kB, time between arrivals, p50", "chunk_p50_us", "≤ 60", "µs"),
    Row("the same, p99", "chunk_p99_us", "≤ 1000", "µs"),
    Row("the same, mean: what a chunk costs", "chunk_mean_us", "", "µs"),
    Row("CPU time of parent and worker for a chunk", "chunk_cpu_us", "", "µs"),
    Row("a bare pipe between two processes, mean", "bare_pipe_mean_us", "", "µs"),
    Row("First audio, eSpeak NG loaded, p50", "first_audio_warm_p50_ms", "≤ 10", "ms"),
    Row("the same, p99", "first_audio_warm_p99_ms", "", "ms"),
    Row("First audio from nothing, worker start included", "first_audio_cold_ms", "≤ 500", "ms"),
    Row("the program's own start before that", "first_audio_cold_parent_ms", "", "ms"),
    Row("Dubbing again, from the cache", "cached_cues_per_minute", "≥ 10000", "cues/min"),
    Row("Dubbing for the first time, one worker", "uncached_cues_per_minute", "", "cues/min"),
    Row("eSpeak NG, seconds of speech per second", "espeak_realtime_factor", "", ""),
    Row("Parent's peak memory, 10 000 segments over 100", "memory_growth_mib", "≤ 64", "MiB"),
    Row("Cancel to no more events, p99", "cancel_p99_ms", "≤ 250", "ms"),
    Row("Cancel to the worker's next job, p99", "cancel_worker_free_p99_ms", "", "ms"),
    Row("Import of the pack, entry point and node list", "import_ms", "≤ 50", "ms"),
)


def markdown_table(figures: Mapping[str, float]) -> str:
    """Return the table for the figures of `run_core`. KeyError for a missing one."""
    lines = ["| Figure | Name in the JSON | Target | Measured |", "|---|---|---:|---:|"]
    for row in ROWS:
        target = f"{row.target} {row.unit}" if row.target else ""
        measured = f"{_three_digits(figures[row.name])} {row.unit}".strip()
        lines.append(f"| {row.title} | `{row.name}` | {target} | {measured} |")
    return "\n".join(lines) + "\n"


def _three_digits(value: float) -> str:
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}"


if __name__ == "__main__":
    sys.stdout.write(markdown_table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
