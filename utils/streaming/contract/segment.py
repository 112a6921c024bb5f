"""Segments: text to speak or audio to recognize. Each is cached, retried and reported as a whole."""

from __future__ import annotations

from pathlib import PurePath

import msgspec

from .voice import Voice

ParamValue = bool | int | float | str
"""The value of an engine's own parameter."""


class TextPayload(msgspec.Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    """Text to speak, as the user wrote it."""

    text: str


class AudioPayload(msgspec.Struct, frozen=True, tag="audio", forbid_unknown_fields=True):
    """Audio to recognize: `pcm` is mono float32, little-endian, `[n_samples]` as bytes; `sample_rate` in Hz."""

    pcm: bytes
    sample_rate: int


class FilePayload(msgspec.Struct, frozen=True, tag="file", forbid_unknown_fields=True):
    """A part of a media file to recognize, from `start_s` to `end_s` (None: to its end), decoded in the worker.

    `digest` identifies the file's content. The maker of a payload must check that its user may read `path`.
    """

    path: str
    digest: str
    start_s: float = 0.0
    end_s: float | None = None


Payload = TextPayload | AudioPayload | FilePayload


class TimeSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The segment's range on the job's timeline, in seconds."""

    start_s: float
    end_s: float


class SourceSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A half-open range of characters (Unicode code points) of the text that the user gave."""

    start: int
    end: int


class SegmentContext(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text around the segment, for engines whose output depends on it."""

    previous_text: str | None = None
    next_text: str | None = None
    prompt: str | None = None


class StreamingSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The work of one request to an engine. All engines take the same type.

    Args:
        index: Its position in the job, from 0. Negative for a segment that is spoken only to measure its voice: if it
            fails, the job goes on.
        payload: The text or audio.
        engine: The engine's name.
        model: The model's name; empty for the default model, or the first one that has the language.
        voice: The voice; None for the engine's own choice.
        language: BCP-47, or None.
        speed: A factor; 1.0 is the voice's own speed.
        seed: Makes a random engine repeatable; with None, the seed is random and the segment isn't cached.
        params: The engine's own settings, declared in its `engine.toml`.
        tempo: A factor by which the job speeds up the finished audio, its pitch kept, for an engine without speed
            control. The engine doesn't use it, and it isn't part of the cache key.
        pause_before_s, pause_after_s, slot, source: Where the audio goes. They don't change it, so they aren't part of
            the cache key.
        context: The text around it.
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
    tempo: float = 1.0
    pause_before_s: float = 0.0
    pause_after_s: float = 0.0
    slot: TimeSlot | None = None
    source: SourceSpan | None = None
    context: SegmentContext | None = None

    @property
    def text(self) -> str:
        """The text to speak, or a short description of the audio to recognize, for messages."""
        if isinstance(self.payload, TextPayload):
            return self.payload.text
        if isinstance(self.payload, FilePayload):
            end = "" if self.payload.end_s is None else f"{self.payload.end_s:.2f} s"
            return f"<{PurePath(self.payload.path).name}, {self.payload.start_s:.2f} s to {end or 'its end'}>"
        duration_s = len(self.payload.pcm) / 4 / max(self.payload.sample_rate, 1)
        return f"<{duration_s:.2f} s of audio>"
