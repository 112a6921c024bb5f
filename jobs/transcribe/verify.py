"""Check what was spoken by listening to it: how far each segment's audio is from its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.resample import Resampler
from ...text.wer import Wer, word_error_rate
from ...utils.streaming import AudioPayload, SegmentDone, SegmentFailed, StreamingSegment, TranscriptUpdate
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .recognizer import Recogniser

LISTENING_HZ = 16_000
"""The rate that recognition works at."""


class Take(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A spoken segment: its text, and its audio, float32 mono `[n_samples]` at `sample_rate` Hz."""

    text: str
    samples: NDArray[np.float32]
    sample_rate: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard of the take number `index`, and how far that is from its text.

    `message` says why nothing could be heard, where that failed.
    """

    index: int
    text: str
    heard: str
    errors: Wer
    message: str = ""


def proof(
    takes: Iterable[Take],
    recogniser: Recogniser,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    poll: Callable[[], None] | None = None,
) -> Iterator[Proof]:
    """Yield a proof of each take, in their order, as it is heard; `worst` picks those to do again.

    A take that can't be recognised has a message, and all its words count as wrong. UnknownEngineError or ValueError
    for what the recogniser can't do.
    """
    spec = recogniser.check(runtime.registry)
    texts: dict[int, str] = {}

    def segments() -> Iterator[StreamingSegment]:
        for index, take in enumerate(takes):
            texts[index] = take.text
            yield recogniser.segment(index, AudioPayload(_pcm(take), LISTENING_HZ), spec)

    chosen = msgspec.structs.replace(options or StreamOptions(), on_failure="report")
    heard: list[str] = []
    with runtime.stream(segments(), chosen, poll=poll) as events:
        for event in events:
            if isinstance(event, TranscriptUpdate):
                heard += [event.text] if event.committed and event.text else []
            elif isinstance(event, (SegmentDone, SegmentFailed)):
                failed = event.message if isinstance(event, SegmentFailed) else ""
                text, words = texts.pop(event.index), "" if failed else "".join(heard).strip()
                errors = word_error_rate(text, words)
                yield Proof(index=event.index, text=text, heard=words, errors=errors, message=failed)
                heard.clear()


def worst(proofs: Iterable[Proof], count: int = 10) -> list[Proof]:
    """Return the proofs with the highest word error rates, the worst first; those without an error are left out."""
    wrong = [one for one in proofs if one.errors.errors or one.message]
    return sorted(wrong, key=lambda one: (-one.errors.rate, one.index))[:count]


def _pcm(take: Take) -> bytes:
    resampler = Resampler(take.sample_rate, LISTENING_HZ)
    samples = np.concatenate([resampler.process(take.samples), resampler.flush()])
    return samples.astype("<f4", copy=False).tobytes()
