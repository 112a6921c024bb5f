"""Drawing tokens: each row by its own settings, and as transformers' own steps do it."""

from __future__ import annotations

import pytest
from optional import skip_without

skip_without("torch")
skip_without("transformers")

import torch

from voxweft.engines.speech_tokens.sampling import Sampling, Step, draw, probabilities

N_TOKENS = 500
PLAIN = Sampling(temperature=0.8, min_p=0.05, top_p=1.0, top_k=1000, repetition_penalty=1.2)
ORDERS: list[tuple[Step, ...]] = [
    ("penalty", "temperature", "min_p", "top_p"),
    ("temperature", "top_k", "top_p", "penalty"),
    ("penalty", "temperature", "top_k", "top_p", "min_p"),
]
ROWS = [
    PLAIN,
    PLAIN._replace(temperature=1.7, min_p=0.0, top_p=0.6),
    PLAIN._replace(min_p=0.3, repetition_penalty=2.0, top_k=20),
]


def logits(seed: int = 0) -> torch.Tensor:
    return 3 * torch.randn(len(ROWS), N_TOKENS, generator=torch.Generator().manual_seed(seed))


def seen_tokens() -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.tensor([[5, 9, 5], [0, 1, 2], [499, 3, 3]])
    return ids, torch.zeros(len(ROWS), N_TOKENS, dtype=torch.bool).scatter(1, ids, value=True)


@pytest.mark.parametrize("steps", ORDERS)
def test_rows_are_independent(steps: tuple[Step, ...]) -> None:
    _, seen = seen_tokens()
    together = probabilities(logits(), seen, ROWS, steps)
    for row, settings in enumerate(ROWS):
        alone = probabilities(logits()[row : row + 1], seen[row : row + 1], [settings], steps)
        assert torch.equal(alone[0], together[row])


@pytest.mark.parametrize("steps", ORDERS)
def test_the_steps_are_those_of_transformers(steps: tuple[Step, ...]) -> None:
    from transformers.generation.logits_process import (
        MinPLogitsWarper,
        RepetitionPenaltyLogitsProcessor,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    ids, seen = seen_tokens()
    for row, settings in enumerate(ROWS):
        theirs = {
            "penalty": RepetitionPenaltyLogitsProcessor(settings.repetition_penalty),
            "temperature": lambda _ids, scores, by=settings.temperature: scores / by,
            "top_k": TopKLogitsWarper(min(settings.top_k, N_TOKENS)),
            "top_p": TopPLogitsWarper(settings.top_p),
            "min_p": MinPLogitsWarper(settings.min_p),
        }
        expected = logits()[row : row + 1].clone()
        for step in steps:
            expected = theirs[step](ids[row : row + 1], expected)
        found = probabilities(logits()[row : row + 1], seen[row : row + 1], [settings], steps)
        torch.testing.assert_close(found, expected.softmax(-1))


def test_each_row_has_its_own_random_numbers() -> None:
    shares = logits().softmax(-1)
    first = draw(shares, [torch.Generator().manual_seed(seed) for seed in (1, 2, 3)])
    others = draw(shares, [torch.Generator().manual_seed(seed) for seed in (7, 2, 9)])
    assert first[1] == others[1]
    assert first == draw(shares, [torch.Generator().manual_seed(seed) for seed in (1, 2, 3)])
