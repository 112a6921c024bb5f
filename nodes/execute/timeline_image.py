"""The timeline of a dub as a ComfyUI IMAGE."""

from __future__ import annotations

from itertools import islice

import numpy as np
import torch

from ...jobs.dub import DubReport
from ...jobs.dub.timeline_image import draw

MAX_PAGES = 64
"""The whole batch is in memory; 64 pages show hours of film."""


def timeline_of(report: DubReport) -> torch.Tensor:
    """Return the timeline as an IMAGE: float32 `[pages, height, width, 3]`, 0 to 1, padded with white at the bottom."""
    pages = [np.asarray(page.convert("RGB")) for page in islice(draw(report), MAX_PAGES)]
    batch = np.full((len(pages), max(page.shape[0] for page in pages), pages[0].shape[1], 3), 255, np.uint8)
    for sheet, page in zip(batch, pages, strict=True):
        sheet[: page.shape[0]] = page
    return torch.from_numpy(batch.astype(np.float32) / 255)
