"""Which rows are spoken in one pass: those of equal settings and like length, within a limit of frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Key = TypeVar("Key")

MAX_FRAMES = 16_384
"""The longest row by the number of rows. Attention takes memory by this and by the longest row, whatever the model."""
MAX_CPU_FRAMES = 4_096
"""On a CPU, a pass of more rows takes as long as all of them alone, and can't be left as soon."""
_MIN_LENGTH = 0.6
"""By the longest row: below that, padding costs more than a pass of its own."""


def batches_of(rows: Mapping[Key, tuple[Any, Any]], *, is_cpu: bool) -> list[list[Key]]:
    """Return the keys of rows with their settings, in batches, those of long rows first.

    A batch has rows of equal settings, at least 60 % of its longest row in length, and no more padded frames than the
    limit, unless it is a single row.
    """
    limit = MAX_CPU_FRAMES if is_cpu else MAX_FRAMES
    batches: list[list[Key]] = []
    for key in sorted(rows, key=lambda key: (rows[key][1], -rows[key][0].total_frames)):
        row, settings = rows[key]
        if batches:
            batch = batches[-1]
            longest = rows[batch[0]][0].total_frames
            fits = (len(batch) + 1) * longest <= limit and row.total_frames >= _MIN_LENGTH * longest
            if fits and rows[batch[0]][1] == settings:
                batch.append(key)
                continue
        batches.append([key])
    return batches
