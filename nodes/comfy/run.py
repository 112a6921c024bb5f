"""Run a node's job in ComfyUI's thread, with its progress bar and its Cancel button."""

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
from .commands import runnable_commands
from .live_events import LiveAudio, finished_file
from .memory import free_host_memory, present_workers
from .progress import HostProgress


class RunResult(NamedTuple):
    """A job's audio, `[1, 1, n_samples]`, and the node's UI output."""

    audio: HostAudio
    ui: dict[str, Any]


@runnable_commands()
def run_on_host(job: SpeechJob, runtime: Runtime, options: StreamOptions, *, node_id: str | None) -> RunResult:
    """Run a job to its end, and play its audio live.

    Raises:
        ComfyUI's interruption: at most 50 ms after Cancel. It ends the job.
        SegmentError: a segment failed and `options.on_failure` is "raise".
        ValueError: the audio is empty. Other nodes cannot use empty audio.
    """
    progress = HostProgress(job.size.n_segments, node_id)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    free_memory_for(job.segments, runtime)
    blocks: list[NDArray[np.float32]] = []
    try:
        with LiveAudio(node_id, job.sample_rate) as live:
            for block in run(job, runtime, options, on_progress=progress.update, poll=poll):
                live.write(block)
                blocks.append(block)
    finally:
        present_workers(runtime)
    progress.end(job.voice_notes)
    # The track's length is not enough: a track has silence up to the slot of a failed cue.
    if not any(segment.end_sample > segment.start_sample for segment in job.placed):
        raise ValueError(_silence_reason(job))
    return RunResult(as_audio(blocks, job.sample_rate), finished_file(blocks, job.sample_rate))


def free_memory_for(segments: Iterable[StreamingSegment], runtime: Runtime) -> None:
    """Make the host free memory for the models of these segments."""
    for engine, model in {(segment.engine, segment.model) for segment in segments}:
        free_host_memory(engine, model, runtime)


@runnable_commands()
def fit_on_host(job: DubJob, runtime: Runtime, *, on_failure: Literal["raise", "report"], node_id: str | None) -> None:
    """Choose the speeds of the cues, if the mode changes them. Cancel interrupts it."""
    if not job.mode.chooses_speeds:
        return
    progress = HostProgress(len(job.segments), node_id)

    def show(done: int, total: int) -> None:
        progress.update(Progress(segments_done=done, message=f"{done} of {total} cues measured"))

    fit(job, runtime, poll=throw_exception_if_processing_interrupted, on_progress=show, on_failure=on_failure)


def _silence_reason(job: SpeechJob) -> str:
    failed = [segment for segment in job.placed if segment.status == "failed"]
    if not failed:
        return "the text has nothing to speak: the audio is empty"
    return f"no audio: {len(failed)} of {len(job.placed)} segments failed; the first error: {failed[0].message}"


def to_json(report: msgspec.Struct, **extra: object) -> str:
    """Return a report as JSON, with extra fields at its end."""
    return msgspec.json.encode({**msgspec.to_builtins(report), **extra}).decode()
