"""Other people's clients with the names of models and voices that they send by default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client_environments import run_node_client, run_python_client
from fixtures_server import Served, serving
from fixtures_whisper import FOX, Kind, open_runtime, speech, write_media

from voxweft.jobs.voices.voice_names import OPENAI_VOICES
from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent
TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("names")) as runtime, serving(runtime, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_media(tmp_path_factory.mktemp("recording") / "fox.wav", speech(), Kind(".wav", "pcm_s16le", 24_000))


def run_python(client: str, served: Served, recording: Path) -> Any:
    output = run_python_client(client, HERE / f"{client}_names.py", served.url, TOKEN, str(recording))
    return json.loads(output.splitlines()[-1])


def run_node(client: str, served: Served, recording: Path) -> Any:
    return json.loads(run_node_client(client, HERE / f"{client}_names.mjs", served.url, TOKEN, str(recording)))


def assert_heard(text: str) -> None:
    assert word_error_rate(FOX, text).errors <= 2, text


def test_openai_in_python(served: Served, recording: Path) -> None:
    found = run_python("openai", served, recording)
    assert set(found["voices"]) == set(OPENAI_VOICES)
    assert all(n_bytes > 20_000 for n_bytes, _ in found["voices"].values())
    assert len({used for _, used in found["voices"].values()}) == len(OPENAI_VOICES)
    assert all(row == ["espeak", name] for name, row in found["speech"].items())
    for name, (text, id_, notes) in found["recognition"].items():
        assert_heard(text)
        assert id_ == name
        assert ("tells speakers apart" in notes) == name.endswith("diarize")
    assert {*found["speech"], *found["recognition"]} <= {
        *found["listed"],
        "gpt-4o-mini-tts-2025-12-15",
        "gpt-4o-mini-transcribe-2025-12-15",
    }
    assert "run `voxweft models pull kokoro`" in found["missing"]


def test_openai_in_node(served: Served, recording: Path) -> None:
    found = run_node("openai", served, recording)
    assert all(n_bytes > 20_000 and used for n_bytes, used in found["voices"].values())
    assert found["retrieved"] == found["listed"]
    assert_heard(found["text"])


def test_the_ai_sdk(served: Served, recording: Path) -> None:
    found = run_node("ai_sdk", served, recording)
    assert found["bytes"] > 3_000
    assert (found["mediaType"], found["used"]) == ("audio/mpeg", "en-us+f1")
    assert_heard(found["text"])


def test_livekit(served: Served, recording: Path) -> None:
    found = run_python("livekit", served, recording)
    assert 0.5 < found["seconds"] < 2
    assert_heard(found["text"])


def test_pipecat(served: Served, recording: Path) -> None:
    found = run_python("pipecat", served, recording)
    assert found["errors"] == []
    assert found["bytes"] > 20_000
    assert_heard(found["text"])
