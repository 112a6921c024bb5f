"""A streaming mixer: places audio by sample position, sums it, and releases it in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

BLOCK_SAMPLES = 1 << 16
"""The size of the blocks: 1.4 s at 48 kHz, 256 KiB."""


class Timeline:
    """A streaming mix at one sample rate (Hz). It holds only samples that are not yet released, and no silence.

    Samples are summed in the order of the calls, so the result is deterministic. It doesn't clip. Not thread-safe.
    """

    def __init__(self, sample_rate: int) -> None:
        if sample_rate <= 0:
            raise ValueError(f"the sample rate must be above 0 Hz, not {sample_rate}")
        self.sample_rate = sample_rate
        self._blocks: dict[int, NDArray[np.float32]] = {}
        self._position = 0
        self._final_before = 0
        self._end_sample = 0
        self._finished = False

    @property
    def position(self) -> int:
        """The position of the next sample to release, which is also the number of released samples."""
        return self._position

    @property
    def end_sample(self) -> int:
        """One past the last sample that was placed or released."""
        return self._end_sample

    @property
    def held_bytes(self) -> int:
        """The memory of the samples that are not yet released."""
        return sum(block.nbytes for block in self._blocks.values())

    def add(self, start_sample: int, samples: NDArray[np.float32]) -> None:
        """Mix in float32 mono samples `[n_samples]` at `start_sample`. They are copied.

        Raises:
            ValueError: They start before the released position, aren't one-dimensional, or `finish` was called.
            TypeError: They aren't float32.
        """
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape [n_samples], not {samples.shape}")
        if self._finished:
            raise ValueError("the timeline is finished")
        if start_sample < self._final_before:
            raise ValueError(f"sample {start_sample} is before {self._final_before}, where the mix is already final")
        placed = 0
        while placed < len(samples):
            index, offset = divmod(start_sample + placed, BLOCK_SAMPLES)
            n = min(BLOCK_SAMPLES - offset, len(samples) - placed)
            block = self._blocks.get(index)
            if block is None:
                block = self._blocks[index] = np.zeros(BLOCK_SAMPLES, np.float32)
            block[offset : offset + n] += samples[placed : placed + n]
            placed += n
        if placed:
            self._end_sample = max(self._end_sample, start_sample + placed)

    def release(self, up_to_sample: int) -> Iterator[NDArray[np.float32]]:
        """Make all samples before `up_to_sample` final at once, and return an iterator over them from `position`.

        It yields float32 blocks of at most `BLOCK_SAMPLES`, with zeros where no audio was placed. It yields no block if
        `up_to_sample` isn't after `position`. The caller may keep or change a block. If an iterator is dropped, the
        next one yields the remaining blocks.
        """
        self._final_before = max(self._final_before, up_to_sample)
        self._end_sample = max(self._end_sample, up_to_sample)
        return self._blocks_until(up_to_sample)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Release the rest, up to `end_sample`. Nothing can be added afterwards."""
        self._finished = True
        return self.release(self._end_sample)

    def _blocks_until(self, up_to_sample: int) -> Iterator[NDArray[np.float32]]:
        while self._position < up_to_sample:
            index, offset = divmod(self._position, BLOCK_SAMPLES)
            n = min(BLOCK_SAMPLES - offset, up_to_sample - self._position)
            ends_block = offset + n == BLOCK_SAMPLES
            block = self._blocks.pop(index, None) if ends_block else self._blocks.get(index)
            self._position += n
            yield np.zeros(n, np.float32) if block is None else block[offset : offset + n]
        # The last block is kept until no more can be added to it.
        if self._finished and self._position >= self._end_sample:
            self._blocks.clear()
