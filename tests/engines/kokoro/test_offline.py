"""Kokoro and the network: one download of the weights, none offline, and no connection by a worker."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from optional import skip_without

skip_without("kokoro")

from fake_hub import REPO, REVISION, FakeHub, serving, weight_file
from fixtures_jobs import Command
from fixtures_kokoro import (
    SPOKEN,
    WEIGHTS,
    Recorder,
    checkpoint,
    environment,
    half_weights,
    open_runtime,
    segment,
    surroundings,
)
from streaming_kit import EventLog, collect

from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.loading.loaded_model import NOTES
from voxweft.utils.streaming.runtime import Runtime

pytestmark = pytest.mark.usefixtures("no_hang")


class FirstUse(NamedTuple):
    """A machine that had no weights, and has spoken its first sentence."""

    runtime: Runtime
    hub: FakeHub
    recorder: Recorder
    home: Path
    heard: EventLog
    notes: list[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a model on the hub, by path."""
    folder = checkpoint(tmp_path_factory)
    weights = half_weights(folder / WEIGHTS, tmp_path_factory.mktemp("hub") / WEIGHTS)
    voices = {f"voices/{file.name}": file.read_bytes() for file in sorted(folder.glob("voices/*.pt"))}
    return {"config.json": (folder / "config.json").read_bytes(), WEIGHTS: weights.read_bytes()} | voices


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> Iterator[FirstUse]:
    registry = EngineRegistry()
    spec = registry.get("kokoro")
    declared = [weight_file(path, data) for path, data in files.items()]
    weights = msgspec.structs.replace(
        spec.weights["kokoro-82m"],
        repo=REPO,
        revision=REVISION,
        files=tuple(file for file in declared if not file.path.startswith("voices/")),
        voices=tuple(file for file in declared if file.path.startswith("voices/")),
    )
    registry.specs["kokoro"] = msgspec.structs.replace(spec, weights={"kokoro-82m": weights})
    home = tmp_path_factory.mktemp("first")
    recorder = Recorder(tmp_path_factory.mktemp("recorder"))
    notes: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: notes.append(record.getMessage())
    logging.getLogger(NOTES).addHandler(handler)
    with serving(files) as hub:
        variables = {"HF_ENDPOINT": hub.endpoint, "HIDE_ENGLISH_MODEL": "1"} | recorder.variables
        with surroundings(recorder.folder, **variables):
            runtime = open_runtime(None, home, registry=registry)
            try:
                heard = collect(runtime.stream([segment("Here I am.")]))
                yield FirstUse(runtime, hub, recorder, home, heard, notes)
            finally:
                runtime.close()
    logging.getLogger(NOTES).removeHandler(handler)


def test_the_first_use_downloads_the_weights_and_speaks(first: FirstUse, files: dict[str, bytes]) -> None:
    assert first.heard.samples(0).size > 0
    downloads = [progress for progress in first.heard.loading if WEIGHTS in progress.message]
    assert downloads, [progress.message for progress in first.heard.loading]
    fractions = [progress.fraction for progress in first.heard.loading[: first.heard.loading.index(downloads[-1]) + 1]]
    known = [fraction for fraction in fractions if fraction is not None]
    assert known == sorted(known)
    assert known[-1] > 0.9
    folder = first.home / "models" / "TTS" / "kokoro"
    for path, data in files.items():
        assert hashlib.sha256((folder / path).read_bytes()).digest() == hashlib.sha256(data).digest()
        assert len(first.hub.content_requests(path)) == 1, path


def test_the_second_use_downloads_nothing(first: FirstUse) -> None:
    n_requests = len(first.hub.requests)
    heard = collect(first.runtime.stream([segment("Here I am again.", "af_bella")]))
    assert heard.samples(0).size > 0
    assert len(first.hub.requests) == n_requests
    assert not any("download" in progress.message for progress in heard.loading)


def test_english_without_its_model_uses_no_network_and_starts_no_process(first: FirstUse) -> None:
    """The other languages, and English with its model: test_worker.py."""
    voice, tag, text = SPOKEN["a"]
    options = StreamOptions(use_cache=False)
    heard = collect(
        first.runtime.stream([segment(f"{text} 21 Σ", voice), segment(text, "af_heart", tag, index=1)], options)
    )
    assert heard.samples(0).size > 0
    assert first.recorder.tried(heard.done[0].stats.worker) == []


def test_a_missing_english_model_is_noted_once_with_the_command(first: FirstUse) -> None:
    texts = [segment("One.", "af_heart"), segment("Two.", "bf_emma", index=1)]
    collect(first.runtime.stream(texts, StreamOptions(use_cache=False)))
    (note,) = [note for note in first.notes if "eSpeak NG pronounces English until" in note]
    assert "python -m spacy download en_core_web_sm" in note


_ATTEMPTS = """
import socket, subprocess, sys
from voxweft.utils.offline import EgressRefusedError, refuse_egress

refuse_egress("the probe")
try:
    socket.getaddrinfo("example.org", 443)
except EgressRefusedError:
    subprocess.run([sys.executable, "-c", ""], check=True)
"""


def test_the_recorder_records_connections_and_processes(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", _ATTEMPTS],
        env=environment(recorder.folder, **recorder.variables),
        stderr=subprocess.PIPE,
    )
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    events = [line.partition(" ")[0] for line in recorder.tried(process.pid)]
    assert events[0] == "socket.getaddrinfo"
    assert "subprocess.Popen" in events


@pytest.mark.parametrize("engine", ["kokoro", ""])
def test_offline_without_weights_no_request_is_sent(tmp_path: Path, engine: str) -> None:
    with serving({}) as hub:
        offline = {
            "VOXWEFT_OFFLINE": "1",
            "VOXWEFT_MODELS_HOME": str(tmp_path / "models"),
            "HF_ENDPOINT": hub.endpoint,
            "HF_HOME": str(tmp_path / "hf"),
        }
        command = Command(tmp_path, **offline)
        done = command("say", "Hello.", "-o", "out.wav", *(("-e", engine) if engine else ()))
        assert hub.requests == []
    assert not (tmp_path / "models").exists()
    if engine:
        assert done.code == 1, done
        assert "Get it with `voxweft models pull kokoro`" in done.err
        assert "VOXWEFT_OFFLINE is set" in done.err
        assert not (tmp_path / "out.wav").exists()
    else:
        assert done.code == 0, "eSpeak NG speaks"
