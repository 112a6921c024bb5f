"""What was dubbed, and where: the numbers are where the audio is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..speech_job import Status
from .lines import Skipped, Unmapped
from .rules import DubMode, DubRules


class DubbedCue(msgspec.Struct, frozen=True, kw_only=True):
    """A cue as it was dubbed, or one person's part of it (`part`, from 0, of `parts`).

    `index` is its place in the cues as they were given; `text` is what stands in the file, `spoken_text` what was said
    of it. The samples are where the audio is, in the report's rate; times in seconds are those samples in seconds.
    `predicted_s` is how long it was expected to be at `speed` (None: not predicted), `spoken_s` how long the engine
    made it, and `stretch` the factor by which that was made longer or shorter. `shift_s` is how much later than its
    slot it starts; `borrowed_s` how far it reaches into the silent gap behind its slot, and `overrun_s` how far beyond
    that: by so much it pushes what follows.
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
    stretch: float = 1.0
    shift_s: float = 0.0
    borrowed_s: float = 0.0
    overrun_s: float = 0.0
    late: bool = False
    """Whether it starts later than the tolerance allows."""
    message: str = ""
    cached: bool = False

    @property
    def label(self) -> str:
        """The cue's number for people, from 1 on, with a letter for a part of it."""
        part = "" if self.parts == 1 else chr(ord("a") + self.part) if self.part < 26 else f".{self.part + 1}"
        return f"{self.index + 1}{part}"


class DubSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How well a dub fits: numbers of lines, and the greatest shift and overrun.

    `in_slot` were over within their slot, `in_gap` within the silent gap behind it, and `overran` pushed what follows;
    `hurried`, `slowed` and `stretched` say by what means, `late` how many start later than the tolerance.
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
    greatest_shift_s: float
    greatest_overrun_s: float


class DubReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was dubbed, and where; `notes` say what an engine couldn't do for it."""

    sample_rate: int
    duration_s: float
    mode: DubMode
    rules: DubRules
    summary: DubSummary
    cues: tuple[DubbedCue, ...]
    skipped: tuple[Skipped, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()


def summary(cues: Sequence[DubbedCue], own_speeds: Sequence[float]) -> DubSummary:
    """Return how well lines fit, given the speeds at which their speakers speak on their own."""
    spoken = [(cue, own) for cue, own in zip(cues, own_speeds, strict=True) if cue.end_sample > cue.start_sample]
    return DubSummary(
        lines=len(cues),
        in_slot=sum(not cue.borrowed_s and not cue.overrun_s for cue, _ in spoken),
        in_gap=sum(bool(cue.borrowed_s) and not cue.overrun_s for cue, _ in spoken),
        overran=sum(bool(cue.overrun_s) for cue, _ in spoken),
        hurried=sum(cue.speed > own for cue, own in spoken),
        slowed=sum(cue.speed < own for cue, own in spoken),
        stretched=sum(cue.stretch != 1 for cue, _ in spoken),
        shifted=sum(bool(cue.shift_s) for cue, _ in spoken),
        late=sum(cue.late for cue, _ in spoken),
        failed=sum(cue.status == "failed" for cue in cues),
        greatest_shift_s=max((cue.shift_s for cue, _ in spoken), default=0.0),
        greatest_overrun_s=max((cue.overrun_s for cue, _ in spoken), default=0.0),
    )
