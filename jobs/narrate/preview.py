"""The audio of a narration for listeners: finished chapters, and segments as they are spoken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...media.audio.loudness import Leveler
from ...media.audio.resample import Resampler
from ..errors import DamagedSegmentError, NarrationError
from ..levels.leveling import CEILING_DBTP
from .chapter_audio import chapter_blocks
from .job import SpokenSegment
from .output_files import leveled, measure
from .plan import ChapterPlan
from .run import NarrationRun


def narrated_audio(run: NarrationRun, chapter: ChapterPlan) -> Iterator[NDArray[np.float32]]:
    """Yield the audio of a finished chapter as in its file: float32 mono blocks at the job's rate.

    If a loudness is set, the audio is read twice. NarrationError for a segment that has been damaged since.
    """
    job = run.job

    def blocks() -> Iterator[NDArray[np.float32]]:
        return chapter_blocks(chapter, run.folder, run.kept, job.sample_rate)

    try:
        level = measure(job, blocks()) if job.settings.loudness_lufs is not None else None
        yield from leveled(job, chapter, blocks(), level)
    except DamagedSegmentError as error:
        raise NarrationError(
            f"'{run.folder.path}': segment {error.number} was damaged after it was written; run the narration again"
        ) from error


def spoken_audio(run: NarrationRun, spoken: SpokenSegment) -> Iterator[NDArray[np.float32]]:
    """Yield the audio of a segment that was just spoken and the pause after it, at the job's rate."""
    chapter = run.job.plan.chapter_of(spoken.number)
    index = spoken.number - chapter.first
    gain_db = chapter.gain_db(index)
    resampler = Resampler(spoken.sample_rate, run.job.sample_rate)
    samples = np.concatenate([resampler.process(spoken.samples), resampler.flush()])
    if chapter.leveling is None:
        yield samples * np.float32(10 ** (gain_db / 20))
    else:
        leveler = Leveler(run.job.sample_rate, gain_db, CEILING_DBTP)
        yield leveler.process(samples)
        yield leveler.flush()
    pause_s = chapter.pause_s(index, has_audio=spoken.samples.size > 0)
    yield np.zeros(round(pause_s * run.job.sample_rate), np.float32)
