"""The voice catalog: names are resolved by the engine's own rules, also for a third-party engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")

import numpy as np
from fixtures_server import Served, message, open_runtime, serving

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
