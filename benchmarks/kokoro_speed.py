"""Kokoro's throughput: the package by itself, the engine in its worker, and the engine's code without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .bench import median_with_spread
from .kokoro_isolated import Cost, Isolated, kokoro_segment
from .kokoro_texts import MIXED
from .program import Program

SAMPLE_RATE_HZ = 24_000


class Round(NamedTuple):
    """What the same sentences cost on each side; `audio_s` is the length of what the package made."""

    baseline: Cost
    isolated: Cost
    in_process: Cost
    audio_s: float


def measure_rounds(
    baseline: Program, kokoro: Isolated, engine: Program, *, warm_ups: int, rounds: int, texts: Sequence[str] = MIXED
) -> list[Round]:
    """Let each side say the same, in turn, forwards or backwards in turn, after rounds that aren't counted.

    The package gets the symbols that the engine makes of the text: finding them counts on our sides only.
    """
    found = engine.ask("symbols", texts=list(texts))["pieces"]
    pieces = [piece for of_text in found for piece in of_text]
    segments = [kokoro_segment(text, index) for index, text in enumerate(texts)]
    speakers = {
        "baseline": lambda: Cost.of(baseline.ask("speak", pieces=pieces)),
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


def speed_figures(done: Sequence[Round]) -> dict[str, float]:
    """Return throughputs and the ratios between the sides, the medians of the rounds.

    Seconds of audio are those of the package, the same for all, as the engine cuts silence away. `throughput_ratio` is
    the isolated engine's by the package's. `isolation_ratio` is the share of throughput that the worker costs: 0.02 is
    2 %, and below 0 it was the faster one; `isolation_cpu_ratio` is the same of processor time, the process in front of
    the worker counted in.
    """
    return {
        **median_with_spread("throughput_ratio", [one.baseline.wall_s / one.isolated.wall_s for one in done]),
        **median_with_spread("throughput_cpu_ratio", [one.baseline.cpu_s / one.isolated.cpu_s for one in done]),
        **median_with_spread("isolation_ratio", [1 - one.in_process.wall_s / one.isolated.wall_s for one in done]),
        **median_with_spread("isolation_cpu_ratio", [1 - one.in_process.cpu_s / one.isolated.cpu_s for one in done]),
        **median_with_spread("throughput_audio_s_per_s", [one.audio_s / one.isolated.wall_s for one in done]),
        **median_with_spread("in_process_audio_s_per_s", [one.audio_s / one.in_process.wall_s for one in done]),
        **median_with_spread("baseline_audio_s_per_s", [one.audio_s / one.baseline.wall_s for one in done]),
    }
