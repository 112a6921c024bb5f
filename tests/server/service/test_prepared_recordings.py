"""Recordings over HTTP and WebSocket, as an engine wants them: prepared, noted, and refused before a worker starts."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")

import numpy as np
from espeak_speech import SPEECH_RATE_HZ, spoken
from fixtures_server import Served, message, open_runtime, serving

from voxweft.media.audio.encode import AudioEncoder

WORDS = "This is my own voice, and it says a few words more than would be needed for that."


def flac(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with AudioEncoder(file, "flac", SPEECH_RATE_HZ) as encoder:
        encoder.write(samples.astype(np.float32))
    return file.getvalue()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    library, home = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("prepared")
    samples, _ = spoken(WORDS)
    (library / "Ann.flac").write_bytes(flac(samples))
    (library / "Short.flac").write_bytes(flac(samples[: SPEECH_RATE_HZ * 6 // 10]))
    with (
        open_runtime(home, voice_folders=(library,)) as runtime,
        serving(runtime, voice_uploads=home / "uploads") as server,
    ):
        yield server


def loaded(served: Served) -> set[str]:
    runtime = served.service.runtime
    return {model.engine for model in runtime.run(runtime.stats())}


def test_a_voice_without_a_recording_is_refused_before_a_worker_starts(served: Served) -> None:
    for fields, problem in (
        ({"model": "mimic"}, "engine 'mimic' speaks in the voice of a recording, and needs one"),
        ({"model": "mimic", "voice": "library:short"}, "engine 'mimic' can't use Short.flac: it is 0."),
        ({"model": "mimic/long", "voice": "library:short"}, "the minimum is 3 s"),
    ):
        refused = served.speech("Hello.", **fields)
        assert (refused.status_code, problem in message(refused)) == (400, True), refused.text
    assert "mimic" not in loaded(served)


def test_a_recording_is_prepared_and_its_notes_are_in_the_headers(served: Served) -> None:
    for model, noted in (("mimic", "are used, as the maximum is 4 s"), ("mimic/words", 'Ann.flac: heard "level')):
        response = served.speech("Hello.", model=model, voice="library:ann", response_format="pcm")
        assert response.status_code == 200, response.text
        assert np.abs(np.frombuffer(response.content, "<i2")).max() > 1000
        assert noted in response.headers["X-Voxweft-Notes"]


def test_an_upload_says_what_is_wrong_with_it(served: Served) -> None:
    samples, _ = spoken(WORDS)
    for name, sound, notes in (("fine", samples, 0), ("loud", np.clip(20 * samples, -1, 1), 1)):
        files = {"audio_sample": ("a.flac", flac(sound))}
        added = served.client.post("/v1/audio/voices", files=files, data={"name": name, "transcript": WORDS})
        assert added.status_code == 200, added.text
        assert len(added.json()["notes"]) == notes
    assert "it is clipped at" in added.json()["notes"][0]
    # Its words are known, so nothing is recognized; and the transcript is cut only if it fits what is heard.
    response = served.speech("Hello.", model="mimic/long", voice="library:fine", response_format="pcm")
    assert "X-Voxweft-Notes" not in response.headers
    assert response.status_code == 200
