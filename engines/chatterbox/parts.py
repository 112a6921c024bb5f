"""Load the parts of a model from its folder, without a network and without running code from a file."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .architecture import Architecture
from .errors import ChatterboxError

_NANO = {"n_embd": 768, "hidden_size": 768, "n_head": 12, "n_layer": 12}
"""Nano's backbone, which the package doesn't know: GPT-2 small. All else is as in its GPT-2 medium."""


class Parts(NamedTuple):
    """The package's modules, in evaluation mode.

    Args:
        t3: Text to speech codes.
        decoder: Speech codes to sound, with the encoders of a recording.
        speaker: The encoder of a speaker.
    """

    t3: Any
    decoder: Any
    speaker: Any


def load_parts(folder: Path, architecture: Architecture) -> Parts:
    """Load a model's parts to the CPU in float32. ChatterboxError names the file that is missing or damaged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's dependencies, during their import
        import librosa.effects  # noqa: F401  imported when first used otherwise, which delays the first audio by seconds
        from chatterbox.models.s3gen import S3Gen
        from chatterbox.models.voice_encoder import VoiceEncoder

        speaker = _filled(VoiceEncoder(), folder / "ve.safetensors")
        t3 = _load_t3(folder / architecture.t3, architecture)
        decoder = _filled(S3Gen(meanflow=architecture.turbo), folder / architecture.decoder)
    return Parts(t3, decoder, speaker)


def read_tensors(path: Path) -> Any:
    """Read a file of tensors. ChatterboxError if it is missing, damaged, or holds anything but tensors."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ChatterboxError(
            f"{path.name} is missing from {path.parent}; copy it there, or download the model again"
        ) from error
    except Exception as error:
        # torch's own message recommends to run the code in the file.
        raise ChatterboxError(f"{path} isn't a file of tensors, or is damaged; download it again") from error


def _load_t3(path: Path, architecture: Architecture) -> Any:
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS
    from chatterbox.models.t3.modules.t3_config import T3Config

    LLAMA_CONFIGS.setdefault("GPT2_small", {**LLAMA_CONFIGS["GPT2_medium"], **_NANO})
    settings = T3Config(text_tokens_dict_size=architecture.text_tokens)
    if architecture.turbo:
        settings.llama_config_name = architecture.backbone
        settings.speech_tokens_dict_size = 6563
        settings.input_pos_emb = None
        settings.speech_cond_prompt_len = 375
        settings.use_perceiver_resampler = False
        settings.emotion_adv = False
    t3 = _filled(T3(settings), path)
    if architecture.turbo:
        del t3.tfmr.wte  # nothing reads it
    return t3


def _filled(module: Any, path: Path) -> Any:
    """Fill a module with the tensors of a file. Every parameter must be there; a buffer is as it was built."""
    state: Mapping[str, Any] = read_tensors(path)
    try:
        # The file's own memory becomes the module's: half the peak of a copy.
        missing, _ = module.load_state_dict(state, strict=False, assign=True)
    except (RuntimeError, AttributeError, TypeError) as error:
        first = str(error).strip().splitlines()
        raise ChatterboxError(
            f"{path} doesn't fit this model ({first[min(1, len(first) - 1)].strip()}); download it again"
        ) from error
    missing = sorted(set(missing) & {name for name, _ in module.named_parameters()})
    if missing:
        raise ChatterboxError(f"{path} isn't of this model: it has no '{missing[0]}'; download it again")
    return module.eval().requires_grad_(False)
