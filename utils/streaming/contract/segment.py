"""The unit of cache, retry, redo and report: one piece of speech to make, or of audio to recognise."""

from __future__ import annotations

from pathlib import PurePath

import msgspec

from .voice import Voice

ParamValue = bool | int | float | str
"""What an engine's own parameter may hold."""


class TextPayload(msgspec.Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    """Text to speak, as the user wrote it."""

    text: str


class AudioPayload(msgspec.Struct, frozen=True, tag="audio", forbid_unknown_fields=True):
    """Audio to recognise: `pcm` is mono float32, little-endian, `[n_samples]` as bytes; `sample_rate` in Hz."""

    pcm: bytes
    sample_rate: int


class FilePayload(msgspec.Struct, frozen=True, tag="file", forbid_unknown_fields=True):
    """A part of a media file to recognise, from `start_s` to `end_s` (None: its end), decoded where it is worked on.

    `digest` names the file's content. Who makes such a payload has checked that its user may read `path`.
    """

    path: str
    digest: str
    start_s: float = 0.0
    end_s: float | None = None


Payload = TextPayload | AudioPayload | FilePayload


class TimeSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where on the job's timeline the segment belongs, in seconds."""

    start_s: float
    end_s: float


class SourceSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A half-open range of characters (Unicode code points) of the text that the user gave."""

    start: int
    end: int


class SegmentContext(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around the segment, for engines whose output depends on it."""

    previous_text: str | None = None
    next_text: str | None = None
    prompt: str | None = None


class StreamingSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of work for an engine. Every engine takes it as it is.

    `index` counts from 0 within its job. `language` is BCP-47. `speed` is a factor, 1.0 being the voice's own.
    `seed` makes a random engine repeatable; None asks for a random one, and such a segment never uses the cache.
    `params` are the engine's own settings, declared in its `engine.toml`. `model` is empty for an engine that has one.
    The pauses, the slot and the source span say where the sound goes, not how it sounds: they aren't part of the key.
    """

    index: int
    payload: Payload
    engine: str
    model: str = ""
    voice: Voice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    pause_before_s: float = 0.0
    pause_after_s: float = 0.0
    slot: TimeSlot | None = None
    source: SourceSpan | None = None
    context: SegmentContext | None = None

    @property
    def text(self) -> str:
        """The text to speak, or a short description of the audio to recognise, for messages."""
        if isinstance(self.payload, TextPayload):
            return self.payload.text
        if isinstance(self.payload, FilePayload):
            end = "" if self.payload.end_s is None else f"{self.payload.end_s:.2f} s"
            return f"<{PurePath(self.payload.path).name}, {self.payload.start_s:.2f} s to {end or 'its end'}>"
        duration_s = len(self.payload.pcm) / 4 / max(self.payload.sample_rate, 1)
        return f"<{duration_s:.2f} s of audio>"
