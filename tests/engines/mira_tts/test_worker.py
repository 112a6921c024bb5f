"""The MiraTTS engine in real workers: repetition, batches, cancels, crashes, memory, and the contract's checks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_environments import offline_variables
from fixtures_mira import ENGINE, RATE_HZ, checkpoint, open_runtime, recording, segment, voice
from streaming_kit import EventLog, collect, eventually, is_running

from voxweft.media.audio.wav import whole_wav
from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("no_hang")]
FRESH = StreamOptions(use_cache=False)
TEXT = "Hello there, how are you?"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        opened = open_runtime(tmp_path_factory.mktemp("mira"))
        # The first imports of a new environment take a minute; no test's limit should count them.
        collect(opened.stream([segment(TEXT, voice(opened))], FRESH))
        yield opened
        opened.close()


def test_the_same_from_the_cache_and_from_another_worker(runtime: Runtime) -> None:
    spoken_by = voice(runtime, 1, "It was a day in May.")
    segments = [segment(TEXT, spoken_by), segment("Well, I never.", voice(runtime, 2), index=1)]
    first = collect(runtime.stream(segments))
    assert first.done.keys() == {0, 1}
    cached = collect(runtime.stream(segments))
    assert all(done.stats.cache_hit for done in cached.done.values())
    runtime.run(runtime.unload())
    again = collect(runtime.stream(segments, FRESH))
    assert again.done[0].stats.worker != first.done[0].stats.worker
    for index in (0, 1):
        assert np.array_equal(first.samples(index), cached.samples(index))
        assert np.array_equal(first.samples(index), again.samples(index))


def test_16_khz(runtime: Runtime) -> None:
    spoken_by = voice(runtime)
    events = list(runtime.stream([segment(TEXT, spoken_by, upsample=False), segment(TEXT, spoken_by, index=1)]))
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    rates = {(chunk.index, chunk.sample_rate) for chunk in chunks}
    assert rates == {(0, 16_000), (1, 48_000)}
    sizes = [sum(chunk.samples.size for chunk in chunks if chunk.index == index) for index in (0, 1)]
    assert sizes[1] == 3 * sizes[0]


def test_many_segments_in_batches(runtime: Runtime) -> None:
    voices = [voice(runtime, 1), voice(runtime, 2, "It was a day in May."), voice(runtime, 3)]
    texts = [f"Sentence number {number} of a longer text." for number in range(12)]
    segments = [segment(text, voices[index % 3], index=index) for index, text in enumerate(texts)]
    together = collect(runtime.stream(segments, StreamOptions(use_cache=False, look_ahead=12)))
    alone = [collect(runtime.stream([segment(text, voices[index % 3])], FRESH)) for index, text in enumerate(texts)]
    for index, one in enumerate(alone):
        assert together.samples(index).size == one.samples(0).size
        np.testing.assert_allclose(together.samples(index), one.samples(0), atol=1e-4)


def test_a_cancel_keeps_the_worker(runtime: Runtime) -> None:
    spoken_by = voice(runtime)
    before = collect(runtime.stream([segment("One.", spoken_by)], FRESH))
    stream = runtime.stream([segment("A text that nobody will hear to its end. " * 20, spoken_by, seed=4)], FRESH)
    for event in stream:
        if isinstance(event, AudioChunk):
            break
    stream.close()
    after = collect(runtime.stream([segment("Two.", spoken_by)], FRESH))
    assert after.done[0].stats.worker == before.done[0].stats.worker


def test_a_killed_worker_costs_nothing_that_was_not_sent(runtime: Runtime) -> None:
    spoken_by = voice(runtime, 1)
    expected = collect(runtime.stream([segment(TEXT, spoken_by)], FRESH))
    worker = expected.done[0].stats.worker
    log = EventLog()
    stream = runtime.stream([segment(TEXT, spoken_by), segment("And more.", spoken_by, index=1)], FRESH)
    os.kill(worker, signal.SIGKILL)
    for event in stream:
        log.take(event)
    assert not log.failed
    assert np.array_equal(log.samples(0), expected.samples(0))
    eventually(lambda: not is_running(worker), "the worker is gone")


def test_unloading_gives_the_memory_back(runtime: Runtime) -> None:
    collect(runtime.stream([segment(TEXT, voice(runtime))], FRESH))
    released = runtime.run(runtime.unload())
    assert released
    assert all(one.released_bytes >= 0.95 * one.before_bytes for one in released)


def test_the_contract(tmp_path: Path) -> None:
    """The checks of `voxweft engines test`, in two voices."""
    clips = []
    for number in (1, 2):
        clips.append(tmp_path / f"{number}.wav")
        clips[-1].write_bytes(whole_wav(recording(number), RATE_HZ))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "voxweft", "engines", "test", ENGINE, "--model-path", checkpoint("brief")),
            *("-v", clips[0], "-v", clips[1], "--quick"),
        ],
        env=offline_variables(
            VOXWEFT_CACHE_DIR=str(tmp_path / "cache"), VOXWEFT_ENVIRONMENT=f"{ENGINE}=own", NO_COLOR="1"
        ),
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
