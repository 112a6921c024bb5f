"""The network as it is trained: Whisper, and what helps it to learn and isn't delivered."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .attention import attend
from .shape import N_DECODER_LAYERS, WIDTH, build_whisper, sinusoids
from .tokens import FIRST_TIMESTAMP, N_TIMESTAMPS
from .words import WORDS


class TaughtWhisper(nn.Module):
    """Whisper with a word classifier on the encoder's steps, and timestamps made from the encoder's own positions.

    A timestamp's embedding is a linear map of the position of the step that it names (both are 0.02 s), plus a part of
    its own: so every example of one teaches all. `export` writes them out.
    """

    ts_code: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.whisper: Any = build_whisper()
        self.frame_head = nn.Linear(WIDTH, len(WORDS) + 1)
        self.register_buffer("ts_code", torch.from_numpy(sinusoids(N_TIMESTAMPS, WIDTH)), persistent=False)
        self.ts_map = nn.Linear(WIDTH, WIDTH)
        nn.init.normal_(self.ts_map.weight, std=0.05 / math.sqrt(WIDTH) * 2)
        self.ts_free = nn.Parameter(torch.zeros(N_TIMESTAMPS, WIDTH))

    def blocks(self) -> list[nn.Parameter]:
        """Return the matrices of the encoder's and the decoder's layers."""
        layers = (self.whisper.model.encoder.layers, self.whisper.model.decoder.layers)
        return [parameter for part in layers for parameter in part.parameters() if parameter.ndim == 2]

    def embedding(self) -> torch.Tensor:
        """Return the embedding of all tokens, `[tokens, width]`."""
        own = self.whisper.model.decoder.embed_tokens.weight
        return torch.cat([own[:FIRST_TIMESTAMP], self.ts_map(self.ts_code).float() + self.ts_free])

    def encode(self, mel: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Return the encoder's output `[b, steps, width]` for features `[b, 80, frames]` that begin at these steps."""
        encoder = self.whisper.model.encoder
        x = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(mel)))).transpose(1, 2)
        x = x + encoder.embed_positions.weight[offsets[:, None] + torch.arange(x.shape[1])]
        for layer in encoder.layers:
            x = x + attend(layer.self_attn, layer.self_attn_layer_norm(x))[0]
            x = x + layer.fc2(functional.gelu(layer.fc1(layer.final_layer_norm(x))))
        out: torch.Tensor = encoder.layer_norm(x)
        return out

    def decode(self, tokens: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor | None]]:
        """Return the logits `[b, n, tokens]`, and where each layer looks in `memory`, the last two layers' alone."""
        decoder = self.whisper.model.decoder
        table = self.embedding()
        x = functional.embedding(tokens, table) + decoder.embed_positions.weight[: tokens.shape[1]]
        looks = []
        for i, layer in enumerate(decoder.layers):
            x = x + attend(layer.self_attn, layer.self_attn_layer_norm(x), causal=True)[0]
            normed = layer.encoder_attn_layer_norm(x)
            out, look = attend(layer.encoder_attn, normed, memory, with_weights=i >= N_DECODER_LAYERS - 2)
            x = x + out
            looks.append(look)
            x = x + layer.fc2(functional.gelu(layer.fc1(layer.final_layer_norm(x))))
        return functional.linear(decoder.layer_norm(x), table.to(x.dtype)), looks

    def export(self) -> Any:
        """Return transformers' model with all that was learnt in it."""
        with torch.no_grad():
            embedding = self.whisper.model.decoder.embed_tokens.weight
            embedding.copy_(self.embedding())
            self.whisper.proj_out.weight = embedding
        return self.whisper
