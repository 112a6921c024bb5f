"""Kokoro's throughput: the package, the engine in its worker, and the engine's code in process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .bench import median_with_spread
from .kokoro_isolated import Cost, Isolated, kokoro_segment
from .kokoro_texts import MIXED
from .program import Program

SAMPLE_RATE_HZ = 24_000


class Round(NamedTuple):
    """The cost of the same sentences on each side; `audio_s` is the duration of the package's audio."""

    baseline: Cost
    isolated: Cost
    in_process: Cost
    audio_s: float


def measure_rounds(
    baseline: Program, kokoro: Isolated, engine: Program, *, warm_ups: int, rounds: int, texts: Sequence[str] = MIXED
) -> list[Round]:
    """Measure the same sentences on each side, alternating the order, after `warm_ups` uncounted rounds.

    The package gets the engine's symbols, so only our sides spend time on phonemization.
    """
    found = engine.ask("symbols", texts=list(texts))["chunks"]
    chunks = [chunk for of_text in found for chunk in of_text]
    segments = [kokoro_segment(text, index) for index, text in enumerate(texts)]
    speakers = {
        "baseline": lambda: Cost.of(baseline.ask("speak", chunks=chunks)),
        "isolated": lambda: kokoro.speak(segments)[0],
        "in_process": lambda: Cost.of(engine.ask("speak", texts=list(texts))),
    }
    done = []
    for number in range(-warm_ups, rounds):
        names = list(speakers) if number % 2 else list(reversed(speakers))
        costs = {name: speakers[name]() for name in names}
        if number >= 0:
            done.append(Round(**costs, audio_s=costs["baseline"].n_samples / SAMPLE_RATE_HZ))
    return done


def speed_figures(rounds: Sequence[Round]) -> dict[str, float]:
    """Return throughputs and the ratios between the sides, as medians of the rounds.

    All sides count the package's seconds of audio, since the engine trims silence. `throughput_ratio` is the isolated
    engine's throughput divided by the package's. `isolation_ratio` is the share of throughput that the worker costs
    (0.02 is 2 %; negative: the worker was faster); `isolation_cpu_ratio` is the same for processor time, including the
    parent process.
    """
    return {
        **median_with_spread(
            "throughput_ratio", [round_.baseline.wall_s / round_.isolated.wall_s for round_ in rounds]
        ),
        **median_with_spread(
            "throughput_cpu_ratio", [round_.baseline.cpu_s / round_.isolated.cpu_s for round_ in rounds]
        ),
        **median_with_spread(
            "isolation_ratio", [1 - round_.in_process.wall_s / round_.isolated.wall_s for round_ in rounds]
        ),
        **median_with_spread(
            "isolation_cpu_ratio", [1 - round_.in_process.cpu_s / round_.isolated.cpu_s for round_ in rounds]
        ),
        **median_with_spread(
            "throughput_audio_s_per_s", [round_.audio_s / round_.isolated.wall_s for round_ in rounds]
        ),
        **median_with_spread(
            "in_process_audio_s_per_s", [round_.audio_s / round_.in_process.wall_s for round_ in rounds]
        ),
        **median_with_spread("baseline_audio_s_per_s", [round_.audio_s / round_.baseline.wall_s for round_ in rounds]),
    }
