"""Transcribe recordings: yield each segment of the transcript as it is recognized."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from ...media.subtitles.transcript import TranscriptSegment
from ...utils.models.digests import FileDigests
from ...utils.streaming import (
    Decoding,
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
from .progress import RecognitionProgress
from .recognizer import Recognizer

_PROMPT_CHARACTERS = 400
"""The text before a part that becomes its prompt: a little more than Whisper's prompt (224 tokens) holds."""


class TranscribeReport(msgspec.Struct, frozen=True, kw_only=True):
    """The transcript of a recording. `language_probability` is the engine's; None if no language was detected."""

    engine: str
    model: str
    duration_s: float
    language: str | None
    language_probability: float | None
    segments: tuple[TranscriptSegment, ...]


class TranscribeJob:
    """Transcribes one recording. Take `next_segment`, feed its events, and repeat until there is none.

    A long recording is recognized in parts: the engine ends each part at a silence and reports where. The next part
    begins there, with the words before it as its prompt if `continue_prompt` is set. Short parts are better without:
    after a prompt, which has no times, Whisper tends to leave out times, and words.
    """

    def __init__(
        self, file: Path, digest: str, recognizer: Recognizer, spec: EngineSpec, *, continue_prompt: bool = True
    ) -> None:
        self.segments: list[TranscriptSegment] = []
        self.decodings: list[Decoding | None] = []
        """How each of `segments` was decoded; None if the engine doesn't report it."""
        self.language: str | None = recognizer.language
        self.language_probability: float | None = None
        self._file = file
        self._digest = digest
        self._recognizer = recognizer
        self._spec = spec
        self._start_s = 0.0
        self._next_s: float | None = 0.0
        self._done_s = 0.0
        self._known_s = 0.0
        self._message = ""
        self._text_before = ""
        self._began = time.monotonic()
        conditions = spec.complete(recognizer.params).get("condition_on_previous_text", True)
        self._uses_prompt = continue_prompt and bool(conditions) and spec.can("context")

    def next_segment(self) -> StreamingSegment | None:
        """Return the next part to recognize, once the previous one is done; None if there is none."""
        if self._next_s is None:
            return None
        self._start_s, self._next_s = self._next_s, None
        payload = FilePayload(path=str(self._file), digest=self._digest, start_s=self._start_s)
        prompt = self._text_before.strip() if self._uses_prompt else ""
        return self._recognizer.segment(0, payload, self._spec, prompt=prompt)

    def feed(self, event: StreamEvent) -> Iterator[TranscriptSegment]:
        """Process an event and yield the segments of the transcript that it completes."""
        if isinstance(event, LoadProgress):
            self._message = "" if event.message == "ready" else f"{event.engine}: {event.message}"
        elif isinstance(event, TranscriptUpdate):
            self._message = ""
            yield from self._on_update(event)
        elif isinstance(event, SegmentDone):
            self._done_s = self._known_s if self._next_s is None else self._next_s

    def _on_update(self, update: TranscriptUpdate) -> Iterator[TranscriptSegment]:
        """Process an update: uncommitted, it has the length of the part; without text, the start of the next part."""
        if update.language is not None and self.language_probability is None:
            self.language, self.language_probability = update.language, update.language_probability
        end_s = self._start_s + update.end_s
        if not update.committed:
            self._known_s = max(self._known_s, end_s)
        elif not update.text:
            self._next_s = end_s
        else:
            segment = TranscriptSegment(
                start_s=self._start_s + update.start_s,
                end_s=end_s,
                text=update.text.strip(),
                words=tuple(_moved(word, self._start_s) for word in update.words),
                language=self.language,
            )
            self._done_s = end_s
            # Unstripped: some engines write a space before each word, and some scripts have none.
            self._text_before = (self._text_before + update.text)[-_PROMPT_CHARACTERS:]
            self.segments.append(segment)
            self.decodings.append(_decoding_moved(update.decoding, self._start_s))
            yield segment

    @property
    def progress(self) -> RecognitionProgress:
        """The progress so far."""
        return RecognitionProgress(
            done_s=self._done_s,
            known_s=self._known_s,
            elapsed_s=time.monotonic() - self._began,
            message=self._message,
        )

    def report(self) -> TranscribeReport:
        """Return what has been recognized so far."""
        return TranscribeReport(
            engine=self._spec.name,
            model=self._spec.model_for(self._recognizer.model, self._recognizer.language),
            duration_s=self._known_s,
            language=self.language,
            language_probability=self.language_probability,
            segments=tuple(self.segments),
        )


def transcribe(file: Path, recognizer: Recognizer, runtime: Runtime) -> TranscribeJob:
    """Return the job that transcribes a recording, audio or video.

    The whole file is read once, for the digest that identifies it in the cache.

    Raises:
        OSError: The file can't be read.
        UnknownEngineError: The recognizer's engine doesn't exist.
        ValueError: The engine doesn't support one of the recognizer's settings.
    """
    recognizer = recognizer.resolved(runtime.registry)
    digests = FileDigests(runtime.settings.cache_dir / "recordings.json")
    digest = digests.of(file.resolve(strict=True))
    digests.save()
    return TranscribeJob(file.resolve(), digest, recognizer, runtime.registry.get(recognizer.engine))


def stream_transcript(
    job: TranscribeJob,
    runtime: Runtime,
    options: StreamOptions | None = None,
    *,
    on_progress: Callable[[RecognitionProgress], None] | None = None,
    poll: Callable[[], None] | None = None,
) -> Iterator[TranscriptSegment]:
    """Yield the segments of the transcript as they are recognized. Leaving the iteration cancels the job.

    Args:
        on_progress: Called after each event.
        poll: Called at least every 50 ms. An exception that it raises stops the job.

    Raises:
        SegmentError: A part can't be recognized. The segments before it remain valid.
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
    on_progress: Callable[[RecognitionProgress], None] | None = None,
    before_next_part: Callable[[], Awaitable[None]] | None = None,
) -> AsyncGenerator[TranscriptSegment, None]:
    """Yield the segments of the transcript in any event loop; see `stream_transcript`.

    `before_next_part` is awaited between the parts of a long recording.
    """
    while (segment := job.next_segment()) is not None:
        if before_next_part is not None and job.progress.done_s:
            await before_next_part()
        with runtime.stream([segment], options) as events:
            async for event in events:
                for found in job.feed(event):
                    yield found
                if on_progress is not None:
                    on_progress(job.progress)


def _decoding_moved(decoding: Decoding | None, by_s: float) -> Decoding | None:
    if decoding is None:
        return None
    return msgspec.structs.replace(decoding, window_start_s=decoding.window_start_s + by_s)


def _moved(word: Word, by_s: float) -> Word:
    return msgspec.structs.replace(word, text=word.text.strip(), start_s=word.start_s + by_s, end_s=word.end_s + by_s)
