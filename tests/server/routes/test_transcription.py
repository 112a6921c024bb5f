"""Recognition over HTTP and WebSocket with the small real model: formats, streams, live words, barge-in."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optional import skip_without

pytest.importorskip("fastapi")
skip_without("faster_whisper")
pytest.importorskip("openai")

import numpy as np
import openai
from fixtures_server import Served, message, serving
from fixtures_whisper import FOX, KINDS, open_runtime, resampled, speech, write_media
from streaming_kit import eventually
from websockets.sync.client import connect

from voxweft.server.service.recognition_request import RunningText
from voxweft.text.wer import word_error_rate

MODEL = "faster_whisper/turbo"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("asr")) as runtime, serving(runtime, max_upload_bytes=2 << 20) as server:
        yield server


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_media(tmp_path_factory.mktemp("fox") / "fox.mp3", speech(FOX), KINDS["mp3"]).read_bytes()


def transcribe(served: Served, recording: bytes, path: str = "transcriptions", **fields: Any) -> Any:
    files = {"file": ("../../etc/passwd", recording)}
    return served.client.post(f"/v1/audio/{path}", files=files, data={"model": MODEL, "language": "en"} | fields)


def wave_file(rate: int, n_samples: int) -> bytes:
    """Return a WAV file of silence."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * n_samples))
    return data.getvalue()


def assert_fox(text: str) -> None:
    assert word_error_rate(FOX, text).errors <= 1, text


def test_a_recording_beyond_the_limit_never_reaches_a_recognizer(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime, serving(runtime, max_audio_s=60) as served:
        for kind in ("flac", "mp3"):
            silence = write_media(tmp_path / f"long.{kind}", np.zeros(100 * 24_000, np.float32), KINDS[kind])
            refused = transcribe(served, silence.read_bytes())
            assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_long"), kind
        assert served.client.get("/ready").json()["loaded"] == []


def test_every_format(served: Served, recording: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert_fox(transcribe(served, recording).json()["text"])
    text = transcribe(served, recording, response_format="text")
    assert text.headers["content-type"].startswith("text/plain")
    assert_fox(text.text)
    srt = transcribe(served, recording, response_format="srt").text
    assert srt.startswith("1\n00:00:0")
    assert transcribe(served, recording, response_format="vtt").text.startswith("WEBVTT")
    verbose = transcribe(
        served, recording, response_format="verbose_json", **{"timestamp_granularities[]": ["word", "segment"]}
    ).json()
    assert (verbose["task"], verbose["language"]) == ("transcribe", "english")
    assert_fox(verbose["text"])
    assert_fox(" ".join(word["word"] for word in verbose["words"]))
    assert 1.5 < verbose["words"][-1]["end"] <= verbose["duration"] + 0.1
    assert verbose["segments"][0]["id"] == 0
    eventually(lambda: not list(tmp_path.iterdir()), "the upload is deleted")


def test_openai_s_own_client_streams(served: Served, recording: bytes) -> None:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as client:
        events = list(
            client.audio.transcriptions.create(
                model=MODEL, file=("fox.mp3", io.BytesIO(recording)), stream=True, language="en"
            )
        )
        plain = client.audio.transcriptions.create(model=MODEL, file=("fox.mp3", io.BytesIO(recording)), language="en")
    assert {event.type for event in events[:-1]} == {"transcript.text.delta"}
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == plain.text
    assert_fox(plain.text)


def test_a_long_recording_takes_turns_with_others(tmp_path: Path, recording: bytes) -> None:
    talk = np.tile(np.concatenate([speech(FOX), np.zeros(12_000, np.float32)]), 36)
    long = write_media(tmp_path / "long.flac", talk, KINDS["flac"]).read_bytes()
    with open_runtime(tmp_path) as runtime, serving(runtime, active=1) as served:
        fields = {"model": MODEL, "language": "en", "stream": "true"}
        url = "/v1/audio/transcriptions"
        with served.client.stream("POST", url, files={"file": ("a", long)}, data=fields) as events:
            lines = events.iter_lines()
            next(lines)
            assert_fox(transcribe(served, recording).json()["text"])
            # It had to wait for a part of the long one only, although one job runs at a time.
            jobs = {"active": 1, "queued": 0, "stalled": 0}
            eventually(lambda: served.stats()["jobs"]["faster_whisper"] == jobs, "the long one goes on")
            text = json.loads([line for line in lines if line][-1].removeprefix("data: "))["text"]
    assert text.lower().count("fox") >= 30


def test_invalid_requests_are_explained(served: Served, recording: bytes) -> None:
    cases: list[tuple[int, str, Any]] = [
        (400, "the file is empty", transcribe(served, b"")),
        (422, "the recording is not an audio or video file", transcribe(served, b"this is no sound at all" * 100)),
        (422, "sample rate of 1 Hz", transcribe(served, wave_file(1, 16_000))),
        (413, "maximum 3 MiB", transcribe(served, b"x" * (4 << 20))),
        (
            400,
            "temperature is '1.5'; it must be a number between 0 and 1",
            transcribe(served, recording, temperature="1.5"),
        ),
        (400, "tells speakers apart", transcribe(served, recording, response_format="diarized_json")),
        (400, "include is 'tokens'", transcribe(served, recording, **{"include[]": "tokens"})),
        (400, "'beam_size' is 0, outside 1", transcribe(served, recording, beam_size="0")),
        (400, "'part_s' must be a finite number", transcribe(served, recording, params=f'{{"part_s": 1{"0" * 400}}}')),
        (400, "'beam_size' must be an integer, not '[[[", transcribe(served, recording, beam_size="[" * 100_000)),
        (400, "'beam_size' must be an integer, not true", transcribe(served, recording, params='{"beam_size": true}')),
        (400, "no parameter 'beams'; did you mean 'beam_size'", transcribe(served, recording, params='{"beams": 2}')),
        (400, "audio/translations", transcribe(served, recording, params='{"task": "translate"}')),
        (400, "can't be streamed", transcribe(served, recording, stream="true", response_format="srt")),
        (400, "verbose_json", transcribe(served, recording, **{"timestamp_granularities[]": "word"})),
        (404, "unknown model", transcribe(served, recording, model="whispr")),
        (400, "is for speech, not recognition", transcribe(served, recording, model="espeak")),
        (400, "doesn't understand the language", transcribe(served, recording, language="tlh")),
        (400, "response_format", transcribe(served, recording, response_format="xml")),
    ]
    for status, expected, response in cases:
        assert (response.status_code, expected in message(response)) == (status, True), response.text
    missing = served.client.post("/v1/audio/transcriptions", data={"model": MODEL})
    assert (missing.status_code, "file" in message(missing)) == (400, True)
    broken = transcribe(served, b"no sound" * 50, stream="true")
    assert broken.status_code == 422


def test_the_deltas_of_a_running_text_join_to_the_whole() -> None:
    running = RunningText()
    assert [running.add(text) for text in ("Hello.", "", "How?", "你好。", "世界")] == [
        "Hello.",
        "",
        " How?",
        " 你好。",
        "世界",
    ]
    assert running.text == "Hello. How? 你好。世界"
    chinese = RunningText()
    assert [chinese.add(text) for text in ("你好", "世界")] == ["你好", "世界"]


def pcm(rate_hz: int = 16_000) -> bytes:
    silence = np.zeros(rate_hz // 2, np.float32)
    samples = np.concatenate([silence, resampled(speech(FOX), rate_hz), silence, silence])
    return (samples * 32767).astype("<i2").tobytes()


def test_live_words(served: Served) -> None:
    with connect(f"{served.socket_url}/ws/asr/live") as socket:
        socket.send(json.dumps({"model": MODEL, "language": "en", "sample_rate": 16_000}))
        assert json.loads(socket.recv(60))["type"] == "ready"
        data = pcm()
        for start in range(0, len(data), 3_201):
            socket.send(data[start : start + 3_201])
        socket.send('{"type": "finish"}')
        messages = [json.loads(socket.recv(60))]
        while messages[-1]["type"] != "done":
            messages.append(json.loads(socket.recv(60)))
    assert_fox(messages[-1]["text"])
    committed = [event for event in messages if event["type"] == "committed"]
    assert_fox(" ".join(word["word"] for event in committed for word in event["words"]))
    assert messages[-1]["duration"] > 2
    eventually(lambda: served.stats()["jobs"]["faster_whisper"]["active"] == 0, "its slot is released")


def test_both_directions_and_barge_in(served: Served) -> None:
    with connect(f"{served.socket_url}/ws/voice") as socket:
        config = {"speech": {"model": "espeak"}, "recognition": {"model": MODEL, "language": "en"}}
        socket.send(json.dumps(config))
        ready = json.loads(socket.recv(60))
        assert (ready["sample_rate"], ready["recognition"]["sample_rate"]) == (22_050, 16_000)
        socket.send("Hello there. ")
        socket.send("")
        kinds = []
        while not kinds or kinds[-1] != "end":
            received = socket.recv(60)
            kinds += [] if isinstance(received, bytes) else [json.loads(received)["type"]]
        assert kinds[0] == "audio"
        # Recognized speech cancels an utterance that has begun and isn't complete.
        socket.send("And then, as I was saying, ")
        socket.send(pcm())
        socket.send('{"type": "finish"}')
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["type"] != "done":
            received = socket.recv(60)
            heard += [] if isinstance(received, bytes) else [json.loads(received)]
    kinds = [event["type"] for event in heard]
    assert kinds.index("speech_started") < kinds.index("cancelled")
    assert "end" not in kinds
    assert "audio" not in kinds[kinds.index("cancelled") :]
    assert_fox(heard[-1]["text"])


def test_a_microphone_that_is_off_holds_no_place(tmp_path: Path) -> None:
    with (
        open_runtime(tmp_path) as runtime,
        serving(runtime, active=1, queued=1) as served,
        contextlib.ExitStack() as sockets,
    ):
        for _ in range(2):
            socket = sockets.enter_context(connect(f"{served.socket_url}/ws/asr/live"))
            socket.send(json.dumps({"model": MODEL}))
            assert json.loads(socket.recv(60))["type"] == "ready", "the one before has no audio"
            socket.send(bytes(3_200))
        # One that speaks again goes on at once.
        socket.send(pcm())
        socket.send('{"type": "finish"}')
        while (event := json.loads(socket.recv(60)))["type"] != "done":
            pass
        assert_fox(event["text"])


@pytest.mark.parametrize("first", ['{"sample_rate": 1}', '{"format": "mp3"}', '{"model": "espeak"}', b"\0\0"])
def test_an_invalid_first_message_is_refused(served: Served, first: str | bytes) -> None:
    with connect(f"{served.socket_url}/ws/asr/live") as socket:
        socket.send(first)
        assert json.loads(socket.recv(30))["type"] == "error"
