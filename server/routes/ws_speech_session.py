"""The utterances of one WebSocket. Each is spoken while its text arrives; all can be cancelled together."""

from __future__ import annotations

import asyncio
import contextlib

from ...jobs.speak.streaming_input import LiveSpeech
from ...media.audio.pcm import to_int16_bytes
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import ResolvedSpeech, check_text, open_live, record_job, speaker_of
from .websocket import WebSocketSession

_MAX_UTTERANCES = 100
"""The maximum utterances that are spoken or wait: each costs memory, also an empty one."""


class SpeechSession:
    """Speaks utterances on a WebSocket, one after the other. Belongs to one event loop; close it after use.

    - At most one utterance is open for text; `end` completes it, and the next text opens another.
    - Every utterance has a task, which waits for the task before it: audio never overlaps.
    - `failure` completes with the error of the first utterance that fails.
    """

    def __init__(
        self,
        client: WebSocketSession,
        service: Service,
        speech: ResolvedSpeech,
        *,
        sample_rate: int | None,
        words: bool = False,
    ) -> None:
        self._client = client
        self._service = service
        self._speech = speech
        self._sample_rate = sample_rate
        self._words = words
        self._open: LiveSpeech | None = None
        self._utterances: dict[asyncio.Task[None], LiveSpeech] = {}
        self.was_ended = False
        """Whether an utterance was completed."""
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_speaking(self) -> bool:
        """Whether there is something to speak; an utterance that waits for text is silent."""
        return any(not utterance.awaits_text for utterance in self._utterances.values())

    @property
    def is_open(self) -> bool:
        """Whether the open utterance has text."""
        return self._open is not None

    def push(self, text: str) -> None:
        """Add text to the open utterance, or open one. Empty text changes nothing.

        Raises:
            ApiError: The text is invalid, or too much text, or too many utterances, are waiting to be spoken.
        """
        if not text:
            return
        check_text(self._service, text)
        utterance = self._open_utterance()
        buffered = sum(queued.buffered_chars for queued in self._utterances.values())
        limit = self._service.settings.max_text_chars
        if buffered + len(text) > limit:
            raise bad_request(
                f"{buffered + len(text)} characters are waiting to be spoken; maximum {limit}", code="text_too_long"
            )
        self._service.log_text(text)
        utterance.push(text)

    def flush(self) -> None:
        """Speak the text received so far without waiting for the end of its clause."""
        if self._open is not None:
            self._open.flush()

    def end(self) -> None:
        """Complete the utterance. An `end` message follows its audio, also if it is empty. ApiError as `push`."""
        self._open_utterance().finish()
        self._open = None
        self.was_ended = True

    async def cancel(self) -> bool:
        """Cancel all utterances; none of their audio is sent afterwards. Return whether there were any."""
        tasks, self._open = list(self._utterances), None
        for task, utterance in list(self._utterances.items()):
            utterance.cancel()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return bool(tasks)

    async def finish(self) -> None:
        """Wait until all utterances are spoken."""
        while self._utterances:
            await asyncio.wait([*self._utterances])

    async def close(self) -> None:
        """Cancel all utterances without a message."""
        await self.cancel()
        self.failure.cancel()
        if not self.failure.cancelled():
            self.failure.exception()  # retrieved, so that asyncio doesn't log it

    def _open_utterance(self) -> LiveSpeech:
        if self._open is None:
            if len(self._utterances) >= _MAX_UTTERANCES:
                raise bad_request(
                    f"{len(self._utterances)} utterances are waiting to be spoken, the maximum; wait for an 'end'",
                    code="too_many_utterances",
                )
            utterance = open_live(self._service, self._speech, self._sample_rate)
            before = next(reversed(self._utterances), None)
            task = asyncio.create_task(self._speak(utterance, before))
            self._utterances[task] = utterance
            task.add_done_callback(self._on_done)
            self._open = utterance
        return self._open

    async def _speak(self, utterance: LiveSpeech, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        engine = self._speech.choice.spec.name
        n_chunks = 0
        utterance.job.words = [] if self._words else None
        async with self._service.admission.slot(engine) as slot:
            with slot.receiving(lambda: utterance.awaits_text), record_job(self._service, self._speech) as record:
                async with contextlib.aclosing(aiter(utterance)) as blocks:
                    async for block in blocks:
                        record.note_first_output()
                        record.audio_s += len(block) / utterance.sample_rate
                        n_chunks += 1
                        with slot.sending():
                            await self._client.send_audio(
                                to_int16_bytes(block), chunk_id=n_chunks, **self._new_words(utterance)
                            )
                record.segments = len(utterance.job.placed)
                record.cached = sum(segment.cached for segment in utterance.job.placed)
        more: dict[str, object] = {"status": "silent"} if utterance.job.is_silent else {}
        if utterance.notes:
            more["notes"] = list(utterance.notes)
        await self._client.send("end", total_chunks=n_chunks, **more)

    def _new_words(self, utterance: LiveSpeech) -> dict[str, object]:
        if not self._words:
            return {}
        new, utterance.job.words = utterance.job.words or [], []
        return {
            "words": [
                {
                    "word": word.text,
                    "start_s": round(word.start_s, 4),
                    "end_s": round(word.end_s, 4),
                    **speaker_of(word, self._speech),
                }
                for word in new
            ]
        }

    def _on_done(self, task: asyncio.Task[None]) -> None:
        del self._utterances[task]
        if not task.cancelled() and task.exception() is not None and not self.failure.done():
            error = task.exception()
            assert error is not None
            self.failure.set_exception(error)
