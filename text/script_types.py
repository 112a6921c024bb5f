"""What a script is made of: pieces of text with their voice, and what was noted or wrong about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from ..utils.streaming.contract.segment import ParamValue, SourceSpan
from .offset_map import Places

COMMON_PARAMS = ("speed", "seed", "gain")
"""What a tag can set whatever the engine: the speed (a factor), the seed (a number, or `random`), the gain in dB."""

Params = tuple[tuple[str, ParamValue], ...]
"""Parameters that a script sets, ordered by their names."""

ParamKeys = Callable[[str | None], Collection[str]]
"""Returns the engine's own parameters that a speaker has (None is the narrator), beyond `COMMON_PARAMS`."""


class ScriptNames(Protocol):
    """The cast, as a script needs to know it."""

    def find(self, name: str) -> str | None:
        """Return the canonical name of who is called so (by name or alias), "" for the narrator, None if nobody is."""

    def near(self, name: str) -> tuple[str, ...]:
        """Return names that the given one may be a misspelling of, the nearest first."""


class ScriptError(ValueError):
    """A script, or a lexicon, that can't be read as it is.

    `line` and `column` are 1-based, 0 where the fault has no place; the message then starts with `line N, column M: `.
    `reason` is the message without the place, `nearest` what may have been meant.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0, nearest: tuple[str, ...] = ()) -> None:
        place = f"line {line}, column {column}: " if column else f"line {line}: " if line else ""
        super().__init__(place + reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.nearest = nearest


class ScriptNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something in a script that isn't an error but may not be what was meant. `line` and `column` are 1-based."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch `[start, end)` of a text to speak whose pronunciation the user gave in IPA.

    `source` is the word and its markup in the script.
    """

    start: int
    end: int
    phonemes: str
    source: SourceSpan


class ScriptPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A run of text that one voice speaks without a pause between: no sentence crosses its ends.

    `source` is its stretch of the script, markup within it included; `text` is what to speak there, without markup, and
    `places` leads from it to the source (None: it stands there as it is). `speaker` is a canonical name of the cast,
    None for the narrator; `language` BCP-47, None for the speaker's own. `pause_before_s` is what pause tags before the
    piece add up to, `pause_after_s` what those behind the last one do; None where there are none. `opens_block` says
    that a blank line precedes it, or nothing.
    """

    source: SourceSpan
    text: str
    places: Places | None = None
    held: tuple[Held, ...] = ()
    speaker: str | None = None
    language: str | None = None
    params: Params = ()
    pause_before_s: float | None = None
    pause_after_s: float | None = None
    opens_block: bool = False
