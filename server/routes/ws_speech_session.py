"""What is said on one WebSocket: utterance after utterance, each as its text comes, and all of it cut off at once."""

from __future__ import annotations

import asyncio
import contextlib

from ...jobs.speak.streaming_input import LiveSpeech
from ...media.audio.pcm import to_int16_bytes
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.scheduling.fair_queue import Priority
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import Chosen, check_text, counted
from .websocket import Talk


class Utterances:
    """Speaks on a talk. Belongs to one event loop; `close` it. `failure` is done when something went wrong."""

    def __init__(
        self, talk: Talk, service: Service, chosen: Chosen, *, sample_rate: int | None, words: bool = False
    ) -> None:
        self._talk = talk
        self._service = service
        self._chosen = chosen
        self._sample_rate = sample_rate
        self._words = words
        self._writing: LiveSpeech | None = None
        self._under_way: dict[asyncio.Task[None], LiveSpeech] = {}
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def speaking(self) -> bool:
        """Whether anything is being spoken, or waits to be."""
        return bool(self._under_way)

    def push(self, text: str) -> None:
        """Take text; the first of an utterance begins it. ApiError if more waits than the server takes."""
        check_text(self._service, text)
        speech = self._current()
        held = sum(live.held_chars for live in self._under_way.values())
        if held + len(text) > self._service.settings.max_text_chars:
            raise bad_request("more text waits to be spoken than this server takes", code="text_too_long")
        self._service.note_text(text)
        speech.push(text)

    def flush(self) -> None:
        """Have what came so far spoken."""
        if self._writing is not None:
            self._writing.flush()

    def end(self) -> None:
        """End the utterance: an `end` comes when all of it was spoken, also if there was nothing."""
        self._current().finish()
        self._writing = None

    async def cancel(self) -> bool:
        """Stop everything at once: nothing of it is sent after this. Whether there was anything."""
        tasks, self._writing = list(self._under_way), None
        for task, speech in list(self._under_way.items()):
            speech.cancel()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return bool(tasks)

    async def finish(self) -> None:
        """Wait until everything was spoken."""
        while self._under_way:
            await asyncio.wait([*self._under_way])

    async def close(self) -> None:
        """End without a word."""
        await self.cancel()
        self.failure.cancel()
        if not self.failure.cancelled():
            self.failure.exception()  # seen, even if nobody asks

    def _current(self) -> LiveSpeech:
        if self._writing is None:
            options = StreamOptions(priority=Priority.LIVE, workers=self._service.settings.workers)
            speech = LiveSpeech(
                self._chosen.speaker, self._service.runtime, sample_rate=self._sample_rate, options=options
            )
            before = list(self._under_way)
            task = asyncio.create_task(self._speak(speech, before))
            self._under_way[task] = speech
            task.add_done_callback(self._over)
            self._writing = speech
        return self._writing

    async def _speak(self, speech: LiveSpeech, before: list[asyncio.Task[None]]) -> None:
        if before:
            await asyncio.wait(before)
        engine = self._chosen.choice.spec.name
        n_chunks = 0
        speech.job.words = [] if self._words else None
        async with self._service.admission.slot(engine) as slot:
            with counted(self._service, self._chosen) as figures:
                async with contextlib.aclosing(aiter(speech)) as blocks:
                    async for block in blocks:
                        figures.first()
                        figures.audio_s += len(block) / speech.sample_rate
                        with slot.sending():
                            await self._talk.say_audio(
                                to_int16_bytes(block), chunk_id=n_chunks, **self._known_words(speech)
                            )
                        n_chunks += 1
                figures.segments = len(speech.job.placed)
                figures.cached = sum(place.cached for place in speech.job.placed)
        await self._talk.say("end", total_chunks=n_chunks)

    def _known_words(self, speech: LiveSpeech) -> dict[str, object]:
        if not self._words:
            return {}
        known, speech.job.words = speech.job.words or [], []
        return {
            "words": [
                {"word": word.text, "start_s": round(word.start_s, 4), "end_s": round(word.end_s, 4)} for word in known
            ]
        }

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if not task.cancelled() and task.exception() is not None and not self.failure.done():
            error = task.exception()
            assert error is not None
            self.failure.set_exception(error)
