"""Measure the Kokoro engine against the kokoro package: same weights, same machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from .bench import rounded
from .kokoro_cancel import measure_cancel
from .kokoro_difference import measure_difference
from .kokoro_durations import measure_durations
from .kokoro_first_audio import measure_first_audio
from .kokoro_isolated import VOICE, Isolated, check_engine, isolated
from .kokoro_memory import measure_released
from .kokoro_speed import Round, measure_rounds, speed_figures
from .kokoro_texts import MIXED
from .program import Program

Figures = dict[str, float]
Progress = Callable[[str], None]


class KokoroSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the measurements.

    `texts` are the sentences for throughput, which has `speed_rounds` rounds in each of `speed_starts` processes.
    `warm_ups` are rounds that aren't counted.
    """

    warm_ups: int = 1
    rounds: int = 9
    speed_starts: int = 3
    speed_rounds: int = 3
    book_words: int = 2000
    texts: tuple[str, ...] = MIXED
    sentences: int = 40
    cost_sentences: int = 16
    cost_rounds: int = 9
    loads: int = 20
    cancels: int = 9
    cancel_after_s: float = 0.3


QUICK = KokoroSizes(
    rounds=3,
    speed_starts=1,
    sentences=8,
    cost_sentences=8,
    cost_rounds=3,
    loads=3,
    cancels=3,
)


def run_kokoro(folder: Path, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure Kokoro on the CPU with the model in a folder and return the figures by name.

    - Comparisons alternate between the two sides, each in its own process, with torch's default number of threads
      (`torch_threads`, `baseline_torch_threads`).
    - A figure is a median unless its measurement says otherwise; `<name>_low` and `<name>_high` are the extremes.
    - A full run takes almost an hour on two cores, `quick` a few minutes.
    - `progress` is called with the name of each step.

    Raises:
        ValueError: Kokoro, or spaCy's English model that its package needs, isn't installed.
    """
    return measure_kokoro(folder, QUICK if quick else KokoroSizes(), progress)


def measure_kokoro(folder: Path, sizes: KokoroSizes, progress: Progress) -> Figures:
    """Measure with these sizes; see `run_kokoro`."""
    check_engine()
    figures: Figures = {}
    for measured in _steps(folder.resolve(), sizes, progress):
        figures |= measured
    return rounded(figures)


def _steps(folder: Path, sizes: KokoroSizes, progress: Progress) -> Iterator[Figures]:
    with Program("kokoro_baseline", str(folder)) as baseline:
        progress("loading the package's model")
        yield {"baseline_torch_threads": baseline.ask("load", voice=VOICE)["torch_threads"]}
        rounds: list[Round] = []
        for start in range(sizes.speed_starts):
            # New processes, as a process may be fast or slow by chance of its memory layout.
            with isolated(folder) as kokoro, Program("kokoro_engine", str(folder)) as engine:
                progress(f"loading the engine ({start + 1} of {sizes.speed_starts})")
                with ThreadPoolExecutor(1) as loader:
                    loading = loader.submit(engine.ask, "load", voice=VOICE)
                    kokoro.warm_up()
                    threads = loading.result()["torch_threads"]
                if start == 0:
                    yield {"torch_threads": threads}
                    yield from _single(baseline, kokoro, engine, sizes, progress)
                progress("throughput and the cost of isolation")
                rounds += measure_rounds(
                    baseline, kokoro, engine, warm_ups=sizes.warm_ups, rounds=sizes.speed_rounds, texts=sizes.texts
                )
        yield speed_figures(rounds)
    progress(f"memory over {sizes.loads} loads")
    yield measure_released(folder, loads=sizes.loads)


def _single(
    baseline: Program, kokoro: Isolated, engine: Program, sizes: KokoroSizes, progress: Progress
) -> Iterator[Figures]:
    progress("difference from the package's samples")
    yield measure_difference(baseline, engine, texts=sizes.texts)
    progress("first audio")
    yield measure_first_audio(
        kokoro, baseline, warm_ups=sizes.warm_ups, rounds=sizes.rounds, book_words=sizes.book_words
    )
    progress("durations")
    yield measure_durations(kokoro, count=sizes.sentences, cost_count=sizes.cost_sentences, rounds=sizes.cost_rounds)
    progress("cancel")
    yield measure_cancel(kokoro, cancels=sizes.cancels, after_s=sizes.cancel_after_s)
