"""Engines of every kind, run through the coordinator in real workers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec
import numpy as np
import pytest
from streaming_kit import ENGINES, MakeRuntime, collect, engine_module, eventually, sentences, speak, tone_samples

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import (
    AudioChunk,
    AudioPayload,
    ReferenceVoice,
    SegmentContext,
    StreamingSegment,
    TensorVoice,
    TextPayload,
)
from voxweft.utils.streaming.contract.engine_spec import read_spec
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.frames import MAX_PAYLOAD_BYTES
from voxweft.utils.streaming.worker.worker import Worker

BATCHER = engine_module("batcher")
CLONER = engine_module("cloner")
FRESH = StreamOptions(use_cache=False)


# An engine that batches


def batch_sizes(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()]


@pytest.fixture
def batch_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the batcher logs the size of each batch."""
    log = tmp_path / "batches"
    monkeypatch.setenv("BATCHER_LOG", str(log))
    return log


def test_segments_are_processed_in_batches(runtime: Runtime, batch_log: Path) -> None:
    texts = sentences(10)
    heard = collect(runtime.stream(speak(texts, "batcher", delay_s=0.01), StreamOptions(look_ahead=8)))
    for index, text in enumerate(texts):
        assert np.array_equal(heard.samples(index), BATCHER.expected(text))
        assert [word.text for word in heard.words[index]] == [text]
    sizes = batch_sizes(batch_log)
    assert sum(sizes) == len(texts)
    assert max(sizes) == 4, "batches, but not larger than the engine's maximum"
    assert collect(runtime.stream(speak(texts, "batcher", delay_s=0.01))).done[3].stats.cache_hit


def test_jobs_share_a_batch_and_a_stalled_job_delays_no_other(runtime: Runtime, batch_log: Path) -> None:
    slow_texts, quick_texts = sentences(3, "slow"), sentences(3, "quick")
    options = StreamOptions(use_cache=False, window_bytes=64_000)
    collect(runtime.stream(speak(["warm"], "batcher"), FRESH))
    slow = iter(runtime.stream(speak(slow_texts, "batcher", chunks=30, delay_s=0.002), options))
    first = next(event for event in slow if isinstance(event, AudioChunk))
    quick = collect(runtime.stream(speak(quick_texts, "batcher", chunks=30, delay_s=0.002), options))
    for index, text in enumerate(quick_texts):
        assert np.array_equal(quick.samples(index), BATCHER.expected(text, 30))
    rest = collect(slow)
    assert np.array_equal(np.concatenate([first.samples, rest.samples(0)]), BATCHER.expected(slow_texts[0], 30))
    assert np.array_equal(rest.samples(2), BATCHER.expected(slow_texts[2], 30))


def test_one_segment_of_a_batch_is_cancelled(runtime: Runtime, batch_log: Path) -> None:
    # Both wait for the first worker, so that they start in one batch. Then one is cancelled with unread samples.
    options = StreamOptions(use_cache=False, window_bytes=32_000)
    cancelled = runtime.stream(speak(["cancelled"], "batcher", chunks=400, delay_s=0.002), options)
    continuing = runtime.stream(speak(["continues"], "batcher", chunks=60, delay_s=0.002), options)
    iterator = iter(cancelled)
    next(event for event in iterator if isinstance(event, AudioChunk))
    cancelled.close()
    heard = collect(continuing)
    assert np.array_equal(heard.samples(0), BATCHER.expected("continues", 60))
    assert batch_sizes(batch_log)[0] == 2


def test_after_a_crash_each_segment_of_the_batch_is_retried_in_order(
    runtime: Runtime, tmp_path: Path, batch_log: Path
) -> None:
    fault_file = tmp_path / "once"
    texts = sentences(4)
    collect(runtime.stream(speak(["warm"], "batcher"), FRESH))
    fault_file.touch()
    # The window is smaller than a segment, so retrying in another order would block the job.
    options = StreamOptions(use_cache=False, window_bytes=40_000, look_ahead=8)
    heard = collect(runtime.stream(speak(texts, "batcher", chunks=12, fault_file=str(fault_file)), options))
    for index, text in enumerate(texts):
        assert np.array_equal(heard.samples(index), BATCHER.expected(text, 12))
        assert len(heard.words[index]) == 1
    assert not fault_file.exists()
    assert max(done.stats.attempts for done in heard.done.values()) == 2


# An engine that clones voices


def cloned(text: str, digest: str, index: int = 0) -> StreamingSegment:
    return StreamingSegment(
        index=index, payload=TextPayload(text), engine="cloner", voice=ReferenceVoice(digest, "its transcript")
    )


def test_a_recording_is_cloned(runtime: Runtime) -> None:
    recordings = [np.random.default_rng(seed).uniform(-1, 1, 4000).astype(np.float32) for seed in range(2)]
    digests = [runtime.blobs.put(recording.tobytes(), 16000) for recording in recordings]
    segments = [cloned("hello", digests[0], 0), cloned("hello", digests[1], 1), cloned("again", digests[0], 2)]
    for cached in (False, True):
        heard = collect(runtime.stream(segments))
        assert np.array_equal(heard.samples(0), CLONER.expected("hello", recordings[0]))
        assert np.array_equal(heard.samples(1), CLONER.expected("hello", recordings[1]))
        assert np.array_equal(heard.samples(2), CLONER.expected("again", recordings[0]))
        assert all(done.stats.cache_hit == cached for done in heard.done.values())


def test_a_large_recording_is_sent_to_the_worker(runtime: Runtime) -> None:
    recording = np.random.default_rng(1).uniform(-1, 1, 4_000_000).astype(np.float32)
    heard = collect(runtime.stream([cloned("long", runtime.blobs.put(recording.tobytes(), 16000))]))
    assert np.array_equal(heard.samples(0), CLONER.expected("long", recording))


def test_a_dropped_recording_is_an_error_with_a_fix(runtime: Runtime) -> None:
    with pytest.raises(SegmentError) as caught:
        collect(runtime.stream([cloned("hello", "0" * 32)]))
    message = f"the content with digest {'0' * 32} was dropped; load the voice or recording again"
    assert caught.value.failure.message == message
    tensor = msgspec.structs.replace(cloned("hello", ""), voice=TensorVoice("1" * 32))
    with pytest.raises(SegmentError, match="was dropped; load"):
        collect(runtime.stream([tensor]))


def test_a_blob_too_large_for_a_frame_is_rejected_at_once(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="over the limit"):
        runtime.blobs.put(bytes(MAX_PAYLOAD_BYTES + 1))


# A recognition engine


def window(index: int, levels: list[float], prompt: str | None = None, **params: str) -> StreamingSegment:
    pcm = np.repeat(np.array(levels, dtype="<f4"), 8000).tobytes()
    return StreamingSegment(
        index=index,
        payload=AudioPayload(pcm, 16000),
        engine="recognizer",
        context=SegmentContext(prompt=prompt) if prompt else None,
        params=dict(params),
    )


def test_windows_are_transcribed(runtime: Runtime) -> None:
    windows = [window(0, [0.1, 0.2, 0.3]), window(1, [0.5], "before")]
    for cached in (False, True):
        heard = collect(runtime.stream(windows))
        updates = heard.updates[0]
        assert [update.committed for update in updates] == [False, False, False, True]
        assert [len(update.words) for update in updates] == [1, 2, 3, 3]
        assert updates[-1].text == "level10 level20 level30"
        assert updates[-1].words[2].start_s == 1.0
        assert updates[-1].language == "und"
        assert heard.updates[1][-1].text == "before level50", "the prompt is passed with the window"
        assert heard.updates[1][-1].index == 1
        assert all(done.stats.cache_hit == cached for done in heard.done.values())
    other = collect(runtime.stream([window(0, [0.5], "after")]))
    assert not other.done[0].stats.cache_hit
    assert other.updates[0][-1].text == "after level50"


def test_a_window_is_retried_after_a_crash(runtime: Runtime, tmp_path: Path) -> None:
    fault_file = tmp_path / "once"
    fault_file.touch()
    heard = collect(runtime.stream([window(0, [0.1, 0.2, 0.3], fault_file=str(fault_file))]))
    assert not fault_file.exists()
    assert [update.text for update in heard.updates[0]] == ["level10", "level20", "level30", "level10 level20 level30"]
    assert heard.done[0].stats.attempts == 2


def test_the_wrong_payload_is_an_error_of_the_engine(runtime: Runtime) -> None:
    with pytest.raises(SegmentError, match="listens; it doesn't speak"):
        collect(runtime.stream(speak(["hello"], "recognizer")))


# An engine with another interpreter


@pytest.fixture
def venv_engine(tmp_path: Path) -> Path:
    """A tone engine whose worker runs under a virtual environment's own interpreter."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=120)
    paths = sysconfig.get_paths(vars={"base": str(venv), "platbase": str(venv)})
    Path(paths["purelib"], "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    info = Path(paths["purelib"], "voicebox-4.2.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voicebox\nVersion: 4.2\n")
    folder = tmp_path / "engines" / "elsewhere"
    shutil.copytree(ENGINES / "tone", folder)
    file = folder / "engine.toml"
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    head = f"interpreter = {str(python)!r}\ndistributions = ['voicebox', 'numpy']\n"
    file.write_text(head + file.read_text().replace('name = "tone"', 'name = "elsewhere"'))
    return folder


def test_an_engine_with_another_interpreter(make_runtime: MakeRuntime, venv_engine: Path, tmp_path: Path) -> None:
    spec = read_spec(venv_engine)
    registry = EngineRegistry((venv_engine,))
    runtime = make_runtime()
    runtime.close()
    runtime = Runtime(Settings(cache_dir=tmp_path / "cache", level_lufs=None), registry)
    try:

        async def hello() -> tuple[str, str, dict[str, str]]:
            worker = Worker(spec, runtime.blobs)
            try:
                started = await worker.start()
                return started.executable, started.prefix, started.versions
            finally:
                await worker.stop()

        executable, prefix, versions = runtime.run(hello())
        assert executable == spec.interpreter
        assert Path(prefix).resolve() == (tmp_path / "venv").resolve()
        assert Path(prefix).resolve() != Path(sys.prefix).resolve()
        assert versions == {"voicebox": "4.2", "numpy": np.__version__}
        texts = sentences(3)
        for cached in (False, True):
            heard = collect(runtime.stream(speak(texts, "elsewhere")))
            for index, text in enumerate(texts):
                assert np.array_equal(heard.samples(index), tone_samples(text))
                assert heard.done[index].stats.cache_hit == cached, (
                    "the versions read before the start must equal the worker's"
                )
    finally:
        runtime.close()


# An engine with random output, and other requests


def test_the_output_of_a_random_engine_is_cached(runtime: Runtime) -> None:
    first = collect(runtime.stream(speak(["dice"], "random")))
    second = collect(runtime.stream(speak(["dice"], "random")))
    assert second.done[0].stats.cache_hit
    assert np.array_equal(first.samples(0), second.samples(0))
    fresh = collect(runtime.stream(speak(["dice"], "random"), FRESH))
    assert not np.array_equal(first.samples(0), fresh.samples(0))


def test_voices_and_estimates_through_the_runtime(runtime: Runtime) -> None:
    assert [voice.name for voice in runtime.run(runtime.voices("tone"))] == ["noise"]
    segments = tuple(speak(["a", "b"]))
    assert runtime.run(runtime.estimate(segments, (1.0, 4.0))) == ((4.0, 1.0), (4.0, 1.0))


def test_voices_do_not_wait_for_a_stalled_consumer(runtime: Runtime) -> None:
    options = StreamOptions(use_cache=False, window_bytes=48_000)
    stalled = iter(runtime.stream(speak(["a stalled job"], chunks=40), options))
    first = next(event for event in stalled if isinstance(event, AudioChunk))
    assert runtime.run(runtime.voices("tone"))
    rest = collect(stalled)
    assert np.array_equal(np.concatenate([first.samples, rest.samples(0)]), tone_samples("a stalled job", 40))
    eventually(lambda: not runtime.coordinator.jobs, "the job is over")
