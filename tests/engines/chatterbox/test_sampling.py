"""Drawing codes: each row by its own settings, and as transformers' own steps do it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from voxweft.engines.chatterbox.sampling import Sampling, draw, guided, probabilities

N_TOKENS = 500
PLAIN = Sampling(0.5, 0.8, 0.05, 1.0, 1000, 1.2)
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


def test_rows_are_independent() -> None:
    _, seen = seen_tokens()
    for turbo in (False, True):
        together = probabilities(logits(), seen, ROWS, turbo=turbo)
        for row, settings in enumerate(ROWS):
            alone = probabilities(logits()[row : row + 1], seen[row : row + 1], [settings], turbo=turbo)
            assert torch.equal(alone[0], together[row])


def test_the_steps_are_those_of_transformers() -> None:
    ids, seen = seen_tokens()
    for row, settings in enumerate(ROWS):
        expected = logits()[row : row + 1].clone()
        penalty = RepetitionPenaltyLogitsProcessor(settings.repetition_penalty)
        expected = penalty(ids[row : row + 1], expected) / settings.temperature
        expected = MinPLogitsWarper(settings.min_p)(ids, expected)
        expected = TopPLogitsWarper(settings.top_p)(ids, expected)
        found = probabilities(logits()[row : row + 1], seen[row : row + 1], [settings], turbo=False)
        torch.testing.assert_close(found, expected.softmax(-1))


def test_the_steps_of_turbo() -> None:
    ids, seen = seen_tokens()
    for row, settings in enumerate(ROWS):
        expected = logits()[row : row + 1] / settings.temperature
        expected = TopKLogitsWarper(min(settings.top_k, N_TOKENS))(ids, expected)
        expected = TopPLogitsWarper(settings.top_p)(ids, expected)
        expected = RepetitionPenaltyLogitsProcessor(settings.repetition_penalty)(ids[row : row + 1], expected)
        found = probabilities(logits()[row : row + 1], seen[row : row + 1], [settings], turbo=True)
        torch.testing.assert_close(found, expected.softmax(-1))


def test_each_row_has_its_own_random_numbers() -> None:
    shares = logits().softmax(-1)
    first = draw(shares, [torch.Generator().manual_seed(seed) for seed in (1, 2, 3)])
    others = draw(shares, [torch.Generator().manual_seed(seed) for seed in (7, 2, 9)])
    assert first[1] == others[1]
    assert first == draw(shares, [torch.Generator().manual_seed(seed) for seed in (1, 2, 3)])


def test_guidance() -> None:
    with_text, without = torch.tensor([[2.0]]), torch.tensor([[1.0]])
    assert guided(with_text, without, torch.tensor([[0.5]])).item() == 2.5
