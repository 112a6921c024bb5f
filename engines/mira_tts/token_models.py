"""What draws the tokens: lmdeploy on CUDA if a user installed it, otherwise transformers."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

from .lmdeploy_tokens import LmdeployTokens
from .prompt import Vocabulary
from .tokens import Qwen2Tokens, TokenModel


def load_tokens(
    folder: Path, vocabulary: Vocabulary, device: torch.device, dtype: torch.dtype
) -> tuple[TokenModel, tuple[str, ...]]:
    """Load the language model of a folder; return it, and what users should know about it."""
    if device.type == "cuda" and find_spec("lmdeploy") is not None:
        return LmdeployTokens.load(folder, vocabulary, dtype), ("MiraTTS draws its tokens by lmdeploy",)
    return Qwen2Tokens.load(folder, vocabulary, device, dtype), ()
