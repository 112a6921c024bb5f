"""Lists of models and voices, in the forms that clients ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_server import Served, open_runtime, serving

from voxweft.jobs.voices.voice_names import OPENAI_VOICES

pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_runtime(tmp_path_factory.mktemp("listings")) as runtime, serving(runtime) as server:
        yield server


def test_voices(served: Served) -> None:
    listed = served.client.get("/v1/audio/voices", params={"model": "espeak"}).json()
    assert len(listed["voices"]) == listed["total"] == 242
    assert listed["default_voice"] == "en-us"
    assert {"id", "name", "languages", "gender", "aliases", "model"} <= set(listed["voices"][0])
    aliases = {alias: row["id"] for row in listed["voices"] for alias in row["aliases"]}
    assert set(aliases) == set(OPENAI_VOICES)
    assert aliases["nova"] == "+f3"
    everyone = served.client.get("/voices").json()["voices"]
    assert {"espeak", "tone"} <= {row["model"] for row in everyone}
    assert len(served.client.post("/voices/refresh", params={"model": "tone"}).json()["voices"]) == 1


def test_voices_as_a_map_and_as_names(served: Served) -> None:
    rows = served.client.get("/voices").json()["voices"]
    by_id = served.client.get("/voices", params={"format": "map"}).json()
    assert set(by_id) == {"total", "default_voice", "voices"}
    assert by_id["total"] == len(by_id["voices"])
    assert list(by_id["voices"]) == list(dict.fromkeys(row["id"] for row in rows))
    assert by_id["voices"]["de"]["languages"] == ["de"]
    assert served.client.get("/voices", params={"format": "tree"}).status_code == 400
    names = served.client.get("/v1/audio/voices", params={"legacy": "true", "model": "tone"}).json()
    assert names["voices"] == ["noise"]


@pytest.mark.parametrize(("name", "found"), [("EN-US", "en-us"), ("noise", "noise"), ("+F3", "+f3"), ("nova", "noise")])
def test_one_voice_of_any_engine(served: Served, name: str, found: str) -> None:
    row = served.client.get(f"/voices/{name}", params={"model": "tone"} if name == "nova" else {}).json()
    assert row["id"] == found


@pytest.mark.parametrize("name", ["nope", "en-us+nope", "de+f2", "x" * 2000, "library:nope"])
def test_a_voice_that_there_is_not_is_404(served: Served, name: str) -> None:
    response = served.client.get(f"/voices/{name}", params={"model": "espeak"})
    assert (response.status_code, response.json()["error"]["code"]) in ((404, "unknown_voice"), (404, "invalid_value"))


def test_open_webui_lists_models_and_voices(served: Served) -> None:
    """Its settings ask for `BASE/audio/models` and `BASE/audio/voices`, with and without `/v1` in BASE."""
    for base in ("", "/v1"):
        models = served.client.get(f"{base}/audio/models").json()["models"]
        assert {"tts-1", "espeak"} <= {model["id"] for model in models}
        assert all(model["task"] == "speech" for model in models)
        voices = served.client.get(f"{base}/audio/voices").json()["voices"]
        assert {"en-us"} <= {voice["id"] for voice in voices if voice["name"]}


def test_a_model_is_found_by_every_name_that_a_request_may_give(served: Served) -> None:
    for name in ("espeak", "ESPEAK", "tts-1-1106", "TTS-1", "gpt-4o-mini-tts-2025-12-15", "whisper-1", "recognizer"):
        row = served.client.get(f"/v1/models/{name}").json()
        assert row["id"] == name
        assert row["object"] == "model"
    missing = served.client.get("/v1/models/kokoro")
    assert missing.status_code == 404
    assert "run `voxweft models pull kokoro`" in missing.json()["error"]["message"]
    for unknown, near in (("tts-2", "tts-1"), ("whisper-2", "whisper-1"), ("", "")):
        error = served.client.get(f"/v1/models/{unknown}").json()["error"]
        assert (error["code"], near in error["message"]) == ("model_not_found", True)


def test_an_unknown_route_or_method_is_named(served: Served) -> None:
    error = served.client.post("/v1/chat/completions", json={}).json()["error"]
    assert (error["code"], error["message"]) == (
        "not_found",
        "there is no route '/v1/chat/completions'; GET /docs describes all",
    )
    refused = served.client.get("/v1/audio/speech")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["error"]["message"] == "'/v1/audio/speech' doesn't take GET; use POST"


LISTINGS = ("/v1/models", "/v1/models/tts-1", "/v1/audio/models", "/audio/models", "/v1/audio/voices", "/audio/voices")
LISTINGS += ("/voices", "/voices/de")


@pytest.mark.parametrize("public", [False, True])
def test_listings_without_the_token_are_an_option(served: Served, public: bool) -> None:
    token = "0123456789abcdef"
    with (
        serving(served.service.runtime, token=token, public_listings=public) as guarded,
        httpx.Client(base_url=guarded.url, timeout=60) as stranger,
    ):
        for path in LISTINGS:
            assert stranger.get(path).status_code == (200 if public else 401), path
            assert stranger.head(path).status_code == (200 if public else 401), path
            assert guarded.client.get(path).status_code == 200
            assert stranger.get(path, headers={"Origin": "https://evil.example"}).status_code == 403
        for path in ("/voices/refresh", "/stats", "/metrics", "/limits", "/v1/modelsX", "/voices/../stats"):
            assert stranger.get(path).status_code == 401, path
        for path in ("/voices/refresh", "/voices/clear-cache", "/v1/audio/voices", "/v1/audio/speech", "/voices"):
            assert stranger.post(path).status_code == 401, path
        assert stranger.delete("/voices/library:x").status_code == 401
