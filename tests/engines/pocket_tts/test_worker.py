"""The Pocket-TTS engine in real workers in its own environment: repetition, crashes, cancels, voices and memory."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from engine_environments import environment_python
from fixtures_pocket import RATE_HZ, checkpoint, open_runtime, segment, voice
from streaming_kit import EventLog, collect, eventually, is_running

from voxweft.utils.streaming import AudioChunk, SegmentDone, StreamingSegment
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("no_hang")]
FRESH = StreamOptions(use_cache=False)
TEXT = "One two three four five six, seven eight nine ten eleven. Twelve thirteen fourteen fifteen sixteen."
FRAME_SAMPLES = 1920
N_VOICES, N_SEGMENTS = 20, 200
MIB = 1 << 20


@pytest.fixture(scope="module")
def built() -> None:
    """Build the environment and the models before a test's time starts."""
    environment_python("pocket_tts")
    checkpoint()
    checkpoint("ends")


@pytest.fixture(scope="module")
def runtime(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    opened = open_runtime(checkpoint(), tmp_path_factory.mktemp("runtime"))
    yield opened
    opened.close()


def heard_of(runtime: Runtime, *segments: StreamingSegment) -> EventLog:
    return collect(runtime.stream(segments, FRESH))


def samples_of(runtime: Runtime, spoken: StreamingSegment) -> np.ndarray:
    return heard_of(runtime, spoken).samples(0)


def pid_of(runtime: Runtime) -> int:
    (pid,) = next(model.pids for model in runtime.run(runtime.stats()) if model.engine == "pocket_tts")
    return pid


def test_two_voices_in_turn_give_the_same_samples_as_alone_and_in_another_worker(runtime: Runtime) -> None:
    anna, bob = voice(runtime, 1), voice(runtime, 2)
    alone = [samples_of(runtime, segment(TEXT, spoken_by, seed=3)) for spoken_by in (anna, bob)]
    assert not np.array_equal(*alone)
    heard = heard_of(runtime, *(segment(TEXT, (anna, bob)[index % 2], index=index, seed=3) for index in range(6)))
    assert all(np.array_equal(heard.samples(index), alone[index % 2]) for index in range(6))
    pid = pid_of(runtime)
    runtime.run(runtime.unload("pocket_tts"))
    again = samples_of(runtime, segment(TEXT, bob, seed=3))
    assert pid_of(runtime) != pid
    assert np.array_equal(again, alone[1])


def test_audio_arrives_frame_by_frame(runtime: Runtime) -> None:
    heard = heard_of(runtime, segment(TEXT, voice(runtime)))
    chunks = [event for event in heard.events if isinstance(event, AudioChunk)]
    assert {chunk.samples.size for chunk in chunks} == {FRAME_SAMPLES}
    assert {chunk.sample_rate for chunk in chunks} == {RATE_HZ}
    stats = heard.done[0].stats
    assert stats.first_chunk_s < stats.total_s


def test_a_worker_killed_within_a_segment_costs_a_retry_and_no_sample(runtime: Runtime) -> None:
    spoken = segment(TEXT, voice(runtime))
    whole = samples_of(runtime, spoken)
    pid = pid_of(runtime)
    heard = EventLog()
    for event in runtime.stream([spoken], FRESH):
        heard.take(event)
        if isinstance(event, AudioChunk) and pid:
            os.kill(pid, signal.SIGKILL)
            pid = 0
    assert heard.done[0].stats.attempts == 2
    assert np.array_equal(heard.samples(0), whole)


def test_a_cancel_frees_the_worker_and_endless_speech_fails_by_name(built: None, tmp_path: Path) -> None:
    opened = open_runtime(checkpoint("ends"), tmp_path)
    try:
        spoken = segment("Hm.", voice(opened))
        with pytest.raises(SegmentError) as caught:
            heard_of(opened, spoken)
        assert "found no end of its speech" in caught.value.failure.message
        assert caught.value.failure.delivered_samples > RATE_HZ
        pid = pid_of(opened)
        stream = opened.stream([segment(TEXT, voice(opened))], FRESH)
        events = iter(stream)
        next(event for event in events if isinstance(event, AudioChunk))
        stream.close()
        stream.wait_closed(30)
        assert not any(isinstance(event, SegmentDone) for event in events)
        with pytest.raises(SegmentError):
            heard_of(opened, spoken)
        assert pid_of(opened) == pid, "it stopped by itself, within its grace period"
    finally:
        opened.close()


def test_memory_stays_flat_over_many_voices_and_segments_and_comes_back(runtime: Runtime) -> None:
    voices = [voice(runtime, seed) for seed in range(N_VOICES)]
    heard_of(runtime, *(segment("A test.", spoken_by, index=index) for index, spoken_by in enumerate(voices)))
    process = psutil.Process(pid_of(runtime))
    before_bytes = process.memory_info().rss
    last = heard_of(
        runtime,
        *(segment(f"Number {index}.", voices[index % N_VOICES], index=index) for index in range(N_SEGMENTS)),
    )
    assert len(last.done) == N_SEGMENTS
    assert process.pid == pid_of(runtime)
    assert process.memory_info().rss <= before_bytes + 16 * MIB
    runtime.run(runtime.unload("pocket_tts"))
    eventually(lambda: not is_running(process.pid), "the worker is gone")
    release = runtime.loader.releases[-1]
    assert release.before_bytes > 100 * MIB
    assert release.released_bytes >= 0.95 * release.before_bytes


def test_weights_that_cant_clone_are_never_used(built: None, tmp_path: Path) -> None:
    opened = open_runtime(checkpoint("clones"), tmp_path)
    try:
        with pytest.raises(Exception, match="can't clone voices"):
            heard_of(opened, segment(TEXT, voice(opened)))
    finally:
        opened.close()
