"""Fields of recognition over HTTP: those of OpenAI's package, the recognizer's own, JSON, and what is measured."""

from __future__ import annotations

import base64
import json
import math
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from optional import skip_without

pytest.importorskip("fastapi")
skip_without("faster_whisper")
pytest.importorskip("openai")

import openai
from fixtures_server import Served, message, serving
from fixtures_whisper import FOX, KINDS, direct_model, open_runtime, speech, write_media
from openai.types.audio import transcription_create_params, translation_create_params

MODEL = "faster_whisper/turbo"
USED = {"file", "model", "language", "prompt", "response_format", "temperature", "stream"}
ONLY_TRANSCRIBED = {"timestamp_granularities", "include", "keywords"}
IGNORED: dict[str, Any] = {
    "chunking_strategy": "auto",
    "known_speaker_names[]": ["agent", "customer"],
    "known_speaker_references[]": ["data:audio/wav;base64,UklGRg=="],
    "languages[]": ["en", "de"],
}
"""Fields of OpenAI's that have no effect, each with a value."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("asr")) as runtime, serving(runtime) as server:
        yield server


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_media(tmp_path_factory.mktemp("fox") / "fox.mp3", speech(FOX), KINDS["mp3"]).read_bytes()


def transcribe(served: Served, recording: bytes, path: str = "transcriptions", **fields: Any) -> Any:
    return served.client.post(f"/v1/audio/{path}", files={"file": ("a.mp3", recording)}, data={"model": MODEL} | fields)


def fields_of(params: Any) -> set[str]:
    """Return the names of a request's fields in OpenAI's types, a TypedDict or a union of some."""
    kinds = typing.get_args(params) or (params,)
    return {name for kind in kinds for name in typing.get_type_hints(kind)}


def test_every_field_of_openai_s_package_is_used_or_named_in_the_header(served: Served, recording: bytes) -> None:
    known = USED | ONLY_TRANSCRIBED | {name.removesuffix("[]") for name in IGNORED}
    assert fields_of(transcription_create_params.TranscriptionCreateParams) == known
    assert fields_of(translation_create_params.TranslationCreateParams) == USED - {"language", "stream"}
    every = {"language": "en", "prompt": "A fox.", "temperature": "0", "stream": "false", "keywords[]": ["fox"]}
    every |= {"response_format": "verbose_json", "timestamp_granularities[]": ["word"], "include[]": ["logprobs"]}
    used = transcribe(served, recording, **every)
    assert (used.status_code, "x-voxweft-ignored" in used.headers) == (200, False), used.text
    ignored = transcribe(served, recording, language="en", a_new_field="1", **IGNORED)
    assert ignored.headers["x-voxweft-ignored"] == (
        "a_new_field, chunking_strategy, known_speaker_names, known_speaker_references, languages"
    )
    translated = transcribe(served, recording, "translations", model="", language="de")
    assert translated.status_code == 422, "the small model knows English only"


def test_verbose_json_has_what_the_recognizer_measured(served: Served, recording: bytes, tmp_path: Any) -> None:
    verbose = transcribe(served, recording, language="en", response_format="verbose_json").json()
    (tmp_path / "fox.mp3").write_bytes(recording)
    expected = list(direct_model().transcribe(str(tmp_path / "fox.mp3"), language="en")[0])
    assert [
        (row["seek"], row["tokens"], row["temperature"], row["avg_logprob"], row["compression_ratio"])
        for row in verbose["segments"]
    ] == [(one.seek, one.tokens, one.temperature, one.avg_logprob, one.compression_ratio) for one in expected]
    assert [row["no_speech_prob"] for row in verbose["segments"]] == [one.no_speech_prob for one in expected]
    assert verbose["usage"] == {"type": "duration", "seconds": math.ceil(verbose["duration"])}


def test_openai_s_client_reads_every_field(served: Served, recording: bytes) -> None:
    with openai.OpenAI(
        base_url=f"{served.url}/v1", api_key="none", max_retries=0, _strict_response_validation=True
    ) as client:
        verbose = client.audio.transcriptions.create(
            model=MODEL, file=recording, language="en", response_format="verbose_json"
        )
        plain = client.audio.transcriptions.create(
            model=MODEL, file=recording, language="English", include=["logprobs"], timestamp_granularities=["segment"]
        )
        strategy: Any = {"type": "server_vad", "threshold": 0.4}
        raw = client.audio.transcriptions.with_raw_response.create(
            model=MODEL, file=recording, language="en", chunking_strategy=strategy, temperature=0.3
        )
        events = list(
            client.audio.transcriptions.create(
                model=MODEL, file=recording, language="en", stream=True, include=["logprobs"]
            )
        )
    assert (verbose.language, verbose.segments is not None) == ("english", True)
    assert plain.logprobs is not None
    assert "".join(one.token or "" for one in plain.logprobs) == plain.text
    assert all(-5 < (one.logprob or -9) < 0 for one in plain.logprobs)
    assert plain.usage is not None
    assert raw.headers["x-voxweft-ignored"] == "chunking_strategy"
    assert events[-1].type == "transcript.text.done"
    assert events[-1].logprobs


def test_the_recognizer_s_settings_are_fields_and_params(served: Served, recording: bytes) -> None:
    one = transcribe(served, recording, vad_filter="True", hotwords="fox", beam_size="1", params='{"batch_size": 0}')
    assert (one.status_code, "x-voxweft-ignored" in one.headers) == (200, False), one.text
    silent = write_silence()
    # Without speech there is nothing to recognize.
    assert transcribe(served, silent, vad_filter="1").json()["text"] == ""
    wrong = transcribe(served, recording, vad_filter="perhaps")
    assert message(wrong) == "vad_filter is 'perhaps'; it must be true or false"
    wrong = transcribe(served, recording, params='{"beam_size": "two"}')
    assert wrong.json()["error"]["param"] == "params"


def write_silence() -> bytes:
    import io
    import wave

    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    return data.getvalue()


@pytest.mark.parametrize("language", ["en", "eng", "English", "en_US", "auto", "", "null"])
def test_languages_by_tag_and_name(served: Served, recording: bytes, language: str) -> None:
    found = transcribe(served, recording, language=language, response_format="verbose_json", prompt="null", model="")
    assert found.json()["language"] == "english", found.text


def test_a_language_that_is_none_is_explained(served: Served, recording: bytes) -> None:
    refused = transcribe(served, recording, language="Klingonish")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "language")
    assert "send a tag such as en or pt-BR, an English name, or auto" in message(refused)


def test_granularities_with_and_without_brackets(served: Served, recording: bytes) -> None:
    for name in ("timestamp_granularities", "timestamp_granularities[]", "timestamp_granularities[0]"):
        verbose = transcribe(served, recording, language="en", response_format="verbose_json", **{name: "word"}).json()
        assert ("segments" in verbose, len(verbose["words"])) == (False, 9), name
    plain = transcribe(served, recording, language="en", **{"timestamp_granularities[]": "segment"})
    assert (plain.status_code, set(plain.json())) == (200, {"text", "usage"})


def test_open_webui_s_json_has_the_recording_in_it(served: Served, recording: bytes) -> None:
    body: dict[str, Any] = {"model": "", "language": None, "input_audio": {"format": "mp3"}}
    body["input_audio"]["data"] = base64.b64encode(recording).decode()
    by_form = transcribe(served, recording).json()
    assert served.client.post("/v1/audio/transcriptions", json=body).json() == by_form
    body["input_audio"]["data"] = "data:audio/mpeg;base64," + body["input_audio"]["data"]
    assert served.client.post("/v1/audio/transcriptions", json=body).json() == by_form
    for wrong, expected in (
        ({"model": ""}, "the recording is missing"),
        ({"input_audio": {"data": "%%%"}}, "input_audio.data isn't base64"),
        ({"input_audio": "UklGRg=="}, "the recording is missing"),
        ([], "must be a JSON object"),
    ):
        refused = served.client.post("/v1/audio/transcriptions", json=wrong)
        assert (refused.status_code, expected in message(refused)) == (400, True), refused.text
    broken = served.client.post(
        "/v1/audio/transcriptions", content="{", headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert message(broken) == "the body isn't JSON"


def test_a_recording_that_is_no_file_is_explained(served: Served) -> None:
    for data in ({"file": "talk.mp3"}, {"model": MODEL}):
        for files in (None, {"other": ("a.mp3", b"abc")}):
            refused = served.client.post("/v1/audio/transcriptions", data=data, files=files)
            assert (refused.status_code, refused.json()["error"]["param"]) == (400, "file")
            assert "curl: -F file=@talk.mp3" in message(refused)


def test_a_higher_temperature_samples_anew(served: Served, recording: bytes) -> None:
    # The cache would return the same sample again and again.
    found = [
        transcribe(served, recording, language="en", temperature="1", response_format="verbose_json").json()
        for _ in range(6)
    ]
    assert {row["temperature"] for one in found for row in one["segments"]} == {1.0}
    assert len({json.dumps(one) for one in found}) > 1
