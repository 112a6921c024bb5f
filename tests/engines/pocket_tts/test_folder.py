"""The folder of a Pocket-TTS model: a configuration that names nothing outside of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from voxweft.engines.pocket_tts.errors import PocketError
from voxweft.engines.pocket_tts.folder import local_configuration

SETTINGS = {
    "weights_path": "hf://kyutai/pocket-tts/languages/german/model.safetensors@3e82",
    "weights_path_without_voice_cloning": "hf://kyutai/pocket-tts-without-voice-cloning/model.safetensors@1e08",
    "flow_lm": {"weights_path": "flow.safetensors", "lookup_table": {"tokenizer": "x", "tokenizer_path": "hf://a/b/c"}},
    "mimi": {"weights_path": "https://example.org/mimi.safetensors", "sample_rate": 24000},
    "default_temperature": 0.5,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(SETTINGS))
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "tokenizer.json").touch()
    return tmp_path


def test_every_address_becomes_a_file_of_the_folder_or_nothing(folder: Path) -> None:
    settings = local_configuration(folder, "german")
    assert settings["weights_path"] == str(folder / "model.safetensors")
    assert settings["weights_path_without_voice_cloning"] is None
    assert settings["flow_lm"]["weights_path"] is settings["mimi"]["weights_path"] is None
    assert settings["flow_lm"]["lookup_table"] == {
        "tokenizer": "tokenizers",
        "tokenizer_path": str(folder / "tokenizer.json"),
    }
    assert settings["default_temperature"] == 0.5
    assert "//" not in yaml.safe_dump(settings)


def test_other_names_of_the_weights_and_the_older_tokenizer_are_found(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "tts_b6369a24.safetensors")
    (folder / "tokenizer.json").rename(folder / "tokenizer.model")
    settings = local_configuration(folder, "german")
    assert settings["weights_path"] == str(folder / "tts_b6369a24.safetensors")
    assert settings["flow_lm"]["lookup_table"]["tokenizer"] == "sentencepiece"


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("model.safetensors", "accept the terms at https://huggingface.co/kyutai/pocket-tts"),
        ("tokenizer.json", "tokenizer.json"),
    ],
)
def test_a_missing_file_is_named(folder: Path, missing: str, message: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(PocketError, match=message):
        local_configuration(folder, "german")


@pytest.mark.parametrize("content", ["", "[]", "a: [", "flow_lm: 1\nmimi: {}", "\x00"])
def test_a_file_that_isnt_a_configuration_is_named(folder: Path, content: str) -> None:
    (folder / "config.yaml").write_text(content)
    with pytest.raises(PocketError, match=r"config\.yaml"):
        local_configuration(folder, "german")
