"""Home Assistant both ways: by Wyoming, and through wyoming_openai over OpenAI's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_environments import run_python_client
from fixtures_server import Served, serving
from fixtures_whisper import FOX, Kind, open_runtime, speech, write_media

from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
pytest.importorskip("wyoming")
TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home-assistant")
    with open_runtime(home) as runtime, serving(runtime, token=TOKEN, wyoming="127.0.0.1:0") as running:
        yield running


def test_speech_and_recognition_both_ways(served: Served, tmp_path: Path) -> None:
    recording = write_media(tmp_path / "fox.wav", speech(), Kind(".wav", "pcm_s16le", 24_000))
    program = Path(__file__).with_name("wyoming_openai_bridge.py")
    output = run_python_client("wyoming_openai", program, served.url, TOKEN, str(served.wyoming_port), str(recording))
    found = json.loads(output.splitlines()[-1])
    assert found["bridge"]["voices"] == ["alloy", "nova"]
    assert found["bridge"]["models"] == ["whisper-1"]
    assert "espeak/en-us" in found["native"]["voices"]
    assert all(model.startswith("faster_whisper") for model in found["native"]["models"])
    for way in found.values():
        assert way["streams"] == [True]
        assert way["whole_s"] > 3
        assert way["written_s"] == pytest.approx(way["whole_s"], rel=0.3), "the copy of the whole text isn't spoken"
        assert word_error_rate(FOX, way["text"]).errors <= 2, way["text"]
