"""One session: the client's events, in order, to its audio, conversation and responses."""

from __future__ import annotations

import asyncio
import base64
from typing import Any, Literal

import msgspec

from ...jobs.transcribe.live.rules import LiveRules
from ..service.errors import ClientGoneError, as_api_error, bad_request
from ..service.model_choice import openai_model_name
from ..service.recognition_request import make_recognizer
from ..service.service import Service
from ..service.speech_request import SpeechRequest, check_text, resolve_speech
from . import client_events as received
from .audio_input import AudioInput
from .audio_queue import InputConfig
from .audio_settings import OutputSettings
from .client_events import converted, event_id_of, parse_event
from .conversation import Conversation, item_of
from .held_models import HeldModels
from .older_names import current_fields
from .response import Answer, Call, Response, ResponseOptions, Silence, Speech
from .server_events import (
    FunctionCall,
    ItemAdded,
    ItemDeleted,
    ItemDone,
    ItemRetrieved,
    ItemTruncated,
    Message,
    SessionCreated,
    SessionUpdated,
    new_id,
)
from .session_config import SessionConfig, SessionSettings, Tool, without_language_model
from .socket import RealtimeSocket
from .turn import Listener

_ENDING = frozenset({"too_long"})
"""Codes of errors that end the session."""
_SPEECH_TO_SPEECH = ("gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime", "gpt-audio")
_NO_LANGUAGE_MODEL = "this server has no language model: a response speaks a given text"


class _ResponseAudio(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    output: OutputSettings = OutputSettings()


class _ResponseFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of `response.create`."""

    audio: _ResponseAudio = _ResponseAudio()
    conversation: Literal["auto", "none"] | None = None
    input: tuple[received.Item, ...] | None = None
    instructions: str | None = None
    metadata: dict[str, str] | None = None
    output_modalities: tuple[Literal["audio"]] | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: Any = None


class RealtimeSession:
    """A session on a socket. `run` it once."""

    def __init__(self, socket: RealtimeSocket, service: Service, settings: SessionSettings) -> None:
        self._socket = socket
        self._service = service
        self._settings = settings
        self._id = new_id("sess")
        self._conversation = Conversation()
        self._audio = AudioInput(socket, service, self._conversation, self._interrupt)
        self._input: InputConfig | None = None
        """How audio is read; None until the first audio after an update needs it."""
        self._response: Response | None = None
        self._models = HeldModels(service)

    @property
    def _config(self) -> SessionConfig:
        return self._settings.config

    async def run(self) -> None:
        """Answer the client's events until it leaves, or an error ends the session."""
        await self._socket.emit(SessionCreated(session=self._config.view(self._id, "")))
        tasks = [asyncio.create_task(self._audio.run()), asyncio.create_task(self._receive())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            if self._response is not None:
                tasks.append(self._response.task)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._audio.close()
            await self._models.close()

    async def _receive(self) -> None:
        while True:
            message = await self._socket.receive(self._is_busy)
            try:
                await self._handle(parse_event(message))
            except ClientGoneError:
                raise
            except RecursionError:
                await self._socket.refuse(bad_request("the event is nested too deeply"), event_id_of(message))
            except Exception as exception:
                error = as_api_error(exception)
                if error.code in _ENDING:
                    raise
                await self._socket.refuse(error, event_id_of(message))

    async def _handle(self, event: received.ClientEvent) -> None:
        match event:
            case received.AppendAudio():
                await self._append(event.audio)
            case received.CommitAudio():
                await self._audio.commit(event.event_id)
            case received.ClearAudio():
                await self._audio.clear()
            case received.UpdateSession():
                await self._update(event.session)
            case received.UpdateTranscriptionSession():
                await self._update({**event.session, "type": "transcription"})
            case received.CreateResponse():
                self._respond(event)
            case received.CancelResponse():
                self._cancel(event.response_id)
            case received.CreateItem():
                await self._create_item(event)
            case received.RetrieveItem():
                await self._socket.emit(ItemRetrieved(item=self._conversation.get(event.item_id)))
            case received.DeleteItem():
                self._conversation.remove(event.item_id)
                await self._socket.emit(ItemDeleted(item_id=event.item_id))
            case received.TruncateItem():
                await self._truncate(event)

    async def _update(self, fields: dict[str, Any]) -> None:
        settings = self._settings.updated(fields)
        spoken = settings.config.audio.output
        if spoken != self._config.audio.output:
            speech = await resolve_speech(self._service, _speech_request(settings.config, spoken))
            self._models.hold(speech.choice)
        heard = await self._input_config(settings.config) if settings.config.transcription is not None else None
        self._settings, self._input = settings, heard
        choice = None if heard is None or heard.listener is None else heard.listener.choice
        model, notes = ("", ()) if choice is None else (choice.id, choice.notes)
        await self._socket.emit(SessionUpdated(session=self._config.view(self._id, model, notes)))

    async def _input_config(self, config: SessionConfig) -> InputConfig:
        asked, turns = config.transcription, config.turn_detection
        choice, recognizer = await make_recognizer(
            self._service,
            _model_name(None if asked is None else asked.model),
            language="" if asked is None else asked.spoken_language,
            prompt="" if asked is None else asked.hints,
        )
        listener = None
        if asked is not None:
            self._models.hold(choice)
            listener = Listener(
                choice=choice,
                recognizer=recognizer,
                rules=LiveRules() if turns is None else turns.rules,
                with_logprobs=config.with_logprobs,
            )
        return InputConfig(format=config.input_format, turns=turns, vad_engine=choice.spec, listener=listener)

    async def _append(self, audio: str) -> None:
        if self._input is None:
            self._input = await self._input_config(self._config)
        try:
            data = base64.b64decode(audio, validate=True)
        except ValueError as error:
            raise bad_request(f"the audio isn't valid base64: {error}", "audio") from None
        await self._audio.append(data, self._input)

    async def _create_item(self, event: received.CreateItem) -> None:
        item = item_of(event.item)
        check_text(self._service, item.text)
        previous = self._conversation.add(item, event.previous_item_id)
        await self._socket.emit(ItemAdded(item=item, previous_item_id=previous))
        await self._socket.emit(ItemDone(item=item, previous_item_id=previous))

    async def _truncate(self, event: received.TruncateItem) -> None:
        # The text of the item stays: which words were heard isn't known.
        item = self._conversation.get(event.item_id)
        if not isinstance(item, Message) or item.role != "assistant" or event.content_index or event.audio_end_ms < 0:
            raise bad_request("only the audio of a response, content_index 0, can be truncated", "item_id")
        await self._socket.emit(ItemTruncated(item_id=item.id, content_index=0, audio_end_ms=event.audio_end_ms))

    def _respond(self, event: received.CreateResponse) -> None:
        if self._is_speaking():
            raise bad_request(
                "a response is in progress; wait for its response.done, or send response.cancel",
                code="conversation_already_has_active_response",
            )
        if self._config.type == "transcription":
            raise bad_request("a session of type 'transcription' has no responses; use type 'realtime'")
        given = without_language_model(current_fields(event.response or {}))
        fields = converted(given, _ResponseFields, "response")
        output = fields.audio.output.format or self._config.output_format
        output.check()
        options = ResponseOptions(
            format=output, metadata=fields.metadata, in_conversation=fields.conversation != "none"
        )
        # What it is about is decided now: the client may add items while it is prepared.
        newest = None if fields.input is not None else self._conversation.take_newest()

        async def prepare() -> Answer:
            return await self._answer(fields, newest)

        self._response = Response(self._socket, self._service, self._conversation, options, prepare, event.event_id)

    async def _answer(self, fields: _ResponseFields, item: Any) -> Answer:
        if fields.input is not None:
            text = " ".join(item_of(given).text for given in fields.input).strip()
        else:
            if item is None or _is_speech(item):
                # A turn that was committed just before isn't an item until its audio is processed.
                await self._audio.settle()
                item = self._conversation.take_newest() or item
            if item is not None and _is_speech(item):
                return await self._called(fields, await self._audio.transcript(item.id))
            text = "" if item is None or isinstance(item, FunctionCall) else item.text
        if not text.strip():
            error = bad_request(f"there is no text to speak; add an item with one first ({_NO_LANGUAGE_MODEL})")
            if fields.instructions is not None or fields.input is not None or item is not None:
                return Silence(error)
            raise error
        return await self._spoken(fields, text)

    async def _called(self, fields: _ResponseFields, heard: str) -> Answer:
        tools = (self._config.tools if fields.tools is None else fields.tools) or ()
        choice = self._config.tool_choice if fields.tool_choice is None else fields.tool_choice
        usable = [(tool, tool.text_parameter) for tool in tools if choice != "none"]
        if len(usable) != 1 or usable[0][1] is None:
            return Silence(
                bad_request(
                    f"speech can't be answered ({_NO_LANGUAGE_MODEL}); give one function with one required text"
                )
            )
        if not heard:
            return Silence(bad_request("no words were recognized in what was said"))
        return Call(usable[0][0], usable[0][1], heard)

    async def _spoken(self, fields: _ResponseFields, text: str) -> Answer:
        check_text(self._service, text)
        own, shared = fields.audio.output, self._config.audio.output
        output = OutputSettings(voice=own.voice or shared.voice, speed=shared.speed if own.speed is None else own.speed)
        speech = await resolve_speech(self._service, _speech_request(self._config, output))
        self._models.hold(speech.choice)
        return Speech(speech, text)

    def _cancel(self, response_id: str | None) -> None:
        response = self._response
        if response is None or not response.is_active or response_id not in (None, response.id):
            raise bad_request("no such response is in progress", code="response_cancel_not_active")
        response.cancel("client_cancelled")

    async def _interrupt(self) -> None:
        """Cancel the response, since a person speaks."""
        response = self._response
        if response is not None and response.is_active:
            response.cancel("turn_detected")
            await asyncio.wait({response.task})

    def _is_busy(self) -> bool:
        """Whether the client has reason to be silent: it waits for the server."""
        return self._is_speaking() or self._audio.is_busy

    def _is_speaking(self) -> bool:
        return self._response is not None and not self._response.task.done()


def _is_speech(item: object) -> bool:
    return isinstance(item, Message) and item.content[0].type == "input_audio"


def _model_name(name: str | None) -> str:
    """Return the name of a model; empty, which means the default one, for OpenAI's models that speak and listen."""
    name = name or ""
    if openai_model_name("recognition", name):
        return name
    return "" if name.lower().startswith(_SPEECH_TO_SPEECH) else name


def _speech_request(config: SessionConfig, output: OutputSettings) -> SpeechRequest:
    return SpeechRequest(
        model=_model_name(config.model), voice=output.voice_name, speed=1.0 if output.speed is None else output.speed
    )
