"""Whisper model folders: the required files, and a model's languages and compute types."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from optional import skip_without

from voxweft.utils.models.layout import declared_weights
from voxweft.utils.streaming.contract.registry import EngineRegistry

skip_without("faster_whisper")

from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import _LANGUAGE_CODES
from fixtures_whisper import TINY, context, resampled, speech

from voxweft.engines.faster_whisper.adapter import WhisperAdapter
from voxweft.engines.faster_whisper.errors import WhisperError
from voxweft.engines.faster_whisper.folder import check_folder, mel_bands
from voxweft.engines.faster_whisper.languages import language_tag, whisper_code
from voxweft.engines.faster_whisper.model import Whisper, _fit_features, choose_compute_type, choose_device

FILES = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small model; tests may change its files."""
    target = tmp_path / "model"
    target.mkdir()
    for name in FILES:
        shutil.copy(TINY / name, target)
    return target


def load(folder: Path, compute_type: str = "auto") -> Whisper:
    return Whisper.load(folder, device="cpu", compute_type=compute_type)


def text_of(model: Whisper) -> str:
    options = {"language": "en", "temperature": 0.0}
    return "".join(found.text for found in model.transcribe(resampled(speech()), options, lambda: False).segments)


def test_a_complete_folder_is_loaded() -> None:
    model = load(TINY)
    assert not model.is_multilingual
    assert model.languages == {"en"}
    assert text_of(model) == " the quick brown fox jumps over the lazy dog"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", "config.json is missing from .*copy all files"),
        ("model.bin", "model.bin is missing from .*copy all files"),
        ("tokenizer.json", "tokenizer.json is missing from .*.*openai/whisper-large-v3"),
        ("vocabulary.json", "vocabulary.json or vocabulary.txt is missing"),
    ],
)
def test_a_folder_with_a_missing_file_is_rejected(name: str, message: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(WhisperError, match=message):
        load(folder)


def test_the_older_vocabulary_format_is_read(folder: Path) -> None:
    words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    (folder / "vocabulary.json").unlink()
    (folder / "vocabulary.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8", newline="\n")
    assert text_of(load(folder)) == " the quick brown fox jumps over the lazy dog"


def test_without_a_preprocessor_config_the_model_decides_the_bands(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    assert mel_bands(folder) is None
    assert text_of(load(folder)) == " the quick brown fox jumps over the lazy dog"
    # A model with 128 bands, such as large-v3, is too large for a test; this stand-in has the relevant attributes.
    large: Any = SimpleNamespace(
        model=SimpleNamespace(n_mels=128), feature_extractor=FeatureExtractor(), feat_kwargs={}
    )
    _fit_features(large, folder)
    assert large.feature_extractor.mel_filters.shape[0] == 128


def test_the_preprocessor_config_of_another_model_is_rejected(folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(WhisperError, match="states 128 mel bands, but the model has 80"):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00"])
def test_a_damaged_json_file_is_rejected_by_name(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(WhisperError, match=name):
        load(folder)


def test_another_models_tokenizer_is_rejected(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"added_tokens": [{"content": "<|endoftext|>"}]}')
    with pytest.raises(WhisperError, match="isn't a Whisper tokenizer"):
        check_folder(folder)


@pytest.mark.parametrize("n_bytes", [0, 7, 1000, 1_000_000])
def test_a_truncated_model_is_rejected(n_bytes: int, folder: Path) -> None:
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data[:n_bytes])
    with pytest.raises(WhisperError, match="can't be loaded"):
        load(folder)


def test_a_missing_folder_and_another_format_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(WhisperError, match="isn't a folder"):
        check_folder(tmp_path / "absent")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(WhisperError, match="isn't a model for CTranslate2; convert it"):
        check_folder(tmp_path)


def test_an_unsupported_compute_type_is_rejected_with_the_supported_ones() -> None:
    assert choose_compute_type("cpu", "auto") == "int8"
    assert choose_compute_type("cpu", "float32") == "float32"
    with pytest.raises(WhisperError, match=r"doesn't support int4 on this machine; supported: .*float32.*int8"):
        choose_compute_type("cpu", "int4")
    assert text_of(load(TINY, "float32")) == " the quick brown fox jumps over the lazy dog"


def test_the_device_is_the_best_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    assert [choose_device(wanted) for wanted in ("", "auto", "cpu")] == ["cpu"] * 3
    with pytest.raises(WhisperError, match="no CUDA device"):
        choose_device("cuda")
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 1)
    assert [choose_device(wanted) for wanted in ("auto", "cpu", "cuda")] == ["cuda", "cpu", "cuda"]


def test_without_weights_the_error_names_the_download_command() -> None:
    adapter_context: Any = SimpleNamespace(model_path=None)
    with pytest.raises(WhisperError, match="voxweft models pull faster_whisper"):
        WhisperAdapter().load(adapter_context)
    with pytest.raises(WhisperError, match="isn't a folder"):
        WhisperAdapter().load(context(TINY / "absent"))


# The declarations in engine.toml


def test_every_model_declares_all_required_files() -> None:
    spec = EngineRegistry().get("faster_whisper")
    assert set(spec.models) == set(spec.weights)
    assert len({weights.folder for weights in spec.weights.values()}) == len(spec.models)
    for model in spec.models:
        weights = declared_weights(spec, model)
        assert weights is not None
        names = {file.path for file in weights.files}
        assert {"config.json", "model.bin", "tokenizer.json"} < names
        assert len(names & {"vocabulary.json", "vocabulary.txt"}) == 1
        assert all(len(file.sha256) == 64 for file in weights.files)


def test_every_language_of_whisper_is_declared_and_converted() -> None:
    spec = EngineRegistry().get("faster_whisper")
    found = {whisper_code(tag, _LANGUAGE_CODES) for tag in spec.languages}
    assert found == set(_LANGUAGE_CODES)
    assert {language_tag(code) for code in _LANGUAGE_CODES} <= set(spec.languages)
    assert all(whisper_code(language_tag(code), _LANGUAGE_CODES) == code for code in _LANGUAGE_CODES)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-US", "en"), ("pt_BR", "pt"), ("zh-Hant-TW", "zh"), ("zh-yue", "yue"), ("cmn-Hans", "zh"), ("nb-NO", "no")],
)
def test_a_tag_is_converted_to_whispers_code(tag: str, code: str) -> None:
    assert whisper_code(tag, _LANGUAGE_CODES) == code


def test_an_unknown_language_is_rejected_with_suggestions() -> None:
    with pytest.raises(WhisperError, match=r"doesn't support the language 'enn'; did you mean .*en"):
        whisper_code("enn", _LANGUAGE_CODES)
    with pytest.raises(WhisperError, match="'english'"):
        whisper_code("english", _LANGUAGE_CODES)
    with pytest.raises(WhisperError, match="English only, not 'de'"):
        whisper_code("de", {"en"})
    # Not every model has a token for each of the library's languages.
    with pytest.raises(WhisperError, match="doesn't support the language 'yue'"):
        whisper_code("yue", set(_LANGUAGE_CODES) - {"yue"})
