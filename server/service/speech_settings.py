"""The settings of speech that requests over HTTP and WebSocket share, with one validation for both."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ...jobs.speak.pauses import MAX_PAUSE_SCALE
from ...utils.settings import parse_level
from .script_files import LexiconField
from .speech_request import SpeechRequest

Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
Param = bool | Int64 | FiniteFloat | str


def _check_level(value: object) -> object:
    """Return a level unchanged; ValueError, which names the limits, if it is none."""
    if value is not None:
        parse_level(str(value))
    return value


class VoiceId(BaseModel):
    """OpenAI's alternative form of a voice: an object with its id."""

    id: str


class RequestModel(BaseModel):
    """Fields that a client sends. A field that is null is absent. Unknown fields are kept, to be named as ignored."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, fields: object) -> object:
        if not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def ignored(self) -> list[str]:
        """The unknown fields, sorted."""
        return sorted(self.model_extra or ())


class SpeechSettings(RequestModel):
    """Model, voice and settings of speech."""

    model: str = Field("", description="tts-1, an engine, or engine/model; see /v1/models.")
    voice: str | VoiceId = Field("", description="A voice, or a mix such as af_bella(2)+af_sky; see /v1/audio/voices.")
    speed: FiniteFloat = Field(1.0, gt=0, le=10, description="Speaking rate as a factor; see the engine's limits.")
    language: str = Field(
        "",
        max_length=100,
        description="A BCP-47 tag, or auto for that of each sentence; default: the language of the voice.",
    )
    sample_rate: int | None = Field(
        None, description="In Hz; default: the engine's rate (24000 for pcm, as in OpenAI's API)."
    )
    seed: Int64 | Literal["random"] = 0
    params: dict[str, Param] = Field({}, description="Parameters of the engine; see `voxweft engines show`.")
    low_latency: bool = Field(False, description="Start the audio sooner, if the engine can; cached separately.")
    normalize: bool = Field(
        True, description="Put numbers, times, units and abbreviations into words; leave out Markdown and emoji."
    )
    name_emoji: bool = Field(False, description="Say the names of emoji instead of leaving them out.")
    level: Annotated[FiniteFloat | Literal["off"] | None, BeforeValidator(_check_level)] = Field(
        None, description="Bring the voice to this loudness in LUFS, or off; default: the server's setting, -18."
    )
    pause_scale: FiniteFloat = Field(
        1.0, ge=0, le=MAX_PAUSE_SCALE, description="Factor on the pauses after sentences and paragraphs."
    )
    script: bool | Literal["auto"] = Field(
        "auto", description="Read tags, labels and SSML in the text; auto: if the request has a cast."
    )
    cast: str | dict[str, Any] | None = Field(
        None, description="The speakers of a script: the content of a cast file, or the name of one of the server's."
    )
    lexicon: LexiconField | None = Field(
        None,
        description="Pronunciations: an object of words, the text of a lexicon file, a name, or a list of these.",
    )
    word_timestamps: bool = Field(False, description="Send events with word times; requires stream_format sse.")

    @property
    def request(self) -> SpeechRequest:
        """The request that these settings make."""
        voice = self.voice if isinstance(self.voice, str) else self.voice.id
        return SpeechRequest(
            model=self.model,
            voice=voice,
            language=self.language,
            speed=self.speed,
            seed=None if self.seed == "random" else self.seed,
            params=dict(self.params),
            low_latency=self.low_latency,
            level=self.level,
            pause_scale=self.pause_scale,
            normalize=self.normalize,
            name_emoji=self.name_emoji,
            markup=None if self.script == "auto" else self.script,
            cast=self.cast,
            lexicon=self.lexicon,
        )
