"""A model's folder: its files, and the package's configuration with their paths in place of addresses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from .errors import PocketError

TERMS = "https://huggingface.co/kyutai/pocket-tts"
"""Where the terms of the weights that clone voices are accepted."""


def local_configuration(folder: Path, name: str) -> dict[str, Any]:
    """Return the configuration of the model in a folder; it names nothing outside of that folder.

    Args:
        folder: Has `model.safetensors` (or one file with that suffix), `tokenizer.json` or `tokenizer.model`, and
            `config.yaml` if the model isn't the published one.
        name: The published configuration, without a `config.yaml` in the folder.

    Raises:
        PocketError: A file is missing, or the configuration isn't valid.
    """
    import yaml

    own = folder / "config.yaml"
    source = own if own.is_file() else files("pocket_tts") / "config" / f"{name}.yaml"
    if not source.is_file():
        raise PocketError(f"the installed pocket-tts has no configuration '{name}'; put its config.yaml into {folder}")
    try:
        settings: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
        tokenizer = _tokenizer(folder)
        settings["flow_lm"]["weights_path"] = settings["mimi"]["weights_path"] = None
        settings["flow_lm"]["lookup_table"]["tokenizer_path"] = str(tokenizer)
        kind = "tokenizers" if tokenizer.suffix == ".json" else "sentencepiece"
        settings["flow_lm"]["lookup_table"]["tokenizer"] = kind
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise PocketError(f"'{source}' isn't a configuration of Pocket-TTS: {error}") from error
    # Without this, the package would take weights that can't clone when those that can aren't readable.
    settings["weights_path_without_voice_cloning"] = None
    settings["weights_path"] = str(_weights(folder))
    return settings


def _tokenizer(folder: Path) -> Path:
    for name in ("tokenizer.json", "tokenizer.model"):
        if (folder / name).is_file():
            return folder / name
    raise PocketError(f"there is no tokenizer.json in {folder}; it belongs to the weights")


def _weights(folder: Path) -> Path:
    named = folder / "model.safetensors"
    found = [named] if named.is_file() else sorted(folder.glob("*.safetensors"))
    if len(found) != 1:
        raise PocketError(f"there is no model.safetensors in {folder}; accept the terms at {TERMS} and download it")
    return found[0]
