"""Whisper's attention, so that what it looks at can be taught."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


def attend(
    block: Any, x: torch.Tensor, memory: torch.Tensor | None = None, causal: bool = False, with_weights: bool = False
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the output of transformers' attention block for `x`, `[b, n, width]`, which looks at `memory` or itself.

    With `with_weights` also where it looks, `[b, heads, n, steps]` in float32; that takes longer. No mask then.
    """
    source = x if memory is None else memory
    n_heads = block.num_heads
    queries = _heads(block.q_proj(x), n_heads)
    keys, values = _heads(block.k_proj(source), n_heads), _heads(block.v_proj(source), n_heads)
    weights = None
    if with_weights:
        weights = (queries @ keys.transpose(2, 3)).float().mul(queries.shape[-1] ** -0.5).softmax(-1)
        out = weights.to(values.dtype) @ values
    else:
        out = functional.scaled_dot_product_attention(queries, keys, values, is_causal=causal)
    projected: torch.Tensor = block.out_proj(out.transpose(1, 2).reshape(x.shape))
    return projected, weights


def _heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    return x.view(x.shape[0], x.shape[1], n_heads, -1).transpose(1, 2)
