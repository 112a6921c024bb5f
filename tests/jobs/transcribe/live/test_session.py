"""Live sessions with real workers: the small model, Silero VAD, and speech of eSpeak NG."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from optional import skip_without

skip_without("faster_whisper")

from fixtures_whisper import FOX, MODEL, SHOW, open_runtime, resampled, speech
from paths import SUPPORT
from streaming_kit import child_pids, eventually

from voxweft.cli.live import transcribe_live
from voxweft.jobs.transcribe.live.session import (
    Committed,
    LiveEvent,
    LiveSession,
    Partial,
    SpeechStarted,
    SpeechStopped,
)
from voxweft.jobs.transcribe.recognizer import Recognizer
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming.contract.errors import ModelMissingError, SegmentError
from voxweft.utils.streaming.runtime import Runtime

pytestmark = pytest.mark.usefixtures("no_hang")
SAID = "hello welcome to the show today is monday thank you and goodbye the quick brown fox jumps over the lazy dog"
LISTEN = Recognizer(engine="faster_whisper", model=MODEL, language="en", params={"beam_size": 1})
Feed = Callable[[LiveSession], Awaitable[None]]


def assert_recognized(text: str) -> None:
    """The windows depend on real time, and the model is small: words may be wrong, but none may be lost."""
    assert word_error_rate(SAID, text).errors <= 2, text
    assert text.startswith("hello welcome")
    assert text.endswith("lazy dog")


@pytest.fixture(scope="module")
def live_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    before = child_pids()
    with open_runtime(tmp_path_factory.mktemp("live")) as runtime:
        yield runtime
    eventually(lambda: child_pids() <= before, "every worker is gone", 2.0)


def audio(rate_hz: int = 16_000) -> NDArray[np.float32]:
    """Two texts with silence around them."""
    parts = [np.zeros(8_000, np.float32), resampled(speech(SHOW)), np.zeros(16_000, np.float32), resampled(speech(FOX))]
    whole = np.concatenate([*parts, np.zeros(4_000, np.float32)])
    if rate_hz == 16_000:
        return whole
    import soxr

    return np.asarray(soxr.resample(whole, 16_000, rate_hz), np.float32)


def in_pieces(samples: NDArray[np.float32], size: int, rate_hz: int = 16_000) -> Feed:
    async def feed(session: LiveSession) -> None:
        for start in range(0, len(samples), size):
            await session.feed(samples[start : start + size], rate_hz)

    return feed


def heard(runtime: Runtime, feed: Feed, recognizer: Recognizer = LISTEN, **options: bool) -> list[LiveEvent]:
    """Run a session to its end and return its events."""

    async def run() -> list[LiveEvent]:
        async with LiveSession(recognizer, runtime, **options) as session:

            async def work() -> None:
                await feed(session)
                await session.finish()

            working = asyncio.create_task(work())
            events = [event async for event in session]
            await working
            return events

    return asyncio.run(run())


def text_of(events: list[LiveEvent]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Committed) and event.text)


@pytest.mark.parametrize(("size", "rate_hz"), [(1_600, 16_000), (333, 22_050), (100_000, 48_000)])
def test_every_word_is_committed_with_any_block_size_and_rate(live_runtime: Runtime, size: int, rate_hz: int) -> None:
    events = heard(live_runtime, in_pieces(audio(rate_hz), size, rate_hz))
    assert_recognized(text_of(events))
    words = [word for event in events if isinstance(event, Committed) for word in event.words]
    times = [time for word in words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.2 < times[0] < 1.0
    assert times[-1] <= len(audio()) / 16_000 + 0.1


def test_bytes_cut_in_the_middle_of_a_sample_are_the_same_audio(live_runtime: Runtime) -> None:
    pcm = (audio() * 32767).astype("<i2").tobytes()

    async def feed(session: LiveSession) -> None:
        for start in range(0, len(pcm), 4_097):
            await session.feed(pcm[start : start + 4_097], 16_000)

    assert_recognized(text_of(heard(live_runtime, feed)))


def test_voice_activity_is_reported_before_words_and_words_during_speech(live_runtime: Runtime) -> None:
    samples = audio()

    async def run() -> tuple[LiveEvent, list[LiveEvent], float]:
        async with LiveSession(LISTEN, live_runtime) as session:
            events = aiter(session)
            await session.feed(samples[: 16_000 * 3], 16_000)
            started = await anext(events)
            shown = [await anext(events)]
            while not (isinstance(shown[-1], Committed | Partial) and shown[-1].words):
                shown.append(await anext(events))
            before = session.received_s
            await session.feed(samples[16_000 * 3 :], 16_000)
            await session.finish()
            return started, [event async for event in events], before

    started, rest, before_s = asyncio.run(run())
    assert isinstance(started, SpeechStarted)
    assert 0.4 < started.at_s < 0.8
    assert before_s < 3.1
    stopped = [event for event in rest if isinstance(event, SpeechStopped)]
    assert stopped[-1].at_s <= len(samples) / 16_000


def test_silence_has_no_events(live_runtime: Runtime) -> None:
    noise = np.random.default_rng(0).normal(0, 0.001, 80_000).astype(np.float32)
    assert heard(live_runtime, in_pieces(noise, 8_000)) == []
    assert heard(live_runtime, in_pieces(np.zeros(1, np.float32), 1)) == []
    assert heard(live_runtime, in_pieces(np.zeros(0, np.float32), 1)) == []


def test_clipped_speech_is_recognized(live_runtime: Runtime) -> None:
    """Not word for word: the small model's results for clipped words differ between CPUs."""
    clean = text_of(heard(live_runtime, in_pieces(audio(), 8_000)))
    clipped = text_of(heard(live_runtime, in_pieces(np.clip(audio() * 20, -1, 1), 8_000)))
    assert word_error_rate(clean, clipped).errors <= 0.6 * len(clean.split())


def test_invalid_audio_raises_and_the_session_continues(live_runtime: Runtime) -> None:
    samples = audio()

    async def feed(session: LiveSession) -> None:
        with pytest.raises(ValueError, match="0 Hz"):
            await session.feed(samples[:100], 0)
        with pytest.raises(ValueError, match="NaN"):
            await session.feed(np.array([0.0, np.nan], np.float32), 16_000)
        with pytest.raises(ValueError, match="mono"):
            await session.feed(samples[:100].reshape(2, 50), 16_000)
        with pytest.raises(TypeError, match="float64"):
            await session.feed(samples[:100].astype(np.float64), 16_000)
        await in_pieces(samples, 5_000)(session)

    assert_recognized(text_of(heard(live_runtime, feed)))


def test_a_finished_session_rejects_audio(live_runtime: Runtime) -> None:
    async def run() -> None:
        async with LiveSession(LISTEN, live_runtime) as session:
            await session.feed(audio()[:8_000], 16_000)
            await session.finish()
            await session.finish()
            with pytest.raises(ValueError, match="finished"):
                await session.feed(audio()[:8_000], 16_000)

    asyncio.run(run())


def test_a_client_that_reads_at_the_end_gets_all_events(live_runtime: Runtime) -> None:
    async def run() -> list[LiveEvent]:
        async with LiveSession(LISTEN, live_runtime, realtime=True) as session:
            await in_pieces(audio(), 1_600)(session)
            await session.finish()
            return [event async for event in session]

    events = asyncio.run(run())
    assert_recognized(text_of(events))
    assert not any(isinstance(one, Partial) and isinstance(two, Partial) for one, two in pairwise(events))


def test_committed_events_can_be_read_after_a_close(live_runtime: Runtime) -> None:
    async def run() -> list[LiveEvent]:
        async with LiveSession(LISTEN, live_runtime) as session:
            await session.feed(audio()[: 16_000 * 4], 16_000)
            async for event in session:
                if isinstance(event, Committed) and event.text:
                    break
        return [event, *[event async for event in session]]

    assert SAID.startswith(text_of(asyncio.run(run()))[:5])


def test_a_source_faster_than_the_model_waits(live_runtime: Runtime) -> None:
    samples = np.tile(audio(), 4)
    most = 0.0

    async def feed(session: LiveSession) -> None:
        nonlocal most
        session._max_held_s = 8.0
        for start in range(0, len(samples), 1_600):
            await session.feed(samples[start : start + 1_600], 16_000)
            most = max(most, session._state.held_s)

    assert text_of(heard(live_runtime, feed)).count("goodbye") == 4
    assert most < 9.1


def test_sessions_share_one_model(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime:

        async def one(shift: int) -> str:
            async with LiveSession(LISTEN, runtime) as session:
                await in_pieces(audio()[shift:], 1_600)(session)
                await session.finish()
                return text_of([event async for event in session])

        async def all_sessions() -> list[str]:
            return await asyncio.gather(*(one(shift) for shift in (0, 100, 200)))

        for text in asyncio.run(all_sessions()):
            assert_recognized(text)
        assert runtime.loader.loads == 2  # the model and the VAD


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("which", ["faster_whisper", "silero_vad"])
def test_a_dead_worker_loses_no_word(tmp_path: Path, which: str) -> None:
    with open_runtime(tmp_path) as runtime:

        async def feed(session: LiveSession) -> None:
            samples = audio()
            await in_pieces(samples[:40_000], 1_600)(session)
            (pid,) = [pid for stats in runtime.run(runtime.stats()) if stats.engine == which for pid in stats.pids]
            os.kill(pid, signal.SIGKILL)
            await in_pieces(samples[40_000:], 1_600)(session)

        assert_recognized(text_of(heard(runtime, feed)))


def test_unsupported_settings_raise_before_any_audio(tmp_path: Path) -> None:
    with open_runtime(tmp_path, tmp_path / "nothing") as runtime:
        with pytest.raises(ValueError, match="language"):
            LiveSession(msgspec.structs.replace(LISTEN, language="xx"), runtime)
        with pytest.raises(ModelMissingError, match="nothing"):
            heard(runtime, in_pieces(audio(), 1_600))


def test_the_command_prints_a_line_per_pause_or_json(live_runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    pcm = (audio() * 32767).astype("<i2").tobytes() + b"\0"  # cut in the middle of a sample
    transcribe_live(LISTEN, live_runtime, source=io.BytesIO(pcm))
    printed = capsys.readouterr()
    assert_recognized(" ".join(printed.out.split()))
    assert len(printed.out.splitlines()) > 1
    assert "s of audio" in printed.err
    floats = audio().astype("<f4").tobytes()
    transcribe_live(LISTEN, live_runtime, source=io.BytesIO(floats), pcm_format="f32le", as_json=True, quiet=True)
    printed = capsys.readouterr()
    events = [msgspec.json.decode(line, type=LiveEvent) for line in printed.out.splitlines()]
    assert_recognized(text_of(events))
    assert printed.err == ""
    with pytest.raises(ValueError, match="--sample-rate"):
        transcribe_live(LISTEN, live_runtime, source=io.BytesIO(pcm), sample_rate=0)


class Broken(io.RawIOBase):
    """A source that returns 100 ms at a time and then fails in the middle of a sample."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = io.BytesIO(pcm)

    def read(self, size: int = -1) -> bytes:
        piece = self._pcm.read(3_200)
        if not piece:
            raise OSError("the line is dead")
        return piece


def test_the_words_before_a_source_error_are_printed(live_runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    pcm = (audio() * 32767).astype("<i2").tobytes()
    with pytest.raises(OSError, match="the line is dead"):
        transcribe_live(LISTEN, live_runtime, source=Broken(pcm[:-1]))
    assert_recognized(" ".join(capsys.readouterr().out.split()))
    floats = np.concatenate([audio(), np.full(16_000, np.nan, np.float32)]).astype("<f4").tobytes()
    with pytest.raises(ValueError, match="NaN"):
        transcribe_live(LISTEN, live_runtime, source=io.BytesIO(floats), pcm_format="f32le")
    # The whole block with the first NaN is rejected.
    assert capsys.readouterr().out.startswith("hello")


def test_feeding_waits_for_a_slow_reader(live_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxweft.jobs.transcribe.live.session._MAX_UNREAD", 2)
    samples = np.tile(audio(), 3)

    async def run() -> list[LiveEvent]:
        async with LiveSession(LISTEN, live_runtime) as session:
            session._max_held_s = 4.0
            feeding = asyncio.create_task(in_pieces(samples, 8_000)(session))
            while len(session._events) <= 2 or session._state.is_busy:  # noqa: ASYNC110  nothing tells that
                await asyncio.sleep(0.01)
            assert not feeding.done()
            assert session.received_s < 0.7 * len(samples) / 16_000
            ending = asyncio.create_task(_end(feeding, session))
            events = [event async for event in session]
            await ending
            return events

    assert text_of(asyncio.run(run())).count("goodbye") == 3


async def _end(feeding: asyncio.Task[None], session: LiveSession) -> None:
    await feeding
    await session.finish()


def test_a_model_error_ends_the_session_and_keeps_the_worker(live_runtime: Runtime) -> None:
    def workers() -> list[int]:
        stats = live_runtime.run(live_runtime.stats())
        return [pid for one in stats if one.engine == "faster_whisper" for pid in one.pids]

    assert_recognized(text_of(heard(live_runtime, in_pieces(audio(), 8_000))))
    before = workers()
    with pytest.raises(SegmentError, match="supports English only, not 'de'"):
        heard(live_runtime, in_pieces(audio(), 8_000), msgspec.structs.replace(LISTEN, language="de"))
    assert_recognized(text_of(heard(live_runtime, in_pieces(audio(), 8_000))))
    assert workers() == before


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to a process of one's own")
def test_an_interruption_keeps_committed_words_and_exits_at_once(tmp_path: Path) -> None:
    script = (
        "import signal, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        # A test run in the background ignores SIGINT, and child processes inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from fixtures_whisper import MODEL, open_runtime; from voxweft.jobs.transcribe import Recognizer\n"
        "from voxweft.cli.live import transcribe_live\n"
        "with open_runtime(Path(sys.argv[2])) as runtime:\n"
        "    engine = Recognizer(engine='faster_whisper', model=MODEL, language='en', params={'beam_size': 1})\n"
        "    transcribe_live(engine, runtime)\n"
    )
    command = [sys.executable, "-c", script, str(SUPPORT), str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        # A pause, and then stdin stays open.
        process.stdin.write((np.concatenate([audio(), np.zeros(32_000, np.float32)]) * 32767).astype("<i2").tobytes())
        process.stdin.flush()
        output = ""
        while "dog" not in output:
            line = process.stdout.readline().decode()
            assert line, process.stderr.read().decode()
            output += line
        process.send_signal(signal.SIGINT)
        process.wait(20)
        error = process.stderr.read().decode()
    assert_recognized(" ".join(output.split()))
    assert "KeyboardInterrupt" in error
    assert "Fatal" not in error
