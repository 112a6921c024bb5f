"""The content of a subtitle file: its cues, and notes about all fixes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ..errors import SubtitleError
from .cue import Cue, VoiceText

SubtitleFormat = Literal["srt", "vtt", "ass", "ssa", "sbv", "lrc", "microdvd", "mpl2", "ttml", "scc", "stl"]
"""The formats that can be read: SubRip, WebVTT, SubStation Alpha (two versions), YouTube's SBV, lyrics, MicroDVD, MPL2,
TTML and IMSC, Scenarist closed captions, and EBU STL."""

NoteKind = Literal[
    "blank-line",
    "empty",
    "encoding",
    "format",
    "ignored",
    "left-out",
    "line",
    "markup",
    "number",
    "overlap",
    "repeat",
    "replaced",
    "style",
    "time",
    "unsorted",
    "voices",
    "zero-length",
]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fix, a guess or a skipped part of the file. `line` is 1-based.

    The kind `left-out` is a cue whose time can't be read; all other cues are in the file.
    """

    line: int
    kind: NoteKind
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class Notes(list[Note]):
    """The notes on a file while it is read. If reading is strict, a fault of the file is an error instead of a note."""

    def __init__(self, notes: Iterable[Note] = (), *, strict: bool = False) -> None:
        super().__init__(notes)
        self.strict = strict

    def fault(self, line: int, kind: NoteKind, message: str, reason: str = "") -> None:
        """Add a note on a fault that was fixed. SubtitleError with the `reason` (default: the message) if strict."""
        if self.strict:
            raise SubtitleError(reason or message, line)
        self.append(Note(line, kind, message))


class SubtitleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a subtitle file: `cues` in order of their start, `notes` in order of their lines."""

    cues: tuple[Cue, ...]
    format: SubtitleFormat
    encoding: str
    notes: tuple[Note, ...] = ()

    @property
    def left_out(self) -> tuple[Note, ...]:
        """The cues that aren't in the file because their times can't be read."""
        return tuple(note for note in self.notes if note.kind == "left-out")


class RawCue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue as parsed, before the file is checked as a whole.

    `style` is that of SubStation, `marked` the text as written, with its markup.
    """

    start_ms: int
    end_ms: int
    line: int
    text: str = ""
    speaker: str = ""
    number: str | None = None
    voices: tuple[VoiceText, ...] = ()
    italics: tuple[tuple[int, int], ...] = ()
    place: int = 0
    style: str = ""
    marked: str = ""

    @property
    def lane(self) -> tuple[str, str]:
        """The style and the speaker: only cues with the same ones are parts of a text."""
        return self.style, self.speaker

    def continues(self, before: RawCue, max_gap_ms: int) -> bool:
        """Return whether the cue follows one of its lane, with a pause of at most `max_gap_ms`."""
        return self.lane == before.lane and self.start_ms - before.end_ms <= max_gap_ms


_MAX_LISTED = 3


def summarize(notes: Sequence[Note]) -> list[str]:
    """Return one line of text for each message, with the first lines of the file that it is about."""
    lines: dict[str, list[int]] = {}
    for note in notes:
        lines.setdefault(note.message, []).append(note.line)
    return [f"{_places(numbers)}: {message}" for message, numbers in lines.items()]


def _places(lines: list[int]) -> str:
    unique = list(dict.fromkeys(lines))
    if len(unique) == 1:
        return f"line {unique[0]}"
    listed = ", ".join(map(str, unique[:_MAX_LISTED]))
    return f"lines {listed}" + (f" and {len(unique) - _MAX_LISTED} more" if len(unique) > _MAX_LISTED else "")
