"""One Wyoming connection: events in order, one job at a time. An error is one event, and one line in the log."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine

from wyoming.error import Error as ErrorEvent
from wyoming.event import Event
from wyoming.ping import Pong

from ...utils.timeouts import within
from ..service.errors import ApiError, ClientGoneError, as_api_error, bad_request
from ..service.request_registry import shutting_down
from ..service.running_request import RunningRequest
from ..service.service import Service
from .catalog import Catalog
from .events import IDLE, EventStream
from .requests import (
    PcmRequest,
    PingRequest,
    SynthesisRequest,
    TextRequest,
    TranscriptionRequest,
    data_of,
)
from .synthesis import StreamingSynthesis, check_format, speak
from .transcription import Transcription

_OPEN = 101
"""The status of an open connection, as of a WebSocket's."""
_LAST_WORD_S = 1.0
"""How long a client may take to read why the server ends."""


class WyomingConnection:
    """Handles a client's events until it disconnects. Belongs to one event loop.

    - A job runs in a task, so that a client that disconnects is noticed, and its job cancelled.
    - The next request waits until the job before it has ended: the answers come in the order of the requests.
    - Every error ends the connection, after an `error` event. Clients wait for the end of the audio or for the
      transcript, and not all of them know the event.
    """

    _events: EventStream
    _running: RunningRequest

    def __init__(self, service: Service, catalog: Catalog) -> None:
        self._service = service
        self._catalog = catalog
        self._dropped: ApiError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_failed = False
        self._is_handling = False
        self._requested = TranscriptionRequest()
        self._transcription: Transcription | None = None
        self._audio_format: PcmRequest | None = None
        self._synthesis: StreamingSynthesis | None = None
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "audio-chunk": self._audio_chunk,
            "audio-start": self._audio_start,
            "audio-stop": self._audio_stop,
            "describe": self._describe,
            "ping": self._ping,
            "synthesize": self._synthesize,
            "synthesize-chunk": self._synthesize_chunk,
            "synthesize-start": self._synthesize_start,
            "synthesize-stop": self._synthesize_stop,
            "transcribe": self._transcribe,
        }

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._is_handling or bool(self._tasks)

    def drop(self, reason: ApiError) -> None:
        """Give the reason for the line in the log, before `run` is cancelled."""
        self._dropped = reason

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        """Handle events until the client disconnects or an error occurs. Cancel it to end the connection."""
        with self._service.requests.open("wyoming", "WYOMING", "-", client=peer) as running:
            running.route = "wyoming"
            self._running = running
            self._events = EventStream(reader, writer, self._service.settings, running)
            try:
                await self._handle_events()
            except asyncio.CancelledError:
                await self._end_jobs()
                if running.interruption is not None:
                    with contextlib.suppress(asyncio.TimeoutError):
                        await within(self._fail(running.interruption), _LAST_WORD_S)
                elif self._dropped is not None:
                    running.fail(self._dropped)
            except Exception as error:  # noqa: BLE001  every error is sent to the client
                await self._end_jobs()
                await self._fail(error)
            finally:
                await self._end_jobs()
                await self._events.close()

    async def _handle_events(self) -> None:
        while (event := await self._next_event()) is not None:
            self._running.status = _OPEN
            # As the protocol requires, unknown events are ignored.
            handle = self._handlers.get(event.type)
            if handle is not None:
                self._is_handling = True
                await handle(event)
                self._is_handling = False

    async def _end_jobs(self) -> None:
        """Cancel what runs: no audio follows an error."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next_event(self) -> Event | None:
        settings = self._service.settings
        while True:
            limit_s = settings.idle_timeout_s
            if self._running.status != _OPEN:
                limit_s = settings.header_timeout_s
            elif self._transcription is not None:
                limit_s = settings.body_timeout_s
            try:
                return await self._events.read(limit_s)
            except ApiError as error:
                is_open = self._transcription is not None or self._synthesis is not None
                if error.code == IDLE and self.is_busy and not is_open:
                    continue  # the client waits for its answer
                raise

    async def _describe(self, _event: Event) -> None:
        self._running.path = "describe"
        await self._events.write(await self._catalog.info())

    async def _ping(self, event: Event) -> None:
        await self._events.write(Pong(text=data_of(event, PingRequest).text))

    async def _synthesize(self, event: Event) -> None:
        if self._synthesis is not None:
            return  # the whole text again, for servers that don't speak it in parts
        request = data_of(event, SynthesisRequest)
        check_format(request.text_format)
        await self._begin()
        speech = await self._catalog.speech_request(request.voice)
        self._start("synthesize", speak(self._service, self._events, speech, request.text))

    async def _synthesize_start(self, event: Event) -> None:
        request = data_of(event, SynthesisRequest)
        check_format(request.text_format)
        await self._begin()
        speech = await self._catalog.speech_request(request.voice)
        self._synthesis = await StreamingSynthesis.open(self._service, self._events, speech)
        self._start("synthesize-start", self._synthesis.run())

    async def _synthesize_chunk(self, event: Event) -> None:
        self._open_synthesis("synthesize-chunk").push(data_of(event, TextRequest).text)

    async def _synthesize_stop(self, _event: Event) -> None:
        self._open_synthesis("synthesize-stop").finish()
        self._synthesis = None

    def _open_synthesis(self, kind: str) -> StreamingSynthesis:
        if self._synthesis is None:
            raise bad_request(f"{kind} without a synthesis; send synthesize-start before", code="bad_event")
        return self._synthesis

    async def _transcribe(self, event: Event) -> None:
        self._requested = data_of(event, TranscriptionRequest)

    async def _audio_start(self, event: Event) -> None:
        await self._open_transcription(data_of(event, PcmRequest))

    async def _audio_chunk(self, event: Event) -> None:
        if self._transcription is None or "rate" in event.data:
            self._audio_format = data_of(event, PcmRequest)
        assert self._audio_format is not None
        transcription = self._transcription or await self._open_transcription(self._audio_format)
        if event.payload:
            await transcription.feed(event.payload, self._audio_format)

    async def _audio_stop(self, _event: Event) -> None:
        if self._transcription is None:
            raise bad_request("audio-stop without a recording; send audio-start before", code="bad_event")
        transcription, self._transcription = self._transcription, None
        self._requested = TranscriptionRequest()
        self._run(transcription.finish())

    async def _open_transcription(self, audio_format: PcmRequest) -> Transcription:
        await self._begin()
        transcription = Transcription(self._service, self._events, self._requested, audio_format)
        await transcription.open()
        self._transcription, self._audio_format = transcription, audio_format
        self._start("transcribe", transcription.run())
        return transcription

    async def _begin(self) -> None:
        """Wait until the request before is answered.

        Raises:
            ApiError: That request isn't complete, so its answer would never come; or the server shuts down.
        """
        for is_open, end in (
            (self._synthesis is not None, "synthesize-stop"),
            (self._transcription is not None, "audio-stop"),
        ):
            if is_open:
                raise bad_request(f"the request before isn't complete; send {end} before the next", code="bad_event")
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        if self._service.requests.draining:
            raise shutting_down()

    def _start(self, kind: str, job: Coroutine[None, None, None]) -> None:
        """Run a request's job in a task. The connection's line in the log names the last one."""
        self._running.path = kind
        self._run(job)

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        limit_s = self._service.settings.job_timeout_s
        try:
            await within(work, limit_s)
        except asyncio.TimeoutError:
            await self._fail(
                ApiError(
                    504, f"the request exceeded the time limit of {limit_s:g} s; send a shorter one", code="timeout"
                )
            )
        except Exception as error:  # noqa: BLE001  every error is sent to the client
            await self._fail(error)

    async def _fail(self, exception: Exception) -> None:
        """Send an error, and close the connection, which ends `run`. Only the first error counts."""
        if self._has_failed:
            return
        self._has_failed = True
        if not isinstance(exception, ClientGoneError):
            error = as_api_error(exception)
            self._running.fail(error)
            if error.status == 408:
                self._service.stats.refused("idle" if error.code == IDLE else "body")
            with contextlib.suppress(ClientGoneError):
                await self._events.write(ErrorEvent(text=error.message, code=error.code))
        await self._events.close()
