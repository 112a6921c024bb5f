"""The tokens as a tokenizer that transformers and faster-whisper read."""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from .tokens import END, FIRST_TIMESTAMP, N_BYTES, N_TOKENS, SPECIAL, TIMESTAMPS
from .words import WORDS

SPACE = "\u0120"
"""How a byte-level tokenizer writes the space before a word."""


def build_tokenizer() -> Tokenizer:
    """Return the tokenizer: one token a word, with the space before it, and bytes for whatever else a text holds."""
    byte_tokens = sorted(pre_tokenizers.ByteLevel.alphabet())
    assert len(byte_tokens) == N_BYTES
    numbers = {token: i for i, token in enumerate([*byte_tokens, *(SPACE + word for word in WORDS)])}
    tokenizer = Tokenizer(models.BPE(vocab=numbers, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, special=True, normalized=False) for token in (*SPECIAL, *TIMESTAMPS)]
    tokenizer.add_special_tokens(special)
    assert tokenizer.token_to_id("<|endoftext|>") == END
    assert tokenizer.token_to_id("<|0.00|>") == FIRST_TIMESTAMP
    assert tokenizer.get_vocab_size() == N_TOKENS
    return tokenizer


def vocabulary(tokenizer: Tokenizer) -> list[str]:
    """Return all tokens in the order of their numbers."""
    numbers = tokenizer.get_vocab()
    return sorted(numbers, key=numbers.__getitem__)
