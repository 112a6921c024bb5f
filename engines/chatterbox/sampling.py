"""Draw speech codes from logits, for several rows at once, each with its own settings and random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch


class Sampling(NamedTuple):
    """How the codes of one piece are drawn. `top_k` and the order of the steps are those of turbo."""

    cfg_weight: float
    temperature: float
    min_p: float
    top_p: float
    top_k: int
    repetition_penalty: float


def guided(conditional: Any, unconditional: Any, weights: Any) -> Any:
    """Return logits moved away from what the model would say without the text. All are `[rows, tokens]`."""
    return conditional + weights * (conditional - unconditional)


def probabilities(logits: Any, seen: Any, settings: Sequence[Sampling], *, turbo: bool) -> Any:
    """Return the probabilities to draw from.

    Args:
        logits: `[rows, tokens]`, float32.
        seen: The tokens that were drawn before, `[rows, tokens]`, bool.
        settings: Of each row.
        turbo: Whether the repetition penalty comes last, as the package has it for these models.
    """

    def column(values: list[float]) -> Any:
        return torch.tensor(values, dtype=logits.dtype, device=logits.device)[:, None]

    penalty = column([row.repetition_penalty for row in settings])
    temperature = column([row.temperature for row in settings])
    if not turbo:
        logits = _penalized(logits, seen, penalty)
    logits = logits / temperature
    if turbo:
        logits = _top_k(logits, [row.top_k for row in settings])
    elif any(row.min_p > 0 for row in settings):
        shares = torch.softmax(logits, -1)
        too_small = shares < column([row.min_p for row in settings]) * shares.max(-1, keepdim=True).values
        logits = logits.masked_fill(too_small, -torch.inf)
    if any(row.top_p < 1 for row in settings):
        logits = _top_p(logits, column([row.top_p for row in settings]))
    if turbo:
        logits = _penalized(logits, seen, penalty)
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


def _top_p(logits: Any, shares: Any) -> Any:
    ascending, order = torch.sort(logits, descending=False)
    left_out = ascending.softmax(-1).cumsum(-1) <= 1 - shares
    left_out[..., -1:] = False
    return logits.masked_fill(left_out.scatter(-1, order, left_out), -torch.inf)
