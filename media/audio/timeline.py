"""The mixer: audio placed by sample position, summed where it overlaps, released in order as it becomes final."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .pcm import check_float32

BLOCK_SAMPLES = 1 << 16
"""Released and held in blocks of this size: 1.4 s at 48 kHz, 256 KiB."""


class Timeline:
    """A streaming mix in one sample rate (Hz). Memory: what was placed and not yet released; silence costs none.

    Samples are summed in the order of the calls, so the same calls give the same bits. Nothing is clipped here.
    Not for several threads at once.
    """

    def __init__(self, sample_rate: int) -> None:
        if sample_rate <= 0:
            raise ValueError(f"a timeline can't have a sample rate of {sample_rate} Hz")
        self.sample_rate = sample_rate
        self._blocks: dict[int, NDArray[np.float32]] = {}
        self._position = 0
        self._final_before = 0
        self._end_sample = 0
        self._finished = False

    @property
    def position(self) -> int:
        """The sample that is released next; also, how many have been."""
        return self._position

    @property
    def end_sample(self) -> int:
        """One past the last sample that was placed or promised by `release`."""
        return self._end_sample

    @property
    def held_bytes(self) -> int:
        """Memory taken by samples not yet released."""
        return sum(block.nbytes for block in self._blocks.values())

    def add(self, start_sample: int, samples: NDArray[np.float32]) -> None:
        """Mix float32 mono samples `[n_samples]` in at `start_sample`. They are copied.

        ValueError if they'd begin before what `release` was asked for, after `finish`, or aren't one-dimensional;
        TypeError if they aren't float32.
        """
        check_float32(samples)
        if samples.ndim != 1:
            raise ValueError(f"a timeline takes mono samples, not an array of shape {samples.shape}")
        if self._finished:
            raise ValueError("the timeline is finished")
        if start_sample < self._final_before:
            raise ValueError(f"sample {start_sample} lies before {self._final_before}, which is final")
        taken = 0
        while taken < len(samples):
            index, offset = divmod(start_sample + taken, BLOCK_SAMPLES)
            n = min(BLOCK_SAMPLES - offset, len(samples) - taken)
            block = self._blocks.get(index)
            if block is None:
                block = self._blocks[index] = np.zeros(BLOCK_SAMPLES, np.float32)
            block[offset : offset + n] += samples[taken : taken + n]
            taken += n
        if taken:
            self._end_sample = max(self._end_sample, start_sample + taken)

    def release(self, up_to_sample: int) -> Iterator[NDArray[np.float32]]:
        """Make everything before `up_to_sample` final, at once, and return an iterator over it from `position` on.

        It yields float32 blocks of at most `BLOCK_SAMPLES`, zeros where nothing was placed, and nothing if
        `up_to_sample` isn't beyond `position`. A block is the caller's to keep or change. What an iterator didn't yield
        because it was dropped comes with the next one.
        """
        self._final_before = max(self._final_before, up_to_sample)
        self._end_sample = max(self._end_sample, up_to_sample)
        return self._blocks_until(up_to_sample)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Return the rest, up to `end_sample`, as `release` does. Nothing can be added afterwards."""
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
        # The last block of all is kept while it may still be added to.
        if self._finished and self._position >= self._end_sample:
            self._blocks.clear()
