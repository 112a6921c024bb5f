"""What the training makes small, and how far it is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from .batches import EncoderBatch, JointBatch
from .lesson import IGNORED
from .net import TaughtWhisper
from .tokens import END, FIRST_TIMESTAMP, FIRST_WORD, N_TOKENS
from .units import STEPS_PER_S


class Losses(NamedTuple):
    """What to make small, and the figures to show, by name."""

    total: torch.Tensor
    figures: dict[str, torch.Tensor]


def encoder_losses(net: TaughtWhisper, batch: EncoderBatch) -> Losses:
    """Return the loss of the word labels on the encoder's steps; `frame acc` is how many spoken steps are right."""
    logits = net.frame_head(net.encode(batch.mel, batch.offsets)).float()
    loss = functional.cross_entropy(logits.flatten(0, 1), batch.frame_labels.flatten(), ignore_index=IGNORED)
    with torch.no_grad():
        right = (logits.argmax(-1) == batch.frame_labels)[batch.frame_labels > 0].float().mean()
    return Losses(loss, {"frame": loss, "frame acc": right})


def joint_losses(net: TaughtWhisper, batch: JointBatch) -> Losses:
    """Return the losses of the next token, of the encoder's steps, and of where the decoder looks.

    `word acc` is the part of the words that is right, `ts err` how far timestamps are off in seconds.
    """
    memory = net.encode(batch.mel, batch.offsets)
    logits, looks = net.decode(batch.tokens, memory)
    taught = batch.labels != IGNORED
    chances = logits[taught].float().log_softmax(-1)
    wanted = batch.labels[taught]
    hit = chances.gather(1, wanted[:, None])[:, 0]
    # Of a timestamp, a little of the weight goes to its two neighbours.
    below = chances.gather(1, (wanted - 1).clamp(min=FIRST_TIMESTAMP)[:, None])
    above = chances.gather(1, (wanted + 1).clamp(max=N_TOKENS - 1)[:, None])
    is_timestamp = wanted >= FIRST_TIMESTAMP
    token = -torch.where(is_timestamp, 0.75 * hit + 0.25 * (0.5 * (below + above))[:, 0], hit)
    steps = net.frame_head(memory).float().flatten(0, 1)
    frame = functional.cross_entropy(steps, batch.frame_labels.flatten(), ignore_index=IGNORED)
    n_steps = memory.shape[1]
    # The alignment heads look at the word being written; one head of the layer before, at the word just written.
    look = _look_loss(looks[-1], 2, batch.spans[0], n_steps) + 0.5 * _look_loss(looks[-2], 1, batch.spans[1], n_steps)
    with torch.no_grad():
        is_word = ~is_timestamp & (wanted < END) & (wanted >= FIRST_WORD)
        right = (chances.argmax(-1) == wanted)[is_word].float().mean()
        written = chances[:, FIRST_TIMESTAMP:].argmax(-1) + FIRST_TIMESTAMP
        error_s = (written - wanted).abs()[is_timestamp].float().mean() / STEPS_PER_S
    figures = {"ce": token.mean(), "frame": frame, "att": look, "word acc": right, "ts err": error_s}
    return Losses(figures["ce"] + frame + 0.5 * look, figures)


def _look_loss(look: torch.Tensor | None, n_heads: int, spans: torch.Tensor, n_steps: int) -> torch.Tensor:
    """Return how little of the first heads' attention, `[b, heads, n, steps]`, is inside the spans `[b, n, 2]`."""
    assert look is not None, "of this layer the weights are asked for"
    weights = look[:, :n_heads]
    taught = spans[..., 0] >= 0
    if not taught.any():
        return weights.sum() * 0
    steps = torch.arange(n_steps)
    inside = (steps >= spans[..., :1]) & (steps < spans[..., 1:])
    mass = (weights * inside[:, None]).sum(-1)
    return -(mass + 1e-3).log().mean(1)[taught].mean()
