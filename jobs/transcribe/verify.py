"""Verify generated speech: recognize each segment's audio and compare it with the segment's text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import resampled
from ...text.wer import Wer, word_error_rate
from ...utils.streaming import AudioPayload, SegmentDone, SegmentFailed, StreamingSegment, TranscriptUpdate
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .recognizer import Recognizer

RECOGNITION_HZ = 16_000
"""The sample rate of the audio that recognition engines get."""


class Recording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A spoken segment: its text, and its audio, float32 mono `[n_samples]` at `sample_rate` Hz."""

    text: str
    samples: NDArray[np.float32]
    sample_rate: int


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The words that were recognized in recording number `index`, and their word errors against its text.

    `message` is the reason if recognition failed, else empty.
    """

    index: int
    text: str
    recognized: str
    errors: Wer
    message: str = ""


def verify(
    recordings: Iterable[Recording],
    recognizer: Recognizer,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    poll: Callable[[], None] | None = None,
) -> Iterator[Verification]:
    """Yield the verification of each recording, in order, as it is recognized.

    A recording that can't be recognized gets a message, and all its words count as errors.

    Raises:
        UnknownEngineError: The recognizer's engine doesn't exist.
        ValueError: The engine doesn't support one of the recognizer's settings.
    """
    spec = recognizer.check(runtime.registry)
    texts: dict[int, str] = {}

    def segments() -> Iterator[StreamingSegment]:
        for index, recording in enumerate(recordings):
            texts[index] = recording.text
            yield recognizer.segment(index, AudioPayload(_pcm(recording), RECOGNITION_HZ), spec)

    reporting = msgspec.structs.replace(options or StreamOptions(), on_failure="report")
    recognized: list[str] = []
    with runtime.stream(segments(), reporting, poll=poll) as events:
        for event in events:
            if isinstance(event, TranscriptUpdate):
                recognized += [event.text] if event.committed and event.text else []
            elif isinstance(event, (SegmentDone, SegmentFailed)):
                message = event.message if isinstance(event, SegmentFailed) else ""
                text, words = texts.pop(event.index), "" if message else "".join(recognized).strip()
                errors = word_error_rate(text, words)
                yield Verification(index=event.index, text=text, recognized=words, errors=errors, message=message)
                recognized.clear()


def highest_error_rates(verifications: Iterable[Verification], count: int = 10) -> list[Verification]:
    """Return the verifications with the highest word error rates, highest first, without those that have no error."""
    wrong = [verified for verified in verifications if verified.errors.errors or verified.message]
    return sorted(wrong, key=lambda verified: (-verified.errors.rate, verified.index))[:count]


def _pcm(recording: Recording) -> bytes:
    samples = resampled(recording.samples, recording.sample_rate, RECOGNITION_HZ)
    return samples.astype("<f4", copy=False).tobytes()
