"""From symbols to their encodings and durations: BERT, the text encoder and the duration predictor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .checkpoint import Network
from .interrupts import Check


class Bert:
    """The symbols' BERT (an ALBERT: all layers share their weights)."""

    def __init__(self, bert: Network, projection: Network, device: torch.device) -> None:
        self._embeddings = bert.embeddings.to(device)
        self._widen = bert.encoder.embedding_hidden_mapping_in.to(device)
        self._layer = _Layer(bert.encoder.albert_layer_groups[0].albert_layers[0].to(device))
        self._n_layers: int = bert.n_layers
        self._project = projection.to(device)

    def run(self, ids: torch.Tensor, mask: torch.Tensor | None, check: Check) -> torch.Tensor:
        """Return `[n_texts, n, 512]` for ids `[n_texts, n]`; `mask` is true where there is a symbol."""
        x = self._widen(self._embeddings(ids))
        attended = None if mask is None else mask[:, None, None, :]
        for _ in range(self._n_layers):
            check()
            x = self._layer.run(x, attended)
        encoding: torch.Tensor = self._project(x)
        return encoding


class _Layer:
    def __init__(self, layer: Network) -> None:
        attention = layer.attention
        self._heads: int = layer.n_heads
        parts = (attention.query, attention.key, attention.value)
        self._weight = torch.cat([part.weight for part in parts])
        self._bias = torch.cat([part.bias for part in parts])
        attention.query = attention.key = attention.value = None
        self._dense, self._first_norm = attention.dense, attention.LayerNorm
        self._layer = layer

    def run(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        n_texts, length, width = x.shape
        joined = functional.linear(x, self._weight, self._bias)
        query, key, value = joined.view(n_texts, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self._first_norm(x + self._dense(mixed.transpose(1, 2).reshape(n_texts, length, width)))
        normed: torch.Tensor = self._layer.full_layer_layer_norm(self._layer.feed_forward(x) + x)
        return normed


class TextEncoder:
    """The text encoding for the decoder."""

    def __init__(self, encoder: Network, device: torch.device) -> None:
        self._encoder = encoder.to(device)

    def run(self, ids: torch.Tensor, check: Check) -> torch.Tensor:
        """Return `[1, 512, n]` for ids `[1, n]`."""
        x = self._encoder.embedding(ids).transpose(1, 2)
        for layer in self._encoder.cnn:
            check()
            x = layer(x)
        check()
        out: torch.Tensor = self._encoder.lstm(x.transpose(1, 2))[0]
        return out.transpose(1, 2)


class DurationPredictor:
    """Each symbol's duration, and the encoding from which pitch and energy are predicted."""

    def __init__(self, predictor: Network, device: torch.device) -> None:
        self._layers = [layer.to(device) for layer in predictor.text_encoder.lstms]
        self._lstm = predictor.lstm.to(device)
        self._head = predictor.duration_proj.linear_layer.to(device)

    def run(
        self, encoding: torch.Tensor, styles: torch.Tensor, lengths: Sequence[int], check: Check
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return encodings `[n_texts, n, 640]` and lengths in frames at speed 1, `[n_texts, n]`, not rounded.

        `encoding [n_texts, n, 512]` and `styles [n_texts, 128]`; values beyond a text's length are undefined.
        """
        style = styles.unsqueeze(1).expand(-1, encoding.shape[1], -1)
        x = torch.cat([encoding, style], dim=2)
        for lstm, norm in zip(self._layers[::2], self._layers[1::2], strict=True):
            check()
            x = _recur(lstm, x, lengths)
            gamma, beta = norm.fc(styles).unsqueeze(1).chunk(2, dim=2)
            x = (1 + gamma) * functional.layer_norm(x, (x.shape[2],)) + beta
            x = torch.cat([x, style], dim=2)
        check()
        shares = torch.sigmoid(self._head(_recur(self._lstm, x, lengths)))
        return x, shares.sum(dim=2)


def _recur(lstm: Network, x: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    # Packing makes the backward pass begin at each text's own end; if all lengths are equal, it isn't needed, and the
    # LSTM is twice as fast without it.
    if min(lengths) == x.shape[1]:
        plain: torch.Tensor = lstm(x)[0]
        return plain
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    padded: torch.Tensor = pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]
    return padded
