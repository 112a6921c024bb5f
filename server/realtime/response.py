"""One response: a given text, spoken, or a call of the client's function with what a person said."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio import g711
from ...media.audio.pcm import to_int16_bytes
from ...utils.timeouts import within
from ..service.admission import Slot
from ..service.errors import ApiError, ClientGoneError, as_api_error
from ..service.service import Service
from ..service.speech_request import ResolvedSpeech, SpeechChunk, make_job, stream_chunks
from .audio_settings import AudioFormat
from .conversation import Conversation
from .server_events import (
    ArgumentsDelta,
    ArgumentsDone,
    AudioDelta,
    AudioDone,
    ConversationItem,
    FunctionCall,
    ItemAdded,
    ItemDone,
    Message,
    OutputItemAdded,
    OutputItemDone,
    Part,
    PartAdded,
    PartDone,
    ResponseCreated,
    ResponseDone,
    SpokenDelta,
    SpokenDone,
    new_id,
)
from .session_config import Tool
from .socket import RealtimeSocket

Reason = Literal["turn_detected", "client_cancelled"]
_Ended = Literal["completed", "cancelled", "failed"]
_DELTA_S = 1.0
"""The maximum audio of one event: some clients accept messages of 512 KiB."""


class ResponseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a response's events report, and the format of its audio."""

    format: AudioFormat
    metadata: dict[str, str] | None
    in_conversation: bool
    """Whether its item is added to the conversation."""


class Speech(NamedTuple):
    """A text to speak."""

    speech: ResolvedSpeech
    text: str


class Call(NamedTuple):
    """A call of a client's function with a text."""

    tool: Tool
    parameter: str
    text: str


class Silence(NamedTuple):
    """Nothing to say, and why."""

    error: ApiError


Answer = Speech | Call | Silence


class Response:
    """Sends the events of one response, in a task of its own.

    - If `prepare` raises, the client's event is refused, and there is no response.
    - Once `cancel` returns True, no audio is sent, and `response.done` follows.
    - A later failure is reported in `response.done`.
    """

    def __init__(
        self,
        socket: RealtimeSocket,
        service: Service,
        conversation: Conversation,
        options: ResponseOptions,
        prepare: Callable[[], Awaitable[Answer]],
        event_id: str | None,
    ) -> None:
        self.id = new_id("resp")
        self._socket = socket
        self._service = service
        self._conversation = conversation
        self._options = options
        self._event_id = event_id
        self._voice: str | None = None
        self._item = Message(id=new_id("item"), role="assistant", content=(), status="in_progress")
        self._previous_id: str | None = None
        self._text = ""
        self._notes: list[str] = []
        self._is_opening = self._is_open = self._is_ending = False
        self._reason: Reason | None = None
        self.task = asyncio.create_task(self._run(prepare))

    @property
    def is_active(self) -> bool:
        """Whether it may still be cancelled, and no other response may begin."""
        return not self.task.done() and not self._is_ending

    def cancel(self, reason: Reason) -> None:
        """Stop. Call it only while the response is active."""
        self._reason, self._is_ending = reason, True
        if not self._is_opening:
            self.task.cancel()

    async def _run(self, prepare: Callable[[], Awaitable[Answer]]) -> None:
        try:
            try:
                answer = await prepare()
            except ClientGoneError:
                raise
            except Exception as error:  # noqa: BLE001  every error is sent to the client
                self._is_ending = True
                await self._socket.refuse(as_api_error(error), self._event_id)
                return
            if isinstance(answer, Speech):
                await self._speak(answer)
            elif isinstance(answer, Call):
                await self._call(answer)
            else:
                await self._end("failed", error=answer.error)
        except asyncio.CancelledError:
            if self._reason is None:
                raise
            await self._end("cancelled")

    async def _speak(self, answer: Speech) -> None:
        speech, self._text, self._voice = answer.speech, answer.text, answer.speech.voice
        self._notes = [note for note in (speech.remark, *speech.notes) if note]
        limit_s = self._service.settings.job_timeout_s
        try:
            job = await asyncio.to_thread(make_job, self._service, speech, self._text, self._options.format.rate_hz)
            async with self._service.admission.slot(speech.choice.spec.name) as slot:
                await self._open()
                chunks = stream_chunks(self._service, job, speech, live=True, words=False)
                await within(self._send_audio(chunks, slot), limit_s)
        except ClientGoneError:
            raise
        except asyncio.TimeoutError:
            await self._end("failed", error=ApiError(503, f"the response took more than {limit_s:g} s", code="timeout"))
        except Exception as error:  # noqa: BLE001  every error is sent to the client
            await self._end("failed", error=as_api_error(error))
        else:
            await self._end("completed")

    async def _call(self, answer: Call) -> None:
        self._is_ending = True
        arguments = msgspec.json.encode({answer.parameter: answer.text}).decode()
        call = FunctionCall(
            id=self._item.id, call_id=new_id("call"), name=answer.tool.name, arguments="", status="in_progress"
        )
        await self._begin(call)
        await self._socket.emit(
            ArgumentsDelta(response_id=self.id, item_id=call.id, call_id=call.call_id, delta=arguments)
        )
        await self._socket.emit(
            ArgumentsDone(
                response_id=self.id, item_id=call.id, call_id=call.call_id, name=call.name, arguments=arguments
            )
        )
        call = msgspec.structs.replace(call, arguments=arguments, status="completed")
        await self._finish(call)
        await self._done("completed", call)

    async def _open(self) -> None:
        # Not cancelled on the way: each event of the beginning has its counterpart at the end.
        self._is_opening = True
        await self._begin(self._item)
        part = Part(type="audio", transcript="")
        await self._socket.emit(PartAdded(response_id=self.id, item_id=self._item.id, part=part))
        await self._socket.emit(SpokenDelta(response_id=self.id, item_id=self._item.id, delta=self._text))
        self._is_opening, self._is_open = False, True
        if self._reason is not None:
            raise asyncio.CancelledError

    async def _send_audio(self, chunks: AsyncGenerator[SpeechChunk, None], slot: Slot) -> None:
        step = round(_DELTA_S * self._options.format.rate_hz)
        async with contextlib.aclosing(chunks):
            async for chunk in chunks:
                for start in range(0, len(chunk.samples), step):
                    delta = base64.b64encode(self._encoded(chunk.samples[start : start + step])).decode()
                    with slot.sending():
                        await self._socket.emit(AudioDelta(response_id=self.id, item_id=self._item.id, delta=delta))

    def _encoded(self, samples: NDArray[np.float32]) -> bytes:
        law = self._options.format.law
        return g711.encode(samples, law) if law else to_int16_bytes(samples)

    async def _begin(self, item: ConversationItem) -> None:
        await self._socket.emit(ResponseCreated(response=self._view("in_progress")))
        await self._socket.emit(OutputItemAdded(response_id=self.id, item=item))
        if self._options.in_conversation:
            self._previous_id = self._conversation.add(item, is_answer=True)
            await self._socket.emit(ItemAdded(item=item, previous_item_id=self._previous_id))

    async def _end(self, status: _Ended, *, error: ApiError | None = None) -> None:
        self._is_ending = True
        if error is not None:
            self._socket.log_failure("response", error)
        if not self._is_open:
            await self._socket.emit(ResponseCreated(response=self._view("in_progress")))
            await self._done(status, error=error)
            return
        item_id, part = self._item.id, Part(type="audio", transcript=self._text)
        await self._socket.emit(AudioDone(response_id=self.id, item_id=item_id))
        await self._socket.emit(SpokenDone(response_id=self.id, item_id=item_id, transcript=self._text))
        await self._socket.emit(PartDone(response_id=self.id, item_id=item_id, part=part))
        item = msgspec.structs.replace(
            self._item,
            content=(Part(type="output_audio", transcript=self._text),),
            status="completed" if status == "completed" else "incomplete",
        )
        await self._finish(item)
        await self._done(status, item, error)

    async def _finish(self, item: ConversationItem) -> None:
        await self._socket.emit(OutputItemDone(response_id=self.id, item=item))
        if self._options.in_conversation:
            self._conversation.replace(item)
            await self._socket.emit(ItemDone(item=item, previous_item_id=self._previous_id))

    async def _done(self, status: _Ended, item: ConversationItem | None = None, error: ApiError | None = None) -> None:
        await self._socket.emit(ResponseDone(response=self._view(status, item, error)))

    def _view(
        self,
        status: _Ended | Literal["in_progress"],
        item: ConversationItem | None = None,
        error: ApiError | None = None,
    ) -> dict[str, object]:
        details: dict[str, object] | None = None if status == "in_progress" else {"type": status}
        if details is not None and self._reason is not None and status == "cancelled":
            details["reason"] = self._reason
        if details is not None and error is not None:
            details["error"] = {"type": error.type, "code": error.code, "message": error.message}
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [] if item is None else [item],
            "conversation_id": None,
            "output_modalities": ["audio"],
            "max_output_tokens": "inf",
            "audio": {"output": {"format": self._options.format.view(), "voice": self._voice}},
            "metadata": self._options.metadata,
            "usage": None,
            **({"notes": self._notes} if self._notes else {}),
        }
