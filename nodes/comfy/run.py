"""A job run by a node: in ComfyUI's thread, with its progress bar and its Cancel button."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from comfy.model_management import throw_exception_if_processing_interrupted
from numpy.typing import NDArray

from ...jobs.dub import DubJob, fit
from ...jobs.progress import Progress
from ...jobs.run import run
from ...jobs.speech_job import SpeechJob
from ...utils.streaming import StreamingSegment
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .audio import HostAudio, as_audio
from .live_events import Broadcast, finished_file
from .memory import present_workers, room_for
from .progress import HostProgress

_LOOK_AHEAD = 16
"""So many segments are gone through each time that one of a cast's models is loaded."""


class Ran(NamedTuple):
    """A job's audio, `[1, 1, n_samples]`, and what the browser is shown."""

    audio: HostAudio
    ui: dict[str, Any]


def run_on_host(
    job: SpeechJob,
    runtime: Runtime,
    *,
    node_id: str | None,
    on_failure: Literal["raise", "report"] = "raise",
    workers: int = 1,
) -> Ran:
    """Run a job to its end, audible while it is made.

    ComfyUI's interruption comes through as it is, at most 50 ms after Cancel, and ends the job; so does SegmentError,
    unless failures are reported. ValueError where nothing made a sound: no node further on can use empty audio.
    """
    progress = HostProgress(job.size.n_segments, node_id)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    options = prepare(job.segments, runtime, workers, on_failure)
    blocks: list[NDArray[np.float32]] = []
    try:
        with Broadcast(node_id, job.sample_rate) as broadcast:
            for block in run(job, runtime, options, on_progress=progress.update, poll=poll):
                broadcast.write(block)
                blocks.append(block)
    finally:
        present_workers(runtime)
    progress.flush(now=True)
    # The length says nothing: a track is silent up to the place of a cue that failed.
    if not any(place.end_sample > place.start_sample for place in job.placed):
        raise ValueError(_why_silent(job))
    return Ran(as_audio(blocks, job.sample_rate), finished_file(blocks, job.sample_rate))


def prepare(
    segments: Iterable[StreamingSegment],
    runtime: Runtime,
    workers: int,
    on_failure: Literal["raise", "report"] = "raise",
) -> StreamOptions:
    """Have the host make room for the models of these segments, and return how they are run.

    With several models more is looked ahead, for where memory holds one of them alone.
    """
    models = {(segment.engine, segment.model) for segment in segments}
    for engine, model in models:
        room_for(engine, model, runtime)
    look_ahead = _LOOK_AHEAD if len(models) > 1 else max(4, 2 * workers)
    return StreamOptions(on_failure=on_failure, workers=workers, look_ahead=look_ahead)


def fit_on_host(job: DubJob, runtime: Runtime, *, node_id: str | None) -> None:
    """Give the cues the speeds that fit, in modes that choose any. Cancel interrupts it, between a few and the next."""
    if not job.mode.chooses_speeds:
        return
    progress = HostProgress(len(job.segments), node_id)

    def show(done: int, total: int) -> None:
        progress.update(Progress(segments_done=done, message=f"{done} of {total} cues measured"))

    fit(job, runtime, poll=throw_exception_if_processing_interrupted, on_progress=show)


def _why_silent(job: SpeechJob) -> str:
    failed = [place for place in job.placed if place.status == "failed"]
    if not failed:
        return "there is nothing in the text that makes a sound"
    return f"no audio came out: {len(failed)} of {len(job.placed)} segments failed, the first with: {failed[0].message}"


def to_json(report: msgspec.Struct, **further: object) -> str:
    """Return a report as JSON, with further fields at its end."""
    return msgspec.json.encode({**msgspec.to_builtins(report), **further}).decode()
