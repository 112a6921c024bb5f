"""Recordings of voices: listed, used, added and deleted over HTTP, and refused while uploads are disabled."""

from __future__ import annotations

import io
import unicodedata
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

import httpx
import numpy as np
from fixtures_server import Served, message, open_runtime, serving
from streaming_kit import engine_module

from voxweft.server.service.service import Service
from voxweft.server.service.settings import ServerSettings

CLONER = engine_module("cloner")
RATE = CLONER.RATE
SOUND = (0.5 * np.sin(np.arange(RATE) * 0.1) * 32767).astype("<i2")


def wav(samples: np.ndarray = SOUND, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(samples.tobytes())
    return file.getvalue()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with one voice."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "Grandpa.wav").write_bytes(wav())
    return folder


@pytest.fixture(scope="module")
def served(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("references")
    with (
        open_runtime(home, voice_folders=(library,)) as runtime,
        serving(runtime, voice_uploads=home / "uploads") as server,
    ):
        yield server


def add(served: Served, name: str, sound: bytes, transcript: str = "") -> httpx.Response:
    files = {"audio_sample": ("../../escaped.wav", sound)}
    return served.client.post("/v1/audio/voices", files=files, data={"name": name, "transcript": transcript})


def recordings(served: Served, model: str = "cloner") -> list[dict[str, Any]]:
    rows = served.client.get("/voices", params={"model": model}).json()["voices"]
    return [row for row in rows if row["kind"] == "recording"]


def spoken(served: Served, voice: str) -> np.ndarray:
    fields = {"input": "abc", "model": "cloner", "voice": voice}
    response = served.client.post("/v1/audio/speech-stream", json=fields)
    assert response.status_code == 200, response.text
    return np.frombuffer(response.content, "<i2") / 32768


def test_a_recording_is_added_used_and_deleted(served: Served) -> None:
    uploads = served.service.settings.voice_uploads
    assert uploads is not None
    added = add(served, " Oma  Jürgens ", wav(), "What\nis said.")
    assert added.status_code == 200, added.text
    assert {name: added.json()[name] for name in ("id", "duration", "sample_rate", "transcript")} == {
        "id": "library:Oma Jürgens",
        "duration": 1.0,
        "sample_rate": RATE,
        "transcript": "What is said.",
    }
    # Re-encoded audio is stored, not the uploaded bytes, and not under the uploaded file name.
    assert sorted(file.name for file in uploads.iterdir()) == ["Oma Jürgens.flac", "Oma Jürgens.txt"]
    assert (uploads / "Oma Jürgens.flac").read_bytes()[:4] == b"fLaC"
    listed = [(row["id"], row["transcript"]) for row in recordings(served)]
    assert listed == [("library:Oma Jürgens", "What is said."), ("library:Grandpa", None)]
    one = served.client.get("/voices/library:oma jürgens").json()
    assert (one["model"], one["transcript"]) == ("cloner", "What is said.")
    expected = CLONER.expected("abc", SOUND.astype(np.float32) / 32768)
    for voice in (unicodedata.normalize("NFD", "Library:OmaJürgens"), "library:Grandpa"):
        np.testing.assert_allclose(spoken(served, voice)[: expected.size], expected, atol=2e-4)
    assert [row["voice"] for row in served.stats()["voices"]] == ["library:Oma Jürgens", "library:Grandpa"]
    deleted = served.client.delete("/voices/library:oma jürgens")
    assert deleted.json() == {"object": "audio.voice.deleted", "id": "library:Oma Jürgens", "deleted": True}
    assert list(uploads.iterdir()) == []
    assert served.client.delete("/v1/audio/voices/Oma Jürgens").status_code == 404


def test_what_engines_keep_of_recordings_is_cleared(served: Served) -> None:
    spoken(served, "library:Grandpa")
    served.client.post("/voices/clear-cache")
    body = {"input": "abcd", "model": "cloner", "voice": "library:Grandpa"}
    assert served.client.post("/v1/audio/speech-stream", json=body).status_code == 200
    assert served.client.post("/voices/clear-cache").json() == {"cleared": True, "released_bytes": 4 * RATE}
    assert served.client.post("/voices/clear-cache").json() == {"cleared": True, "released_bytes": 0}


def test_a_default_voice(library: Path, tmp_path: Path) -> None:
    """It is for the engines that have it; the fallback for unknown names, too. Other engines have their own."""
    with open_runtime(tmp_path, voice_folders=(library,)) as runtime:
        with pytest.raises(ValueError, match="default voice: unknown recording 'Granny'"):
            Service(runtime, ServerSettings(default_voice="library:Granny"))
        with serving(runtime, fallback_voice=True, default_voice="library:Grandpa") as served:
            grandpa = spoken(served, "library:Grandpa")
            np.testing.assert_array_equal(spoken(served, ""), grandpa)
            unknown = served.speech("abc", model="mimic", voice="alloy", response_format="pcm")
            assert unknown.status_code == 200, unknown.text
            assert unknown.headers["X-Voxweft-Voice-Fallback"] == (
                "engine 'mimic' has no voice 'alloy'; 'library:Grandpa' speaks instead"
            )
            unknown = served.speech("abc", model="mimic", voice="Marlene", response_format="pcm")
            assert "'Marlene' isn't one" in unknown.headers["X-Voxweft-Voice-Fallback"]
            assert unknown.headers["X-Voice-Used"] == "library:Grandpa"
            other = served.speech("x", model="espeak", response_format="pcm")
            assert other.status_code == 200
            assert [row["voice"] for row in served.stats()["voices"]] == ["library:Grandpa"] * 2 + ["en-us"]
            assert served.client.get("/voices").json()["default_voice"] == "library:Grandpa"


def test_openai_s_names_on_an_engine_that_only_clones(tmp_path: Path) -> None:
    """The recording of that name speaks, else another one, and a header says so. Without any, the error has the fix."""
    voices = tmp_path / "voices"
    voices.mkdir()
    with open_runtime(tmp_path, voice_folders=(voices,)) as runtime, serving(runtime) as served:
        refused = served.speech("abc", model="mimic", voice="alloy")
        assert (refused.status_code, "speaks in the voice of a recording" in message(refused)) == (400, True)
        for name in ("Nova", "Grandpa"):
            (voices / f"{name}.wav").write_bytes(wav())
            (voices / f"{name}.txt").write_text("What is said.", encoding="utf-8")
        used = {}
        for voice in ("nova", "ash", "ballad"):
            response = served.speech("abc", model="mimic", voice=voice, response_format="pcm")
            assert response.status_code == 200, response.text
            used[voice] = response.headers["X-Voice-Used"]
            remark = f"engine 'mimic' has no voice '{voice}'; '{used[voice]}' speaks instead"
            assert response.headers.get("X-Voxweft-Voice-Fallback", remark) == remark
            assert ("X-Voxweft-Voice-Fallback" in response.headers) == (voice != "nova")
        assert used["nova"] == "library:Nova"
        assert {used["ash"], used["ballad"]} == {"library:Nova", "library:Grandpa"}


def test_invalid_requests_are_explained(served: Served, library: Path) -> None:
    cases: list[tuple[int, str, httpx.Response]] = [
        (400, "invalid voice name", add(served, "../../etc/passwd", wav())),
        (400, "invalid voice name", add(served, "a.b", wav())),
        (400, "invalid voice name", add(served, "NUL", wav())),
        (400, "invalid voice name", add(served, "𠀀" * 64, wav())),
        (400, "the recording is not an audio or video file", add(served, "x", b"MZ this is a program" * 100)),
        (
            400,
            "the recording is not an audio or video file",
            add(served, "x", b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/x.mp3\n"),
        ),
        (400, "0.01 s long (minimum 0.5 s)", add(served, "x", wav(SOUND[:100]))),
        (400, "the recording is silent", add(served, "x", wav(np.zeros_like(SOUND)))),
        (400, "the file is empty", add(served, "x", b"")),
        (400, "maximum 64 KiB", add(served, "x", wav(), "word " * 20_000)),
        (409, "voice 'Grandpa' already exists", add(served, "grand pa", wav())),
        (403, "'Grandpa' wasn't uploaded", served.client.delete("/voices/grandpa")),
        (404, "unknown recording '../Grandpa.wav'", served.client.delete("/voices/library:../Grandpa.wav")),
        (404, "did you mean 'library:Grandpa'?", served.client.get("/voices/library:Grampa")),
        (400, "did you mean 'library:Grandpa'?", served.speech("x", model="cloner", voice="library:Grampa")),
        (400, "can't imitate the recording", served.speech("x", model="espeak", voice="library:Grandpa")),
    ]
    for status, expected, response in cases:
        assert (response.status_code, expected in message(response)) == (status, True), response.text
        assert str(library.parent) not in response.text
    uploads = served.service.settings.voice_uploads
    assert uploads is not None
    assert list(uploads.iterdir()) == []
    assert recordings(served, "espeak") == []


def test_uploads_are_refused_by_default(library: Path, tmp_path: Path) -> None:
    with open_runtime(tmp_path, voice_folders=(library,)) as runtime, serving(runtime) as served:
        for refused in (add(served, "x", wav()), served.client.delete("/v1/audio/voices/Grandpa")):
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "uploads_disabled")
    assert [file.name for file in library.iterdir()] == ["Grandpa.wav"]
