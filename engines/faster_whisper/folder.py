"""What a folder must hold to be a Whisper model for CTranslate2, looked at before the library completes it by itself.

faster-whisper fetches a missing `tokenizer.json` from the hub, and takes 80 mel bands for granted without a
`preprocessor_config.json`. Here nothing is fetched, and the number of bands is the model's own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import FolderError

MODEL = "model.bin"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor_config.json"
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
"""CTranslate2 writes the first today, and wrote the second; it reads both."""

_MARKS = ("<|endoftext|>", "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>")


def check_folder(folder: Path) -> None:
    """Check that a folder holds what a model can't do without. FolderError says which file, and where to get it."""
    if not folder.is_dir():
        raise FolderError(f"{folder} isn't a folder; name the one that holds a Whisper model for CTranslate2 ({MODEL})")
    if not (folder / MODEL).is_file():
        foreign = next(iter(sorted((*folder.glob("*.safetensors"), *folder.glob("*.pt")))), None)
        if foreign is not None:
            raise FolderError(
                f"{folder} holds {foreign.name}, which is no model for CTranslate2: "
                "convert it with ct2-transformers-converter"
            )
        raise FolderError(f"{folder} lacks {MODEL}: {_GET_ALL}")
    _read_object(folder, CONFIG)
    if not any((folder / name).is_file() for name in VOCABULARIES):
        raise FolderError(f"{folder} lacks {' or '.join(VOCABULARIES)}: {_GET_ALL}")
    _check_tokenizer(folder)
    if (folder / PREPROCESSOR).exists():
        _read_object(folder, PREPROCESSOR)


def mel_bands(folder: Path) -> int | None:
    """Return how many mel bands a folder says that its model hears, None if it doesn't say so."""
    if not (folder / PREPROCESSOR).is_file():
        return None
    stated = _read_object(folder, PREPROCESSOR).get("feature_size")
    return stated if isinstance(stated, int) else None


_GET_ALL = "copy all files of the repository where the model comes from, or convert it again"


def _check_tokenizer(folder: Path) -> None:
    if not (folder / TOKENIZER).is_file():
        raise FolderError(
            f"{folder} lacks {TOKENIZER}, and nothing is fetched behind your back: copy that file from the model that "
            "yours was converted from (openai/whisper-large-v3 for large-v3 and its kin, openai/whisper-tiny.en for "
            "English-only models, openai/whisper-tiny for the others, on the Hugging Face hub)"
        )
    data = _read_object(folder, TOKENIZER)
    added = data.get("added_tokens")
    tokens = {item.get("content") for item in added if isinstance(item, dict)} if isinstance(added, list) else set()
    missing = [mark for mark in _MARKS if mark not in tokens]
    if missing:
        raise FolderError(f"{folder / TOKENIZER} isn't a Whisper tokenizer: it has no token {missing[0]}")


def _read_object(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderError(f"{folder} lacks {name}: {_GET_ALL}") from None
    except (OSError, ValueError) as error:
        raise FolderError(f"{folder / name} can't be read ({error}): get it again") from error
    if not isinstance(data, dict):
        raise FolderError(f"{folder / name} holds no JSON object: get it again")
    return data
