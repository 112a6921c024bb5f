"""Other people's clients transcribe with each of their options, and read every field of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client_environments import run_node_client, run_python_client
from fixtures_server import Served, serving
from fixtures_whisper import FOX, Kind, open_runtime, speech, write_media

from voxweft.text.wer import word_error_rate

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent
TOKEN = "a-token-of-this-test"
SEGMENT = {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio"}
FIELDS = [
    *("chunking_strategy", "file", "include", "keywords", "known_speaker_names", "known_speaker_references"),
    *("language", "languages", "model", "prompt", "response_format", "stream", "temperature"),
    "timestamp_granularities",
]
"""Each is used, or named in a header (tests/server/service/test_transcription_request.py)."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("asr")) as runtime, serving(runtime, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_media(tmp_path_factory.mktemp("recording") / "fox.wav", speech(), Kind(".wav", "pcm_s16le", 24_000))


def assert_heard(text: str) -> None:
    assert word_error_rate(FOX, text).errors <= 2, text


def check_openai(found: Any) -> None:
    verbose, plain, events = found["verbose"], found["plain"], found["events"]
    assert_heard(verbose["text"])
    assert (verbose["language"], verbose["usage"]["type"], len(verbose["words"])) == ("english", "duration", 9)
    assert all(set(row) >= SEGMENT | {"no_speech_prob"} and row["tokens"] for row in verbose["segments"])
    assert "".join(row["token"] for row in plain["logprobs"]) == plain["text"]
    assert events[-1]["type"] == "transcript.text.done"
    assert "".join(event["delta"] for event in events[:-1]) == events[-1]["text"] == plain["text"]


def test_openai_in_python(served: Served, recording: Path) -> None:
    output = run_python_client("openai", HERE / "openai_transcription.py", served.url, TOKEN, str(recording))
    found = json.loads(output.splitlines()[-1])
    check_openai(found)
    assert found["ignored"] == "chunking_strategy, known_speaker_names, known_speaker_references, languages"
    assert found["fields"] == FIELDS
    assert set(found["translation_fields"]) < set(FIELDS)


def test_openai_in_node(served: Served, recording: Path) -> None:
    found = json.loads(run_node_client("openai", HERE / "openai_transcription.mjs", served.url, TOKEN, str(recording)))
    check_openai(found)
    assert found["ignored"] == "chunking_strategy"
    assert found["srt"].startswith("1\n00:00:0")


def test_the_ai_sdk_with_every_option(served: Served, recording: Path) -> None:
    rows = json.loads(run_node_client("ai_sdk", HERE / "ai_sdk_transcription.mjs", served.url, TOKEN, str(recording)))
    # For these models, it asks for words in json, which OpenAI refuses too.
    impossible = [
        row for row in rows if row["model"] != "whisper-1" and "word" in row["given"].get("timestampGranularities", ())
    ]
    assert [row for row in rows if row["failed"]] == impossible
    for row in rows:
        if row["failed"]:
            assert "'word' requires response_format=verbose_json" in row["text"]
            continue
        if "temperature" not in row["given"]:  # at random
            assert_heard(row["text"])
        if row["model"] == "whisper-1" and row["given"]:
            assert (row["language"], row["segments"] > 0, row["duration"] > 2) == ("en", True, True), row
