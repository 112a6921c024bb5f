"""Draw speech tokens from logits, for several rows at once, each with its own settings and random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import torch

Step = Literal["penalty", "temperature", "top_k", "top_p", "min_p"]


class Sampling(NamedTuple):
    """How the tokens of one piece are drawn.

    Args:
        temperature: Divides the logits.
        min_p: Leaves out tokens less likely than this fraction of the likeliest one; 0: none.
        top_p: Leaves out the least likely tokens beyond this probability; 1: none.
        top_k: How many tokens to choose among; 0: all.
        repetition_penalty: Makes tokens that were drawn before less likely; 1: not.
    """

    temperature: float
    min_p: float
    top_p: float
    top_k: int
    repetition_penalty: float


def probabilities(logits: Any, seen: Any, settings: Sequence[Sampling], steps: Sequence[Step]) -> Any:
    """Return the probabilities to draw from.

    Args:
        logits: `[rows, tokens]`, float32.
        seen: The tokens that were drawn before, `[rows, tokens]`, bool.
        settings: Of each row.
        steps: What is done, in the order of the model's own package.
    """

    def column(values: list[float]) -> Any:
        return torch.tensor(values, dtype=logits.dtype, device=logits.device)[:, None]

    for step in steps:
        if step == "penalty":
            logits = _penalized(logits, seen, column([row.repetition_penalty for row in settings]))
        elif step == "temperature":
            logits = logits / column([row.temperature for row in settings])
        elif step == "top_k":
            logits = _top_k(logits, [row.top_k for row in settings])
        elif step == "min_p" and any(row.min_p > 0 for row in settings):
            logits = _min_p(logits, column([row.min_p for row in settings]))
        elif step == "top_p" and any(row.top_p < 1 for row in settings):
            logits = _top_p(logits, column([row.top_p for row in settings]))
    return torch.softmax(logits, -1)


def draw(shares: Any, generators: Sequence[Any]) -> list[int]:
    """Draw a token for each row of probabilities, with the row's own generator on the CPU."""
    on_cpu = shares.cpu()
    return [
        int(torch.multinomial(row, 1, generator=generator)) for row, generator in zip(on_cpu, generators, strict=True)
    ]


def _penalized(logits: Any, seen: Any, penalty: Any) -> Any:
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def _top_k(logits: Any, counts: list[int]) -> Any:
    n_tokens = logits.shape[-1]
    counts = [min(count, n_tokens) or n_tokens for count in counts]
    if min(counts) == n_tokens:
        return logits
    ranked = torch.topk(logits, max(counts)).values
    lowest = ranked.gather(-1, torch.tensor(counts, device=logits.device)[:, None] - 1)
    return logits.masked_fill(logits < lowest, -torch.inf)


def _min_p(logits: Any, fractions: Any) -> Any:
    shares = torch.softmax(logits, -1)
    return logits.masked_fill(shares < fractions * shares.max(-1, keepdim=True).values, -torch.inf)


def _top_p(logits: Any, shares: Any) -> Any:
    ascending, order = torch.sort(logits, descending=False)
    left_out = ascending.softmax(-1).cumsum(-1) <= 1 - shares
    left_out[..., -1:] = False
    return logits.masked_fill(left_out.scatter(-1, order, left_out), -torch.inf)
