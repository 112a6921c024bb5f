"""The messages that clients send over WebSockets: what is a message, what is text, and what is an error."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket

from ..service.errors import bad_request
from ..service.invalid_fields import field_of, problem_of

T = TypeVar("T", bound=BaseModel)
_MAX_QUOTED_CHARS = 60


class Message(msgspec.Struct, frozen=True):
    """A control message: a JSON object with its `type`. Its other fields are those of the class."""


class TextMessage(Message, frozen=True, tag="text"):
    """Text to speak, for text that looks like a message."""

    text: str


class FlushMessage(Message, frozen=True, tag="flush"):
    """Speak the text received so far without waiting for the end of its sentence."""


class EndMessage(Message, frozen=True, tag="end"):
    """End the utterance, also if it is empty."""


class CancelMessage(Message, frozen=True, tag="cancel"):
    """Stop speaking, and drop the text that waits."""


class FinishMessage(Message, frozen=True, tag="finish"):
    """End the audio: the last words follow."""


def parse_message(message: str, kinds: tuple[type[Message], ...]) -> Message | None:
    """Return a control message, or None for text.

    A JSON object with a field `type` or `text` is a control message; without `type` it is a `TextMessage`. Anything
    else is text, also if it begins with `{`.

    Raises:
        ApiError: The message's type isn't that of one of `kinds`, or it has unknown or invalid fields.
    """
    fields = _json_object(message)
    if fields is None or not ("type" in fields or "text" in fields):
        return None
    present = {name: value for name, value in fields.items() if value is not None}
    kind = present.pop("type", "text")
    named = {_tag(one): one for one in kinds}
    found = named.get(kind) if isinstance(kind, str) else None
    if found is None:
        shown = json.dumps(kind)[:_MAX_QUOTED_CHARS]
        raise bad_request(f"unknown message type {shown}; use {_alternatives(list(named))}", "type", "unknown_message")
    unknown = sorted(set(present) - set(found.__struct_fields__))
    if unknown:
        allowed = ", ".join(("type", *found.__struct_fields__))
        shown = ", ".join(f"'{name[:_MAX_QUOTED_CHARS]}'" for name in unknown[:5])
        raise bad_request(f"a message of type '{kind}' has no field {shown}; its fields are {allowed}", unknown[0])
    try:
        return msgspec.convert(present, found)
    except msgspec.ValidationError:
        names = ", ".join(f"'{name}'" for name in found.__struct_fields__)
        raise bad_request(f"a message of type '{kind}' must have {names} as text", found.__struct_fields__[0]) from None


def settings_fields(message: str) -> dict[str, Any]:
    """Return the fields of a first message. ApiError if it isn't a JSON object."""
    fields = _json_object(message)
    if fields is None:
        raise bad_request("the first message must be a JSON object with the settings, such as {}")
    return fields


def query_fields(socket: WebSocket) -> dict[str, Any]:
    """Return the settings in the query of a WebSocket's address. ApiError if `params` isn't a JSON object."""
    fields: dict[str, Any] = {name: value for name, value in socket.query_params.items() if value}
    if "params" in fields:
        try:
            fields["params"] = json.loads(fields["params"])
        except (ValueError, RecursionError):
            raise bad_request('params in the query must be a JSON object, such as {"pitch":60}', "params") from None
    return fields


def checked_settings(fields: dict[str, Any], settings_type: type[T]) -> T:
    """Return settings from their fields. ApiError, with the name of the field, if one of them is invalid."""
    try:
        return settings_type.model_validate(fields)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        field = field_of(errors)
        raise bad_request(f"invalid settings: {field}: {problem_of(errors)}", field or None) from None


def first_settings(message: str) -> dict[str, Any] | None:
    """Return the fields of a first message that may be settings; None for text and control messages."""
    fields = _json_object(message)
    return None if fields is None or "type" in fields else fields


def _json_object(message: str) -> dict[str, Any] | None:
    """Return a JSON object, read as the bodies of requests are; None for anything else."""
    if not message.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        fields: dict[str, Any] = json.loads(message)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError):
        raise bad_request("the message is nested too deeply, or has a number with too many digits") from None
    return fields


def _tag(kind: type[Message]) -> str:
    return str(kind.__struct_config__.tag)


def _alternatives(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
