"""The settings of a session: what a client updates, and what takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...jobs.transcribe.live.rules import LiveRules
from ...media.audio import g711
from ..service.errors import bad_request
from ..service.speech_request import check_sample_rate
from .client_events import converted
from .older_names import current_fields

PCM_RATE_HZ = 24_000
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
_THRESHOLD = 0.5
_HYSTERESIS = 0.15
"""Speech ends this far below the probability at which it begins, as in Silero's own detection."""
_ANSWERED = frozenset({"id", "object", "expires_at", "client_secret"})
"""Fields of the server's that clients send back."""


class AudioFormat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The format of audio: 16-bit little-endian mono PCM, or G.711."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: int | None = None

    @property
    def law(self) -> g711.Law | None:
        """The law of G.711; None for PCM."""
        return {"audio/pcmu": "mu", "audio/pcma": "a"}.get(self.type)  # type: ignore[return-value]

    @property
    def rate_hz(self) -> int:
        """The sample rate."""
        return g711.RATE_HZ if self.law else self.rate or PCM_RATE_HZ

    def check(self) -> None:
        """Raise ApiError if the rate is out of range."""
        check_sample_rate(self.rate)
        if self.law and self.rate not in (None, g711.RATE_HZ):
            raise bad_request(f"'{self.type}' has {g711.RATE_HZ} Hz, not {self.rate}; omit 'rate'", "format.rate")

    def view(self) -> dict[str, object]:
        """Return the format for the client."""
        return {"type": self.type} if self.law else {"type": self.type, "rate": self.rate_hz}


class Transcription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a person's speech is transcribed."""

    model: str | None = None
    language: str | None = None
    languages: tuple[str, ...] | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] | None = None
    delay: str | None = None

    @property
    def spoken_language(self) -> str:
        """The language; empty to detect it."""
        one = self.languages[0] if self.languages is not None and len(self.languages) == 1 else ""
        return self.language or one

    @property
    def hints(self) -> str:
        """The prompt, followed by the keywords."""
        return ". ".join(part for part in (self.prompt, ", ".join(self.keywords or ())) if part)


class TurnDetection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turns by voice activity."""

    type: Literal["server_vad"] = "server_vad"
    threshold: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    prefix_padding_ms: Annotated[int, Meta(ge=0, le=5_000)] | None = None
    silence_duration_ms: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    interrupt_response: bool | None = None
    create_response: bool | None = None
    idle_timeout_ms: None = None

    @property
    def rules(self) -> LiveRules:
        """The rules of voice activity."""
        begin = _THRESHOLD if self.threshold is None else self.threshold
        return LiveRules(begin_probability=begin, end_probability=max(0.01, begin - _HYSTERESIS), stop_s=self.silence_s)

    @property
    def padding_s(self) -> float:
        """The audio before speech that belongs to its turn."""
        return (300 if self.prefix_padding_ms is None else self.prefix_padding_ms) / 1000

    @property
    def silence_s(self) -> float:
        """The silence that ends a turn."""
        return (500 if self.silence_duration_ms is None else self.silence_duration_ms) / 1000

    @property
    def interrupts(self) -> bool:
        """Whether a person's speech cancels the response."""
        return self.interrupt_response is not False

    def view(self) -> dict[str, object]:
        """Return the settings for the client. No answer follows a turn by itself: there is no language model."""
        return {
            "type": self.type,
            "threshold": self.rules.begin_probability,
            "prefix_padding_ms": round(self.padding_s * 1000),
            "silence_duration_ms": round(self.silence_s * 1000),
            "idle_timeout_ms": None,
            "create_response": False,
            "interrupt_response": self.interrupts,
        }


class NoiseReduction(msgspec.Struct, frozen=True):
    """Accepted without effect: recognition raises quiet speech by itself."""

    type: str | None = None


class InputSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`audio.input`."""

    format: AudioFormat | None = None
    transcription: Transcription | UnsetType | None = UNSET
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | UnsetType | None = UNSET


class VoiceId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A voice by its id."""

    id: str


class OutputSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`audio.output`."""

    format: AudioFormat | None = None
    voice: str | VoiceId | None = None
    speed: float | None = None

    @property
    def voice_name(self) -> str:
        """The requested voice; empty for the default one."""
        return self.voice.id if isinstance(self.voice, VoiceId) else self.voice or ""


class AudioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`audio`."""

    input: InputSettings = InputSettings()
    output: OutputSettings = OutputSettings()


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
