"""The events that the server sends."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from ..service.errors import ApiError


def new_id(kind: str) -> str:
    """Return an identifier that no other object of this server has."""
    return f"{kind}_{secrets.token_hex(12)}"


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message: text, or audio by its transcript."""

    type: str
    text: str | None = None
    transcript: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """What a person or the server said, or a text of the client's."""

    id: str
    role: str
    content: tuple[Part, ...]
    object: str = "realtime.item"
    status: str = "completed"

    @property
    def text(self) -> str:
        """The text, or the transcript."""
        return " ".join(part.text or part.transcript or "" for part in self.content).strip()


class FunctionCall(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """A call of a client's function."""

    id: str
    call_id: str
    name: str
    arguments: str
    object: str = "realtime.item"
    status: str = "completed"

    @property
    def text(self) -> str:
        """The arguments."""
        return self.arguments


class FunctionOutput(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"):
    """What a client's function returned."""

    id: str
    call_id: str
    output: str
    object: str = "realtime.item"
    status: str = "completed"

    @property
    def text(self) -> str:
        """The text to speak: a field of an object in JSON, or the output as it is."""
        try:
            fields = msgspec.json.decode(self.output)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return self.output
        if not isinstance(fields, dict):
            return self.output
        texts = (fields.get(name) for name in ("answer", "text", "output"))
        return next((text for text in texts if isinstance(text, str)), self.output)


ConversationItem = Message | FunctionCall | FunctionOutput


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An event of the server's."""

    event_id: str = msgspec.field(default_factory=lambda: new_id("event"))


class SessionCreated(ServerEvent, frozen=True, kw_only=True, tag="session.created"):
    """The first event."""

    session: dict[str, object]


class SessionUpdated(ServerEvent, frozen=True, kw_only=True, tag="session.updated"):
    """The settings in effect."""

    session: dict[str, object]


class ErrorEvent(ServerEvent, frozen=True, kw_only=True, tag="error"):
    """An event of the client's was refused, or the session failed."""

    error: dict[str, object]

    @classmethod
    def of(cls, error: ApiError, client_event_id: str | None) -> ErrorEvent:
        """Return the event for an error. `client_event_id` is the id of the client's event, if it had one."""
        after = error.headers.get("Retry-After")
        retry: dict[str, object] = {} if after is None else {"retry_after_s": int(after)}
        return cls(error={**error.body()["error"], "event_id": client_event_id, **retry})


class SpeechStarted(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"):
    """A person speaks. The time is that of the turn's first audio, from the start of the session's audio."""

    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"):
    """A turn ended. The time is that of the end of its audio."""

    audio_end_ms: int
    item_id: str


class AudioCommitted(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """A turn became an item."""

    item_id: str
    previous_item_id: str | None


class AudioCleared(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """The audio of the turn was dropped."""


class ItemAdded(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item was added to the conversation."""

    item: ConversationItem
    previous_item_id: str | None


class ItemDone(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item won't change."""

    item: ConversationItem
    previous_item_id: str | None


class ItemRetrieved(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.retrieved"):
    """An item that the client asked for."""

    item: ConversationItem


class ItemDeleted(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.deleted"):
    """An item was removed."""

    item_id: str


class ItemTruncated(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.truncated"):
    """A spoken item was cut where the client stopped to play it."""

    item_id: str
    content_index: int
    audio_end_ms: int


class _Transcribed(ServerEvent, frozen=True, kw_only=True):
    item_id: str
    content_index: int = 0


class TranscriptDelta(_Transcribed, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.delta"):
    """Words that don't change."""

    delta: str
    logprobs: list[dict[str, object]] | None = None


class TranscriptCompleted(
    _Transcribed, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.completed"
):
    """The transcript of a turn."""

    transcript: str
    usage: dict[str, object]
    logprobs: list[dict[str, object]] | None = None


class TranscriptFailed(
    _Transcribed, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.failed"
):
    """A turn could not be transcribed."""

    error: dict[str, object]


class ResponseCreated(ServerEvent, frozen=True, kw_only=True, tag="response.created"):
    """A response begins."""

    response: dict[str, Any]


class ResponseDone(ServerEvent, frozen=True, kw_only=True, tag="response.done"):
    """A response has ended: `completed`, `cancelled` or `failed`."""

    response: dict[str, Any]


class _InResponse(ServerEvent, frozen=True, kw_only=True):
    response_id: str
    output_index: int = 0


class OutputItemAdded(_InResponse, frozen=True, kw_only=True, tag="response.output_item.added"):
    """The item of a response."""

    item: ConversationItem


class OutputItemDone(_InResponse, frozen=True, kw_only=True, tag="response.output_item.done"):
    """The complete item of a response."""

    item: ConversationItem


class _InItem(_InResponse, frozen=True, kw_only=True):
    item_id: str


class ArgumentsDelta(_InItem, frozen=True, kw_only=True, tag="response.function_call_arguments.delta"):
    """Arguments for a client's function."""

    call_id: str
    delta: str


class ArgumentsDone(_InItem, frozen=True, kw_only=True, tag="response.function_call_arguments.done"):
    """All arguments for a client's function."""

    call_id: str
    name: str
    arguments: str


class _InContent(_InItem, frozen=True, kw_only=True):
    content_index: int = 0


class PartAdded(_InContent, frozen=True, kw_only=True, tag="response.content_part.added"):
    """The audio of an item begins."""

    part: Part


class PartDone(_InContent, frozen=True, kw_only=True, tag="response.content_part.done"):
    """The audio of an item is complete."""

    part: Part


class AudioDelta(_InContent, frozen=True, kw_only=True, tag="response.output_audio.delta"):
    """Audio in base64, in the session's output format."""

    delta: str


class AudioDone(_InContent, frozen=True, kw_only=True, tag="response.output_audio.done"):
    """No audio follows."""


class SpokenDelta(_InContent, frozen=True, kw_only=True, tag="response.output_audio_transcript.delta"):
    """The text that is spoken."""

    delta: str


class SpokenDone(_InContent, frozen=True, kw_only=True, tag="response.output_audio_transcript.done"):
    """The whole text that is spoken."""

    transcript: str
