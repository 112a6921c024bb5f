"""Models where other programs keep them, in folders of models: ComfyUI's packs, and faster-whisper's own downloads."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from fake_hub import FILES, REVISION, model_spec, put

from voxweft.utils.models.layout import declared_weights
from voxweft.utils.models.store import ModelStore
from voxweft.utils.streaming.contract.engine_spec import WeightFile, read_spec
from voxweft.utils.streaming.contract.errors import ModelMissingError, SpecError
from voxweft.utils.streaming.contract.registry import EngineRegistry

SPEC = msgspec.structs.replace(model_spec(), model_aliases={"first": "one"}, model_folders=("asr", "voices/asr"))
MAIN = "b" * 40
WHISPER = EngineRegistry().get("faster_whisper")


def store(root: Path, **changes: object) -> ModelStore:
    values: dict[str, object] = {"home": root / "home", "digests": root / "digests", "hub_cache": root / "hub"}
    return ModelStore((root / "models",), **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "where",
    [
        "asr/one",
        "asr/first",
        "asr/Voice-1M",
        "asr/someone--Voice-1M",
        "voices/asr/one",
        f"asr/models--someone--Voice-1M/snapshots/{REVISION}",
        f"asr/models--who-had-it-before--Voice-1M/snapshots/{REVISION}",
        f"voices/asr/models--someone--Voice-1M/snapshots/{MAIN}",
    ],
)
@pytest.mark.parametrize("name", ["", "one", "first"])
def test_a_model_is_found_in_folders_of_other_programs(where: str, name: str, tmp_path: Path) -> None:
    folder = put(tmp_path / "models" / where)
    if MAIN in where:
        refs = folder.parents[1] / "refs"
        refs.mkdir()
        (refs / "main").write_text(MAIN)
    assert store(tmp_path).locate(SPEC, name).path == str(folder)


def test_own_folders_take_precedence_and_incomplete_models_are_skipped(tmp_path: Path) -> None:
    half = put(tmp_path / "models" / "asr" / "one", {"config.json": FILES["config.json"]})
    with pytest.raises(ModelMissingError, match=f"{half}: missing model.pth"):
        store(tmp_path).locate(SPEC, "")
    other = put(tmp_path / "models" / "asr" / "Voice-1M")
    assert store(tmp_path).locate(SPEC, "").path == str(other)
    own = put(tmp_path / "home" / "TTS" / "somevoice")
    assert store(tmp_path).locate(SPEC, "").path == str(own)
    shutil.rmtree(own)
    with pytest.raises(ValueError, match="Voxweft doesn't manage"):
        store(tmp_path).remove(SPEC, "")
    assert other.is_dir()


def test_a_commit_outside_the_cache_is_not_followed(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside")
    repo = tmp_path / "models" / "asr" / "models--someone--Voice-1M"
    (repo / "refs").mkdir(parents=True)
    (repo / "snapshots").mkdir()
    for text in (str(outside), "../../../../outside", "main", "\xff", ""):
        (repo / "refs" / "main").write_text(text, encoding="utf-8")
        with pytest.raises(ModelMissingError):
            store(tmp_path).locate(SPEC, "")
    with pytest.raises(ValueError, match="isn't allowed"):
        store(tmp_path).locate(msgspec.structs.replace(SPEC, model_folders=("../outside",)), "")


def test_a_repository_that_moved_is_found_in_the_libraries_cache(tmp_path: Path) -> None:
    folder = put(tmp_path / "hub" / "models--who-had-it-before--Voice-1M" / "snapshots" / REVISION)
    assert store(tmp_path).locate(SPEC, "").path == str(folder)


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ("tiny", "faster-whisper/tiny"),
        ("tiny", "stt/faster-whisper/faster-whisper-tiny"),
        ("small", "whisper/small"),
        ("large", "whisper/Systran--faster-whisper-large-v3"),
        ("large-v3", "faster-whisper/large"),
        ("turbo", "faster_whisper/large-v3-turbo"),
        ("turbo", "faster-whisper/models--mobiuslabsgmbh--faster-whisper-large-v3-turbo/snapshots/{revision}"),
        ("distil-small.en", "stt/faster-whisper/models--Systran--faster-distil-whisper-small.en/snapshots/{revision}"),
        ("distil-large-v3.5", "stt/whisper/distil-large-v3.5"),
    ],
)
def test_whisper_is_found_in_the_layouts_of_comfyui_packs(model: str, where: str, tmp_path: Path) -> None:
    weights = declared_weights(WHISPER, model)
    assert weights is not None
    files = {file.path: b"{}" for file in weights.files if file.needed}
    if "vocabulary.txt" in files and "tiny" in where:
        files["vocabulary.json"] = files.pop("vocabulary.txt")  # as current converters write it
    folder = put(tmp_path / "models" / where.format(revision=weights.revision), files)
    assert store(tmp_path).find(WHISPER, model).folder == folder
    found = [item for item in store(tmp_path).stored(EngineRegistry()) if item.engine == "faster_whisper"]
    assert [(item.path, item.origin, item.complete) for item in found] == [(str(folder), "third-party", True)]


def test_a_whisper_model_in_another_format_is_not_used(tmp_path: Path) -> None:
    files = dict.fromkeys(("config.json", "model.safetensors", "tokenizer.json", "vocab.json"), b"{}")
    put(tmp_path / "models" / "whisper" / "large-v3", files)
    with pytest.raises(ModelMissingError, match=r"large-v3: missing model\.bin"):
        store(tmp_path).find(WHISPER, "large-v3")
    assert [item for item in store(tmp_path).stored(EngineRegistry()) if item.engine == "faster_whisper"] == []


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    assert WHISPER.model_of("") == "small"
    assert WHISPER.model_of("large") == "large-v3"
    assert WHISPER.model_of("large-v3-turbo") == "turbo"
    with pytest.raises(ValueError, match=r"no model 'larg-v3'; did you mean 'large-v3'.*--model-path"):
        WHISPER.model_of("larg-v3")
    with pytest.raises(ValueError, match=r"no model 'two'; available: one, first; use --model-path FOLDER"):
        SPEC.model_of("two")


@pytest.mark.parametrize("aliases", ['{ two = "three" }', '{ one = "one" }'])
def test_an_alias_of_an_unknown_model_is_an_error(aliases: str, tmp_path: Path) -> None:
    (tmp_path / "adapter.py").touch()
    (tmp_path / "engine.toml").write_text(
        'schema = 1\nname = "x"\ntitle = "X"\ntask = "recognition"\nadapter = "adapter:X"\nadapter_version = 1\n'
        f'license = "MIT"\ndeterministic = true\nmodels = ["one"]\nmodel_aliases = {aliases}\n'
    )
    with pytest.raises(SpecError, match="model_aliases"):
        read_spec(tmp_path)


def test_every_alias_and_digest_is_complete() -> None:
    assert set(WHISPER.model_aliases.values()) <= set(WHISPER.models)
    files = [file for weights in WHISPER.weights.values() for file in weights.files]
    assert all(isinstance(file, WeightFile) and len(file.sha256) == 64 for file in files)
    # Files with the same digest have the same declared size.
    sizes: dict[str, set[int]] = {}
    for file in files:
        sizes.setdefault(file.sha256, set()).add(file.n_bytes)
    assert all(len(found) == 1 for found in sizes.values())
