"""The parts of a parsed script: passages with their voices, and notes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from ..utils.streaming.contract.segment import ParamValue, SourceSpan
from .offset_map import MappedTextBuilder, OffsetMap

EMOTION = "emotion"
"""The parameter that sets the mood of a passage, unless the engine has a parameter of this name."""
COMMON_PARAMS = ("speed", "seed", "gain", EMOTION)
"""The parameters of every engine: the speed (a factor), the seed (a number or `random`), the gain in dB, the mood."""

Params = tuple[tuple[str, ParamValue], ...]
"""Parameters that a script sets, sorted by name."""

ParamKeys = Callable[[str | None], Collection[str]]
"""Returns the engine-specific parameters of a speaker (None: the narrator), in addition to `COMMON_PARAMS`."""


class CastNames(Protocol):
    """The names of a cast."""

    def find(self, name: str) -> str | None:
        """Return the canonical name for a name or alias; "" for the narrator, None if unknown."""

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names that `name` may misspell, the nearest first."""


class ScriptNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A possible mistake in a script that isn't an error. `line` and `column` are 1-based."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class GivenPronunciation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pronunciation in IPA of `[start, end)` of a text, given by a script or a lexicon.

    `source` is the word in the script, with its markup.
    """

    start: int
    end: int
    phonemes: str
    source: SourceSpan


class SoundTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tag for a sound or mood at `position` of a text that doesn't contain it.

    `source` is the tag in the script, `written` its text there. Between two sentences it belongs to the second one if
    it `leads`.
    """

    position: int
    name: str
    written: str
    source: SourceSpan
    leads: bool


class ScriptPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that one voice speaks without a pause inside. No sentence crosses its ends.

    Attributes:
        source: The span of the script, including markup.
        text: The text to speak, without markup.
        offset_map: Maps the text to the script; None if they are identical.
        sounds: The tags of sounds and moods in it, in order. If it has nothing else, `text` is empty.
        speaker: A canonical name of the cast; None for the narrator.
        language: BCP-47; None for the speaker's language.
        pause_before_s: The sum of the pause tags before the passage; None without tags.
        pause_after_s: The sum of the pause tags after the last passage; None without tags.
        opens_block: Whether the passage is the first of the script or follows a blank line.
    """

    source: SourceSpan
    text: str
    offset_map: OffsetMap | None = None
    pronunciations: tuple[GivenPronunciation, ...] = ()
    sounds: tuple[SoundTag, ...] = ()
    speaker: str | None = None
    language: str | None = None
    params: Params = ()
    pause_before_s: float | None = None
    pause_after_s: float | None = None
    opens_block: bool = False

    def source_of(self, start: int, end: int) -> SourceSpan:
        """Return the span of the script for a span of the text."""
        if self.offset_map is None:
            return SourceSpan(self.source.start + start, self.source.start + end)
        return self.offset_map.to_source(start, end)

    def append_to(self, builder: MappedTextBuilder, start: int, end: int) -> None:
        """Append a span of the text unchanged."""
        if start >= end:
            return
        if self.offset_map is None:
            builder.append_verbatim(self.text[start:end], self.source.start + start)
            return
        runs = self.offset_map.part(start, end).runs
        for number, run in enumerate(runs):
            stop = runs[number + 1].start if number + 1 < len(runs) else end - start
            part = self.text[start + run.start : start + stop]
            if run.verbatim:
                builder.append_verbatim(part, run.source_start)
            else:
                builder.append_replacement(part, run.source_start, run.source_end)
