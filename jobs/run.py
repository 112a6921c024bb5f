"""Drive a job on a runtime: `run` blocks, `arun` awaits; both do the same steps."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..utils.streaming.job import StreamOptions
from ..utils.streaming.runtime import Runtime
from .progress import Progress, ProgressMeter
from .speech_job import SpeechJob

OnProgress = Callable[[Progress], None]


def run(
    job: SpeechJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    on_progress: OnProgress | None = None,
    poll: Callable[[], None] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Yield the job's audio as it becomes final: blocks of float32 mono `[n_samples]` at `job.sample_rate`.

    Leaving the iteration cancels the job.

    Args:
        on_progress: Called when the progress changes.
        poll: Called at least every 50 ms; it may raise to cancel the job.

    Raises:
        SegmentError: A segment failed, and the options don't report failures.
    """
    meter = ProgressMeter(job.size)
    with runtime.stream(job.source, options, poll=poll) as events:
        for event in events:
            if meter.feed(event) and on_progress is not None:
                on_progress(meter.progress)
            yield from job.feed(event)
    yield from job.finish()


async def arun(
    job: SpeechJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> AsyncGenerator[NDArray[np.float32], None]:
    """Yield the job's audio in any event loop; see `run`."""
    meter = ProgressMeter(job.size)
    with runtime.stream(job.source, options) as events:
        async for event in events:
            if meter.feed(event) and on_progress is not None:
                on_progress(meter.progress)
            for block in job.feed(event):
                yield block
    for block in job.finish():
        yield block
