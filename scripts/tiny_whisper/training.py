"""The training: sessions of steps, and the weights that they leave."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from .batches import Batches, EncoderBatch
from .losses import encoder_losses, joint_losses
from .net import TaughtWhisper
from .pool import SpeechPool
from .stages import Step

_WARM_UP_STEPS = 50
_SHOW_EVERY, _SAVE_EVERY = 20, 100
# The first numbers after the seed: 1 is the pool's.
_FIRST_SESSION_SEED = 2


class TrainingOptions(NamedTuple):
    """How to train. `first_session` is the number of the first session, which its windows depend on."""

    seed: int
    learning_rate: float
    threads: int
    resume: bool
    first_session: int
    float32: bool


class _Optimizers:
    """Muon for the matrices of the blocks, AdamW for the rest.

    AdamW alone needed several times as many steps to tell words apart.
    """

    def __init__(self, net: TaughtWhisper, learning_rate: float) -> None:
        blocks = net.blocks()
        chosen = {id(parameter) for parameter in blocks}
        self._others = [p for p in net.parameters() if p.requires_grad and id(p) not in chosen]
        rest = torch.optim.AdamW(self._others, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
        muon = torch.optim.Muon(blocks, lr=10 * learning_rate, momentum=0.95, weight_decay=0.01)
        self._rates: list[tuple[torch.optim.Optimizer, float]] = [(rest, learning_rate), (muon, 10 * learning_rate)]

    def prepare(self, factor: float) -> None:
        for optimizer, rate in self._rates:
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.zero_grad()

    def step(self) -> None:
        torch.nn.utils.clip_grad_norm_(self._others, 1.0)
        for optimizer, _ in self._rates:
            optimizer.step()


def checkpoint_of(work: Path) -> Path:
    """Return where the weights of a training lie."""
    return work / "checkpoint.pt"


def load_net(work: Path) -> TaughtWhisper:
    """Return the network with the weights that a training left in `work`. FileNotFoundError if there are none."""
    net = TaughtWhisper()
    net.load_state_dict(torch.load(checkpoint_of(work), weights_only=True))
    return net


def train(work: Path, pool: SpeechPool, sessions: Sequence[Sequence[Step]], options: TrainingOptions) -> None:
    """Train and leave the weights in `work`. Each session starts with fresh optimizers and another set of windows."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    net = load_net(work) if options.resume else TaughtWhisper()
    n_parameters = sum(parameter.numel() for parameter in net.whisper.parameters())
    print(f"parameters: {n_parameters / 1e6:.2f} M")
    began_s = time.monotonic()
    for session, plan in enumerate(sessions, options.first_session):
        batches = Batches(pool, [options.seed, _FIRST_SESSION_SEED + session], plan)
        loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4)
        optimizers = _Optimizers(net, options.learning_rate)
        for number, batch in enumerate(loader):
            last = number + 1 == len(plan)
            optimizers.prepare(min(1, (number + 1) / _WARM_UP_STEPS) * plan[number].rate)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not options.float32):
                losses = encoder_losses(net, batch) if isinstance(batch, EncoderBatch) else joint_losses(net, batch)
            torch.autograd.backward(losses.total)
            optimizers.step()
            if number % _SHOW_EVERY == 0 or last:
                figures = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in losses.figures.items())
                spent_s = time.monotonic() - began_s
                print(f"{session}:{number:5d} {spent_s:5.0f}s T={batch.mel.shape[2]} {figures}", flush=True)
            if number % _SAVE_EVERY == _SAVE_EVERY - 1 or last:
                _save(net, checkpoint_of(work))


def _save(net: TaughtWhisper, path: Path) -> None:
    unfinished = path.with_name(path.name + ".tmp")
    torch.save(net.state_dict(), unfinished)
    unfinished.replace(path)
