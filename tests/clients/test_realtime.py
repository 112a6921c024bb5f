"""Other people's clients of OpenAI's Realtime API against the server."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from client_environments import run_node_client, run_python_client
from fixtures_server import Served, serving
from fixtures_whisper import SHOW, open_runtime, resampled, silence, speech

from voxweft.media.audio.pcm import to_int16_bytes
from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent
TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("realtime")) as runtime, serving(runtime, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One turn: a text with silence before and after it."""
    path = tmp_path_factory.mktemp("recording") / "said.wav"
    samples = np.concatenate([silence(0.7), speech(SHOW), silence(1.2)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(to_int16_bytes(resampled(samples, 24_000)))
    return path


def run(client: str, served: Served, recording: Path, *more: str) -> Any:
    output = run_python_client(client, HERE / f"{client}_realtime.py", served.url, TOKEN, str(recording), *more)
    return json.loads(output.splitlines()[-1])


def assert_heard(text: str) -> None:
    assert word_error_rate(SHOW, text).errors <= 3, text


def test_openai(served: Served, recording: Path) -> None:
    found = run("openai", served, recording)
    assert_heard(found["transcript"])
    assert found["kinds"][:3] == ["session.created", "session.updated", "input_audio_buffer.speech_started"]
    assert "conversation.item.added" in found["kinds"]
    assert found["error"] == "response_cancel_not_active"
    assert (found["status"], found["text"]) == ("completed", "Good morning to all of you.")
    assert 1.0 < found["seconds_spoken"] < 4.0


def test_openai_in_a_browser(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--experimental-websocket")  # the sockets of browsers, in Node before 22
    found = json.loads(run_node_client("openai", HERE / "openai_realtime.mjs", served.url, TOKEN))
    assert found["status"] == "completed"
    assert 1.0 < found["seconds_spoken"] < 4.0


def test_livekit(served: Served, recording: Path) -> None:
    events = run("livekit", served, recording)
    kinds = [kind for kind, _ in events]
    assert kinds[0] == "start_of_speech"
    assert "end_of_speech" in kinds
    assert_heard(next(text for kind, text in events if kind == "final_transcript"))


@pytest.mark.parametrize("turns", ["server", "local"])
def test_pipecat(served: Served, recording: Path, turns: str) -> None:
    frames = run("pipecat", served, recording, turns)
    kinds = [kind for kind, _ in frames]
    assert kinds[-1] == "TranscriptionFrame", frames
    assert ("ProposedUserStartedSpeakingFrame" in kinds) == (turns == "server")
    assert_heard(frames[-1][1])
