"""A job run by a node: in ComfyUI's thread, with its progress bar and its Cancel button."""

from __future__ import annotations

from typing import Literal

import msgspec
from comfy.model_management import throw_exception_if_processing_interrupted

from ..jobs import DubJob, SpeechJob, fit, run
from ..utils.streaming.job_stream import StreamOptions
from ..utils.streaming.runtime import Runtime
from .audio import HostAudio, as_audio
from .progress import HostProgress


def run_on_host(
    job: SpeechJob,
    runtime: Runtime,
    *,
    node_id: str | None,
    on_failure: Literal["raise", "report"] = "raise",
) -> HostAudio:
    """Return the job's audio, `[1, 1, n_samples]`.

    ComfyUI's interruption comes through as it is, at most 50 ms after Cancel, and ends the job; so does SegmentError,
    unless failures are reported. ValueError where nothing made a sound: no node further on can use empty audio.
    """
    progress = HostProgress(len(job.segments), node_id)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    options = StreamOptions(on_failure=on_failure)
    blocks = list(run(job, runtime, options, on_progress=progress.update, poll=poll))
    progress.flush(now=True)
    # The length says nothing: a track is silent up to the place of a cue that failed.
    if not any(place.end_sample > place.start_sample for place in job.placed):
        raise ValueError(_why_silent(job))
    return as_audio(blocks, job.sample_rate)


def fit_on_host(job: DubJob, runtime: Runtime) -> None:
    """Give the cues that would run long a higher speed. Cancel interrupts it, between a few cues and the next."""
    fit(job, runtime, poll=throw_exception_if_processing_interrupted)


def _why_silent(job: SpeechJob) -> str:
    failed = [place for place in job.placed if place.status == "failed"]
    if not failed:
        return "there is nothing in the text that makes a sound"
    return f"no audio came out: {len(failed)} of {len(job.placed)} segments failed, the first with: {failed[0].message}"


def to_json(report: msgspec.Struct, **further: object) -> str:
    """Return a report as JSON, with further fields at its end."""
    return msgspec.json.encode({**msgspec.to_builtins(report), **further}).decode()
