"""What engine and voice nodes hand to the others."""

from __future__ import annotations

import msgspec

from ...utils.streaming import ParamValue


class EngineValue(msgspec.Struct, frozen=True, kw_only=True):
    """An engine as a node describes it. An empty `model` or `voice` and a `language` of None are its own defaults."""

    name: str
    model: str = ""
    voice: str = ""
    language: str | None = None
    params: dict[str, ParamValue] = {}
    workers: int = 1


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A voice to imitate: float32 little-endian mono at `sample_rate` Hz, with what is said in it where it's known."""

    pcm: bytes
    sample_rate: int
    transcript: str | None = None


class LexiconValue(msgspec.Struct, frozen=True, kw_only=True):
    """How words are spoken: the contents of lexicons that can be read, the later ones going before."""

    contents: tuple[str, ...] = ()


class VoiceValue(msgspec.Struct, frozen=True, kw_only=True):
    """A voice: a name or a mix as users write it, or a recording."""

    name: str = ""
    language: str | None = None
    recording: Recording | None = None
