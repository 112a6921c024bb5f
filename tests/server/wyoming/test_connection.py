"""Wyoming by the client of the package `wyoming`, and Home Assistant's own sequences of events."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar, cast

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("wyoming")

import numpy as np
from fixtures_server import Served, open_runtime, serving
from streaming_kit import ENGINES
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

SPEECH = {"model": "espeak", "response_format": "pcm"}
PCM = AudioStart(rate=16000, width=2, channels=1)
NOISE = SynthesizeVoice(name="tone/noise")
T = TypeVar("T")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("wyoming")
    # `describe` starts the workers of all engines: no more than are needed.
    engines = home / "engines"
    engines.mkdir()
    for name in ("tone", "recognizer"):
        shutil.copytree(ENGINES / name, engines / name)
    settings = {"wyoming": "127.0.0.1:0", "max_text_chars": 2000}
    with open_runtime(home, engine_folders=(engines,)) as runtime, serving(runtime, **settings) as started:
        yield started


def run(conversation: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(conversation, 60))


def client(served: Served) -> AsyncTcpClient:
    return AsyncTcpClient("127.0.0.1", served.wyoming_port, connect_timeout=30, read_timeout=30)


async def read_until(opened: AsyncTcpClient, last: str) -> list[Event]:
    """Return the events up to the last one; up to the end of the connection if it doesn't come."""
    events: list[Event] = []
    while not events or events[-1].type not in (last, "error"):
        event = await opened.read_event()
        if event is None:
            break
        events.append(event)
    return events


async def ask(served: Served, last: str, *messages: Any) -> list[Event]:
    async with client(served) as opened:
        for message in messages:
            await opened.write_event(message.event())
        return await read_until(opened, last)


def audio_of(events: list[Event]) -> bytes:
    return b"".join(event.payload or b"" for event in events if event.type == "audio-chunk")


def kinds(events: list[Event]) -> list[str]:
    """Return the types in order, without repeats."""
    found = [event.type for event in events]
    return [kind for index, kind in enumerate(found) if index == 0 or found[index - 1] != kind]


def test_describe_lists_one_program_of_each_task_with_the_voices_of_all_engines(served: Served) -> None:
    (event,) = run(ask(served, "info", Describe()))
    info = Info.from_event(event)
    (speech,) = info.tts
    (recognition,) = info.asr
    assert speech.installed
    assert speech.supports_synthesize_streaming
    assert recognition.installed
    assert recognition.supports_transcript_streaming
    voices = {voice.name: voice for voice in speech.voices}
    assert len(voices) == len(speech.voices)
    british = voices["espeak/en-gb"]
    assert british.installed
    assert british.languages == ["en-GB", "en"]
    assert british.description == "eSpeak NG: English (Great Britain)"
    assert british.version
    assert british.attribution.name == "eSpeak NG"
    assert not any("+" in name for name in voices), "variants aren't voices"
    # Home Assistant takes the voice whose description sorts first.
    american = sorted((voice for voice in speech.voices if "en-US" in voice.languages), key=lambda v: v.description)
    assert american[0].name == "espeak/en-us"
    assert [model.name for model in recognition.models] == ["recognizer"]


def test_home_assistant_speaks_a_whole_text(served: Served) -> None:
    events = run(ask(served, "audio-stop", Synthesize(text="Good morning.", voice=NOISE)))
    assert kinds(events) == ["audio-start", "audio-chunk", "audio-stop"]
    formats = {tuple(event.data[name] for name in ("rate", "width", "channels")) for event in events[:-1]}
    assert formats == {(24000, 2, 1)}
    assert all(len(event.payload or b"") <= 8192 for event in events)
    spoken = served.speech("Good morning.", model="tone", voice="noise", response_format="pcm").content
    assert audio_of(events) == spoken, "the same as over HTTP"
    assert events[-1].data["timestamp"] == round(len(spoken) / 48)


def test_home_assistant_speaks_a_text_while_it_is_written(served: Served) -> None:
    async def converse() -> list[Event]:
        async with client(served) as opened:
            await opened.write_event(SynthesizeStart(voice=NOISE).event())
            await opened.write_event(SynthesizeChunk(text="The lamp is on. The d").event())
            # Before the text is complete.
            events = await read_until(opened, "audio-chunk")
            await opened.write_event(SynthesizeChunk(text="oor is closed.").event())
            await opened.write_event(Synthesize(text="The lamp is on. The door is closed.", voice=NOISE).event())
            await opened.write_event(SynthesizeStop().event())
            return events + await read_until(opened, "synthesize-stopped")

    events = run(converse())
    assert kinds(events) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    whole = run(ask(served, "audio-stop", Synthesize(text="The lamp is on. The door is closed.", voice=NOISE)))
    assert len(audio_of(events)) == len(audio_of(whole)), "the copy of the whole text isn't spoken"


def test_a_stream_without_text_is_empty_audio(served: Served) -> None:
    events = run(ask(served, "synthesize-stopped", SynthesizeStart(voice=NOISE), SynthesizeStop()))
    assert kinds(events) == ["audio-start", "audio-stop", "synthesize-stopped"]


def spoken(served: Served, rate: int) -> np.ndarray:
    """Return speech at a rate, int16, with silence before and after."""
    pcm = served.speech("Turn on the light in the kitchen.", voice="en-us", **SPEECH, sample_rate=rate).content
    silence = np.zeros(rate // 2, np.int16)
    return np.concatenate([silence, np.frombuffer(pcm, "<i2"), silence, silence])


def chunks_of(samples: np.ndarray, rate: int, width: int, channels: int) -> Iterator[AudioChunk]:
    """Yield int16 samples in a format, in pieces that end within samples."""
    data = (samples.astype("<i4") << 16).view(np.uint8).reshape(-1, 1, 4)[:, :, 4 - width :]
    if width == 1:
        data = data + np.uint8(128)
    pcm = np.repeat(data, channels, axis=1).tobytes()
    for start in range(0, len(pcm), 5001):
        yield AudioChunk(rate=rate, width=width, channels=channels, audio=pcm[start : start + 5001])


@pytest.mark.parametrize(
    ("rate", "width", "channels"), [(16000, 2, 1), (48000, 3, 2), (8000, 1, 1), (44100, 4, 3)], ids=str
)
def test_recordings_of_any_format_are_transcribed(served: Served, rate: int, width: int, channels: int) -> None:
    samples = spoken(served, rate)
    start = AudioStart(rate=rate, width=width, channels=channels)
    chunks = chunks_of(samples, rate, width, channels)
    events = run(ask(served, "transcript-stop", Transcribe(language="en"), start, *chunks, AudioStop()))
    assert kinds(events) == ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]
    transcript = events[-2].data
    assert "".join(event.data["text"] for event in events if event.type == "transcript-chunk") == transcript["text"]
    assert transcript["language"] == "en"
    heard = max(int(level) for level in re.findall(r"level(\d+)", transcript["text"]))
    assert heard == pytest.approx(np.abs(samples / 32768).max() * 100, abs=5), "the engine hears how loud it is"


def test_pings_and_unknown_events_don_t_end_a_connection(served: Served) -> None:
    async def converse() -> list[Event | None]:
        async with client(served) as opened:
            await opened.write_event(Event(type="select-program", data={"name": "voxweft"}))
            await opened.write_event(Event(type="run-satellite"))
            await opened.write_event(Ping(text="there?").event())
            pong = await opened.read_event()
            await opened.write_event(Synthesize(text="One.", voice=NOISE).event())
            await opened.write_event(Synthesize(text="Two.", voice=NOISE).event())
            first = await read_until(opened, "audio-stop")
            second = await read_until(opened, "audio-stop")
            return [pong, first[-1], second[-1]]

    pong, first, second = run(converse())
    assert (pong.type, pong.data) == ("pong", {"text": "there?"})
    assert first.type == second.type == "audio-stop"


def requests_by_voice(served: Served) -> Counter[tuple[str, str]]:
    return Counter({(row["engine"], row["voice"]): row["requests"] for row in served.stats()["voices"]})


@pytest.mark.parametrize(
    ("voice", "engine", "spoken_by"),
    [
        ({"name": "noise"}, "tone", "noise"),
        ({"name": "tone", "speaker": "noise"}, "tone", "noise"),
        ({"name": "espeak/de"}, "espeak", "de"),
        ({"name": "de"}, "espeak", "de"),
        ({"name": "espeak/en-us", "speaker": "f2"}, "espeak", "en-us+f2"),
        ({"name": "espeak/en-us", "speaker": "+f2"}, "espeak", "en-us+f2"),
        ({"language": "pl"}, "espeak", "pl"),
        ({"language": "pt-BR"}, "espeak", "pt-br"),
        ({"language": "pt_BR", "speaker": "f2"}, "espeak", "pt-br+f2"),
        ({"name": "espeak/en-us", "language": "de", "speaker": None}, "espeak", "en-us"),
    ],
    ids=str,
)
def test_voices_by_name_speaker_or_language(served: Served, voice: dict[str, str], engine: str, spoken_by: str) -> None:
    async def converse() -> list[Event]:
        async with client(served) as opened:
            await opened.write_event(Event(type="synthesize", data={"text": "Hm.", "voice": voice}))
            return await read_until(opened, "audio-stop")

    before = requests_by_voice(served)
    assert run(converse())[-1].type == "audio-stop"
    (used,) = requests_by_voice(served) - before
    assert used == (engine, spoken_by)


@pytest.mark.parametrize(
    ("messages", "code", "words"),
    [
        ([Synthesize(text="Hm.", voice=SynthesizeVoice(name="tone/nobody"))], "unknown_voice", "nobody"),
        ([Synthesize(text="Hm.", voice=SynthesizeVoice(name="tone/noise", speaker="b"))], "invalid_value", "speaker"),
        ([Synthesize(text=" ", voice=NOISE)], "invalid_value", "empty"),
        ([Synthesize(text="a" * 2001, voice=NOISE)], "text_too_long", "2001"),
        ([Synthesize(text="Hm.", voice=NOISE, text_format="rtf")], "invalid_value", "rtf"),
        ([SynthesizeStart(voice=NOISE), SynthesizeChunk(text="a" * 2001)], "text_too_long", "2001"),
        ([SynthesizeStart(voice=NOISE), SynthesizeStart(voice=NOISE)], "bad_event", "synthesize-stop"),
        ([SynthesizeStart(voice=NOISE), PCM], "bad_event", "synthesize-stop"),
        ([PCM, Synthesize(text="Hm.", voice=NOISE)], "bad_event", "audio-stop"),
        ([PCM, PCM], "bad_event", "audio-stop"),
        ([SynthesizeStop()], "bad_event", "synthesize-start"),
        ([AudioStop()], "bad_event", "audio-start"),
        ([AudioStart(rate=16000, width=5, channels=1)], "bad_event", "width"),
        ([Ping(text=cast("Any", 5))], "bad_event", "text: must be text, not an integer"),
        ([AudioStart(rate=1, width=2, channels=1)], "invalid_value", "8000"),
        ([AudioStart(rate=16000, width=2, channels=0)], "invalid_value", "channels"),
        ([Transcribe(name="nothing"), AudioStart(rate=16000, width=2, channels=1)], "model_not_found", "nothing"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[-1].event().type,
)
def test_an_error_is_an_event_and_ends_the_connection(
    served: Served, messages: list[Any], code: str, words: str
) -> None:
    async def converse() -> tuple[list[Event], Event | None]:
        async with client(served) as opened:
            for message in messages:
                await opened.write_event(message.event())
            return await read_until(opened, "audio-stop"), await opened.read_event()

    events, after = run(converse())
    assert events[-1].type == "error"
    assert events[-1].data["code"] == code
    assert words in events[-1].data["text"]
    assert after is None
