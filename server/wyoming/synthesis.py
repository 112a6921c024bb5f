"""Speech for Wyoming's events `synthesize` and `synthesize-start`, `-chunk` and `-stop`."""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.tts import SynthesizeStopped

from ...media.audio.pcm import to_int16_bytes
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import (
    ResolvedSpeech,
    SpeechRequest,
    check_text,
    make_job,
    open_live,
    record_job,
    resolve_speech,
    stream_chunks,
)
from .events import EventStream

_WIDTH = 2
_MAX_CHUNK_SAMPLES = 4096
_FORMATS = frozenset({None, "text", "ssml"})


def check_format(text_format: str | None) -> None:
    """Check the format of a text. SSML is recognized by its root element, also in a text of the format `text`.

    Raises:
        ApiError: It is unknown.
    """
    if text_format not in _FORMATS:
        raise bad_request(f"unknown text_format '{text_format[:40] if text_format else ''}'; send text or ssml")


async def speak(service: Service, events: EventStream, request: SpeechRequest, text: str) -> None:
    """Speak a whole text: `audio-start`, `audio-chunk`s while it is generated, `audio-stop`.

    Raises:
        ApiError: The request is invalid or refused. Also SegmentError and others, which `as_api_error` maps.
    """
    speech = await resolve_speech(service, request)
    job = make_job(service, speech, text, None)
    async with service.admission.slot(speech.choice.spec.name) as slot:
        sender = _AudioSender(events, job.sample_rate)
        async with contextlib.aclosing(stream_chunks(service, job, speech, live=True, words=False)) as chunks:
            async for chunk in chunks:
                with slot.sending():
                    await sender.send(chunk.samples)
        await sender.stop()


class StreamingSynthesis:
    """Speech of a text that is still being written. `run` sends the audio while `push` adds text.

    Create it with `open`. At the end of the audio, it sends `audio-stop`, then `synthesize-stopped`.
    """

    def __init__(self, service: Service, events: EventStream, speech: ResolvedSpeech) -> None:
        self._service = service
        self._events = events
        self._speech = speech
        self._speaking = open_live(service, speech, None)

    @classmethod
    async def open(cls, service: Service, events: EventStream, request: SpeechRequest) -> StreamingSynthesis:
        """Resolve the voice. Raises as `resolve_speech`."""
        return cls(service, events, await resolve_speech(service, request))

    def push(self, text: str) -> None:
        """Add text.

        Raises:
            ApiError: It is invalid, or too much text waits to be spoken.
        """
        check_text(self._service, text)
        limit = self._service.settings.max_text_chars
        waiting = self._speaking.buffered_chars + len(text)
        if waiting > limit:
            raise bad_request(f"{waiting} characters are waiting to be spoken; maximum {limit}", code="text_too_long")
        self._service.log_text(text)
        self._speaking.push(text)

    def finish(self) -> None:
        """End the text: `run` returns after its last audio."""
        self._speaking.finish()

    async def run(self) -> None:
        """Send the audio. SegmentError if a segment fails, ApiError if the engine is busy."""
        speaking = self._speaking
        async with self._service.admission.slot(self._speech.choice.spec.name) as slot:
            sender = _AudioSender(self._events, speaking.sample_rate)
            with slot.receiving(lambda: speaking.awaits_text), record_job(self._service, self._speech) as record:
                async with contextlib.aclosing(aiter(speaking)) as blocks:
                    async for block in blocks:
                        record.note_first_output()
                        record.audio_s += len(block) / speaking.sample_rate
                        with slot.sending():
                            await sender.send(block)
                record.segments = len(speaking.job.placed)
                record.cached = sum(segment.cached for segment in speaking.job.placed)
            await sender.stop()
            await self._events.write(SynthesizeStopped())


class _AudioSender:
    """Sends samples as audio events, in chunks of at most 4096 samples."""

    def __init__(self, events: EventStream, sample_rate: int) -> None:
        self._events = events
        self._rate = sample_rate
        self._n_samples = 0
        self._is_started = False

    async def send(self, samples: NDArray[np.float32]) -> None:
        """Send float32 mono `[n_samples]`. ClientGoneError if the client is gone."""
        await self._start()
        for begin in range(0, len(samples), _MAX_CHUNK_SAMPLES):
            piece = samples[begin : begin + _MAX_CHUNK_SAMPLES]
            await self._events.write(
                AudioChunk(
                    rate=self._rate, width=_WIDTH, channels=1, audio=to_int16_bytes(piece), timestamp=self._timestamp_ms
                )
            )
            self._n_samples += len(piece)

    async def stop(self) -> None:
        """Complete the audio, which may be empty."""
        await self._start()
        await self._events.write(AudioStop(timestamp=self._timestamp_ms))

    async def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            await self._events.write(AudioStart(rate=self._rate, width=_WIDTH, channels=1, timestamp=0))

    @property
    def _timestamp_ms(self) -> int:
        return round(1000 * self._n_samples / self._rate)
