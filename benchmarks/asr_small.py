"""Program: write a model of whisper-small's shape and size with seeded random weights, to measure the cost.

The folder has the format of CTranslate2's converter: 12 layers of 12 heads each way, width 768, 80 mel bands, 51865
tokens, 8-bit weights. The output is nonsense with about as many tokens per window as speech: one direction of the
residual stream, strong from the decoder's 84th position on, means the end of the text; another one suppresses
timestamps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LAYERS, _HEADS, _WIDTH = 12, 12, 768
_MELS, _STEPS, _MAX_TOKENS = 80, 1500, 448
_DEVIATION = 0.02
"""Whisper's own standard deviation of initial weights."""
_N_TEXT, _N_LANGUAGES, _N_TIMESTAMPS = 50257, 99, 1501
_LAST_POSITION = 84
_END_STRENGTH, _END_LOGIT, _SHIFT = 80.0, 0.6, 8.0
_ENDS = ["<|endoftext|>", "<|startoftranscript|>"]
_TASKS = ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]


def write_small(folder: Path, seed: int) -> None:
    """Write the model into a folder, which is created. The same seed gives the same bytes."""
    from ctranslate2.specs import WhisperSpec

    draw = _Draw(np.random.default_rng(seed))
    spec = WhisperSpec(_LAYERS, _HEADS, _LAYERS, _HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    for conv, n_in in ((encoder.conv1, _MELS), (encoder.conv2, _WIDTH)):
        conv.weight, conv.bias = draw.weights(_WIDTH, n_in, 3), np.zeros(_WIDTH, np.float32)
    encoder.position_encodings.encodings = draw.weights(_STEPS, _WIDTH)
    decoder.position_encodings.encodings = draw.weights(_MAX_TOKENS, _WIDTH)
    for layer in encoder.layer:
        draw.fill_attention(layer.self_attention, fused=(3,))
        draw.fill_ffn(layer.ffn)
    for layer in decoder.layer:
        draw.fill_attention(layer.self_attention, fused=(3,))
        draw.fill_attention(layer.attention, fused=(1, 2))
        draw.fill_ffn(layer.ffn)
    draw.fill_norm(encoder.layer_norm)
    draw.fill_norm(decoder.layer_norm)
    tokens = _tokens()
    embeddings = draw.weights(len(tokens), _WIDTH)
    end, quiet = draw.direction(), draw.direction()
    embeddings[_N_TEXT:] -= quiet
    embeddings[_N_TEXT] += _END_LOGIT * end
    decoder.position_encodings.encodings[_LAST_POSITION:] += _END_STRENGTH * end
    decoder.layer_norm.beta = (_SHIFT * quiet).astype(np.float32)
    decoder.embeddings.weight = decoder.projection.weight = embeddings
    spec.register_vocabulary(tokens)
    languages = range(_N_TEXT + len(_ENDS), _N_TEXT + len(_ENDS) + _N_LANGUAGES)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [220, _N_TEXT]
    spec.config.lang_ids = list(languages)
    spec.config.alignment_heads = [(layer, head) for layer in range(_LAYERS // 2, _LAYERS) for head in range(_HEADS)]
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))


class _Draw:
    """Draws random weights and fills layers with them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def weights(self, *shape: int) -> NDArray[np.float32]:
        drawn: NDArray[np.float32] = self._rng.standard_normal(shape, dtype=np.float32)
        drawn *= np.float32(_DEVIATION)
        return drawn

    def direction(self) -> NDArray[np.float32]:
        drawn = self.weights(_WIDTH)
        # The last norm removes the mean.
        drawn -= drawn.mean()
        drawn /= np.linalg.norm(drawn)
        return drawn

    def fill_norm(self, norm: Any) -> None:
        norm.gamma, norm.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def fill_attention(self, attention: Any, fused: tuple[int, ...]) -> None:
        """Fill an attention whose first products make `fused` of query, key and value each; the last joins heads."""
        self.fill_norm(attention.layer_norm)
        for linear, count in zip(attention.linear, (*fused, 1), strict=True):
            self._fill(linear, count * _WIDTH, _WIDTH)

    def fill_ffn(self, ffn: Any) -> None:
        self.fill_norm(ffn.layer_norm)
        self._fill(ffn.linear_0, 4 * _WIDTH, _WIDTH)
        self._fill(ffn.linear_1, _WIDTH, 4 * _WIDTH)

    def _fill(self, linear: Any, n_out: int, n_in: int) -> None:
        linear.weight, linear.bias = self.weights(n_out, n_in), np.zeros(n_out, np.float32)


def _tokens() -> list[str]:
    from faster_whisper.tokenizer import _LANGUAGE_CODES
    from tokenizers import pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    text = [*alphabet, *(f"\u0120w{number}" for number in range(_N_TEXT - len(alphabet)))]
    # The library knows one more language, which only newer models have a token for.
    languages = [f"<|{code}|>" for code in _LANGUAGE_CODES[:_N_LANGUAGES]]
    times = [f"<|{step * 0.02:.2f}|>" for step in range(_N_TIMESTAMPS)]
    return [*text, *_ENDS, *languages, *_TASKS, *times]


def _tokenizer(tokens: list[str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    numbers = {token: number for number, token in enumerate(tokens[:_N_TEXT])}
    tokenizer = Tokenizer(models.BPE(vocab=numbers, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in tokens[_N_TEXT:]])
    return tokenizer


if __name__ == "__main__":
    write_small(Path(sys.argv[1]), int(sys.argv[2]))
    json.dump({}, sys.stdout)
