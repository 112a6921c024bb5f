"""Speech over WebSocket: audio while the text is still being written, barge-in, errors, and the package's client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("fastapi")

import numpy as np
from fixtures_server import TONE, Served, open_runtime, serving
from performer_kit import texts_in
from streaming_kit import eventually
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
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
            assert (len(data), event["chunk_id"]) == (event["size"], sum(m["type"] == "audio" for m in messages))
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
        # Nothing was said since: an empty text is ignored, a message isn't.
        socket.send("")
        socket.send('{"type": "end"}')
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
        socket.send('{"type": "end"}')
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


def test_a_language_model_s_empty_first_delta_ends_nothing(served: Served) -> None:
    with open_socket(served) as socket:
        for part in ("", "", "Hello ", "there.", ""):
            socket.send(part)
        assert receive(socket).messages[-1]["total_chunks"] >= 1
        for part in ('{"type": "text", "text": ""}', "And ", '{"text": ""}', '{"text": "so on."}', ""):
            socket.send(part)
        words = receive(socket)
    assert words.messages[-1]["total_chunks"] >= 1
    assert len(words.audio) > 20_000


@pytest.mark.parametrize("text", ["...", "\u200b", "—", "((("])
def test_marks_alone_are_a_pause_with_the_status_silent(served: Served, text: str) -> None:
    with open_socket(served) as socket:
        for part in (*text, ""):
            socket.send(part)
        audio, messages = receive(socket)
    assert messages[-1] == {"type": "end", "total_chunks": 1, "status": "silent"}
    assert audio == bytes(2 * round(0.3 * 22_050))


def refusal(socket: ClientConnection) -> tuple[dict[str, Any], int, str]:
    """Return the error that a socket receives, and the code and reason with which it is closed."""
    error = json.loads(socket.recv(30))
    assert error["type"] == "error"
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(30)
    assert closed.value.rcvd is not None
    return error, closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize(
    ("first", "expected", "code"),
    [
        ('{"voice": "nobody"}', "has no voice 'nobody'", 1008),
        ('{"speed": "fast"}', "speed: ", 1008),
        ('{"speed": NaN}', "speed: ", 1008),
        ('{"speed": 1e999}', "speed: ", 1008),
        ('{"speed": 0}', "speed: ", 1008),
        ('{"seed": -1}', "seed", 1008),
        (f'{{"seed": {10**30}}}', "seed: ", 1008),
        ('{"level": "loud"}', "level: ", 1008),
        ('{"params": {"pitch": [1]}}', "params.pitch", 1008),
        ("Hello", "first message must be a JSON object", 1008),
        ("null", "first message must be a JSON object", 1008),
        ('{"params": ' + '{"a": ' * 2000 + "1" + "}" * 2001, "nested too deeply", 1008),
        (b"\0\0", "first message must be a JSON object", 1008),
        ('{"model": "kokoro"}', "kokoro", 1008),
        ('{"sample_rate": 1}', "sample_rate must be between", 1008),
    ],
)
def test_invalid_first_messages_are_explained(served: Served, first: str | bytes, expected: str, code: int) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(first)
        error, closed_with, reason = refusal(socket)
    assert expected in error["message"]
    assert closed_with == code
    assert error["message"].startswith(reason)


@pytest.mark.parametrize(
    "message", ['{"type": "stop"}', '{"type": "text", "text": 5}', '{"text": "hi", "speed": "fast"}']
)
def test_an_unknown_message_is_refused_and_never_spoken(served: Served, message: str) -> None:
    with open_socket(served) as socket:
        socket.send(message)
        socket.send("")
        error, code, _ = refusal(socket)
    assert (error["code"] in ("unknown_message", "invalid_value"), code) == (True, 1008)


def test_ready_names_the_voice_that_speaks_and_what_is_ignored(served: Served) -> None:
    first = {"language": "fr-fr", "voice": None, "speed": None, "type": "init", "format": "mp3"}
    with connect(f"{served.socket_url}/ws/tts/live?model=espeak&pitch=2") as socket:
        socket.send(json.dumps(first))
        ready = json.loads(socket.recv(30))
    assert (ready["type"], ready["model"], ready["voice"]) == ("ready", "espeak", "fr-fr")
    assert ready["ignored"] == ["format", "pitch", "type"]


def test_an_engine_failure_is_sent(served: Served) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": "tone", "params": {"fault": "raise", "chunks": 2}}))
        socket.recv(30)
        socket.send("Trouble.")
        socket.send("")
        received = receive(socket, "error")
        assert "the engine's own message" in received.messages[-1]["message"]


def frames(socket: ClientConnection) -> tuple[bytes, int, str]:
    """Receive binary frames until the server closes. Return their bytes, and the code and reason of the close."""
    audio = b""
    while True:
        try:
            frame = socket.recv(30)
        except ConnectionClosed as closed:
            given = closed.rcvd or Close(1006, "no close frame")
            return audio, given.code, given.reason
        assert isinstance(frame, bytes), frame
        audio += frame


PLAIN_URL = "/tts/ws?model=espeak&voice=en-us"


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", ["", "Good mor", "ning to ", "you.", ""]),
        ("&voice=de", ['{"voice": "en-us"}', "Good morning to you.", '{"type": "end"}']),
        ("", ['{"text": "Good morning"}', '{"type": "text", "text": " to you."}', ""]),
    ],
)
def test_a_binary_session_answers_with_audio_alone(served: Served, query: str, sent: list[str]) -> None:
    body = {"input": "Good morning to you.", "model": "espeak", "voice": "en-us", "response_format": "pcm"}
    whole = served.client.post("/v1/audio/speech", json=body).content
    with connect(f"{served.socket_url}{PLAIN_URL}{query}") as socket:
        for message in sent:
            socket.send(message)
        assert frames(socket) == (whole, 1000, "")


@pytest.mark.parametrize(
    ("url", "sent", "reason"),
    [
        ("/tts/ws?speed=fast", [], "invalid settings: speed: "),
        ("/tts/ws?format=mp3", [], "unknown field 'format'"),
        ("/tts/ws?word_timestamps=true", [], "word_timestamps needs"),
        (PLAIN_URL, ['{"text": "hi", "speed": "fast"}'], "invalid settings: speed: "),
        (PLAIN_URL, ['{"text": 5}'], "text must be a string"),
        (PLAIN_URL, ["Hi.", '{"text": "hi", "speed": 2}'], "a message of type 'text' has no field 'speed'"),
        (PLAIN_URL, ['{"type": "cancel"}'], 'unknown message type "cancel"; use text, flush or end'),
        (PLAIN_URL, [b"x"], "unexpected binary frame"),
        ("/tts/ws?voice=nobody", ["Hi."], "engine 'espeak' has no voice 'nobody'"),
    ],
)
def test_a_binary_session_gives_the_reason_when_it_closes(
    served: Served, url: str, sent: list[str | bytes], reason: str
) -> None:
    with connect(f"{served.socket_url}{url}") as socket:
        for message in sent:
            socket.send(message)
        _, code, given = frames(socket)
    assert (code, given[: len(reason)]) == (1008, reason)


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
            asyncio.run(speak("http://127.0.0.1:9", mode, ""))


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


def test_utterances_that_wait_are_limited(served: Served) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": "tone", "params": {"chunks": 600, "delay_s": 0.05}}))
        assert json.loads(socket.recv(30))["type"] == "ready"
        socket.send("Something that is long.")
        for _ in range(110):
            socket.send('{"type": "end"}')
        _, messages = receive(socket, "error")
    assert messages[-1]["code"] == "too_many_utterances"
    assert "100 utterances" in messages[-1]["message"]


@pytest.mark.parametrize("fields", [{"model": "\ud800"}, {"voice": "\ud800"}, {"params": {"\ud800": 1}}])
def test_half_a_surrogate_pair_is_explained(served: Served, fields: dict[str, Any]) -> None:
    with connect(f"{served.socket_url}/ws/tts/live") as socket:
        socket.send(json.dumps(fields))
        error = json.loads(socket.recv(30))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(30)
    assert (error["type"], "\\ud800" in error["message"]) == ("error", True)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.parametrize("path", ["/ws/tts/live", "/tts/ws"])
def test_a_socket_whose_text_never_ends_neither_holds_a_place_nor_stays(tmp_path: Path, path: str) -> None:
    with (
        open_runtime(tmp_path) as runtime,
        serving(runtime, active=1, queued=1, idle_timeout_s=2.0) as served,
        connect(f"{served.socket_url}{path}?model=tone&voice=noise") as socket,
    ):
        if path == "/ws/tts/live":
            socket.send("{}")
            assert json.loads(socket.recv(30))["type"] == "ready"
        socket.send("Hm")
        eventually(lambda: sum(served.stats()["jobs"].get("tone", {}).values()) == 1, "it has a place")
        assert served.speech("Hm.", **TONE).status_code == 200
        with suppress(ConnectionClosed):
            list(socket)
        assert (socket.close_code, socket.close_reason) == (1008, "no message for 2 s; connect again")
