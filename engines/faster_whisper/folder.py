"""Check a folder with a Whisper model for CTranslate2 before the library loads it.

faster-whisper downloads a missing `tokenizer.json` from the hub, and assumes 80 mel bands without a
`preprocessor_config.json`. This engine downloads nothing, and takes the number of bands from the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import WhisperError

MODEL = "model.bin"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor_config.json"
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
"""CTranslate2 reads both; older releases wrote the second."""

_MARKS = ("<|endoftext|>", "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>")


def check_folder(folder: Path) -> None:
    """Check that a folder has all required files. WhisperError names the missing file and its source."""
    if not folder.is_dir():
        raise WhisperError(f"{folder} isn't a folder; give one with a Whisper model for CTranslate2 ({MODEL})")
    if not (folder / MODEL).is_file():
        foreign = next(iter(sorted((*folder.glob("*.safetensors"), *folder.glob("*.pt")))), None)
        if foreign is not None:
            raise WhisperError(
                f"{folder} contains {foreign.name}, which isn't a model for CTranslate2; "
                "convert it with ct2-transformers-converter"
            )
        raise WhisperError(f"{MODEL} is missing from {folder}; {_GET_ALL}")
    _read_object(folder, CONFIG)
    if not any((folder / name).is_file() for name in VOCABULARIES):
        raise WhisperError(f"{' or '.join(VOCABULARIES)} is missing from {folder}; {_GET_ALL}")
    _check_tokenizer(folder)
    if (folder / PREPROCESSOR).exists():
        _read_object(folder, PREPROCESSOR)


def mel_bands(folder: Path) -> int | None:
    """Return the number of mel bands that a folder states, None if it states none."""
    if not (folder / PREPROCESSOR).is_file():
        return None
    stated = _read_object(folder, PREPROCESSOR).get("feature_size")
    return stated if isinstance(stated, int) else None


_GET_ALL = "copy all files of the model's repository, or convert the model again"


def _check_tokenizer(folder: Path) -> None:
    if not (folder / TOKENIZER).is_file():
        raise WhisperError(
            f"{TOKENIZER} is missing from {folder}, and isn't downloaded automatically; copy it from the model that "
            "yours was converted from (on the Hugging Face hub: openai/whisper-large-v3 for large-v3 and its "
            "derivatives, openai/whisper-tiny.en for English-only models, openai/whisper-tiny for the others)"
        )
    data = _read_object(folder, TOKENIZER)
    added = data.get("added_tokens")
    tokens = {item.get("content") for item in added if isinstance(item, dict)} if isinstance(added, list) else set()
    missing = [mark for mark in _MARKS if mark not in tokens]
    if missing:
        raise WhisperError(f"{folder / TOKENIZER} isn't a Whisper tokenizer: it has no token {missing[0]}")


def _read_object(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WhisperError(f"{name} is missing from {folder}; {_GET_ALL}") from None
    except (OSError, ValueError) as error:
        raise WhisperError(f"{folder / name} can't be read ({error}); download it again") from error
    if not isinstance(data, dict):
        raise WhisperError(f"{folder / name} isn't a JSON object; download it again")
    return data
