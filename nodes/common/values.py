"""Values that engine, voice and lexicon nodes pass to other nodes."""

from __future__ import annotations

import msgspec

from ...utils.streaming import ParamValue


class EngineValue(msgspec.Struct, frozen=True, kw_only=True):
    """An engine with its settings. An empty `model` or `voice`, or a `language` of None, selects the default."""

    name: str
    model: str = ""
    voice: str = ""
    language: str | None = None
    params: dict[str, ParamValue] = {}
    low_latency: bool = False
    workers: int = 1


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A reference voice: float32 little-endian mono at `sample_rate` Hz, and its transcript if known."""

    pcm: bytes
    sample_rate: int
    transcript: str | None = None


class LexiconValue(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of valid lexicons. Later ones take precedence."""

    contents: tuple[str, ...] = ()


class VoiceValue(msgspec.Struct, frozen=True, kw_only=True):
    """A voice: a name, a mix such as `af_bella(2)+af_sky(1)`, or a recording."""

    name: str = ""
    language: str | None = None
    recording: Recording | None = None
