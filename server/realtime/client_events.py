"""The events that a client may send."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from ...utils.wrong_values import problem_of
from ..service.errors import ApiError, bad_request

T = TypeVar("T")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`")
_MISSING_FIELD = re.compile(r"Object missing required field `(.*)`")
_INVALID_CHOICE = re.compile(r"Invalid enum value '(.*)'", re.DOTALL)
_FIXES = {
    "turn_detection.type": "; use 'server_vad', or null to commit each turn",
    "output_modalities": '; use ["audio"]: the text is in its transcript',
    "tools.type": "; use 'function'",
    "format.type": "; use 'audio/pcm', 'audio/pcmu' or 'audio/pcma'",
    "session.type": "; use 'realtime' or 'transcription'",
    "item.type": "; use 'message' or 'function_call_output'",
    "content.type": "; use 'input_text'",
}
_UNKNOWN_TYPE = re.compile(r"Invalid value '(.*)' - at `\$\.type`", re.DOTALL)


EventId = Annotated[str, msgspec.Meta(max_length=512)]
"""As long as OpenAI's; an event may wait in a queue of thousands."""
_MAX_PARAM_CHARS = 200


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    event_id: EventId | None = None


class UpdateSession(_Event, frozen=True, kw_only=True, tag="session.update"):
    """Change the fields that are given."""

    session: dict[str, Any]


class UpdateTranscriptionSession(_Event, frozen=True, kw_only=True, tag="transcription_session.update"):
    """The older form of `UpdateSession`, of sessions that transcribe."""

    session: dict[str, Any]


class AppendAudio(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """Audio in base64, in the session's input format."""

    audio: str


class CommitAudio(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """End the turn."""


class ClearAudio(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Drop the audio of the turn."""


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a message."""

    type: Literal["input_text", "output_text", "text", "input_audio", "output_audio", "audio", "input_image"]
    text: str | None = None
    transcript: str | None = None
    audio: str | None = None
    image_url: str | None = None
    detail: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item of the conversation, as a client sends it."""

    type: Literal["message", "function_call", "function_call_output"] = "message"
    id: str | None = None
    object: str | None = None
    status: str | None = None
    role: Literal["user", "assistant", "system"] | None = None
    content: tuple[Content, ...] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None


class CreateItem(_Event, frozen=True, kw_only=True, tag="conversation.item.create"):
    """Add an item to the conversation."""

    item: Item
    previous_item_id: str | None = None


class RetrieveItem(_Event, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    """Ask for an item."""

    item_id: str


class DeleteItem(_Event, frozen=True, kw_only=True, tag="conversation.item.delete"):
    """Remove an item."""

    item_id: str


class TruncateItem(_Event, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    """Say how much of a spoken item was heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


class CreateResponse(_Event, frozen=True, kw_only=True, tag="response.create"):
    """Speak."""

    response: dict[str, Any] | None = None


class CancelResponse(_Event, frozen=True, kw_only=True, tag="response.cancel"):
    """Stop speaking."""

    response_id: str | None = None


ClientEvent = (
    UpdateSession
    | UpdateTranscriptionSession
    | AppendAudio
    | CommitAudio
    | ClearAudio
    | CreateItem
    | RetrieveItem
    | DeleteItem
    | TruncateItem
    | CreateResponse
    | CancelResponse
)
_DECODER: msgspec.json.Decoder[ClientEvent] = msgspec.json.Decoder(ClientEvent)


class _Header(msgspec.Struct):
    event_id: str | None = None


_HEADER = msgspec.json.Decoder(_Header)


def event_id_of(message: str | bytes) -> str | None:
    """Return the id that a client gave to an event, for the error that it may get."""
    try:
        event_id = _HEADER.decode(message).event_id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return None if event_id is None else event_id[:512]


def parse_event(message: str | bytes) -> ClientEvent:
    """Return the event in a message.

    Raises:
        ApiError: It isn't one of the supported events, or a field is invalid.
    """
    if isinstance(message, bytes):
        raise bad_request(
            "unexpected binary frame; send events as JSON text, and audio as base64 in their field 'audio'"
        )
    try:
        return _DECODER.decode(message)
    except msgspec.ValidationError as error:
        if unknown := _UNKNOWN_TYPE.fullmatch(str(error)):
            raise bad_request(
                f"unsupported event '{unknown[1][:100]}'; this server transcribes and speaks: it has "
                f"{', '.join(_SUPPORTED)}",
                "type",
                "unsupported_event",
            ) from None
        raise invalid(error) from None
    except RecursionError:
        raise bad_request("the event is nested too deeply", code="invalid_json") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise bad_request(f"the event isn't valid JSON: {error}", code="invalid_json") from None


def converted(fields: dict[str, Any], to: type[T], within: str) -> T:
    """Return an object's fields as a struct; `within` names the object in errors.

    Raises:
        ApiError: A field is unknown or invalid.
    """
    try:
        return msgspec.convert(fields, to)
    except msgspec.ValidationError as error:
        raise invalid(error, within) from None


def invalid(error: msgspec.ValidationError, within: str = "") -> ApiError:
    """Return the error for a field that can't be used: `field: what is wrong`."""
    problem = str(error).partition(" - at `$")[0]
    wrong, path = problem_of(error)
    param = f"{within}.{path}".strip(".")[:_MAX_PARAM_CHARS]
    if unknown := _UNKNOWN_FIELD.match(problem):
        param = f"{param}.{unknown[1]}".strip(".")[:_MAX_PARAM_CHARS]
        return bad_request(f"unknown or unsupported field '{param}'; omit it", param, "unknown_parameter")
    if missing := _MISSING_FIELD.match(problem):
        param = f"{param}.{missing[1]}".strip(".")
        return bad_request(f"missing field '{param}'", param, "missing_required_parameter")
    if refused := _INVALID_CHOICE.match(problem):
        fix = next((fix for name, fix in _FIXES.items() if re.sub(r"\[.*?\]", "", param).endswith(name)), "")
        return bad_request(f"{param}: '{refused[1][:100]}' isn't supported{fix}", param, "unsupported_value")
    where = f"{param}: " if param else ""
    return bad_request(f"{where}{wrong}", param or None)


_SUPPORTED = tuple(
    str(kind.__struct_config__.tag) for kind in ClientEvent.__args__ if kind is not UpdateTranscriptionSession
)
