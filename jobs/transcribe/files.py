"""Write down what is said in a recording: piece by piece, as it is recognised."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import msgspec

from ...media.subtitles.transcript import TranscriptSegment
from ...utils.models.digests import FileDigests
from ...utils.streaming import (
    FilePayload,
    LoadProgress,
    SegmentDone,
    StreamEvent,
    StreamingSegment,
    TranscriptUpdate,
    Word,
)
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from .recognizer import Recognizer

_PROMPT_CHARACTERS = 400
"""As much as Whisper's prompt (224 tokens) could hold of what was said before a part, and some more."""


class TranscribeProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a transcription is, in seconds of the recording.

    `known_s` is how much of it is known to be there: all of it, once the last part has begun. `message` says what goes
    on before the first words.
    """

    done_s: float
    known_s: float
    elapsed_s: float
    message: str = ""


class TranscribeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was recognised. `language_probability` is the engine's own; None where nothing was to be detected."""

    engine: str
    model: str
    duration_s: float
    language: str | None
    language_probability: float | None
    pieces: tuple[TranscriptSegment, ...]


class TranscribeJob:
    """A recording being written down. Take `next_segment`, feed its events, and again until there is none.

    A long recording comes in parts: the engine ends each at a silence and says where, and the next one begins there,
    with the words before it as its prompt.
    """

    def __init__(self, file: Path, digest: str, recognizer: Recognizer, spec: EngineSpec) -> None:
        self.pieces: list[TranscriptSegment] = []
        self.language: str | None = recognizer.language
        self.language_probability: float | None = None
        self._file = file
        self._digest = digest
        self._recogniser = recognizer
        self._spec = spec
        self._start_s = 0.0
        self._next_s: float | None = 0.0
        self._done_s = 0.0
        self._known_s = 0.0
        self._message = ""
        self._said = ""
        self._began = time.monotonic()
        follows = spec.complete(recognizer.params).get("condition_on_previous_text", True)
        self._follows = bool(follows) and spec.can("context")

    def next_segment(self) -> StreamingSegment | None:
        """Return the next part to recognise, once the one before is over; None when there is none."""
        if self._next_s is None:
            return None
        self._start_s, self._next_s = self._next_s, None
        payload = FilePayload(path=str(self._file), digest=self._digest, start_s=self._start_s)
        return self._recogniser.segment(0, payload, self._spec, prompt=self._said.strip() if self._follows else "")

    def feed(self, event: StreamEvent) -> Iterator[TranscriptSegment]:
        """Take an event in and yield what was recognised with it."""
        if isinstance(event, LoadProgress):
            self._message = "" if event.message == "ready" else f"{event.engine}: {event.message}"
        elif isinstance(event, TranscriptUpdate):
            self._message = ""
            yield from self._take(event)
        elif isinstance(event, SegmentDone):
            self._done_s = self._known_s if self._next_s is None else self._next_s

    def _take(self, update: TranscriptUpdate) -> Iterator[TranscriptSegment]:
        if update.language is not None and self.language_probability is None:
            self.language, self.language_probability = update.language, update.language_probability
        end_s = self._start_s + update.end_s
        if not update.committed:
            # How much there is to recognise in this part.
            self._known_s = max(self._known_s, end_s)
        elif not update.text:
            self._next_s = end_s
        else:
            piece = TranscriptSegment(
                start_s=self._start_s + update.start_s,
                end_s=end_s,
                text=update.text.strip(),
                words=tuple(_moved(word, self._start_s) for word in update.words),
                language=self.language,
            )
            self._done_s = end_s
            # As the engine wrote it: some write a space before each word, and some scripts have none.
            self._said = (self._said + update.text)[-_PROMPT_CHARACTERS:]
            self.pieces.append(piece)
            yield piece

    @property
    def progress(self) -> TranscribeProgress:
        """How far it is."""
        return TranscribeProgress(
            done_s=self._done_s,
            known_s=self._known_s,
            elapsed_s=time.monotonic() - self._began,
            message=self._message,
        )

    def report(self) -> TranscribeReport:
        """Return what was recognised so far."""
        return TranscribeReport(
            engine=self._spec.name,
            model=self._spec.model_of(self._recogniser.model),
            duration_s=self._known_s,
            language=self.language,
            language_probability=self.language_probability,
            pieces=tuple(self.pieces),
        )


def transcribe(file: Path, recognizer: Recognizer, runtime: Runtime) -> TranscribeJob:
    """Return the job for a recording, audio or video.

    OSError if it can't be read (all of it is, once, for what it is called in the cache); UnknownEngineError or
    ValueError for what the recognizer can't do.
    """
    spec = recognizer.check(runtime.registry)
    digests = FileDigests(runtime.settings.cache_dir / "recordings.json")
    digest = digests.of(file.resolve(strict=True))
    digests.save()
    return TranscribeJob(file.resolve(), digest, recognizer, spec)


def stream_transcript(
    job: TranscribeJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    on_progress: Callable[[TranscribeProgress], None] | None = None,
    poll: Callable[[], None] | None = None,
) -> Iterator[TranscriptSegment]:
    """Yield what is said, piece by piece, as it is recognised.

    SegmentError where a part can't be recognised; what came before stands. `poll` is called at least every 50 ms and
    may raise to stop the job. Leaving the iteration cancels it.
    """
    while (segment := job.next_segment()) is not None:
        with runtime.stream([segment], options, poll=poll) as events:
            for event in events:
                yield from job.feed(event)
                if on_progress is not None:
                    on_progress(job.progress)


async def astream_transcript(
    job: TranscribeJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    on_progress: Callable[[TranscribeProgress], None] | None = None,
) -> AsyncGenerator[TranscriptSegment, None]:
    """Yield what is said in any event loop; see `stream_transcript`."""
    while (segment := job.next_segment()) is not None:
        with runtime.stream([segment], options) as events:
            async for event in events:
                for piece in job.feed(event):
                    yield piece
                if on_progress is not None:
                    on_progress(job.progress)


def _moved(word: Word, by_s: float) -> Word:
    return msgspec.structs.replace(word, text=word.text.strip(), start_s=word.start_s + by_s, end_s=word.end_s + by_s)
