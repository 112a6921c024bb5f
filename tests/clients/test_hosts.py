"""The requests of programs that can't be run here, with their defaults, and what they need of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fixtures_server import Served, serving
from fixtures_whisper import FOX, Kind, open_runtime, speech, write_media

from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
TOKEN = "a-token-of-this-test"
TEXT = "The kettle is on."
SPEECH: dict[str, tuple[dict[str, Any], str]] = {
    # Voices and speed come from the fields of its settings.
    "SillyTavern": ({"model": "tts-1", "voice": "alloy", "response_format": "mp3", "speed": 1}, "audio/mpeg"),
    # Neither a format nor a speed; `backend` is one of its settings.
    "LibreChat": ({"model": "tts-1", "voice": "shimmer", "backend": "piper"}, "audio/mpeg"),
    "n8n": ({"model": "tts-1-hd", "voice": "echo", "response_format": "flac", "speed": 1}, "audio/flac"),
    "Home Assistant, OpenAI TTS": (
        {"model": "tts-1", "voice": "shimmer", "response_format": "wav", "speed": 1.0},
        "audio/wav",
    ),
    "Open WebUI": ({"model": "tts-1", "voice": "alloy"}, "audio/mpeg"),
}
RECOGNITION: dict[str, dict[str, str]] = {
    "n8n": {"model": "whisper-1", "language": "en", "temperature": "0.4"},
    "LibreChat": {"model": "whisper-1", "language": "en"},
    "Home Assistant, Whisper Cloud": {
        "model": "whisper-1",
        "language": "en",
        "temperature": "0",
        "prompt": "",
        "response_format": "json",
    },
    "SillyTavern": {"model": "whisper-1", "language": "en"},
    "Open WebUI": {"model": "whisper-1"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("hosts")) as runtime, serving(runtime, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_media(tmp_path_factory.mktemp("recording") / "fox.wav", speech(), Kind(".wav", "pcm_s16le", 16_000))


@pytest.mark.parametrize("host", SPEECH)
def test_speech(served: Served, host: str) -> None:
    fields, content_type = SPEECH[host]
    answer = served.speech(TEXT, **fields)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type), answer.text[:300]
    assert len(answer.content) > 5000
    assert ("backend" in answer.headers.get("x-voxweft-ignored", "")) == ("backend" in fields)


@pytest.mark.parametrize("host", RECOGNITION)
def test_recognition(served: Served, recording: Path, host: str) -> None:
    # A browser's recording has a name and a type that say little.
    file = ("audio.wav", recording.read_bytes(), "application/octet-stream")
    answer = served.client.post("/v1/audio/transcriptions", data=RECOGNITION[host], files={"file": file})
    assert answer.status_code == 200, answer.text
    assert word_error_rate(FOX, answer.json()["text"]).errors <= 2


def test_open_webui_lists_without_its_key(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime, serving(runtime, token=TOKEN, public_listings=True) as running:
        for kind, needed in (("models", {"id"}), ("voices", {"id", "name"})):
            answer = httpx.get(f"{running.url}/v1/audio/{kind}")
            assert answer.status_code == 200
            assert answer.json()[kind]
            assert all(needed <= set(row) for row in answer.json()[kind])
        assert httpx.post(f"{running.url}/v1/audio/speech", json={"input": TEXT}).status_code == 401
