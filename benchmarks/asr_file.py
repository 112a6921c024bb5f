"""Compare a file through the worker with `WhisperModel.transcribe`: time, processor time, text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voxweft.jobs.transcribe import Recognizer
from voxweft.utils.streaming.runtime import Runtime

from .asr_engine import Transcript, transcribed
from .bench import median, median_with_spread
from .program import Program


def measure_file(
    file: Path,
    recognizer: Recognizer,
    options: dict[str, Any],
    runtime: Runtime,
    direct: Program,
    *,
    pairs: int,
    prefix: str = "",
) -> dict[str, float]:
    """Return the ratio of our time to the library's, from alternating pairs, and whether the transcripts are equal.

    Both models stay loaded. `options` are the library's names for the settings of `recognizer`. Times include decoding
    the file and, on our side, its digest. Equal (1.0, else 0.0) means the same text and times of every segment.
    """
    ours, theirs, equal = [], [], 1.0
    transcribed(file, recognizer, runtime)  # warm up: both have allocated their memory afterwards
    direct.ask("transcribe", file=str(file), options=options)
    for number in range(pairs):
        if number % 2:
            mine = transcribed(file, recognizer, runtime)
            other = direct.ask("transcribe", file=str(file), options=options)
        else:
            other = direct.ask("transcribe", file=str(file), options=options)
            mine = transcribed(file, recognizer, runtime)
        ours.append(mine)
        theirs.append(other)
        equal = min(equal, float(_is_equal(mine, other["segments"])))
    return {
        **median_with_spread(
            f"{prefix}file_time_ratio",
            [mine.wall_s / other["wall_s"] for mine, other in zip(ours, theirs, strict=True)],
        ),
        **median_with_spread(
            f"{prefix}file_cpu_ratio", [mine.cpu_s / other["cpu_s"] for mine, other in zip(ours, theirs, strict=True)]
        ),
        f"{prefix}file_text_equal": equal,
        f"{prefix}file_s": median([mine.wall_s for mine in ours]),
        f"{prefix}file_direct_s": median([other["wall_s"] for other in theirs]),
    }


def _is_equal(mine: Transcript, theirs: list[list[Any]]) -> bool:
    found = [[segment.text, segment.start_s, segment.end_s] for segment in mine.segments]
    return bool(found) and found == [[text.strip(), start, end] for text, start, end in theirs]
