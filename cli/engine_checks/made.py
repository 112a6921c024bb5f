"""What an engine made of a segment, and how two results differ."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import (
    AudioChunk,
    SegmentDone,
    SegmentFailed,
    StreamEvent,
    TranscriptUpdate,
    Word,
)


class Made(msgspec.Struct):
    """The result of one segment: chunks and words of speech, or updates of a transcript, and how it ended."""

    chunks: list[NDArray[np.float32]] = []
    sample_rate: int = 0
    spoken_words: list[Word] = []
    updates: list[TranscriptUpdate] = []
    done: SegmentDone | None = None
    failed: SegmentFailed | None = None

    def take(self, event: StreamEvent) -> None:
        """Add an event."""
        if isinstance(event, AudioChunk):
            self.chunks.append(event.samples)
            self.sample_rate = event.sample_rate
            self.spoken_words.extend(event.words)
        elif isinstance(event, TranscriptUpdate):
            self.updates.append(event)
        elif isinstance(event, SegmentDone):
            self.done = event
        elif isinstance(event, SegmentFailed):
            self.failed = event

    @property
    def samples(self) -> NDArray[np.float32]:
        """All audio, float32 mono `[n_samples]`."""
        return np.concatenate(self.chunks) if self.chunks else np.empty(0, np.float32)

    @property
    def seconds(self) -> float:
        """The length of the audio."""
        return sum(chunk.size for chunk in self.chunks) / self.sample_rate if self.sample_rate else 0.0

    @property
    def committed(self) -> list[TranscriptUpdate]:
        """The parts of the transcript that are final."""
        return [update for update in self.updates if update.committed]

    @property
    def text(self) -> str:
        """The whole transcript."""
        return " ".join(update.text.strip() for update in self.committed).strip()

    @property
    def words(self) -> list[Word]:
        """The words with their times, of speech or of the transcript."""
        return self.spoken_words or [word for update in self.committed for word in update.words]

    @property
    def worker(self) -> int:
        """The process id of the worker that completed it; 0 if it failed."""
        return self.done.stats.worker if self.done is not None else 0


def shortened(text: str, length: int = 60) -> str:
    """Return a text for a message, cut if it is long."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def fault_of(failed: SegmentFailed) -> str:
    """Return the message of a failed segment, with the log's last line unless the message is in it."""
    last = failed.log_tail.strip().rpartition("\n")[2]
    return failed.message if not last or failed.message in last else f"{failed.message} (last line of its log: {last})"


def rms(samples: NDArray[np.float32]) -> float:
    """Return the root mean square of samples, 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def decibels(level: float) -> float:
    """Return a level relative to full scale in dB; -200 for silence."""
    return 20 * float(np.log10(max(level, 1e-10)))


def difference(one: Made, other: Made) -> str:
    """Return how a result differs from an expected one, to the bit; '' if it doesn't."""
    if other.text != one.text:
        return f"the text is {other.text!r} instead of {one.text!r}"
    expected, samples = one.samples, other.samples
    common = min(expected.size, samples.size)
    unequal = np.flatnonzero(expected[:common] != samples[:common])
    if unequal.size:
        at_s = unequal[0] / max(one.sample_rate, 1)
        largest = float(np.abs(expected[:common] - samples[:common]).max())
        return f"the samples differ from {at_s:.3f} s on, by up to {largest:.3g}"
    if expected.size != samples.size:
        return f"{samples.size} samples instead of {expected.size}"
    if one.words != other.words:
        return "the samples are equal, but the words or their times differ"
    return ""
