"""Verify generated speech: recognize each segment's audio and compare it with the segment's text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import resampled
from ...text.comparison.differences import Comparison, agreed, compare
from ...text.wer import Wer
from ...utils.streaming import (
    AudioPayload,
    SegmentDone,
    SegmentFailed,
    StreamEvent,
    StreamingSegment,
    TranscriptUpdate,
)
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .recognizer import Recognizer

RECOGNITION_HZ = 16_000
"""The sample rate of the audio that recognition engines get."""
_SHIFT_S = 0.7
"""The silence around a recording for its second recognition. The model then divides it, and guesses, in another way."""


class Recording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A spoken segment: its text, and its audio, float32 mono `[n_samples]` at `sample_rate` Hz."""

    text: str
    samples: NDArray[np.float32]
    sample_rate: int


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The words that were recognized in recording number `index`, and their word errors against its text.

    Errors are words that every recognition of the recording heard otherwise than the text says them.
    `message` is the reason if recognition failed, else empty.
    """

    index: int
    text: str
    recognized: str
    errors: Wer
    message: str = ""


class _Hearing:
    """What one recognition of a recording has heard."""

    def __init__(self, language: str | None) -> None:
        self.language = language
        self.message = ""
        self._texts: list[str] = []

    @property
    def text(self) -> str:
        return "" if self.message else "".join(self._texts).strip()

    def feed(self, event: StreamEvent) -> None:
        """Take an event of the recognition."""
        if isinstance(event, TranscriptUpdate):
            self._texts += [event.text] if event.committed else []
            self.language = self.language or event.language
        elif isinstance(event, SegmentFailed):
            self.message = event.message

    def compared(self, text: str) -> Comparison:
        return compare(text, self.text, self.language)


def verify(
    recordings: Iterable[Recording],
    recognizer: Recognizer,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    poll: Callable[[], None] | None = None,
) -> Iterator[Verification]:
    """Yield the verification of each recording, in order, as it is recognized.

    Texts are compared by what they say, not how they are written (see `text.comparison`). A recording that seems to
    say something else is recognized twice more: between silences, and with the text around the differences as a hint.
    Only what differs from the text each time is an error. A recording that can't be recognized gets a message, and all
    its words count as errors.

    Raises:
        UnknownEngineError: The recognizer's engine doesn't exist.
        ValueError: The engine doesn't support one of the recognizer's settings.
    """
    recognizer = recognizer.resolved(runtime.registry)
    spec = runtime.registry.get(recognizer.engine)
    reporting = msgspec.structs.replace(options or StreamOptions(), on_failure="report")
    current: dict[int, Recording] = {}

    def segment(index: int, samples: NDArray[np.float32], rate_hz: int, hint: str = "") -> StreamingSegment:
        pcm = resampled(samples, rate_hz, RECOGNITION_HZ).astype("<f4", copy=False).tobytes()
        return recognizer.segment(index, AudioPayload(pcm, RECOGNITION_HZ), spec, prompt=hint)

    def segments() -> Iterator[StreamingSegment]:
        for index, recording in enumerate(recordings):
            current[index] = recording
            yield segment(index, recording.samples, recording.sample_rate)

    def hear_again(recording: Recording, language: str | None, hint: str = "") -> Comparison:
        samples = recording.samples if hint else np.pad(recording.samples, round(_SHIFT_S * recording.sample_rate))
        again = _Hearing(language)
        with runtime.stream([segment(0, samples, recording.sample_rate, hint)], reporting, poll=poll) as events:
            for event in events:
                again.feed(event)
        return again.compared(recording.text)

    heard = _Hearing(recognizer.language)
    with runtime.stream(segments(), reporting, poll=poll) as events:
        for event in events:
            heard.feed(event)
            if not isinstance(event, (SegmentDone, SegmentFailed)):
                continue
            recording = current.pop(event.index)
            found = heard.compared(recording.text)
            if found.differences and not heard.message:
                found = agreed(found, hear_again(recording, heard.language))
            if found.hint and not heard.message and spec.can("context"):
                hinted = hear_again(recording, heard.language, found.hint)
                found = agreed(found, hinted, and_repeated=True)
            yield Verification(
                index=event.index,
                text=recording.text,
                recognized=heard.text,
                errors=found.errors,
                message=heard.message,
            )
            heard = _Hearing(recognizer.language)


def highest_error_rates(verifications: Iterable[Verification], count: int = 10) -> list[Verification]:
    """Return the verifications with the highest word error rates, highest first, without those that have no error."""
    wrong = [verified for verified in verifications if verified.errors.errors or verified.message]
    return sorted(wrong, key=lambda verified: (-verified.errors.rate, verified.index))[:count]
