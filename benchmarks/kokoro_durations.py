"""Estimated durations of speech: their errors and their cost."""

from __future__ import annotations

from .bench import median_with_spread, percentile, with_spread
from .kokoro_isolated import Isolated, kokoro_segment
from .kokoro_speed import SAMPLE_RATE_HZ
from .kokoro_texts import sentences

SPEEDS = (0.8, 1.0, 1.25)


def measure_durations(kokoro: Isolated, *, count: int, cost_count: int, rounds: int) -> dict[str, float]:
    """Return the errors of estimates and their cost.

    `duration_error_p95` is the relative error of `Runtime.estimate` over `count` sentences at three speeds; its spread
    is over the speeds. `duration_cost_ratio` is the processor time of estimating `cost_count` sentences at all speeds
    in one call, divided by that of speaking them once at speed 1; `duration_cost_wall_ratio` is the same in wall-clock
    time. Pairs alternate.
    """
    texts = sentences(count)
    plain = [kokoro_segment(text, index) for index, text in enumerate(texts)]
    _, rows = kokoro.estimate(plain, SPEEDS)
    errors: list[list[float]] = []
    for column, speed in enumerate(SPEEDS):
        _, lengths = kokoro.speak([kokoro_segment(text, index, speed=speed) for index, text in enumerate(texts)])
        errors.append(
            [
                abs(row[column] - n_samples / SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ / n_samples
                for row, n_samples in zip(rows, lengths, strict=True)
            ]
        )
    all_errors = [error for of_speed in errors for error in of_speed]
    cpu_ratios, wall_ratios = [], []
    few = plain[:cost_count]
    for _ in range(rounds):
        estimated, _ = kokoro.estimate(few, SPEEDS)
        spoken, _ = kokoro.speak(few)
        cpu_ratios.append(estimated.cpu_s / spoken.cpu_s)
        wall_ratios.append(estimated.wall_s / spoken.wall_s)
    return {
        **with_spread(
            "duration_error_p95", percentile(all_errors, 95), [percentile(of_speed, 95) for of_speed in errors]
        ),
        "duration_error_max": max(all_errors),
        **median_with_spread("duration_cost_ratio", cpu_ratios),
        **median_with_spread("duration_cost_wall_ratio", wall_ratios),
    }
