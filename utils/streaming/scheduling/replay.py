"""What was accepted of a segment, and what an attempt after a death must repeat of it first: no seam is heard."""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray

from ..contract.events import Word


class NotRepeatedError(RuntimeError):
    """The second attempt made something else than the first."""


class Repeat:
    """Lets what is new through. After `begin_again`, first drops as much as was accepted, and compares it."""

    def __init__(self) -> None:
        self.accepted_bytes = 0
        """Bytes of samples that were accepted."""
        self._accepted_words = 0
        self._accepted_updates = 0
        self._accepted = xxhash.xxh3_64()
        self.begin_again()

    def begin_again(self) -> None:
        """Expect everything that was accepted once more."""
        self._repeated = xxhash.xxh3_64()
        self._bytes_left = self.accepted_bytes
        self._words_left = self._accepted_words
        self._updates_left = self._accepted_updates

    def new_samples(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return those of float32 samples `[n_samples]` that are new. NotRepeatedError if repeated ones differ."""
        if self._bytes_left:
            n_repeated = min(self._bytes_left // 4, samples.size)
            self._repeated.update(samples[:n_repeated].data)
            self._bytes_left -= n_repeated * 4
            if not self._bytes_left and self._repeated.digest() != self._accepted.digest():
                raise NotRepeatedError
            samples = samples[n_repeated:]
        self._accepted.update(samples.data)
        self.accepted_bytes += samples.nbytes
        return samples

    def new_words(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """Return those words that are new."""
        n_repeated = min(self._words_left, len(words))
        self._words_left -= n_repeated
        self._accepted_words += len(words) - n_repeated
        return words[n_repeated:] if n_repeated else words

    def is_new_update(self) -> bool:
        """Return whether the transcript update at hand is new."""
        if self._updates_left:
            self._updates_left -= 1
            return False
        self._accepted_updates += 1
        return True

    def check_end(self) -> None:
        """Learn that the attempt is over. NotRepeatedError if it made less than what was accepted before."""
        if self._bytes_left or self._words_left or self._updates_left:
            raise NotRepeatedError
