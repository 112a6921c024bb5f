"""Speech over WebSocket: audio while the text is still being written, barge-in, errors, and the package's client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

pytest.importorskip("fastapi")

import numpy as np
from fixtures_server import Served, open_runtime, serving
from performer_kit import texts_in
from streaming_kit import eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from voxweft.server.client import Mode, SynthesisError, live_stream_synthesis


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("live")) as runtime, serving(runtime) as server:
        yield server


class Received(NamedTuple):
    """The audio and messages up to a final message."""

    audio: bytes
    messages: list[dict[str, Any]]


def receive(socket: ClientConnection, until: str = "end") -> Received:
    """Receive until a message of a kind, and check that each announced audio frame follows in order."""
    audio, messages = b"", []
    while True:
        event = json.loads(socket.recv(30))
        messages.append(event)
        if event["type"] == "audio":
            data = socket.recv(30)
            assert isinstance(data, bytes)
            assert (len(data), event["chunk_id"]) == (event["size"], sum(m["type"] == "audio" for m in messages) - 1)
            audio += data
        elif event["type"] == until:
            return Received(audio, messages)
        assert event["type"] != "error" or until == "error", event


@contextmanager
def open_socket(served: Served, **config: Any) -> Iterator[ClientConnection]:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": "espeak", "voice": "en-us", **config}))
        ready = json.loads(socket.recv(30))
        assert ready["type"] == "ready", ready
        rate = 8000 if config.get("model") == "performer" else config.get("sample_rate") or 22_050
        assert (ready["sample_rate"], ready["format"]) == (rate, "pcm_s16le")
        yield socket


def test_audio_comes_before_the_text_is_complete(served: Served) -> None:
    with open_socket(served) as socket:
        for part in ("Good mor", "ning to you. ", "And"):
            socket.send(part)
        first = json.loads(socket.recv(30))
        assert first["type"] == "audio"
        assert len(socket.recv(30)) == first["size"]
        socket.send(" good night.")
        socket.send("")
        # The next utterance works the same way.
        while json.loads(message := socket.recv(30))["type"] != "end":
            socket.recv(30)
        assert json.loads(message)["total_chunks"] >= 2
        socket.send("Again.")
        socket.send("")
        assert len(receive(socket).audio) > 10_000
        socket.send("")
        assert receive(socket).messages == [{"type": "end", "total_chunks": 0}]


def test_streamed_text_gives_the_same_audio(served: Served) -> None:
    text = "This is one. This is another."
    whole = served.client.post("/v1/audio/speech-stream", json={"input": text, "model": "espeak"}).content
    with open_socket(served, word_timestamps=True) as socket:
        for word in text.split(" "):
            socket.send(json.dumps({"type": "text", "text": f"{word} "}))
        socket.send(json.dumps({"type": "end"}))
        received = receive(socket)
    assert received.audio == whole
    words = [word for event in received.messages for word in event.get("words", ())]
    assert [word["word"].strip(".") for word in words] == ["This", "is", "one", "This", "is", "another"]
    assert words[3]["start_s"] > words[2]["end_s"]


def test_flush_speaks_the_text_so_far(served: Served) -> None:
    with open_socket(served, sample_rate=16_000) as socket:
        socket.send("No full stop here")
        socket.send('{"type": "flush"}')
        assert json.loads(socket.recv(30))["type"] == "audio"


def test_a_complete_sentence_is_spoken_at_once(served: Served) -> None:
    with open_socket(served) as socket:
        socket.send("That is all for now.")
        assert json.loads(socket.recv(30))["type"] == "audio"


def test_barge_in_stops_at_once(served: Served) -> None:
    slow = {"model": "tone", "voice": "", "params": {"chunks": 600, "delay_s": 0.05}}
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps(slow))
        assert json.loads(socket.recv(30))["sample_rate"] == 24_000
        socket.send("Something very long. And more.")
        assert json.loads(socket.recv(30))["type"] == "audio"
        socket.send('{"type": "cancel"}')
        messages = []
        while not messages or messages[-1] != {"type": "cancelled"}:
            message = socket.recv(30)
            messages += [] if isinstance(message, bytes) else [json.loads(message)]
        eventually(lambda: not served.service.runtime.coordinator.jobs, "the job is cancelled")
        # None of its audio follows, and the next utterance is a new one.
        socket.send("")
        assert json.loads(socket.recv(30)) == {"type": "end", "total_chunks": 0}


def test_a_client_that_disconnects_cancels_its_job(served: Served) -> None:
    slow = {"model": "tone", "params": {"chunks": 600, "delay_s": 0.05}}
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps(slow))
        socket.recv(30)
        socket.send("Something else that is long. And more.")
        socket.recv(30)
        socket.socket.close()
    eventually(lambda: not served.service.runtime.coordinator.jobs, "the job is cancelled")
    eventually(lambda: served.stats()["jobs"]["tone"]["active"] == 0, "its slot is released")


@pytest.mark.parametrize(
    ("first", "expected", "code"),
    [
        ('{"voice": "nobody"}', "has no voice 'nobody'", 1008),
        ('{"speed": "fast"}', "invalid first message", 1008),
        ("Hello", "invalid first message", 1008),
        ('{"params": ' + '{"a": ' * 2000 + "1" + "}" * 2001, "invalid first message", 1008),
        (b"\0\0", "first message must be a JSON object", 1008),
        ('{"model": "kokoro"}', "kokoro", 1011),
        ('{"sample_rate": 1}', "sample_rate must be between", 1008),
    ],
)
def test_invalid_first_messages_are_explained(served: Served, first: str | bytes, expected: str, code: int) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(first)
        error = json.loads(socket.recv(30))
        assert error["type"] == "error"
        assert expected in error["message"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


def test_an_engine_failure_is_sent(served: Served) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": "tone", "params": {"fault": "raise", "chunks": 2}}))
        socket.recv(30)
        socket.send("Trouble.")
        socket.send("")
        received = receive(socket, "error")
        assert "the engine's own message" in received.messages[-1]["message"]


def test_plain_messages_are_spoken_whole(served: Served) -> None:
    with connect(f"{served.socket_url}/tts/ws?model=espeak&voice=de&sample_rate=16000") as socket:
        socket.send("Guten Tag.")
        received = receive(socket)
        assert received.messages[0]["sample_rate"] == 16_000
        assert len(received.audio) > 8_000
        socket.send('{"text": "Good day.", "voice": "en-us"}')
        assert receive(socket).messages[0]["voice"] == "en-us"
        socket.send('{"level": "loud"} is no message, but text.')
        assert receive(socket).messages[-1]["type"] == "end"
        socket.send('{"text": "Good day.", "level": "loud"}')
        assert "invalid message" in receive(socket, "error").messages[-1]["message"]


async def _words(text: str) -> AsyncIterator[str]:
    for word in text.split(" "):
        await asyncio.sleep(0)
        yield f"{word} "


@pytest.mark.parametrize("mode", ["live", "buffered", "auto"])
def test_the_client_in_the_package(served: Served, mode: Mode) -> None:
    text = "One thing is certain. Nobody knows it."

    async def speak() -> bytes:
        settings = {"model": "espeak", "voice": "en-us", "sample_rate": 24_000}
        return b"".join(
            [audio async for audio in live_stream_synthesis(_words(text), url=served.url, mode=mode, **settings)]
        )

    samples = np.frombuffer(asyncio.run(speak()), "<i2")
    assert 1.5 < len(samples) / 24_000 < 5


def test_the_client_raises_the_server_s_errors(served: Served) -> None:
    async def speak(url: str, mode: Mode, voice: str) -> bytes:
        return b"".join(
            [audio async for audio in live_stream_synthesis(_words("A b."), url=url, mode=mode, voice=voice)]
        )

    for mode in ("live", "buffered", "auto"):
        with pytest.raises(SynthesisError, match="no voice 'nobody'"):
            asyncio.run(speak(served.url, mode, "nobody"))
    with pytest.raises(SynthesisError, match=r"connection to .* failed"):
        asyncio.run(speak("http://127.0.0.1:9", "live", ""))


def test_the_client_falls_back_to_http(served: Served) -> None:
    """A proxy may block WebSockets: the text that was already consumed isn't lost."""

    async def speak() -> bytes:
        return b"".join(
            [audio async for audio in live_stream_synthesis(_words("Hello. Hello."), url=served.url, model="espeak")]
        )

    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_arguments: object, **_options: object) -> None:
            raise OSError("no WebSockets here")

        patch.setattr("voxweft.server.client.connect", refuse)
        assert len(asyncio.run(speak())) > 10_000


def test_a_sound_may_arrive_in_parts(served: Served) -> None:
    with open_socket(served, model="performer", voice="", sample_rate=None) as socket:
        for part in ("Well, my dear friend [lau", "ghs], ye", "s. [cou", "ghs]", ""):
            socket.send(part)
        audio, messages = receive(socket)
    assert texts_in(np.frombuffer(audio, "<i2") / 32768) == ["Well, my dear friend [laugh],", "yes."]
    assert messages[-1]["notes"] == ["[coughs] is left out: model 'lively' of engine 'performer' doesn't perform it"]
