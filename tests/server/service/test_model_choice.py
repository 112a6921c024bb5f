"""Models that a server has, lacks, or must not use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("fastapi")

from fake_hub import FILES, model_spec, put
from fixtures_server import Served, message, open_runtime, serving
from restricted_engine import REFUSED, put_engine

from voxweft.server.service.errors import ApiError
from voxweft.server.service.model_choice import check_ready, ready_choices, resolve_model

pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture
def commercial(tmp_path: Path) -> Iterator[Served]:
    folder = put_engine(tmp_path / "engines")
    with open_runtime(tmp_path, engine_folders=(folder,), commercial=True) as runtime, serving(runtime) as server:
        yield server


def test_a_server_for_commercial_use(commercial: Served) -> None:
    assert commercial.speech("Hello.", model="duo").status_code == 200
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
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "model_missing")
        assert message(refused) == (
            "the files of model 'one' of engine 'somevoice' aren't on the server; run `voxweft models pull somevoice "
            "--accept-license cc-by-nc-4.0` (license CC-BY-NC-4.0 (no commercial use)) there"
        )
        put(runtime.store.download_folder(spec, ""), FILES)
        assert "somevoice" in [row["id"] for row in server.client.get("/v1/models").json()["data"]]


def test_a_recognizer_is_offered_with_the_models_that_are_there(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    for model in ("tiny", "base"):
        names = ("config.json", "model.bin", "tokenizer.json", "vocabulary.json")
        put(tmp_path / "whisper" / "stt" / "faster-whisper" / model, dict.fromkeys(names, b"{}"))
    with open_runtime(tmp_path, model_folders=(tmp_path / "whisper",)) as runtime:
        for name, language in (("whisper-1", None), ("", "de"), ("faster_whisper", "en")):
            choice = resolve_model(runtime, "recognition", name, language).in_language(runtime.registry, language)
            check_ready(runtime, choice)
            assert (choice.spec.name, choice.model) == ("faster_whisper", "base")
        ids = [choice.id for choice in ready_choices(runtime) if choice.spec.name == "faster_whisper"]
        assert ids == ["faster_whisper", "faster_whisper/tiny", "faster_whisper/base"]
        with pytest.raises(ApiError, match="models pull faster_whisper`"):
            check_ready(runtime, resolve_model(runtime, "recognition", "small"))
