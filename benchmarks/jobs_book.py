"""Rate of narrating a book, compared with the engine alone and with the encoder alone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from voxweft.jobs.narrate.job import NarrateJob, narrate
from voxweft.jobs.narrate.run import NarrationRun
from voxweft.jobs.narrate.settings import NarrateSettings
from voxweft.jobs.voices import Speaker
from voxweft.media.books import read_book
from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

from .bench import bench_runtime, median, with_spread
from .book_text import book_text
from .memory_growth import peak_bytes

_SPEAKER = Speaker(engine="espeak")
_WAV = NarrateSettings(format="wav")
_ENCODED: dict[str, NarrateSettings] = {
    "mp3": NarrateSettings(format="mp3"),
    "opus": NarrateSettings(format="opus"),
    "m4b": NarrateSettings(format=None, m4b=True),
}


class Timed(NamedTuple):
    """Wall-clock seconds, and processor seconds of this process and its workers."""

    elapsed_s: float
    cpu_s: float


class Pair(NamedTuple):
    """The engine alone, and the narration of the same text."""

    engine: Timed
    narration: Timed
    audio_s: float


def measure_book(folder: Path, *, words: int, pairs: int, encoded_words: int, encoded_pairs: int) -> dict[str, float]:
    """Return the figures of books of `words` words; every text is new, so nothing is cached.

    - The engine alone runs the same segments through the worker and drops the audio: one half before the narration and
      one half after it, so that other programs affect both sides.
    - `book_rate_ratio` is its time divided by that of the narration to WAV (segments, cache, chapters, subtitles,
      words).
    - `encoded_rate_ratio` is the minimum over mp3, Opus and M4B of: the slower of the engine alone and encoding alone
      (from finished segments), divided by the narration.
    """
    figures: dict[str, float] = {}
    with bench_runtime(folder / "cache", cache_bytes=4 << 30) as runtime:
        _warm(runtime, folder)
        books = [_pair(runtime, folder, words, seed, _WAV)[0] for seed in range(1, pairs + 1)]
        ratios = [pair.engine.elapsed_s / pair.narration.elapsed_s for pair in books]
        figures |= with_spread("book_rate_ratio", median(ratios), ratios)
        figures["book_words"] = float(words)
        figures["book_audio_s"] = median([pair.audio_s for pair in books])
        figures["book_engine_audio_s_per_s"] = median([pair.audio_s / pair.engine.elapsed_s for pair in books])
        figures["book_audio_s_per_s"] = median([pair.audio_s / pair.narration.elapsed_s for pair in books])
        figures["book_cpu_ratio"] = median([pair.narration.cpu_s / pair.engine.cpu_s for pair in books])
        figures["book_peak_mib"] = peak_bytes() / (1 << 20)
        for name, settings in _ENCODED.items():
            figures |= _encoded(runtime, folder, name, settings, encoded_words, encoded_pairs)
    figures["encoded_rate_ratio"] = min(figures[f"encoded_{name}_rate_ratio"] for name in _ENCODED)
    return figures


def _encoded(
    runtime: Runtime, folder: Path, name: str, settings: NarrateSettings, words: int, pairs: int
) -> dict[str, float]:
    ratios, rates = [], []
    for number in range(pairs):
        seed = 1000 + number + 100 * list(_ENCODED).index(name)
        pair, encoding = _pair(runtime, folder, words, seed, settings)
        ratios.append(max(pair.engine.elapsed_s, encoding.elapsed_s) / pair.narration.elapsed_s)
        rates.append(pair.audio_s / encoding.elapsed_s)
    return {
        **with_spread(f"encoded_{name}_rate_ratio", median(ratios), ratios),
        f"encoded_{name}_alone_audio_s_per_s": median(rates),
    }


def _pair(runtime: Runtime, folder: Path, words: int, seed: int, settings: NarrateSettings) -> tuple[Pair, Timed]:
    """Return the engine and the narration of one text, and the encoding alone."""
    target = folder / "book"
    job = _job(runtime, target, book_text(words, seed), settings)
    numbers = list(job.numbers())
    middle = len(numbers) // 2
    first = _engine_alone(runtime, job, numbers[:middle])
    with NarrationRun(job, runtime) as run, _timed() as narrated:
        run.make()
    audio_s = run.report().duration_s
    second = _engine_alone(runtime, job, numbers[middle:])
    with NarrationRun(job, runtime) as run:
        run.folder.retain_outputs(())
        with _timed() as encoded:
            run.make()
    shutil.rmtree(target)
    engine = Timed(first.elapsed_s + second.elapsed_s, first.cpu_s + second.cpu_s)
    return Pair(engine, narrated(), audio_s), encoded()


def _job(runtime: Runtime, folder: Path, text: str, settings: NarrateSettings) -> NarrateJob:
    return narrate(read_book(text.encode(), "book.txt"), _SPEAKER, runtime.registry, folder, settings)


def _engine_alone(runtime: Runtime, job: NarrateJob, numbers: Sequence[int]) -> Timed:
    n_samples = 0
    with _timed() as timed, runtime.stream(job.segments(numbers), StreamOptions(use_cache=False)) as events:
        for event in events:
            if isinstance(event, AudioChunk):
                n_samples += event.samples.size
    if not n_samples:
        raise RuntimeError("no audio from the engine")
    return timed()


def _warm(runtime: Runtime, folder: Path) -> None:
    """Load the engine and everything that the first narration imports."""
    for settings in (_WAV, *_ENCODED.values()):
        job = _job(runtime, folder / "warm", "Chapter 1\n\nHello there.\n", settings)
        with NarrationRun(job, runtime) as run:
            run.make()
        shutil.rmtree(folder / "warm")


@contextmanager
def _timed() -> Iterator[Callable[[], Timed]]:
    """Time a block; yields a function that returns the result afterwards."""
    began_s, began_cpu_s = time.perf_counter(), _cpu_s()
    result: list[Timed] = []
    yield lambda: result[0]
    result.append(Timed(time.perf_counter() - began_s, _cpu_s() - began_cpu_s))


def _cpu_s() -> float:
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        used = process.cpu_times()
        total += used.user + used.system
    return total
