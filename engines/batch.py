"""The segments of one call of `stream_many`, of which some can't be spoken: the others are, before the call fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..utils.streaming import StreamingSegment

Job = TypeVar("Job")


def jobs_of(
    segments: Sequence[StreamingSegment], job_of: Callable[[StreamingSegment], Job], errors: tuple[type[Exception], ...]
) -> tuple[dict[int, Job], list[str]]:
    """Return the jobs of segments by their positions, and the messages of those for which `job_of` raised `errors`."""
    jobs: dict[int, Job] = {}
    failures: list[str] = []
    for position, segment in enumerate(segments):
        try:
            jobs[position] = job_of(segment)
        except errors as error:
            failures.append(str(error))
    return jobs, failures


def raise_failures(failures: Sequence[str], error: type[Exception]) -> None:
    """Raise one error with the messages, each once, if there are any.

    At the end of a call: segments that were completed or cancelled aren't affected.
    """
    if failures:
        raise error("; ".join(dict.fromkeys(failures)))
