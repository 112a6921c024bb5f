"""Models that a server has, lacks, or must not use."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("fastapi")

from fake_hub import FILES, model_spec, put
from fixtures_server import Served, message, open_runtime, serving
from restricted_engine import REFUSED, put_engine

from voxweft.server.service.errors import ApiError
from voxweft.server.service.model_choice import resolve_model
from voxweft.server.service.model_list import find_model, list_models

pytestmark = pytest.mark.usefixtures("no_hang")
needs_whisper = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="faster-whisper isn't installed")
needs_kokoro = pytest.mark.skipif(find_spec("kokoro") is None, reason="Kokoro isn't installed")


@pytest.fixture
def commercial(tmp_path: Path) -> Iterator[Served]:
    folder = put_engine(tmp_path / "engines")
    with open_runtime(tmp_path, engine_folders=(folder,), commercial=True) as runtime, serving(runtime) as server:
        yield server


def test_a_server_for_commercial_use(commercial: Served) -> None:
    assert commercial.speech("Hello.", model="duo").status_code == 200
    only_voice = commercial.speech("Hello.", model="duo", voice="Nova")
    assert (only_voice.status_code, only_voice.headers.get("X-Voice-Used")) == (200, None)
    for path in ("/v1/audio/speech", "/v1/audio/speech-stream"):
        refused = commercial.client.post(path, json={"input": "Hello.", "model": "duo/restricted"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "license_forbids")
        assert REFUSED in message(refused)
    refused = commercial.speech("Hallo.", model="duo", language="de")
    assert refused.status_code in (400, 403)
    assert REFUSED in message(refused)
    rows = {row["id"]: row for row in commercial.client.get("/v1/models").json()["data"]}
    assert (rows["duo/free"]["license"], rows["duo/free"]["commercial"]) == ("MIT", True)
    assert "duo/restricted" not in rows


def test_missing_files_are_named_with_the_command_and_the_license(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime, serving(runtime) as server:
        spec = msgspec.structs.replace(model_spec(license="CC-BY-NC-4.0"), folder=str(tmp_path))
        runtime.registry.specs[spec.name] = spec
        refused = server.speech("Hello.", model="somevoice")
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_missing")
        assert message(refused) == (
            "the files of model 'one' of engine 'somevoice' aren't on the server; run `voxweft models pull somevoice "
            "--accept-license cc-by-nc-4.0` (license CC-BY-NC-4.0 (no commercial use)) there"
        )
        put(runtime.store.download_folder(spec, ""), FILES)
        assert "somevoice" in [row["id"] for row in server.client.get("/v1/models").json()["data"]]


def put_whisper(home: Path, *models: str, vocabulary: str = "vocabulary.json") -> Path:
    """Write folders that look like converted models of Whisper, and return the folder of models."""
    names = ("config.json", "model.bin", "tokenizer.json", vocabulary)
    for model in models:
        put(home / "stt" / "faster-whisper" / model, dict.fromkeys(names, b"{}"))
    return home


NAMES_OF_RECOGNIZERS = (
    "",
    " ",
    "whisper-1",
    "WHISPER-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-transcribe-2025-03-20",
    "GPT-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-latest",
    "gpt-4o-transcribe-diarize",
    "gpt-realtime-whisper",
    "faster_whisper",
    "Faster-Whisper",
)


@needs_whisper
@pytest.mark.parametrize(
    ("installed", "vocabulary", "chosen"),
    [
        (("turbo",), "vocabulary.txt", "turbo"),
        (("tiny", "base"), "vocabulary.json", "base"),
        (("base.en",), "vocabulary.json", "base.en"),
    ],
)
def test_any_recognizer_s_name_means_the_installed_one(
    tmp_path: Path, installed: tuple[str, ...], vocabulary: str, chosen: str
) -> None:
    folder = put_whisper(tmp_path / "whisper", *installed, vocabulary=vocabulary)
    with open_runtime(tmp_path, model_folders=(folder,), engine_folders=()) as runtime:
        for name in NAMES_OF_RECOGNIZERS:
            choice = resolve_model(runtime, "recognition", name)
            assert (choice.spec.name, choice.model) == ("faster_whisper", chosen), name
            assert any("tells speakers apart" in note for note in choice.notes) == name.endswith("diarize")
            assert any("'en' alone" in note for note in choice.notes) == (chosen == "base.en")
            if name.strip():
                assert find_model(runtime, name)["id"] == name
        assert resolve_model(runtime, "recognition", "whisper-1", "en").model == chosen
        if chosen == "base.en":
            with pytest.raises(ApiError, match="models pull faster_whisper") as refused:
                resolve_model(runtime, "recognition", "whisper-1", "de")
            assert refused.value.status == 404


@needs_whisper
def test_what_is_listed_can_be_requested_and_found(tmp_path: Path) -> None:
    folder = put_whisper(tmp_path / "whisper", "tiny", "base")
    with open_runtime(tmp_path, model_folders=(folder,)) as runtime:
        rows = list_models(runtime)
        for row in rows:
            task, name = row["task"], row["id"]
            assert resolve_model(runtime, task, name).spec.task == task
            assert find_model(runtime, name)["id"] == name
        ids = [row["id"] for row in rows]
        assert {"faster_whisper", "faster_whisper/tiny", "faster_whisper/base", "whisper-1", "tts-1", "espeak"} <= {
            *ids
        }
        assert "faster_whisper/small" not in ids
        assert {row["task"] for row in list_models(runtime, "speech")} == {"speech"}


@needs_whisper
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("base", "base"),
        ("Base", "base"),
        ("faster_whisper/base", "base"),
        ("Systran/faster-whisper-base", "base"),
        ("faster-whisper-base", "base"),
        ("openai/whisper-base", "base"),
        ("large", "large-v3"),
        ("faster_whisper/large", "large-v3"),
        ("large-v3-turbo", "turbo"),
        ("openai/whisper-large-v3-turbo", "turbo"),
        ("deepdml/large-v3-turbo", "turbo"),
    ],
)
def test_a_model_has_the_names_of_its_engine_and_its_repository(tmp_path: Path, name: str, model: str) -> None:
    folder = put_whisper(tmp_path / "whisper", "base", "turbo", "large-v3")
    with open_runtime(tmp_path, model_folders=(folder,)) as runtime:
        assert resolve_model(runtime, "recognition", name).model == model
        row = find_model(runtime, name)
        assert row["id"] == name
        assert row.get("alias_of", name) == f"faster_whisper/{model}"


@needs_whisper
def test_unknown_names_and_models_that_are_not_installed(tmp_path: Path) -> None:
    folder = put_whisper(tmp_path / "whisper", "base")
    with open_runtime(tmp_path, model_folders=(folder,)) as runtime:
        for task, name, status, message in (
            ("recognition", "small", 404, "run `voxweft models pull faster_whisper"),
            ("recognition", "large", 404, "run `voxweft models pull faster_whisper --model large-v3`"),
            ("recognition", "whisper-2", 404, "unknown model 'whisper-2'; did you mean 'whisper-1'"),
            ("recognition", "nobody/small", 404, "unknown model 'nobody/small'"),
            ("recognition", "tts-1", 400, "model 'tts-1' is for speech, not recognition"),
            ("speech", "whisper-1", 400, "model 'whisper-1' is for recognition, not speech"),
            ("speech", "base", 400, "model 'base' is for recognition"),
            ("speech", "kokoro/nope", 404, "unknown model 'kokoro/nope'"),
            ("speech", "tts-11", 404, "unknown model"),
        ):
            with pytest.raises(ApiError) as refused:
                resolve_model(runtime, task, name)
            assert (refused.value.status, message in refused.value.message) == (status, True), refused.value.message
            assert refused.value.status != 404 or "\n" not in refused.value.message
        with pytest.raises(ApiError, match="run `voxweft models pull faster_whisper"):
            find_model(runtime, "small")
        with pytest.raises(ApiError, match="unknown model 'nope'"):
            find_model(runtime, "nope")


@needs_whisper
def test_without_a_recognizer_its_names_say_what_to_install(tmp_path: Path) -> None:
    with open_runtime(tmp_path, engine_folders=()) as runtime:
        for resolved in (
            lambda name: resolve_model(runtime, "recognition", name),
            lambda name: find_model(runtime, name),
        ):
            for name in ("whisper-1", "gpt-4o-transcribe"):
                with pytest.raises(
                    ApiError, match="run `voxweft engines install faster_whisper` and `voxweft models pull"
                ) as refused:
                    resolved(name)
                assert refused.value.status == 404
        assert {row["task"] for row in list_models(runtime)} == {"speech"}


@needs_kokoro
def test_the_default_engine_is_one_that_has_the_language(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime:
        kokoro = runtime.registry.get("kokoro")
        files = {file.path: b"" for file in kokoro.weights["kokoro-82m"].files}
        put(runtime.store.download_folder(kokoro, ""), files)
        for name in ("", "tts-1", "TTS-1-HD", "tts-1-1106", "tts-1-hd-1106", "gpt-4o-mini-tts-2025-12-15"):
            for language, engine in ((None, "kokoro"), ("fr-CA", "kokoro"), ("de", "espeak")):
                assert resolve_model(runtime, "speech", name, language).spec.name == engine
        assert resolve_model(runtime, "speech", "speaches-ai/Kokoro-82M-v1.0-ONNX").spec.name == "kokoro"
        with pytest.raises(ValueError, match="'kokoro' doesn't speak the language 'de'; these do: "):
            resolve_model(runtime, "speech", "kokoro", "de")
