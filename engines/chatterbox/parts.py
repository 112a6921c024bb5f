"""Load the parts of a model from its folder, without a network and without running code from a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, NamedTuple

from ..tensors import filled
from .architecture import Architecture

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
    """Load a model's parts to the CPU in float32. WeightsError names the file that is missing or damaged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's dependencies, during their import
        import librosa.effects  # noqa: F401  imported when first used otherwise, which delays the first audio by seconds
        from chatterbox.models.s3gen import S3Gen
        from chatterbox.models.voice_encoder import VoiceEncoder

        speaker = filled(VoiceEncoder(), folder / "ve.safetensors")
        t3 = _load_t3(folder / architecture.t3, architecture)
        decoder = filled(S3Gen(meanflow=architecture.turbo), folder / architecture.decoder)
    return Parts(t3, decoder, speaker)


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
    t3 = filled(T3(settings), path)
    if architecture.turbo:
        del t3.tfmr.wte  # nothing reads it
    return t3
