"""The report of a dub: each cue, its slot, and the position of its audio."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..levels.leveling import VoiceLevel
from ..licenses import UsedLicense
from ..speech_job import Status
from .cost import JUMP
from .cue_parts import SkippedSound, SpeakerLabel, UnlistedSpeaker
from .rules import DubMode, DubRules


class DubbedCue(msgspec.Struct, frozen=True, kw_only=True):
    """A dubbed cue, or one speaker's part of it: part `part` (from 0) of `parts`.

    Attributes:
        index: The index of the cue, as the cues were given.
        text: The text in the file; `spoken_text` is the part of it that was spoken.
        performed: The sounds and moods that the engine performed, by its own names.
        start_sample: Where the audio starts, in the report's rate; `start_s` is the same in seconds.
        predicted_s: The expected length at `speed`; None if not predicted.
        spoken_s: The length of the engine's audio; `stretch` is the factor by which it was stretched.
        own_speed: The speed of its speaker, from which `speed` was chosen.
        shift_s: How much later than its slot it starts.
        borrowed_s: How far it extends into the silent gap after its slot.
        overrun_s: How far it extends beyond the gap: the next cues are delayed by this.
        overlap_s: How long it is heard together with cues before it.
        joined: Whether it was spoken in one breath with the cue before it: a sentence runs over both.
    """

    index: int
    part: int = 0
    parts: int = 1
    number: str = ""
    text: str
    spoken_text: str
    speaker: str = ""
    slot_start_s: float
    slot_end_s: float
    slot_start_sample: int
    slot_end_sample: int
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    status: Status
    predicted_s: float | None = None
    spoken_s: float
    speed: float = 1.0
    own_speed: float = 1.0
    stretch: float = 1.0
    shift_s: float = 0.0
    borrowed_s: float = 0.0
    overrun_s: float = 0.0
    overlap_s: float = 0.0
    joined: bool = False
    late: bool = False
    """It starts later than the tolerance allows."""
    message: str = ""
    cached: bool = False
    performed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The cue's number for users, from 1, with a letter for a part."""
        return cue_label(self.index, self.part, self.parts)


def cue_label(index: int, part: int, parts: int) -> str:
    """Return the number for users of part `part` of a cue: from 1, with a letter if it has several parts."""
    letter = "" if parts == 1 else chr(ord("a") + part) if part < 26 else f".{part + 1}"
    return f"{index + 1}{letter}"


class DubSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The fit of a dub: numbers of cues and parts, and the greatest shift and overrun.

    `in_slot` ended within their slot, `in_gap` within the silent gap after it, and `overran` delayed the next cues.
    `hurried` and `slowed` were spoken at another speed, `stretched` were stretched, `late` exceed the tolerance.
    `jumps` are changes of a speaker's speed by 0.2 or more, `joined` cues share a breath with the one before.
    """

    lines: int
    in_slot: int
    in_gap: int
    overran: int
    hurried: int
    slowed: int
    stretched: int
    shifted: int
    late: int
    failed: int
    jumps: int
    joined: int
    greatest_shift_s: float
    greatest_overrun_s: float
    greatest_overlap_s: float


class DubReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a dub. `notes` are on the subtitles and on engines, `voice_notes` on recordings as voices.

    `labels` are the names of speakers in the texts, which aren't spoken. `levels` are the gains of the voices; empty if
    levels are off. `licenses` are those of the models that spoke.
    """

    sample_rate: int
    duration_s: float
    mode: DubMode
    rules: DubRules
    summary: DubSummary
    cues: tuple[DubbedCue, ...]
    skipped: tuple[SkippedSound, ...] = ()
    unmapped: tuple[UnlistedSpeaker, ...] = ()
    labels: tuple[SpeakerLabel, ...] = ()
    notes: tuple[str, ...] = ()
    voice_notes: tuple[str, ...] = ()
    levels: tuple[VoiceLevel, ...] = ()
    licenses: tuple[UsedLicense, ...] = ()


def summary(cues: Sequence[DubbedCue]) -> DubSummary:
    """Return the fit of the parts."""
    spoken = [cue for cue in cues if cue.end_sample > cue.start_sample]
    return DubSummary(
        lines=len(cues),
        in_slot=sum(not cue.borrowed_s and not cue.overrun_s for cue in spoken),
        in_gap=sum(bool(cue.borrowed_s) and not cue.overrun_s for cue in spoken),
        overran=sum(bool(cue.overrun_s) for cue in spoken),
        hurried=sum(cue.speed > cue.own_speed for cue in spoken),
        slowed=sum(cue.speed < cue.own_speed for cue in spoken),
        stretched=sum(cue.stretch != 1 for cue in spoken),
        shifted=sum(bool(cue.shift_s) for cue in spoken),
        late=sum(cue.late for cue in spoken),
        failed=sum(cue.status == "failed" for cue in cues),
        jumps=_jumps(spoken),
        joined=sum(cue.joined for cue in spoken),
        greatest_shift_s=max((cue.shift_s for cue in spoken), default=0.0),
        greatest_overrun_s=max((cue.overrun_s for cue in spoken), default=0.0),
        greatest_overlap_s=max((cue.overlap_s for cue in spoken), default=0.0),
    )


def _jumps(spoken: Sequence[DubbedCue]) -> int:
    """Return how often a speaker's speed changes by `JUMP` or more of their own."""
    last: dict[str, float] = {}
    jumps = 0
    for cue in spoken:
        factor = cue.speed / cue.own_speed
        jumps += abs(factor - last.get(cue.speaker, factor)) >= JUMP - 1e-6
        last[cue.speaker] = factor
    return jumps
