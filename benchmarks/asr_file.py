"""A whole file through the worker, against `WhisperModel.transcribe` called directly: time, processor time, text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voxweft.jobs.transcribe import Recogniser
from voxweft.utils.streaming.runtime import Runtime

from .asr_engine import Transcript, transcribed
from .bench import median, median_with_spread
from .program import Program


def measure_file(
    file: Path,
    who: Recogniser,
    options: dict[str, Any],
    runtime: Runtime,
    direct: Program,
    *,
    pairs: int,
    prefix: str = "",
) -> dict[str, float]:
    """Return our time by the other's, from pairs in alternation with both models loaded, and whether both say the same.

    `options` are those of `who` as the library calls them. Equal are text and times of every segment, to the last digit
    (1.0; 0.0 if they aren't). Time begins with the file's name and ends with the last segment, the file's decoding
    and, on our side, its digest included.
    """
    ours, theirs, equal = [], [], 1.0
    transcribed(file, who, runtime)  # both have their memory afterwards
    direct.ask("transcribe", file=str(file), options=options)
    for number in range(pairs):
        if number % 2:
            mine = transcribed(file, who, runtime)
            other = direct.ask("transcribe", file=str(file), options=options)
        else:
            other = direct.ask("transcribe", file=str(file), options=options)
            mine = transcribed(file, who, runtime)
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
    found = [[piece.text, piece.start_s, piece.end_s] for piece in mine.pieces]
    return bool(found) and found == [[text.strip(), start, end] for text, start, end in theirs]
