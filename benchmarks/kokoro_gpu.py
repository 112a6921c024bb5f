"""Measure Kokoro on a GPU."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from voxweft.utils.streaming import StreamingSegment

from .bench import median_with_spread
from .kokoro_isolated import ENGINE, VOICE, Isolated, check_engine, isolated, kokoro_segment
from .kokoro_speed import SAMPLE_RATE_HZ
from .kokoro_texts import MIXED, PHRASE, long_sentence
from .program import Program

DTYPES = ("float32", "bfloat16", "float16")
_DEVICE = "cuda"
_MIB = 1 << 20
_SHORT_REPEATS = 8
_DIGITS = 4

Figures = dict[str, float | str]
Progress = Callable[[str], None]


def run_gpu(folder: Path, *, rounds: int = 9, progress: Progress = lambda _message: None) -> Figures:
    """Measure Kokoro on the GPU and return the figures by name. No other program should use the GPU.

    Figures are medians of `rounds`, with `_low` and `_high`:

    - `<dtype>_first_audio_ms`: time to the first audio of the phrase, worker included; `..._low_latency_ms`: the same
      with low latency.
    - `<dtype>_audio_s_per_s_short`, `_long`: throughput at batch size 1 for 60 symbols and for almost a full pass;
      `baseline_...`: the kokoro package's, in float32.
    - `<dtype>_peak_mib`: the peak of torch's allocator; `<dtype>_driver_mib`: the growth that the driver reports;
      `<dtype>_released_ratio`: the share of it that unloading releases.
    - `<dtype>_log_mel_distance_db`: the distance to float32.

    Raises:
        ValueError: There is no GPU, or Kokoro isn't installed.
    """
    check_engine()
    folder = folder.resolve()
    with Program("kokoro_engine", str(folder)) as watcher:
        # The watcher only reads the driver's counters. Its own share is constant from the first answer on.
        figures: Figures = {"device": watcher.ask("gpu")["name"]}
        with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
            for dtype in DTYPES:
                progress(dtype)
                measured = _measure(folder, dtype, rounds, watcher, Path(scratch))
                figures |= {f"{dtype}_{name}": value for name, value in measured.items()}
        progress("the package")
        chunks = watcher.ask("symbols", texts=[MIXED[1], long_sentence()])["chunks"]
    with Program("kokoro_baseline", str(folder)) as baseline:
        baseline.ask("load", voice=VOICE, device=_DEVICE, pipeline=False)
        for name, symbols in zip(("short", "long"), chunks, strict=True):
            answers = [baseline.ask("speak", chunks=symbols) for _ in range(rounds + 1)][1:]
            rates = [answer["n_samples"] / SAMPLE_RATE_HZ / answer["wall_s"] for answer in answers]
            figures |= median_with_spread(f"baseline_audio_s_per_s_{name}", rates)
    return {name: value if isinstance(value, str) else float(f"{value:.{_DIGITS}g}") for name, value in figures.items()}


def _measure(folder: Path, dtype: str, rounds: int, watcher: Program, scratch: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    idle_bytes = watcher.ask("gpu")["used_bytes"]
    short, long = kokoro_segment(MIXED[1]), kokoro_segment(long_sentence())
    with isolated(folder, device=_DEVICE, dtype=dtype) as kokoro:
        kokoro.warm_up()
        for name, low_latency in (("first_audio_ms", False), ("first_audio_low_latency_ms", True)):
            phrase = kokoro_segment(PHRASE, low_latency=low_latency)
            figures |= median_with_spread(name, [kokoro.first_chunk(phrase).after_ms for _ in range(rounds)])
        for name, segments in (("short", [short] * _SHORT_REPEATS), ("long", [long])):
            numbered = [kokoro_segment(segment.text, index) for index, segment in enumerate(segments)]
            figures |= median_with_spread(f"audio_s_per_s_{name}", _rates(kokoro, numbered, rounds))
        used_bytes = watcher.ask("gpu")["used_bytes"]
        kokoro.runtime.run(kokoro.runtime.unload(ENGINE))
        left_bytes = watcher.ask("gpu")["used_bytes"]
    figures["driver_mib"] = (used_bytes - idle_bytes) / _MIB
    figures["released_ratio"] = (used_bytes - left_bytes) / max(used_bytes - idle_bytes, 1)
    with Program("kokoro_engine", str(folder)) as engine:
        engine.ask("load", voice=VOICE, device=_DEVICE, dtype=dtype)
        engine.ask("speak", texts=[*MIXED, long_sentence()], file=str(scratch / f"{dtype}.npy"))
        figures["peak_mib"] = engine.ask("gpu")["peak_bytes"] / _MIB
        files = {"first": str(scratch / f"{DTYPES[0]}.npy"), "second": str(scratch / f"{dtype}.npy")}
        figures["log_mel_distance_db"] = engine.ask("distance", **files)["distance_db"]
    return figures


def _rates(kokoro: Isolated, segments: list[StreamingSegment], rounds: int) -> list[float]:
    """Return the seconds of audio per second of `rounds` jobs, after one warm-up job."""
    costs = [kokoro.speak(segments)[0] for _ in range(rounds + 1)][1:]
    return [cost.n_samples / SAMPLE_RATE_HZ / cost.wall_s for cost in costs]
