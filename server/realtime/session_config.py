"""The settings of a session: what a client updates, and what takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ..service.errors import bad_request
from .audio_settings import AudioFormat, AudioSettings, Transcription, TurnDetection
from .client_events import converted
from .older_names import current_fields

MAX_UPDATE_BYTES = 256 << 10
"""The maximum size of a session's settings, which are kept."""
_MERGED = frozenset({"audio", "input", "output", "transcription"})
"""Objects that an update merges into; any other value replaces the one before."""
_COMMITTING_MODELS = ("gpt-realtime-whisper", "gpt-live-transcribe")
"""OpenAI's models without turn detection: their clients commit each turn, also if they don't say so."""
_LANGUAGE_MODEL = frozenset(
    [
        "max_output_tokens",
        "max_response_output_tokens",
        "parallel_tool_calls",
        "prompt",
        "reasoning",
        "temperature",
        "tracing",
        "truncation",
    ]
)
"""Settings of a language model. They are accepted, since all clients send some, and have no effect."""
_ANSWERED = frozenset({"id", "object", "expires_at", "client_secret"})
"""Fields of the server's that clients send back."""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A function of the client's."""

    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None

    @property
    def text_parameter(self) -> str | None:
        """The only required parameter, if it is a text."""
        schema = self.parameters or {}
        required, properties = schema.get("required"), schema.get("properties")
        if not isinstance(required, list) or len(required) != 1 or not isinstance(properties, dict):
            return None
        kind = properties.get(required[0]) if isinstance(required[0], str) else None
        return required[0] if isinstance(kind, dict) and kind.get("type") == "string" else None


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session's settings, as the client gave them."""

    type: Literal["realtime", "transcription"] = "realtime"
    model: str | None = None
    audio: AudioSettings = AudioSettings()
    output_modalities: tuple[Literal["audio"]] | None = None
    include: tuple[Literal["item.input_audio_transcription.logprobs"], ...] | None = None
    instructions: str | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: Any = None

    @property
    def input_format(self) -> AudioFormat:
        """The format of the client's audio."""
        return self.audio.input.format or AudioFormat()

    @property
    def output_format(self) -> AudioFormat:
        """The format of the server's audio."""
        return self.audio.output.format or AudioFormat()

    @property
    def transcription(self) -> Transcription | None:
        """How speech is transcribed. None: not at all, the default of a session that isn't for transcription."""
        given = self.audio.input.transcription
        if given is UNSET or (given is None and self.type == "transcription"):
            return Transcription(model=self.model) if self.type == "transcription" else None
        assert not isinstance(given, UnsetType)
        if given is not None and given.model is None and self.type == "transcription":
            return msgspec.structs.replace(given, model=self.model)
        return given

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How turns are detected. None: the client commits them."""
        given = self.audio.input.turn_detection
        if not isinstance(given, UnsetType):
            return given
        model = self.transcription.model if self.transcription is not None else None
        return None if (model or "").startswith(_COMMITTING_MODELS) else TurnDetection()

    @property
    def with_logprobs(self) -> bool:
        """Whether transcripts have the probabilities of their words."""
        return bool(self.include)

    def view(self, session_id: str, model: str, notes: Sequence[str] = ()) -> dict[str, object]:
        """Return the settings in effect, for the client.

        Args:
            session_id: The session's id.
            model: The recognition model; empty if it isn't known yet.
            notes: What isn't supported, and what happens instead.
        """
        transcription, turns = self.transcription, self.turn_detection
        heard = {
            "format": self.input_format.view(),
            "transcription": None
            if transcription is None
            else {
                "model": model or transcription.model,
                "language": transcription.spoken_language or None,
                "prompt": transcription.hints or None,
            },
            "noise_reduction": None,
            "turn_detection": None if turns is None else turns.view(),
        }
        shared: dict[str, object] = {
            "type": self.type,
            "id": session_id,
            "include": list(self.include) if self.include else None,
            **({"notes": list(notes)} if notes else {}),
        }
        if self.type == "transcription":
            return {"object": "realtime.transcription_session", **shared, "audio": {"input": heard}}
        spoken = self.audio.output
        return {
            "object": "realtime.session",
            **shared,
            "model": self.model,
            "output_modalities": ["audio"],
            "instructions": self.instructions or "",
            "tools": msgspec.to_builtins(self.tools or ()),
            "tool_choice": self.tool_choice or "auto",
            "audio": {
                "input": heard,
                "output": {
                    "format": self.output_format.view(),
                    "voice": spoken.voice_name or None,
                    "speed": 1.0 if spoken.speed is None else spoken.speed,
                },
            },
        }


class SessionSettings:
    """The settings of one session. An update that isn't valid changes nothing."""

    def __init__(self, **initial: object) -> None:
        self._fields: dict[str, Any] = initial
        self.config = converted(self._fields, SessionConfig, "session")

    def updated(self, fields: dict[str, Any]) -> SessionSettings:
        """Return the settings after an update with the given fields, in their current or older names.

        Raises:
            ApiError: A field is unknown, invalid or not supported.
        """
        if len(msgspec.json.encode(fields)) > MAX_UPDATE_BYTES:
            raise bad_request(f"the session's settings have more than {MAX_UPDATE_BYTES >> 10} KiB", "session")
        given = {name: value for name, value in current_fields(fields).items() if name not in _ANSWERED}
        merged = SessionSettings(**_merged(self._fields, without_language_model(given)))
        merged.config.input_format.check()
        merged.config.output_format.check()
        return merged


def without_language_model(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields without those of a language model."""
    return {name: value for name, value in fields.items() if name not in _LANGUAGE_MODEL}


def _merged(before: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for name, value in update.items():
        earlier = before.get(name)
        if name in _MERGED and isinstance(value, dict):
            merged[name] = _merged(earlier if isinstance(earlier, dict) else {}, value)
        elif value is not None or name in ("transcription", "turn_detection"):
            merged[name] = value
        elif name not in ("audio", "input", "output"):
            merged.pop(name, None)
    return merged
