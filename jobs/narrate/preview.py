"""The sound of a narration for who wants to hear it: chapters that are made, and segments as they are spoken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import Resampler
from ..errors import DamagedSegmentError, NarrationError
from .chapter_audio import chapter_blocks
from .job import SpokenSegment
from .output_files import leveled, measure
from .plan import ChapterPlan
from .run import NarrationRun


def narrated_audio(run: NarrationRun, chapter: ChapterPlan) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of a chapter that is made: float32 mono blocks at the job's rate, as its file has it, unencoded.

    With a loudness to bring it to, that is two passes over it. NarrationError for a segment that is damaged meanwhile.
    """
    job = run.job

    def blocks() -> Iterator[NDArray[np.float32]]:
        return chapter_blocks(chapter, run.folder, run.kept, job.sample_rate)

    try:
        level = measure(job, blocks()) if job.settings.loudness_lufs is not None else None
        yield from leveled(job, chapter, blocks(), level)
    except DamagedSegmentError as error:
        raise NarrationError(
            f"{run.folder.path}: segment {error.number} was damaged after it was written; run it again"
        ) from error


def spoken_audio(run: NarrationRun, spoken: SpokenSegment) -> Iterator[NDArray[np.float32]]:
    """Yield the sound of a segment that was just spoken, and the pause behind it, at the job's rate."""
    chapter = run.job.plan.chapter_of(spoken.number)
    index = spoken.number - chapter.first
    resampler = Resampler(spoken.sample_rate, run.job.sample_rate)
    gain = np.float32(10 ** (chapter.gain_db(index) / 20))
    yield resampler.process(spoken.samples * gain)
    yield resampler.flush()
    pause_s = chapter.pause_s(index, has_sound=spoken.samples.size > 0)
    yield np.zeros(round(pause_s * run.job.sample_rate), np.float32)
