"""Speech over HTTP: every format streamed, errors before the first byte, and errors in the middle of a body."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import typing
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("openai")

import av
import httpx
import numpy as np
import openai
from fixtures_server import TONE, Served, message, open_runtime, serving
from openai.types.audio.speech_create_params import SpeechCreateParams
from performer_kit import texts_in
from streaming_kit import MakeRuntime, eventually

from voxweft.server.routes.speech import SpeechBody
from voxweft.utils.streaming.runtime import Runtime

FORMATS = ("wav", "pcm", "flac", "mp3", "opus", "aac")
TEXT = "Hello there. How are you?"


@pytest.fixture
def served(make_runtime: MakeRuntime) -> Iterator[Served]:
    with serving(make_runtime()) as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that don't check the statistics."""
    with open_runtime(tmp_path_factory.mktemp("shared")) as runtime, serving(runtime) as server:
        yield server


def decoded(data: bytes, body_format: str) -> tuple[int, np.ndarray]:
    """Return the rate and the samples of a body, decoded by FFmpeg."""
    if body_format == "pcm":
        return 24_000, np.frombuffer(data, "<i2") / 32768
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("flt", "mono", stream.rate)
        frames = [resampled for frame in container.decode(stream) for resampled in resampler.resample(frame)]
        return stream.rate, np.concatenate([frame.to_ndarray()[0] for frame in frames])


def test_every_format_decodes_streamed_and_whole(shared: Served) -> None:
    whole_s = len(decoded(shared.speech(TEXT, response_format="wav").content, "wav")[1]) / 22_050
    for body_format in FORMATS:
        for stream in (True, False):
            response = shared.speech(TEXT, response_format=body_format, stream=stream)
            assert response.status_code == 200, response.text
            assert ("content-length" in response.headers) is not stream
            rate, samples = decoded(response.content, body_format)
            # A codec adds less than a tenth of a second at both ends.
            assert abs(len(samples) / rate - whole_s) < 0.1, (body_format, stream)
            assert np.abs(samples).max() > 0.1


def test_levels(shared: Served) -> None:
    def peak(level: object) -> float:
        response = shared.speech(TEXT, response_format="wav", level=level)
        assert response.status_code == 200, response.text
        return float(np.abs(decoded(response.content, "wav")[1]).max())

    off = peak("off")
    assert peak(None) == off, "this server's setting is off"
    assert 20 * np.log10(peak(-30) / off) == pytest.approx(-9.1, abs=0.05)
    for level in (-3, "loud", [], True):
        refused = shared.speech(TEXT, level=level)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "level"
        assert "level: a level must be off, or between -40 and -5 LUFS" in refused.json()["error"]["message"]


def test_pauses_are_scaled(shared: Served) -> None:
    def n_samples(scale: float) -> int:
        text = "The boat left the harbor at noon. Nobody was there."
        response = shared.speech(text, response_format="wav", pause_scale=scale)
        assert response.status_code == 200, response.text
        return len(decoded(response.content, "wav")[1])

    assert n_samples(2) - n_samples(0) == round(2 * 0.3 * 22_050)
    assert shared.speech(TEXT, pause_scale=5.1).status_code == 400


@pytest.mark.parametrize("text", ["...", "—", "\u200b", "(((", "?!", "- - -", "🎉 **"])
def test_a_text_of_marks_alone_is_a_pause(shared: Served, text: str) -> None:
    for stream in (True, False):
        response = shared.speech(text, response_format="wav", stream=stream)
        assert response.status_code == 200, response.text
        samples = decoded(response.content, "wav")[1]
        assert (len(samples), samples.any()) == (round(0.3 * 22_050), False)
        assert response.headers["X-Voxweft-Status"] == "silent"
    events = shared.speech(text, stream_format="sse", response_format="pcm").text
    assert '"status":"silent"' in events
    assert "speech.audio.delta" in events


def test_audio_is_sent_while_it_is_generated(served: Served) -> None:
    """In each format, the client receives sound while the engine is still working."""
    served.speech("warm", **TONE, params={"chunks": 1}, response_format="pcm")

    def first_sound(body_format: str) -> tuple[str, bool]:
        slow = {"chunks": 20, "delay_s": 0.1, "chunk_samples": 6000}
        fields = {"input": f"slow {body_format}", "response_format": body_format, "params": slow, **TONE}
        data = b""
        with served.client.stream("POST", "/v1/audio/speech", json=fields) as response:
            for part in response.iter_raw():
                data += part
                if _has_sound(data, body_format):
                    row = next(row for row in served.stats()["jobs"].values())
                    return body_format, row["active"] > 0
        return body_format, False

    with ThreadPoolExecutor(len(FORMATS)) as pool:
        assert dict(pool.map(first_sound, FORMATS)) == dict.fromkeys(FORMATS, True)


def _has_sound(data: bytes, body_format: str) -> bool:
    try:
        return bool(np.abs(decoded(data[: len(data) // 2 * 2], body_format)[1]).max(initial=0) > 0.05)
    except (av.FFmpegError, ValueError):
        return False


def test_a_whole_wav_has_the_right_sizes(shared: Served) -> None:
    with wave.open(io.BytesIO(shared.speech(TEXT, response_format="wav", stream=False).content)) as file:
        n_frames, rate = file.getnframes(), file.getframerate()
    streamed = shared.speech(TEXT, response_format="wav").content
    samples = decoded(streamed, "wav")[1]
    assert (rate, n_frames) == (22_050, len(samples))


def test_openai_s_own_client(shared: Served) -> None:
    client = openai.OpenAI(base_url=f"{shared.url}/v1", api_key="none", max_retries=0)
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="en-us", input=TEXT, response_format="pcm", speed=1.2
    ) as response:
        samples = np.frombuffer(b"".join(response.iter_bytes()), "<i2")
    assert response.headers["x-sample-rate"] == "24000"
    assert 0.5 < len(samples) / 24_000 < 3
    assert "espeak" in {model.id for model in client.models.list()}
    with pytest.raises(openai.BadRequestError, match="did you mean") as refused:
        client.audio.speech.create(model="tts-1", voice="en-uss", input="x")
    assert (refused.value.code, refused.value.param) == ("unknown_voice", "voice")
    with pytest.raises(openai.NotFoundError, match="did you mean 'espeak"):
        client.audio.speech.create(model="espeek", voice="en-us", input="x")
    client.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_receives_the_sound_and_notices_the_error(shared: Served, tmp_path: Any) -> None:
    def curl(fields: dict[str, object]) -> int:
        target = tmp_path / "out.wav"
        command = ["curl", "-sS", "-o", target, "-H", "Content-Type: application/json", "-d", json.dumps(fields)]
        return subprocess.run([*command, f"{shared.url}/v1/audio/speech"], capture_output=True, timeout=60).returncode

    assert curl({"input": TEXT, "response_format": "wav"}) == 0
    assert decoded((tmp_path / "out.wav").read_bytes(), "wav")[0] == 22_050
    # Exit code 18: the transfer ended early.
    broken = {"input": f"Good. {TEXT}", "params": {"fault": "raise", "chunks": 4}, "response_format": "wav", **TONE}
    assert curl(broken) in (18, 56)


def test_invalid_requests_are_refused_before_the_first_byte(shared: Served) -> None:
    cases: list[tuple[int, str, dict[str, Any]]] = [
        (400, "the input is empty", {"input": "  "}),
        (400, "input: is required", {}),
        (400, "has no voice 'nobody'", {"input": "x", "voice": "nobody"}),
        (400, "has no voice '+zz'", {"input": "x", "voice": "de+zz"}),
        (400, "speed 9", {"input": "x", "speed": 9}),
        (400, "doesn't speak the language 'tlh'", {"input": "x", "language": "tlh", "model": "espeak"}),
        (400, "has no parameter 'pich'", {"input": "x", "params": {"pich": 3}}),
        (400, "sample_rate must be between", {"input": "x", "sample_rate": 5}),
        (400, "volume", {"input": "x", "volume": 99}),
        (400, "word_timestamps requires stream_format=sse", {"input": "x", "word_timestamps": True}),
        (400, "name_emoji requires normalize", {"input": "x", "normalize": False, "name_emoji": True}),
        (400, "response_format", {"input": "x", "response_format": "ogg"}),
        (404, "unknown model 'nothing'", {"input": "x", "model": "nothing"}),
        (400, "is for recognition, not speech", {"input": "x", "model": "faster_whisper"}),
        (404, "voxweft models pull kokoro`", {"input": "x", "model": "kokoro"}),
        # The engine itself refuses the pair.
        (422, "speaks de, not the requested language", {"input": "x", "voice": "de", "language": "fr"}),
    ]
    for status, expected, fields in cases:
        response = shared.client.post("/v1/audio/speech", json=fields)
        assert (response.status_code, expected in message(response)) == (status, True), (fields, response.text)
    too_long = shared.speech("x" * 100_001)
    assert (too_long.status_code, too_long.json()["error"]["code"]) == (400, "text_too_long")
    assert (
        shared.client.post("/v1/audio/speech", content=b"{", headers={"content-type": "application/json"}).status_code
        == 400
    )
    huge = shared.client.post(
        "/v1/audio/speech", content=b"x" * (2 << 20), headers={"content-type": "application/json"}
    )
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "too_large")


def test_errors_name_the_field_in_its_own_words(shared: Served) -> None:
    cases: list[tuple[str | None, str, dict[str, Any]]] = [
        ("voice", "voice: must be text or an object", {"voice": 5}),
        ("voice", "voice: must be text or an object with 'id'", {"voice": {}}),
        ("params.pitch", "params.pitch: must be true or false or an integer", {"params": {"pitch": [1]}}),
        ("params", "params: must be an object", {"params": [1]}),
        ("params", "has no parameter 'pich'", {"params": {"pich": 1}}),
        ("speed", "speed: must be a number", {"speed": "fast"}),
        ("speed", "speed: must be at most 10", {"speed": 11}),
        ("speed", "speed 9 is out of range for engine 'espeak'", {"speed": 9}),
        ("seed", "seed -1 is out of range", {"seed": -1}),
        ("seed", "seed: must be", {"seed": 10**30}),
        ("seed", "'random'", {"seed": "any"}),
        ("language", "doesn't speak the language 'tlh'", {"language": "tlh"}),
        ("language", "text of at most 100 characters", {"language": "x" * 101}),
        ("stream", "stream: must be true or false", {"stream": "often"}),
        ("response_format", "response_format: must be 'mp3', 'opus'", {"response_format": "ogg"}),
        ("script", "script: must be", {"script": "maybe"}),
        ("cast", "cast: must be text or an object", {"cast": []}),
        ("input", "input: must be text", {"input": 3}),
    ]
    for param, expected, fields in cases:
        response = shared.client.post("/v1/audio/speech", json={"input": "Hi.", "model": "espeak", **fields})
        assert response.status_code == 400, (fields, response.text)
        assert response.json()["error"]["param"] == param, (fields, response.text)
        assert expected in message(response), (fields, response.text)
        assert "Input should" not in message(response)


def test_a_body_that_is_no_json_object_is_explained(shared: Served) -> None:
    def refused(content: bytes, kind: str = "application/json") -> str:
        headers = {"Content-Type": kind} if kind else {}
        response = shared.client.post("/v1/audio/speech", content=content, headers=headers)
        assert (response.status_code, response.json()["error"]["param"]) == (400, None), response.text
        return message(response)

    assert refused(b'{"input": "Hi."', "") == refused(b"[1]") == refused(b'"text"')
    assert "must be a JSON object; send it with the header Content-Type: application/json" in refused(b"[1]")
    assert "Content-Type: application/json" in refused(b'{"input":"Hi."}', "application/x-www-form-urlencoded")
    assert "isn't valid JSON at character 11" in refused(b'{"input": }')
    assert "nested too deeply" in refused(b'{"input": "x", "params": {"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}")
    assert "isn't valid UTF-8" in refused(b'{"input": "\xff\xfe"}')
    assert "too many digits" in refused(b'{"input": "x", "seed": ' + b"9" * 5000 + b"}")
    assert refused(b"") == "the body is empty; send a JSON object"
    huge = shared.client.post("/v1/audio/speech", content=b'{"input": "' + b"x" * (4 << 20) + b'"}')
    assert huge.status_code == 413
    assert "maximum 1.21 MiB (option --max-text of the server)" in message(huge)


def test_null_is_absent(shared: Served) -> None:
    plain = shared.speech(TEXT, model="espeak", response_format="wav", stream=False)
    fields = dict.fromkeys(SpeechBody.model_fields) | {"unknown": None}
    body = fields | {"input": TEXT, "model": "espeak", "response_format": "wav", "stream": False}
    nulls = shared.client.post("/v1/audio/speech", json=body)
    assert (nulls.status_code, nulls.content) == (200, plain.content)
    assert "X-Voxweft-Ignored" not in nulls.headers
    for kind in ("speech-stream", "captioned_speech", "speech"):
        response = shared.client.post(f"/v1/audio/{kind}", json=fields | {"input": "Hi.", "model": "espeak"})
        assert response.status_code == 200, response.text
    missing = shared.client.post("/v1/audio/speech", json={"input": None})
    assert (missing.status_code, message(missing)) == (400, "input: is required")


def test_every_field_of_openai_s_speech_requests_is_known(shared: Served) -> None:
    """A field is used, or named as ignored. What OpenAI's package offers for it is taken."""
    ignored = {"instructions": "Speak like a pirate."}
    values: dict[str, list[Any]] = {
        "input": ["Hi."],
        "model": ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15"],
        "voice": ["alloy", {"id": "verse"}],
        "speed": [0.5, 1, 2.0],
        **{name: [value] for name, value in ignored.items()},
    }
    hints = typing.get_type_hints(SpeechCreateParams)
    for name, hint in hints.items():
        for value in values.get(name) or typing.get_args(hint):
            response = shared.client.post("/v1/audio/speech", json={"input": "Hi.", "model": "tts-1", name: value})
            assert response.status_code == 200, (name, value, response.text)
            assert response.headers.get("X-Voxweft-Ignored") == (name if name in ignored else None)
    assert values.keys() <= hints.keys()


def test_the_text_is_normalized_unless_the_request_says_otherwise(shared: Served) -> None:
    def spoken(text: str, **fields: object) -> bytes:
        body = {"input": text, "response_format": "pcm", **fields}
        return shared.client.post("/v1/audio/speech", json=body).raise_for_status().content

    words = spoken("It is two kilometers.")
    assert spoken("It is **2 km** 🎉.") == words
    assert spoken("It is 2 km.", normalize=False) != words
    assert spoken("It is 2 km 🎉.", name_emoji=True) == spoken("It is two kilometers, party popper.")


def test_a_failure_in_the_middle_leaves_the_body_incomplete(served: Served) -> None:
    fault = {"input": "One. Two.", "params": {"fault": "raise", "chunks": 4}, **TONE}
    with pytest.raises(httpx.RemoteProtocolError):
        served.client.post("/v1/audio/speech", json={**fault, "response_format": "pcm"})
    events = _events(served, {**fault, "response_format": "pcm", "stream_format": "sse"})
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "error"
    assert "the engine's own message" in events[-1]["error"]["message"]
    whole = served.client.post("/v1/audio/speech", json={**fault, "stream": False})
    assert (whole.status_code, "the engine's own message" in message(whole)) == (500, True)
    assert [row["failed"] for row in served.stats()["voices"] if row["engine"] == "tone"] == [3]


def test_a_request_has_a_time_limit(make_runtime: MakeRuntime) -> None:
    with serving(make_runtime(), job_timeout_s=2.0) as served:
        slow = {"input": "slow", "params": {"chunks": 600, "delay_s": 0.05}, "response_format": "pcm", **TONE}
        # The worker's start must not count. One request after the other: the worker runs one segment at a time.
        served.speech("A worker is there.", response_format="pcm", **TONE)
        whole = served.client.post("/v1/audio/speech", json={**slow, "stream": False})
        events = _events(served, {**slow, "stream_format": "sse"})
        assert (whole.status_code, whole.json()["error"]["code"]) == (504, "timeout")
        assert events[0]["type"] == "speech.audio.delta"
        assert (events[-1]["type"], events[-1]["error"]["code"]) == ("error", "timeout")


def _events(served: Served, fields: dict[str, Any]) -> list[dict[str, Any]]:
    response = served.client.post("/v1/audio/speech", json=fields)
    assert response.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line.removeprefix("data: ")) for line in response.text.split("\n\n") if line]


def test_events_hold_the_audio_and_the_words(shared: Served) -> None:
    plain = shared.speech(TEXT, response_format="pcm").content
    events = _events(shared, {"input": TEXT, "response_format": "pcm", "stream_format": "sse", "word_timestamps": True})
    audio = b"".join(base64.b64decode(event["audio"]) for event in events if event["type"] == "speech.audio.delta")
    assert audio == plain
    assert events[-1]["type"] == "speech.audio.done"
    words = [word for event in events if event["type"] == "speech.audio.words" for word in event["words"]]
    _assert_words(words, len(audio) / 2 / 24_000)


def test_captions_have_the_words_of_the_text(shared: Served) -> None:
    fields = {"input": TEXT, "response_format": "wav", "model": "espeak"}
    response = shared.client.post("/v1/audio/captioned_speech", json=fields)
    lines = [json.loads(line) for line in response.text.splitlines()]
    data = b"".join(base64.b64decode(line["audio"]) for line in lines)
    spoken_s = len(decoded(data, "wav")[1]) / 22_050
    _assert_words([word for line in lines for word in line["timestamps"]], spoken_s)
    whole = shared.client.post("/v1/audio/captioned_speech", json={**fields, "stream": False, "tempo": 0.5}).json()
    _assert_words(whole["timestamps"], 2 * spoken_s + 0.1)
    assert len(decoded(base64.b64decode(whole["audio"]), "wav")[1]) / 22_050 == pytest.approx(2 * spoken_s, abs=0.1)


def _assert_words(words: list[dict[str, Any]], audio_s: float) -> None:
    assert [TEXT[word["start_char"] : word["end_char"]] for word in words] == [word["word"] for word in words]
    assert [word["word"].strip(".?") for word in words] == ["Hello", "there", "How", "are", "you"]
    times = [time for word in words for time in (word["start_time"], word["end_time"])]
    assert times == sorted(times)
    assert 0.4 * audio_s < times[-1] <= audio_s + 0.001


def test_raw_pcm_is_at_the_engine_s_own_rate(shared: Served) -> None:
    response = shared.client.post("/v1/audio/speech-stream", json={"input": TEXT})
    assert response.headers["x-sample-rate"] == "22050"
    wav = shared.speech(TEXT, response_format="wav", stream=False).content
    assert response.content == wav[-len(response.content) :]
    softer = shared.client.post("/v1/audio/speech-stream", json={"input": TEXT, "volume": 0.5})
    halves = np.frombuffer(response.content, "<i2") / 2
    assert np.abs(np.frombuffer(softer.content, "<i2") - halves).max() <= 1
    louder = shared.client.post("/v1/audio/speech-stream", json={"input": TEXT, "volume": 4})
    samples = np.frombuffer(louder.content, "<i2")
    # Limited, not clipped, and of the same length.
    assert (len(samples), np.abs(samples.astype(int)).max() < 32_000) == (len(halves), True)


def test_unknown_fields_are_reported(served: Served) -> None:
    response = served.speech("x", response_format="wav", instructions="as a pirate", voice={"id": "de"})
    assert response.headers["x-voxweft-ignored"] == "instructions"
    assert [row["voice"] for row in served.stats()["voices"]] == ["de"]


def test_unknown_fields_that_no_header_can_hold(shared: Served) -> None:
    response = shared.speech("Hello.", response_format="pcm", **{" \u0092n\t": 1, "ä": 2, "x ": 3})
    assert response.status_code == 200
    assert response.headers["x-voxweft-ignored"] == "\\x92n\\t, x , \\xe4"


@pytest.mark.parametrize(
    ("fields", "used"),
    [
        ({}, "en-us"),
        ({"language": "de-AT"}, "de"),
        ({"voice": "DE+F2"}, "de+f2"),
        ({"voice": "nova"}, "en-us+f3"),
        ({"voice": "Onyx", "language": "fr", "model": "tts-1-1106"}, "fr-fr+m8"),
        ({"voice": "alloy", "model": "tone"}, "noise"),
    ],
)
def test_the_voice_that_speaks_is_named(shared: Served, fields: dict[str, str], used: str) -> None:
    response = shared.speech("x", response_format="pcm", **fields)
    assert response.status_code == 200, response.text
    assert response.headers["x-voice-used"] == used
    assert "x-voxweft-voice-fallback" not in response.headers


def test_a_fallback_voice_is_reported(make_runtime: MakeRuntime) -> None:
    with serving(make_runtime(), fallback_voice=True) as served:
        response = served.speech("x", voice="nobody", response_format="wav")
        assert response.status_code == 200
        assert "has no voice 'nobody'" in response.headers["x-voxweft-voice-fallback"]
        assert response.headers["x-voice-used"] == "en-us"


def test_a_client_that_disconnects_cancels_its_job(served: Served) -> None:
    slow = {"input": "slow", "params": {"chunks": 600, "delay_s": 0.05}, "response_format": "pcm", **TONE}
    with served.client.stream("POST", "/v1/audio/speech", json=slow) as response:
        next(response.iter_raw())
    # The same before the first audio.
    with pytest.raises(httpx.ReadTimeout):
        served.client.post("/v1/audio/speech", json={**slow, "params": {"delay_s": 5.0}}, timeout=0.3)
    runtime: Runtime = served.service.runtime
    eventually(lambda: served.n_ended_jobs() == 2 and not runtime.coordinator.jobs, "the jobs are cancelled")
    assert sum(row["cancelled"] for row in served.stats()["voices"]) == 2
    assert served.stats()["jobs"]["tone"] == {"active": 0, "queued": 0, "stalled": 0}


def test_a_slow_client_does_not_slow_others(make_runtime: MakeRuntime) -> None:
    with serving(make_runtime(), active=1, queued=1) as served:
        long = {"input": "long", "params": {"chunks": 2000}, "response_format": "pcm", **TONE}
        with served.client.stream("POST", "/v1/audio/speech", json=long) as response:
            parts = response.iter_raw()  # kept: dropping it would close the connection
            next(parts)
            eventually(lambda: served.stats()["jobs"]["tone"]["stalled"] == 1, "the job waits for its client")
            assert served.speech("short", **TONE, params={"chunks": 1}, response_format="pcm").status_code == 200


def test_a_full_queue_answers_with_retry_after(make_runtime: MakeRuntime) -> None:
    with serving(make_runtime(), active=1, queued=1) as served:
        slow = {"input": "slow", "params": {"chunks": 600, "delay_s": 0.05}, "response_format": "pcm", **TONE}
        with served.client.stream("POST", "/v1/audio/speech", json=slow) as first, ThreadPoolExecutor(1) as pool:
            parts = first.iter_raw()
            next(parts)
            waiting = pool.submit(served.speech, "next", **TONE, params={"chunks": 1}, response_format="pcm")
            eventually(lambda: served.stats()["jobs"]["tone"]["queued"] == 1, "one waits")
            refused = served.speech("third", **TONE)
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
            assert int(refused.headers["retry-after"]) >= 1
            # Another engine still accepts requests.
            assert served.speech("x", model="espeak", response_format="pcm").status_code == 200
            first.close()
            assert waiting.result().status_code == 200


@pytest.mark.linux
def test_a_killed_worker_changes_no_audio(served: Served) -> None:
    text = ". ".join(f"Sentence number {number}" for number in range(6))
    fields = {"params": {"delay_s": 0.02}, "response_format": "pcm", **TONE}
    undisturbed = served.speech(text, **fields, seed=1).content
    with served.client.stream("POST", "/v1/audio/speech", json={"input": text, "seed": 1, **fields}) as response:
        # Cached audio would need no worker.
        pass
    data = b""
    other = text.replace("Sentence", "Sentences")
    expected = None
    with served.client.stream("POST", "/v1/audio/speech", json={"input": other, **fields}) as response:
        for part in response.iter_raw():
            if not data:
                (model,) = [model for model in served.stats()["models"] if model["engine"] == "tone"]
                os.kill(model["pids"][0], signal.SIGKILL)
            data += part
    expected = served.speech(other, **fields).content
    assert data == expected
    assert len(undisturbed) > 100_000


def test_operation(served: Served) -> None:
    assert served.client.get("/health").json() == {"status": "ok"}
    served.speech(TEXT, response_format="pcm")
    ready = served.client.get("/ready").json()
    assert (ready["ready"], ready["loaded"]) == (True, ["espeak"])
    stats = served.stats()
    assert (stats["total_requests"], stats["most_used_voice"]) == (1, "en-us")
    (row,) = stats["voices"]
    assert (row["voice"], row["requests"], row["segments"], row["segments_cached"]) == ("en-us", 1, 2, 0)
    assert row["first_audio_p50_s"] > 0
    served.speech(TEXT, response_format="pcm")
    assert served.stats()["voices"][0]["segments_cached"] == 2
    metrics = served.client.get("/metrics").text
    assert 'voxweft_jobs_total{engine="espeak",outcome="done"} 2.0' in metrics
    released = served.client.post("/unload", params={"engine": "espeak"}).json()["unloaded"]
    assert [row["engine"] for row in released] == ["espeak"]
    assert released[0]["released_bytes"] > 0
    assert served.client.post("/unload", params={"engine": "x"}).status_code == 404
    assert served.client.get("/nothing").json()["error"]["code"] == "not_found"


def test_sounds_are_performed_or_named_in_a_header(shared: Served) -> None:
    def speak(model: str, text: str) -> httpx.Response:
        response = shared.speech(text, model=model, response_format="pcm", sample_rate=8000)
        assert response.status_code == 200, response.text
        return response

    text = "Well [laughs], yes. [coughs]"
    performed = speak("performer", text)
    assert texts_in(np.frombuffer(performed.content, "<i2") / 32768) == ["Well [laugh], yes."]
    note = "[{}] is left out: model '{}' of engine 'performer' doesn't perform it"
    assert performed.headers["X-Voxweft-Notes"] == note.format("coughs", "lively")
    left_out = speak("performer/quiet", text)
    assert texts_in(np.frombuffer(left_out.content, "<i2") / 32768) == ["Well, yes."]
    notes = [note.format("laughs", "quiet"), note.format("coughs", "quiet")]
    assert left_out.headers["X-Voxweft-Notes"] == "; ".join(notes)
    only = speak("performer/quiet", "[laughs]")
    assert (only.content, only.headers["X-Voxweft-Notes"]) == (b"", notes[0])


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("body_format", FORMATS)
def test_a_text_of_sounds_that_nobody_performs_is_empty_audio(shared: Served, body_format: str, stream: bool) -> None:
    response = shared.speech("[laughs]", model="tone", response_format=body_format, stream=stream)
    assert response.status_code == 200, response.text
