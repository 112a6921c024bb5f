"""What a dub will do, before anything is spoken: the time that each cue asks for and has, and what is too long."""

from __future__ import annotations

from typing import Literal

import msgspec

from .report import cue_label
from .rules import DubMode, DubRules

Fit = Literal["slot", "gap", "too long", "unknown"]


class PlannedCue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue, or one speaker's part of it, before it is spoken.

    Attributes:
        index: The index of the cue, as the cues were given.
        spoken_text: The text that will be spoken, of `characters` characters.
        asked_s: Its length at the speaker's own speed; None if the engine can't tell.
        slot_s: The length of its slot.
        available_s: From the start of its slot to the latest end that delays no other cue; None if there is no limit.
        planned_s: Its length at `speed`, with a stretch if it needs one.
        start_s: Where it will start; `shift_s` is how much later than its slot, and `end_s` where it will end.
        late: It will start later than the tolerance allows.
        fits: Whether it fits its slot, or the gap after it, at one of the speeds up to the maximum speed.
        shorten_to: How many characters would fit; None if it fits.
    """

    index: int
    part: int = 0
    parts: int = 1
    number: str = ""
    speaker: str = ""
    text: str
    spoken_text: str
    characters: int
    slot_start_s: float
    slot_end_s: float
    slot_s: float
    asked_s: float | None
    available_s: float | None
    planned_s: float | None
    speed: float
    start_s: float
    end_s: float
    shift_s: float
    late: bool
    fits: Fit
    shorten_to: int | None = None

    @property
    def label(self) -> str:
        """The cue's number for users, from 1, with a letter for a part."""
        return cue_label(self.index, self.part, self.parts)


class DubPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a dub. `too_long` and `late` are numbers of cues and parts; for `notes` see `DubReport`."""

    mode: DubMode
    rules: DubRules
    too_long: int
    late: int
    cues: tuple[PlannedCue, ...]
    notes: tuple[str, ...] = ()
