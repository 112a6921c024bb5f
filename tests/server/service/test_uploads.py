"""Uploads: a full disk, damaged recordings, and lengths that are refused before a recognizer starts."""

from __future__ import annotations

import contextlib
import io
import random
import re
import struct
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optional import skip_without

pytest.importorskip("fastapi")
skip_without("faster_whisper")

import numpy as np
from fixtures_server import Served, serving
from fixtures_whisper import KINDS, open_runtime, speech, write_media

MODEL = "faster_whisper/turbo"
PRIVATE = re.compile(r"Errno|NoneType|object|Traceback|Error\b|/tmp|\.py|attribute|returned")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("uploads")
    with open_runtime(home) as runtime, serving(runtime, voice_uploads=home / "voices") as server:
        yield server


def transcribe(served: Served, recording: bytes) -> Any:
    return served.client.post(
        "/v1/audio/transcriptions", files={"file": ("a", recording)}, data={"model": MODEL, "language": "en"}
    )


@contextlib.contextmanager
def files_up_to(n_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: a write fails as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.linux
def test_a_full_disk_is_the_server_s_fault(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # In memory below 1 MiB, then copied to a file; beyond, a file from the start.
    small = write_media(tmp_path / "small.wav", speech()).read_bytes()
    served.speech("Ready.", model="espeak", response_format="pcm")
    with files_up_to(60_000):
        answers = [
            transcribe(served, small),
            transcribe(served, small * 20),
            served.client.post("/voices", files={"audio_sample": ("a.wav", small * 20)}, data={"name": "grandpa"}),
            served.speech(
                "Hello there. " * 40, model="espeak", sample_rate=192_000, response_format="wav", stream=False
            ),
        ]
    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (507, "server_error", "insufficient_storage")
        assert not PRIVATE.search(error["message"].replace("server_error", "")), error
    assert transcribe(served, small).status_code == 200
    assert [path.name for path in tmp_path.iterdir()] == ["small.wav"]


def wave_of(rate_hz: int, bits: int = 16, kind: int = 1) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    header = bytearray(data.getvalue())
    header[20:22], header[34:36] = struct.pack("<H", kind), struct.pack("<H", bits)
    return bytes(header)


def test_no_answer_to_a_damaged_recording_has_details_of_this_machine(served: Served, tmp_path: Path) -> None:
    chance = random.Random(0)
    recordings = [wave_of(16_000, bits=0), wave_of(16_000, kind=0xFFFE), wave_of(1), b"\x1aE\xdf\xa3" + bytes(110)]
    for name, kind in KINDS.items():
        whole = write_media(tmp_path / f"{name}{kind.suffix}", speech(), kind).read_bytes()
        for _ in range(2):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                damaged[chance.randrange(min(len(damaged), 300))] = chance.randrange(256)
            recordings.append(bytes(damaged[: chance.randrange(len(damaged))]))
    statuses = set()
    for recording in recordings:
        answer = transcribe(served, recording)
        statuses.add(answer.status_code)
        if answer.status_code != 200:
            assert not PRIVATE.search(answer.json()["error"]["message"]), answer.text
    assert 500 not in statuses
    assert 422 in statuses


def test_a_length_that_is_only_declared_is_refused_at_once(served: Served, tmp_path: Path) -> None:
    loaded = served.client.get("/stats").json()["jobs"]
    mp3 = bytearray(write_media(tmp_path / "a.mp3", speech(), KINDS["mp3"]).read_bytes())
    at = max(mp3.find(b"Xing"), mp3.find(b"Info"))
    mp3[at + 8 : at + 12] = struct.pack(">I", 2**31 - 1)
    flac = bytearray(write_media(tmp_path / "a.flac", speech(), KINDS["flac"]).read_bytes())
    flac[22:26] = b"\xff" * 4  # STREAMINFO's number of samples
    for recording in (mp3, flac):
        answer = transcribe(served, bytes(recording))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")
    assert served.client.get("/stats").json()["jobs"] == loaded


def test_silence_is_no_error(served: Served, tmp_path: Path) -> None:
    silent = write_media(tmp_path / "a.flac", np.zeros(24_000, np.float32), KINDS["flac"]).read_bytes()
    assert transcribe(served, silent).json()["text"] == ""
