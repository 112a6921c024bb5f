"""The content of a subtitle file: its cues, and notes about all fixes."""

from __future__ import annotations

from typing import Literal

import msgspec

from .cue import Cue, VoiceText

SubtitleFormat = Literal["srt", "vtt", "ass", "ssa"]
"""The formats that can be read: SubRip, WebVTT, Advanced SubStation Alpha and SubStation Alpha."""

NoteKind = Literal[
    "blank-line",
    "empty",
    "encoding",
    "format",
    "ignored",
    "markup",
    "number",
    "overlap",
    "time",
    "unsorted",
    "voices",
    "zero-length",
]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fix, a guess or a skipped part of the file. `line` is 1-based."""

    line: int
    kind: NoteKind
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class SubtitleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a subtitle file: `cues` in order of their start, `notes` in order of their lines."""

    cues: tuple[Cue, ...]
    format: SubtitleFormat
    encoding: str
    notes: tuple[Note, ...] = ()


class RawCue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue as parsed, before the file is checked as a whole."""

    start_ms: int
    end_ms: int
    text: str
    line: int
    speaker: str = ""
    number: str | None = None
    voices: tuple[VoiceText, ...] = ()
