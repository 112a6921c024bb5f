"""The F5-TTS engine in real workers in its own environment: repetition, batches, lengths, crashes, cancels, memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_environments import environment_python, offline_variables
from fixtures_f5 import ENGINE, RATE_HZ, TRANSCRIPT, checkpoint, open_runtime, recording, segment, voice
from streaming_kit import EventLog, collect

from voxweft.media.audio.wav import whole_wav
from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("no_hang")]
FRESH = StreamOptions(use_cache=False)
TEXT = "Hello there, how are you?"
LONG = " ".join(f"This is the sentence with the letter {letter}, and it goes on for a while." for letter in "abcdefgh")


@pytest.fixture(scope="module")
def built() -> None:
    """Build the environment and the model before a test's time starts."""
    environment_python(ENGINE)
    checkpoint()


@pytest.fixture(scope="module")
def runtime(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        opened = open_runtime(checkpoint(), tmp_path_factory.mktemp("f5"))
        yield opened
        opened.close()


def test_the_same_in_a_batch_from_the_cache_and_from_another_worker(runtime: Runtime) -> None:
    voices = [voice(runtime, number) for number in (1, 2)]
    texts = [f"Sentence number {number} of a text." for number in range(8)]
    segments = [segment(text, voices[index % 2], index=index) for index, text in enumerate(texts)]
    first = collect(runtime.stream(segments, StreamOptions(look_ahead=8)))
    cached = collect(runtime.stream(segments))
    assert all(done.stats.cache_hit for done in cached.done.values())
    runtime.run(runtime.unload())
    alone = [collect(runtime.stream([segment(text, voices[at % 2])], FRESH)) for at, text in enumerate(texts)]
    assert alone[0].done[0].stats.worker != first.done[0].stats.worker
    for index, one in enumerate(alone):
        assert np.array_equal(first.samples(index), cached.samples(index))
        np.testing.assert_allclose(first.samples(index), one.samples(0), atol=1e-4)


def test_an_estimate_is_the_length_at_every_speed(runtime: Runtime) -> None:
    spoken_by = voice(runtime)
    speeds = (0.5, 0.8, 0.9173, 1.0, 1.25, 2.0)
    texts = (TEXT, "No.", LONG)
    rows = runtime.run(runtime.estimate(tuple(segment(text, spoken_by) for text in texts), speeds))
    jobs = [
        (row[at], segment(text, spoken_by, speed=speed))
        for row, text in zip(rows, texts, strict=True)
        for at, speed in enumerate(speeds)
    ]
    for length_s, one in jobs:
        assert collect(runtime.stream([one], FRESH)).samples(0).size == round(length_s * RATE_HZ)
    assert all(list(row) == sorted(row, reverse=True) for row in rows)


def test_a_long_text_and_its_first_clause_are_heard_before_all_of_it_is_made(runtime: Runtime) -> None:
    for one in (
        segment(LONG, voice(runtime)),
        segment(f"When the rain had stopped, {LONG[:60]}", voice(runtime), first_steps=5),
    ):
        stats = collect(runtime.stream([one], FRESH)).done[0].stats
        assert stats.first_chunk_s < 0.8 * stats.total_s


def test_a_letter_that_no_vocabulary_has_is_named(runtime: Runtime) -> None:
    with pytest.raises(SegmentError, match="has no letters 'ⴰ'"):
        collect(runtime.stream([segment("ⴰ?", voice(runtime))], FRESH))


def test_a_killed_worker_costs_nothing_that_was_not_sent_and_a_cancel_keeps_the_worker(runtime: Runtime) -> None:
    spoken_by = voice(runtime, 1)
    expected = collect(runtime.stream([segment(TEXT, spoken_by)], FRESH))
    log = EventLog()
    stream = runtime.stream([segment(TEXT, spoken_by), segment("And more.", spoken_by, index=1)], FRESH)
    os.kill(expected.done[0].stats.worker, signal.SIGKILL)
    for event in stream:
        log.take(event)
    assert not log.failed
    # It was made together with another one.
    np.testing.assert_allclose(log.samples(0), expected.samples(0), atol=1e-4)
    stream = runtime.stream([segment(LONG, spoken_by, nfe_step=64)], FRESH)
    next(event for event in stream if isinstance(event, AudioChunk))
    stream.close()
    stream.wait_closed(30)
    after = collect(runtime.stream([segment("Two.", spoken_by)], FRESH))
    assert after.done[0].stats.worker == log.done[1].stats.worker


def test_unloading_gives_the_memory_back(runtime: Runtime) -> None:
    collect(runtime.stream([segment(TEXT, voice(runtime))], FRESH))
    released = runtime.run(runtime.unload())
    assert released
    assert all(one.released_bytes >= 0.95 * one.before_bytes for one in released)


def test_the_contract(built: None, tmp_path: Path) -> None:
    """The checks of `voxweft engines test`, in two voices."""
    clips = []
    for number in (1, 2):
        clips.append(tmp_path / f"{number}.wav")
        clips[-1].write_bytes(whole_wav(recording(number), RATE_HZ))
        clips[-1].with_suffix(".txt").write_text(TRANSCRIPT, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "voxweft", "engines", "test", ENGINE, "--model-path", checkpoint()),
            *("-v", clips[0], "-v", clips[1], "-p", "nfe_step=5", "--quick", "--json", tmp_path / "checks.json"),
        ],
        env=offline_variables(VOXWEFT_CACHE_DIR=str(tmp_path / "cache"), NO_COLOR="1"),
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert json.loads((tmp_path / "checks.json").read_text(encoding="utf-8"))
