"""The network's shape, as transformers' Whisper."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import WhisperConfig, WhisperForConditionalGeneration

from .tokens import END, N_TOKENS, START
from .units import N_MELS, WINDOW_STEPS

WIDTH = 128
MOST_TOKENS = 448
_N_ENCODER_LAYERS, _N_ENCODER_HEADS = 3, 2
N_DECODER_LAYERS, _N_DECODER_HEADS = 3, 4
ALIGNMENT_HEADS = [[N_DECODER_LAYERS - 1, 0], [N_DECODER_LAYERS - 1, 1]]
"""The cross-attention heads that are taught to look at the word being written: word timestamps come from them."""


def sinusoids(length: int, channels: int) -> NDArray[np.float32]:
    """Return Whisper's code of positions, `[length, channels]`."""
    increment = math.log(10000) / (channels // 2 - 1)
    angles = np.arange(length)[:, None] * np.exp(-increment * np.arange(channels // 2))[None]
    return np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)


def build_whisper() -> WhisperForConditionalGeneration:
    """Return the model with random weights."""
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=N_TOKENS,
            num_mel_bins=N_MELS,
            d_model=WIDTH,
            encoder_layers=_N_ENCODER_LAYERS,
            decoder_layers=N_DECODER_LAYERS,
            encoder_attention_heads=_N_ENCODER_HEADS,
            decoder_attention_heads=_N_DECODER_HEADS,
            encoder_ffn_dim=4 * WIDTH,
            decoder_ffn_dim=4 * WIDTH,
            max_source_positions=WINDOW_STEPS,
            max_target_positions=MOST_TOKENS,
            pad_token_id=END,
            bos_token_id=END,
            eos_token_id=END,
            decoder_start_token_id=START,
            dropout=0.0,
        )
    )
    # Whisper's deviation of 0.02 is far too small for this width.
    for module in model.modules():
        if isinstance(module, nn.Conv1d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.Linear) and module.out_features != N_TOKENS:
            nn.init.xavier_uniform_(module.weight)
    with torch.no_grad():
        positions = torch.from_numpy(sinusoids(MOST_TOKENS, WIDTH)) * 0.05
        model.model.decoder.embed_positions.weight.copy_(positions)
    model.model.encoder.embed_positions.weight.requires_grad_(False)
    return model
