"""Difference between the samples of the engine and of the kokoro package."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .bench import with_spread
from .kokoro_isolated import VOICE
from .kokoro_texts import MIXED
from .program import Program

_SEED = 7


def measure_difference(baseline: Program, engine: Program, *, texts: Sequence[str] = MIXED) -> dict[str, float]:
    """Return the largest absolute difference between samples in -1..1 over sentences, float32 on the CPU.

    `max_abs_difference` uses the package's durations, pitch and energy and the same seed for both.
    `max_abs_difference_end_to_end` shares symbols, voice and seed only, so rounding of the pitch adds up in the phase.
    `other_durations` counts the symbols whose length differed; their sentences are excluded from the latter. The
    spread is over the sentences.
    """
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        chunks = [chunk for of_text in engine.ask("symbols", texts=list(texts))["chunks"] for chunk in of_text]
        files = [str(Path(scratch) / f"{number}.npz") for number in range(len(chunks))]
        baseline.ask("record", chunks=chunks, seed=_SEED, files=files)
        answer = engine.ask("differ", voice=VOICE, chunks=chunks, seed=_SEED, files=files)
    given, end_to_end = answer["given"], answer["end_to_end"]
    if not end_to_end:
        raise RuntimeError("a symbol's length differs from the package's in every sentence")
    return {
        **with_spread("max_abs_difference", max(given), given),
        **with_spread("max_abs_difference_end_to_end", max(end_to_end), end_to_end),
        "other_durations": float(answer["n_other_durations"]),
    }
