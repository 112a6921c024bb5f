"""Resemble AI's inaudible watermark, on whole pieces and on chunks of them."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .errors import ChatterboxError

_RATE_HZ = 24_000
_CONTEXT_SAMPLES = _RATE_HZ // 2
"""Before a chunk: the watermark's net looks this far."""


class Watermark:
    """The package's watermarker. ChatterboxError if it can't run here."""

    def __init__(self) -> None:
        import perth

        if perth.PerthImplicitWatermarker is None:
            raise ChatterboxError(
                "the watermark needs setuptools below 81 in the engine's environment; build it again with: voxweft "
                "engines update chatterbox, or set watermark=false"
            )
        with contextlib.redirect_stdout(sys.stderr):  # it prints that it was loaded
            self._package: Any = perth.PerthImplicitWatermarker()

    @torch.inference_mode()
    def marked(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples with the watermark, as many as before."""
        if not samples.size:
            return samples
        marked = np.asarray(self._package.apply_watermark(samples, sample_rate=_RATE_HZ), dtype=np.float32)
        # Its resampling may round the length.
        return np.pad(marked[: samples.size], (0, max(0, samples.size - marked.size))).clip(-1, 1)

    def marked_chunks(self) -> ChunkMarker:
        """Return a marker for the chunks of one piece."""
        return ChunkMarker(self)


class ChunkMarker:
    """Marks a piece's chunks, each with what surrounds it, so that no seam is heard."""

    def __init__(self, watermark: Watermark) -> None:
        self._watermark = watermark
        self._before = np.zeros(0, dtype=np.float32)

    def marked(self, samples: NDArray[np.float32], preview: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a chunk with the watermark. `preview` is about what follows it."""
        whole = np.concatenate([self._before, samples, preview])
        begin = self._before.size
        self._before = whole[: begin + samples.size][-_CONTEXT_SAMPLES:]
        return self._watermark.marked(whole)[begin : begin + samples.size]
