"""The voice catalog: names are resolved by the engine's own rules, also for a third-party engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import numpy as np
from fake_hub import put
from fixtures_server import Served, message, open_runtime, serving

from voxweft.server.routes.ws_speech import ready_fields
from voxweft.server.service.service import Service
from voxweft.server.service.settings import ServerSettings
from voxweft.server.service.speech_request import SpeechRequest, resolve_speech
from voxweft.server.service.speech_settings import SpeechSettings
from voxweft.utils.streaming.contract.voice_syntax import voice_text

ENGINE = """
schema = 1
name = "flavors"
title = "Voices with variants"
task = "speech"
adapter = "adapter:FlavorsAdapter"
adapter_version = 1
license = "GPL-3.0-or-later"
deterministic = true
native_sample_rate = 24000
capabilities = ["speed"]
languages = ["en", "de"]
default_voice = "en"
variant_mark = "~"

[voice_aliases]
plus = "c+d"
"""

ADAPTER = '''
import numpy as np

from voxweft.utils.streaming import AudioChunk, LoadedModel, StreamingAdapter, VoiceInfo

LEVELS = {"en": 0.1, "en~Whisper": 0.2, "~Whisper": 0.3, "c+d": 0.4}


class FlavorsAdapter(StreamingAdapter):
    """Speaks each voice as a constant level."""

    def load(self, context):
        return LoadedModel(sample_rate=24000)

    def stream(self, segment, cancelled):
        yield AudioChunk(samples=np.full(2400, LEVELS[segment.voice.name], np.float32), sample_rate=24000)

    def voices(self):
        names = [VoiceInfo(name="en", languages=("en",)), VoiceInfo(name="c+d", languages=("de",))]
        return [*names, VoiceInfo(name="~Whisper", languages=(), kind="variant")]
'''


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("catalog")
    folder = home / "engines" / "flavors"
    folder.mkdir(parents=True)
    (folder / "engine.toml").write_text(ENGINE, encoding="utf-8")
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    with open_runtime(home, engine_folders=(folder.parent,)) as runtime, serving(runtime) as server:
        yield server


def level(served: Served, voice: str) -> float:
    response = served.client.post("/v1/audio/speech-stream", json={"input": "x", "model": "flavors", "voice": voice})
    assert response.status_code == 200, response.text
    return round(float(np.frombuffer(response.content, "<i2").max()) / 32768, 2)


@pytest.mark.parametrize(
    ("voice", "expected"),
    [("", 0.1), ("EN", 0.1), ("en~Whisper", 0.2), ("~Whisper", 0.3), ("c+d", 0.4), ("C+D", 0.4), ("plus", 0.4)],
)
def test_the_variant_mark_is_the_engine_s_own(served: Served, voice: str, expected: float) -> None:
    assert level(served, voice) == expected


def test_an_unknown_variant_suggests_the_known_ones(served: Served) -> None:
    refused = served.speech("x", model="flavors", voice="en~Whispr")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_voice")
    assert "has no voice '~Whispr'; did you mean '~Whisper'?" in message(refused)
    assert "GET /v1/audio/voices" in message(refused)


def test_a_plus_is_not_a_variant_mark_everywhere(served: Served) -> None:
    refused = served.speech("x", model="flavors", voice="en+Whisper")
    assert refused.status_code == 400
    assert "has no voice 'en+Whisper'" in message(refused)


def test_one_voice_is_found_by_any_of_its_names(served: Served) -> None:
    for name in ("c+d", "C+D", "plus", "de"):
        found = served.client.get(f"/voices/{name}", params={"model": "flavors"})
        assert found.json().get("name") == "c+d", found.text
    mixed = served.client.get("/voices/en~Whisper", params={"model": "flavors"})
    assert (mixed.status_code, mixed.json()["error"]["code"]) == (404, "unknown_voice")


KOKORO_VOICES = ("af_sky", "am_adam", "ff_siwis")


@pytest.mark.skipif(find_spec("kokoro") is None, reason="Kokoro isn't installed")
@pytest.mark.parametrize(
    ("voice", "language", "used", "missing"),
    [
        ("nova", "", "af_sky", "af_nova"),
        ("ONYX", "", "am_adam", "am_onyx"),
        ("nova", "fr", "ff_siwis", "af_nova"),
        ("", "", "af_sky", "af_heart"),
        ("", "fr", "ff_siwis", ""),
        ("af_sky(2)+echo", "", "af_sky(2)+am_adam(1)", "am_echo"),
        ("AF_SKY", "", "af_sky", ""),
    ],
)
def test_voices_that_are_files_are_resolved_without_a_worker(
    tmp_path: Path, voice: str, language: str, used: str, missing: str
) -> None:
    with open_runtime(tmp_path) as runtime:
        kokoro = runtime.registry.get("kokoro")
        paths = [*(file.path for file in kokoro.weights["kokoro-82m"].files)]
        paths += [f"voices/{name}.pt" for name in KOKORO_VOICES]
        put(runtime.store.download_folder(kokoro, ""), dict.fromkeys(paths, b""))
        service = Service(runtime, ServerSettings())
        request = SpeechRequest(model="kokoro", voice=voice, language=language)
        speech = asyncio.run(resolve_speech(service, request))
        spoken = speech.speaker.segment(0, "x", kokoro).voice
        assert (speech.voice, spoken and voice_text(spoken)) == (used, used)
        assert (f"'{missing}'" in speech.remark) if missing else speech.remark == ""
        assert runtime.loader.loads == 0
        ready = ready_fields(speech, SpeechSettings())
        assert (ready["voice"], ready.get("voice_fallback", "")) == (used, speech.remark)
        service.close()
