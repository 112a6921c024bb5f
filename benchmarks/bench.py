"""Shared by the measurements: a runtime, subprocesses, percentiles."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import NamedVoice, StreamingSegment, TextPayload
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.process import worker_environment

ROOT = Path(__file__).resolve().parents[1]
"""The clone: the working directory of the programs of this package."""
ENGINES = Path(__file__).resolve().parent / "engines"
TEST_SUPPORT = ROOT / "tests" / "support"
_PACKAGE = __name__.rpartition(".")[0]
_DIGITS = 4
_WORDS = (
    "amber",
    "brook",
    "cedar",
    "delta",
    "ember",
    "field",
    "grove",
    "harbor",
    "island",
    "jasper",
    "kettle",
    "lake",
)


def add_test_support() -> None:
    """Make the modules that tests share importable: they build engines' environments and make small models."""
    if str(TEST_SUPPORT) not in sys.path:
        sys.path.append(str(TEST_SUPPORT))


@contextmanager
def bench_runtime(folder: Path, *, cache_bytes: int = 1 << 30) -> Iterator[Runtime]:
    """Yield a runtime with its cache in `folder` (0 bytes: no cache) and the benchmarks' own engine added."""
    settings = Settings(cache_dir=folder, cache_bytes=cache_bytes, engine_folders=(ENGINES,))
    with closing(Runtime(settings)) as runtime:
        yield runtime


def sentence(number: int) -> str:
    """Return a short sentence, different for each number."""
    first, second = (_WORDS[number // step % len(_WORDS)] for step in (1, len(_WORDS)))
    return f"The {first} is by the {second}, number {number}."


def espeak_segment(text: str, index: int = 0) -> StreamingSegment:
    """Return a segment for eSpeak NG's default voice."""
    return StreamingSegment(index=index, payload=TextPayload(text), engine="espeak", voice=NamedVoice("en-us"))


def flood_segment(chunks: int, chunk_samples: int = 12_000, delay_s: float = 0.0) -> StreamingSegment:
    """Return a segment for the benchmark's own engine."""
    params: dict[str, bool | int | float | str] = {
        "chunks": chunks,
        "chunk_samples": chunk_samples,
        "delay_s": delay_s,
    }
    return StreamingSegment(index=0, payload=TextPayload("flood"), engine="flood", params=params)


def in_fresh_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module of this package as a program and return the JSON object that it prints.

    Raises:
        subprocess.CalledProcessError: the program failed; its messages are on stderr.
    """
    return _run([sys.executable, "-m", f"{_PACKAGE}.{module}", *arguments])


def script_in_fresh_process(script: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    """Run a file as a program, with `variables` in its environment; return the JSON object that it prints."""
    return _run([sys.executable, str(script), *arguments], **variables)


def _run(command: list[str], **variables: str) -> dict[str, Any]:
    environment = {**worker_environment(sys.executable), **variables}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment, cwd=ROOT
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, with linear interpolation."""
    return float(np.percentile(values, percent))


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return percentile(values, 50)


def with_spread(name: str, value: float, repeats: Sequence[float]) -> dict[str, float]:
    """Return a figure with the extremes of its repeats as `<name>_low` and `<name>_high`."""
    return {name: value, f"{name}_low": min(repeats), f"{name}_high": max(repeats)}


def rounded(figures: Mapping[str, float]) -> dict[str, float]:
    """Return figures rounded to the precision of a measurement."""
    return {name: float(f"{value:.{_DIGITS}g}") for name, value in figures.items()}


def median_with_spread(name: str, repeats: Sequence[float]) -> dict[str, float]:
    """Return the median of repeats with its extremes."""
    return with_spread(name, median(repeats), repeats)
