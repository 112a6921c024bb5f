"""Replay after a worker's death: drop the output that was accepted before, so that the join is inaudible."""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray

from ..contract.errors import ReplayMismatchError
from ..contract.events import Word


class ReplayFilter:
    """Passes new output on. After `restart`, it first drops and compares as much output as was accepted before.

    Samples are compared by hash once all of them were replayed; words and transcript updates are counted.
    """

    def __init__(self) -> None:
        self.accepted_bytes = 0
        """Bytes of samples that were accepted."""
        self._accepted_words = 0
        self._accepted_updates = 0
        self._accepted = xxhash.xxh3_64()
        self.restart()

    def restart(self) -> None:
        """Expect everything that was accepted before to come again."""
        self._replayed = xxhash.xxh3_64()
        self._bytes_left = self.accepted_bytes
        self._words_left = self._accepted_words
        self._updates_left = self._accepted_updates

    def new_samples(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples, float32 `[n_samples]`, after the replayed ones. ReplayMismatchError if those differ."""
        if self._bytes_left:
            n_replayed = min(self._bytes_left // 4, samples.size)
            self._replayed.update(samples[:n_replayed].data)
            self._bytes_left -= n_replayed * 4
            if not self._bytes_left and self._replayed.digest() != self._accepted.digest():
                raise ReplayMismatchError
            samples = samples[n_replayed:]
        self._accepted.update(samples.data)
        self.accepted_bytes += samples.nbytes
        return samples

    def new_words(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """Return the words after the replayed ones."""
        n_replayed = min(self._words_left, len(words))
        self._words_left -= n_replayed
        self._accepted_words += len(words) - n_replayed
        return words[n_replayed:] if n_replayed else words

    def is_new_update(self) -> bool:
        """Return whether a transcript update is new."""
        if self._updates_left:
            self._updates_left -= 1
            return False
        self._accepted_updates += 1
        return True

    def check_end(self) -> None:
        """Note the end of an attempt. ReplayMismatchError if it made less than was accepted before."""
        if self._bytes_left or self._words_left or self._updates_left:
            raise ReplayMismatchError
