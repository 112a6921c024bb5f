"""The settings of a session's audio: formats, transcription, turns, the voice."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...jobs.transcribe.live.rules import LiveRules
from ...media.audio import g711
from ..service.errors import bad_request
from ..service.speech_request import check_sample_rate

PCM_RATE_HZ = 24_000
_THRESHOLD = 0.5
_HYSTERESIS = 0.15
"""Speech ends this far below the probability at which it begins, as in Silero's own detection."""


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
