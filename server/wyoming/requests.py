"""What clients ask for in the data of Wyoming's events. Unknown fields are ignored, as the protocol requires."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec
from wyoming.event import Event

from ...utils.wrong_values import problem_of
from ..service.errors import bad_request


class VoiceRequest(msgspec.Struct, frozen=True):
    """The voice of a synthesis: by name, else by language. `speaker` selects one of an engine's voices or variants."""

    name: str | None = None
    language: str | None = None
    speaker: str | None = None


class SynthesisRequest(msgspec.Struct, frozen=True):
    """The data of `synthesize` and `synthesize-start`."""

    text: str = ""
    voice: VoiceRequest | None = None
    text_format: str | None = None


class TextRequest(msgspec.Struct, frozen=True):
    """The data of `synthesize-chunk`."""

    text: str


class TranscriptionRequest(msgspec.Struct, frozen=True):
    """The data of `transcribe`. `transcript_names` and `transcript_terms` are words to expect."""

    name: str | None = None
    language: str | None = None
    transcript_names: tuple[str, ...] | None = None
    transcript_terms: tuple[str, ...] | None = None


class PcmRequest(msgspec.Struct, frozen=True):
    """The format of audio: Hz, bytes per sample, channels."""

    rate: int
    width: Literal[1, 2, 3, 4]
    channels: int


class PingRequest(msgspec.Struct, frozen=True):
    """The data of `ping`."""

    text: str | None = None


T = TypeVar("T", bound=msgspec.Struct)


def data_of(event: Event, kind: type[T]) -> T:
    """Return an event's data.

    Raises:
        ApiError: A field is missing, or of another type.
    """
    try:
        return msgspec.convert(event.data, kind)
    except msgspec.ValidationError as error:
        problem = ": ".join(part for part in reversed(problem_of(error)) if part)
        raise bad_request(f"invalid event '{event.type}': {problem}", code="bad_event") from None
