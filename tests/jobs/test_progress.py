"""Progress, computed from a job's events."""

from __future__ import annotations

import numpy as np
import pytest

from voxweft.jobs.progress import ProgressMeter
from voxweft.utils.streaming import AudioChunk, LoadProgress, SegmentDone, SegmentFailed, SegmentStats


class Clock:
    """A clock that is advanced by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def audio(seconds: float, index: int = 0) -> AudioChunk:
    return AudioChunk(samples=np.zeros(round(seconds * 8000), np.float32), sample_rate=8000, index=index)


def done(index: int, *, cached: bool = False) -> SegmentDone:
    return SegmentDone(stats=SegmentStats(cache_hit=cached), index=index)


def test_a_job_with_known_sizes() -> None:
    clock = Clock()
    meter = ProgressMeter([10, 30, 20, 40], clock)
    assert meter.progress.segments_total == 4
    assert meter.progress.remaining_s is None, "nothing was made yet"
    assert meter.feed(LoadProgress(engine="tone", model="", message="loading", fraction=0.5))
    assert meter.progress.message == "tone: loading"
    clock.now_s += 5  # loading is no part of a segment's time
    assert meter.feed(LoadProgress(engine="tone", model="", message="ready"))
    assert meter.progress.message == ""
    clock.now_s += 1
    assert not meter.feed(audio(2.0))
    assert meter.feed(done(0))
    assert meter.progress.remaining_s == pytest.approx(90 * 1 / 10)
    meter.feed(done(1, cached=True))
    assert meter.progress.remaining_s == pytest.approx(60 * 1 / 10), "a hit costs no time and leaves less to do"
    clock.now_s += 4
    meter.feed(SegmentFailed(engine="tone", text="", message="no", index=2))
    meter.feed(audio(3.0, 3))
    clock.now_s += 4
    meter.feed(done(3))
    progress = meter.progress
    assert (progress.segments_done, progress.segments_failed, progress.segments_cached) == (4, 1, 1)
    assert progress.audio_s == pytest.approx(5.0)
    assert progress.elapsed_s == pytest.approx(14.0)
    assert progress.audio_s_per_s == pytest.approx(5 / 14)
    assert progress.remaining_s == 0.0


def test_a_job_of_unknown_length_has_no_estimate() -> None:
    clock = Clock()
    meter = ProgressMeter(None, clock)
    assert meter.progress.audio_s_per_s == 0.0
    clock.now_s += 1
    meter.feed(audio(1.0))
    meter.feed(done(0))
    assert meter.progress.segments_total is None
    assert meter.progress.remaining_s is None
    assert meter.progress.segments_done == 1


def test_a_job_from_the_cache_takes_no_time() -> None:
    meter = ProgressMeter([1, 1], Clock())
    meter.feed(done(0, cached=True))
    assert meter.progress.remaining_s is None
    meter.feed(done(1, cached=True))
    assert meter.progress.remaining_s == 0.0
