"""A model's folder: the tensors of its network and of its vocoder, checked against its architecture and vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch

from ..tensors import misfit, read_tensors
from .architecture import Architecture
from .errors import F5Error
from .package import Package

N_CHANNELS = 100
"""The bands of a mel spectrogram."""
_SUFFIXES = (".safetensors", ".pt")
_NOT_WEIGHTS = ("initted", "step")


class _Part(msgspec.Struct):
    """A part of the vocoder in its configuration."""

    class_path: str
    init_args: dict[str, Any] = {}


def load_network(package: Package, folder: Path, architecture: Architecture, n_signs: int) -> Any:
    """Load the network of a folder, in evaluation mode, on the CPU.

    WeightsError if a file is missing or damaged, F5Error if checkpoint, vocabulary and architecture don't belong
    together.
    """
    file = _checkpoint_file(folder)
    state = _network_state(file, read_tensors(file), architecture)
    _check(file, state, architecture, n_signs)
    network = package.DiT(**architecture.settings, text_num_embeds=n_signs, mel_dim=N_CHANNELS)
    try:
        # The file's own memory becomes the network's: half the peak of a copy.
        network.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise F5Error(f"{file} doesn't fit this model ({misfit(error)})") from error
    for block in network.transformer_blocks:
        # Without it, rows of a batch attend to each other's padding.
        block.attn.processor.attn_mask_enabled = True
    return network.float().eval().requires_grad_(False)


def load_vocoder(package: Package, folder: Path) -> Any:
    """Load the vocoder of a folder, in evaluation mode, on the CPU. WeightsError or F5Error as `load_network`."""
    config, file = folder / "vocos" / "config.yaml", folder / "vocos" / "pytorch_model.bin"
    if not config.is_file():
        raise F5Error(f"vocos/config.yaml is missing from {folder}; copy it there, or download the model again")
    state = read_tensors(file)
    try:
        vocoder = package.vocos(**_vocoder_parts(package, config))
        vocoder.load_state_dict(state)
    except Exception as error:  # of the parser, of the classes, and of torch
        problem = " ".join(str(error).split())[:300]
        raise F5Error(f"the files in {folder / 'vocos'} don't belong together or are damaged: {problem}") from error
    return vocoder.float().eval().requires_grad_(False)


def _vocoder_parts(package: Package, config: Path) -> dict[str, Any]:
    """Return the parts of the vocoder of a configuration. ValueError if it names anything else.

    The package's own function calls whatever the file names: `os.system`, too.
    """
    import yaml

    settings = msgspec.convert(yaml.safe_load(config.read_text(encoding="utf-8")), dict[str, _Part])
    parts: dict[str, Any] = {}
    for name in ("feature_extractor", "backbone", "head"):
        part = settings[name]
        if part.class_path not in package.vocos_parts:
            raise ValueError(f"its {name} is '{part.class_path}'; expected one of {', '.join(package.vocos_parts)}")
        parts[name] = package.vocos_parts[part.class_path](**part.init_args)
    return parts


def _checkpoint_file(folder: Path) -> Path:
    named = [folder / f"model{suffix}" for suffix in _SUFFIXES]
    found = [file for file in named if file.is_file()]
    found = found[:1] or sorted(file for file in folder.glob("*") if file.suffix in _SUFFIXES)
    if len(found) != 1:
        which = f": which of {', '.join(file.name for file in found)}?" if found else ""
        raise F5Error(f"there is no model.safetensors or model.pt in {folder}{which}")
    return found[0]


def _network_state(file: Path, content: Any, architecture: Architecture) -> dict[str, Any]:
    """Return the network's tensors of a checkpoint: of an export, or of a training with its averaged weights.

    F5Error if it isn't one.
    """
    names = ["ema_model_state_dict", "model_state_dict"]
    nested = content if isinstance(content, Mapping) else {}
    kept = [nested[name] for name in (names if architecture.ema else reversed(names)) if nested.get(name)]
    content = kept[0] if kept else content
    if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
        raise F5Error(f"{file} isn't a checkpoint of F5-TTS: it has no tensors by name")
    named = {name.removeprefix("ema_model."): tensor for name, tensor in content.items() if name not in _NOT_WEIGHTS}
    start = "transformer."
    state = {name.removeprefix(start): tensor for name, tensor in named.items() if name.startswith(start)}
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
            raise F5Error(f"{file} isn't a checkpoint of F5-TTS: its '{name}' isn't a tensor of real numbers")
    return state


def _check(file: Path, state: dict[str, Any], architecture: Architecture, n_signs: int) -> None:
    """Raise F5Error if the tensors are of another vocabulary or of other sizes, as far as these can be seen in them."""
    embedding, projection = state.get("text_embed.text_embed.weight"), state.get("input_embed.proj.weight")
    if embedding is None or projection is None:
        raise F5Error(f"{file} isn't a checkpoint of F5-TTS (DiT): it has no text embedding")
    # The first row is that of padding.
    if embedding.shape[0] != n_signs + 1:
        raise F5Error(
            f"vocab.txt in {file.parent} has {n_signs} signs, and {file.name} was trained with "
            f"{embedding.shape[0] - 1}: they belong to different models"
        )
    found = {
        "dim": projection.shape[0],
        "depth": _n_layers(state, "transformer_blocks."),
        "text_dim": embedding.shape[1],
        "conv_layers": _n_layers(state, "text_embed.text_blocks."),
    }
    expected = {name: getattr(architecture, name) for name in found}
    width = state.get("transformer_blocks.0.attn.to_q.weight")
    if width is not None:
        found["heads"] = width.shape[0] // architecture.dim_head
        expected["heads"] = architecture.heads
    inner = state.get("transformer_blocks.0.ff.ff.0.0.weight")
    if inner is not None:
        found["ff_mult"], expected["ff_mult"] = inner.shape[0] // inner.shape[1], architecture.ff_mult
    for name, value in found.items():
        if value != expected[name]:
            raise F5Error(
                f"{file} is of another architecture: its {name} is {value}, and the model's is {expected[name]}; "
                "choose the model that it was trained from (--model), or put its config.yaml into the folder"
            )


def _n_layers(state: dict[str, Any], start: str) -> int:
    return len({name.removeprefix(start).partition(".")[0] for name in state if name.startswith(start)})
