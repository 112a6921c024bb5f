"""The tempo change above the cache: it streams, its length is exact, and the times of words follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streaming_kit import MakeRuntime

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.tempo_change import TempoChange
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming import AudioChunk, SegmentDone, SegmentFailed, SegmentStats, StreamEvent, Word

RATE = 16_000


def chunk(n_samples: int, index: int = 0, **fields: object) -> AudioChunk:
    samples = 0.4 * np.sin(2 * np.pi * 200 * np.arange(n_samples) / RATE)
    return AudioChunk(samples=samples.astype(np.float32), sample_rate=RATE, index=index, request=3, **fields)


def done(index: int = 0) -> SegmentDone:
    return SegmentDone(stats=SegmentStats(), index=index)


def fed(change: TempoChange, events: list[StreamEvent]) -> list[StreamEvent]:
    return [changed for event in events for changed in change.feed(event)]


def n_samples(events: list[StreamEvent], index: int) -> int:
    return sum(event.samples.size for event in events if isinstance(event, AudioChunk) and event.index == index)


@given(
    st.lists(st.sampled_from([1.0, 0.5, 0.8, 1.25, 2.0]), min_size=1, max_size=3),
    st.lists(st.integers(0, 9000), max_size=4),
)
def test_each_segment_has_its_own_tempo_and_ends_complete(factors: list[float], sizes: list[int]) -> None:
    change = TempoChange(lambda index: factors[index])
    for index, factor in enumerate(factors):
        ended = done(index)
        changed = fed(change, [*(chunk(size, index) for size in sizes), ended])
        assert changed[-1] is ended, "its last samples come before its end"
        assert abs(n_samples(changed, index) - sum(sizes) / factor) <= 0.04 * RATE
        assert {event.request for event in changed if isinstance(event, AudioChunk)} <= {3}


def test_without_a_tempo_the_events_are_the_same_objects() -> None:
    events: list[StreamEvent] = [chunk(100), done()]
    assert all(one is other for one, other in zip(fed(TempoChange(lambda _: 1.0), events), events, strict=True))


def test_audio_comes_before_the_segment_ends() -> None:
    change = TempoChange(lambda _: 1.25)
    parts = [n_samples(fed(change, [chunk(RATE // 2)]), 0) for _ in range(6)]
    assert all(parts[1:])
    assert sum(parts) > 0.9 * 3 * RATE / 1.25


def test_times_of_words_are_scaled() -> None:
    words = (Word("one", 0.0, 0.5), Word("two", 0.5, 1.0))
    (changed,) = fed(TempoChange(lambda _: 2.0), [chunk(RATE, words=words)])
    assert isinstance(changed, AudioChunk)
    assert [(word.text, word.start_s, word.end_s) for word in changed.words] == [("one", 0, 0.25), ("two", 0.25, 0.5)]


def test_a_failed_segment_keeps_what_was_delivered() -> None:
    failure = SegmentFailed(engine="x", text="x", message="broke", index=0)
    changed = fed(TempoChange(lambda _: 2.0), [chunk(RATE), failure])
    assert changed[-1] is failure
    assert n_samples(changed, 0) == pytest.approx(RATE / 2, abs=0.04 * RATE)


def test_the_cache_keeps_what_the_engine_made(make_runtime: MakeRuntime) -> None:
    """Another speed of an engine without speed control is another tempo of the same cached audio."""
    runtime = make_runtime()
    lengths = []
    for speed in (1.0, 1.25, 0.8):
        job = speak("One two.", Speaker(engine="still", speed=speed), runtime.registry)
        job.words = []
        lengths.append(sum(block.size for block in run(job, runtime)))
        assert [piece.cached for piece in job.report().segments] == [speed != 1]
        assert [round(word.start_s * speed, 3) for word in job.words] == [0.0, 0.4]
    assert [round(lengths[0] / length, 2) for length in lengths] == [1.0, 1.25, 0.8]
