"""What the engine's samples differ from the kokoro package's by."""

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
    """Return the largest absolute difference between samples in -1..1, over sentences, float32 on the CPU.

    `max_abs_difference` is that with the package's durations, pitch and energy, and the same random state, for both;
    `max_abs_difference_end_to_end` has nothing in common but symbols, voice and random state, so that the last bits of
    the pitch, summed up to a phase, are in it too. `other_durations` counts the symbols whose length differed (their
    sentences are left out of the latter). The spread is that over the sentences.
    """
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        pieces = [piece for of_text in engine.ask("symbols", texts=list(texts))["pieces"] for piece in of_text]
        files = [str(Path(scratch) / f"{number}.npz") for number in range(len(pieces))]
        baseline.ask("record", pieces=pieces, seed=_SEED, files=files)
        answer = engine.ask("differ", voice=VOICE, pieces=pieces, seed=_SEED, files=files)
    given, end_to_end = answer["given"], answer["end_to_end"]
    if not end_to_end:
        raise RuntimeError("in every sentence a symbol's length differs from the package's")
    return {
        **with_spread("max_abs_difference", max(given), given),
        **with_spread("max_abs_difference_end_to_end", max(end_to_end), end_to_end),
        "other_durations": float(answer["n_other_durations"]),
    }
