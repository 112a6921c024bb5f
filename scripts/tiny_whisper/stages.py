"""How long is trained on what: `--stages`, read."""

from __future__ import annotations

import re
from typing import NamedTuple

from .units import WINDOW_FRAMES

DEFAULT_STAGES = "e700x400x32@1-1/j600x800x24@.8-.4/j260x800x24@.7-.45,j270x3000x8@.45-.02/j290x3000x8@.5-.02"
_STAGE = re.compile(r"([ej])([0-9]+)x([0-9]+)x([0-9]+)@([0-9.]+)-([0-9.]+)")
_FEWEST_FRAMES = {"e": 100, "j": 400}
"""A scene may begin three seconds into its window."""


class Step(NamedTuple):
    """One step of the training: a batch of `size` windows of `frames` (100 a second)."""

    encoder_only: bool
    frames: int
    size: int
    rate: float
    """What the learning rate is multiplied by."""


def read_stages(text: str) -> list[list[Step]]:
    """Return the steps of each session.

    `text` has sessions with `/` between, of stages with `,` between, each KIND STEPSxFRAMESxSIZE@RATE-RATE without a
    space: kind `e` (the encoder only) or `j` (all, jointly); the rate goes from the first to the second. ValueError
    says which stage is wrong.
    """
    return [[step for stage in session.split(",") for step in _steps(stage)] for session in text.split("/")]


def _steps(stage: str) -> list[Step]:
    found = _STAGE.fullmatch(stage)
    if found is None:
        raise ValueError(f"{stage!r} is no stage: write one as e700x400x32@1-1 or j290x3000x8@.5-.02")
    kind = found[1]
    n_steps, frames, size = int(found[2]), int(found[3]), int(found[4])
    first, last = float(found[5]), float(found[6])
    if not _FEWEST_FRAMES[kind] <= frames <= WINDOW_FRAMES or frames % 2 or size < 1:
        raise ValueError(
            f"{stage!r}: a batch has at least one window, of an even number of frames "
            f"from {_FEWEST_FRAMES[kind]} to {WINDOW_FRAMES}"
        )
    return [Step(kind == "e", frames, size, first + (last - first) * i / n_steps) for i in range(n_steps)]
