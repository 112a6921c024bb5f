"""A dub being made: the events of its lines in, final audio out, and a report of where everything is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.limiter import Limiter
from ...media.audio.stretch import stretch
from ...media.subtitles import Cue, TimedText
from ...utils.streaming import StreamEvent, StreamingSegment, TimeSlot
from ...utils.streaming.contract.registry import EngineRegistry
from ..speech_job import Layout, OneAfterTheOther, Placed, SpeechJob
from ..voices.cast import Cast, Member
from ..voices.speaker import Speaker
from .lines import Line, Lines, in_slots, read_lines
from .plan import fitted_length
from .report import DubbedCue, DubReport, DubSummary, summary
from .rules import DubMode, DubRules
from .slots import Slot, Slotted, Window

MOST_HELD_S = 300.0
"""A line whose audio is longer than this is laid as it comes: holding it back for a stretch would take its memory."""


class DubJob(SpeechJob):
    """Subtitles being dubbed. `lines` are what is spoken, one segment each; `predicted` their expected lengths.

    `read` has what isn't spoken, too. A line that may have to be stretched is held back until it is complete; memory
    is bounded by one such line.
    """

    def __init__(
        self,
        cues: Sequence[Cue],
        read: Lines,
        lines: Sequence[Line],
        slots: Sequence[Slot],
        segments: Sequence[StreamingSegment],
        *,
        mode: DubMode,
        rules: DubRules,
        sample_rate: int,
        gains: Sequence[float],
    ) -> None:
        self.cues = cues
        self.lines = lines
        self.slots = slots
        self.mode = mode
        self.rules = rules.of(mode)
        self.own_speeds = [segment.speed for segment in segments]
        self.predicted: list[int | None] = [None] * len(lines)
        self.notes: list[str] = []
        self.read = read
        self._gains = gains
        self._windows: list[Window | None] = []
        self._spoken: list[int] = []
        self._n_taken = 0
        self._held: list[NDArray[np.float32]] | None = None
        layout: Layout = OneAfterTheOther([0] * len(lines)) if mode is DubMode.CONCATENATE else self.new_layout()
        super().__init__(segments, layout, sample_rate)
        self._limiter = Limiter(sample_rate) if _may_clip(slots, gains, mode) else None

    def new_layout(self) -> Slotted:
        """Return a fresh layout of the lines, to plan with."""
        return Slotted(self.slots, keeps_lag=self.mode is DubMode.PAD)

    def feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        """Take an event in and yield the blocks that became final."""
        for block in super().feed(event):
            yield from self._limited(block)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rest, once every event was fed."""
        for block in super().finish():
            yield from self._limited(block)
        if self._limiter is not None:
            yield from _if_any(self._limiter.flush())

    def _limited(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        if self._limiter is None:
            yield block
        else:
            yield from _if_any(self._limiter.process(block))

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            window = self._layout.window(index) if isinstance(self._layout, Slotted) else None
            self._windows.append(window)
            self._n_taken = 0
            self._held = [] if window is not None and self._may_stretch(window) else None
        super()._begin(index)

    def _may_stretch(self, window: Window) -> bool:
        has_slot = self.mode is DubMode.STRETCH and window.slot_end > window.start
        return bool(self.rules.max_stretch) and (has_slot or window.room_end is not None)

    def _take(self, samples: NDArray[np.float32]) -> None:
        gain = self._gains[len(self._windows) - 1]
        if gain != 1:
            samples = samples * np.float32(gain)
        self._n_taken += samples.size
        if self._held is None:
            self._lay(samples)
            return
        self._held.append(samples)
        if self._n_taken > MOST_HELD_S * self.sample_rate:
            self.notes.append(f"line {len(self._windows)} speaks for more than {MOST_HELD_S:g} s; it isn't stretched")
            self._lay_held()

    def _complete(self, index: int, *, failed: bool) -> None:
        self._spoken.append(self._n_taken)
        window = self._windows[index]
        if self._held is None:
            return
        assert window is not None
        n_wanted = fitted_length(self._n_taken, window, self.mode, self.rules)
        if failed or n_wanted == self._n_taken:
            self._lay_held()
        else:
            whole = np.concatenate(self._held)
            self._held = None
            self._lay(stretch(whole, self.sample_rate, n_wanted))

    def _lay_held(self) -> None:
        held, self._held = self._held, None
        for samples in held or ():
            self._lay(samples)

    def report(self) -> DubReport:
        """Return what was dubbed so far."""
        rate = self.sample_rate
        cues = tuple(self._dubbed(place) for place in self.placed)
        return DubReport(
            sample_rate=rate,
            duration_s=self.n_samples / rate,
            mode=self.mode,
            rules=self.rules,
            summary=summary(cues, self.own_speeds[: len(cues)]),
            cues=cues,
            skipped=self.read.skipped,
            unmapped=self.read.unmapped,
            notes=tuple(self.notes),
        )

    def _dubbed(self, place: Placed) -> DubbedCue:
        rate, index = self.sample_rate, place.index
        line, slot, window = self.lines[index], self.slots[index], self._windows[index]
        cue, n_spoken, n_predicted = self.cues[line.cue], self._spoken[index], self.predicted[index]
        shift = borrowed = overrun = 0
        if window is not None:
            shift = place.start_sample - slot.start
            room_end = place.end_sample if window.room_end is None else window.room_end
            borrowed = max(0, min(place.end_sample, room_end) - max(window.slot_end, place.start_sample))
            overrun = max(0, place.end_sample - room_end) if place.end_sample > place.start_sample else 0
        n_laid = place.end_sample - place.start_sample
        return DubbedCue(
            index=line.cue,
            part=line.part,
            parts=line.parts,
            number=cue.number or "",
            text=line.source,
            spoken_text=line.spoken,
            speaker=line.speaker,
            slot_start_s=slot.start / rate if line.parts > 1 else cue.start_s,
            slot_end_s=slot.end / rate if line.parts > 1 else cue.end_s,
            slot_start_sample=slot.start,
            slot_end_sample=slot.end,
            start_s=place.start_sample / rate,
            end_s=place.end_sample / rate,
            start_sample=place.start_sample,
            end_sample=place.end_sample,
            status=place.status,
            predicted_s=None if n_predicted is None else n_predicted / rate,
            spoken_s=n_spoken / rate,
            speed=self.segments[index].speed,
            stretch=n_laid / n_spoken if n_spoken else 1.0,
            shift_s=shift / rate,
            borrowed_s=borrowed / rate,
            overrun_s=overrun / rate,
            late=self.mode is not DubMode.PAD and shift > self.rules.tolerance_s * rate,
            message=place.message,
            cached=place.cached,
        )

    def subtitles(self) -> list[TimedText]:
        """Return the cues at the times of their audio; those without any are left out (the report names them).

        Times of a cue with several parts are from the start of its first to the end of its last.
        """
        spans: dict[int, tuple[int, int]] = {}
        for place in self.placed:
            if place.end_sample > place.start_sample:
                start, end = spans.get(self.lines[place.index].cue, (place.start_sample, 0))
                spans[self.lines[place.index].cue] = (start, max(end, place.end_sample))
        return [
            TimedText.from_samples(start, end, self.sample_rate, self.cues[cue].text, self.cues[cue].speaker)
            for cue, (start, end) in spans.items()
        ]


def _if_any(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    if samples.size:
        yield samples


def _may_clip(slots: Sequence[Slot], gains: Sequence[float], mode: DubMode) -> bool:
    """Whether the mix may be louder than each of its voices: where lines of several overlap, or one is made louder.

    What can't be is left as the engines made it, however loud that is.
    """
    if any(gain > 1 for gain in gains):
        return True
    if mode is DubMode.CONCATENATE:
        return False
    ends: dict[str, int] = {}
    latest: list[tuple[int, str]] = []
    for slot in slots:
        if any(end > slot.start for end, speaker in latest if speaker != slot.speaker):
            return True
        ends[slot.speaker] = max(ends.get(slot.speaker, 0), slot.end)
        # The two that speak longest: one of them is another than who speaks next.
        latest = sorted(
            {
                *((end, speaker) for end, speaker in latest if speaker != slot.speaker),
                (ends[slot.speaker], slot.speaker),
            }
        )[-2:]
    return False


__all__ = ["DubJob", "DubMode", "DubReport", "DubRules", "DubSummary", "DubbedCue", "dub"]


def dub(
    cues: Sequence[Cue],
    speaker: Speaker,
    registry: EngineRegistry,
    *,
    mode: DubMode = DubMode.NATURAL,
    sample_rate: int | None = None,
    rules: DubRules | None = None,
    cast: Cast | None = None,
    keep_sounds: bool = False,
) -> DubJob:
    """Return the job that dubs cues, in order of their start. `fit` finds the speeds for modes that choose any.

    `speaker` speaks what no member of the `cast` does, unless the cast has a narrator of its own; who isn't in it is
    listed in the report. Sound descriptions are skipped, and listed too, unless they are kept. `sample_rate` is the
    output's in Hz, the narrator's engine's own by default. ValueError for no cues, or none of which anything is spoken,
    and for what an engine can't do.
    """
    if not cues:
        raise ValueError("there is nothing to dub: no cues")
    told = Member(name="", **msgspec.structs.asdict(speaker))
    settled = (cast or Cast()).with_narrator(told).check(registry) if cast is not None else Cast(narrator=told)
    narrator = settled.narrator
    assert narrator is not None
    spec = narrator.speaker().check(registry)
    read = read_lines(cues, settled, keep_sounds=keep_sounds)
    if not read.lines:
        raise ValueError("there is nothing to dub: all cues are sound descriptions; keep them to have them spoken")
    rate = sample_rate or spec.native_sample_rate
    lines, slots = in_slots(read.lines, cues, rate)
    members = [line.member or narrator for line in lines]
    return DubJob(
        cues,
        read,
        lines,
        slots,
        [
            _segment(index, line, slot, member, registry, rate)
            for index, (line, slot, member) in enumerate(zip(lines, slots, members, strict=True))
        ],
        mode=mode,
        rules=rules or DubRules(),
        sample_rate=rate,
        gains=[10 ** (member.gain_db / 20) for member in members],
    )


def _segment(
    index: int, line: Line, slot: Slot, member: Member, registry: EngineRegistry, sample_rate: int
) -> StreamingSegment:
    speaker = member.speaker()
    time_slot = TimeSlot(slot.start / sample_rate, slot.end / sample_rate)
    return speaker.segment(index, line.spoken, speaker.check(registry), slot=time_slot)
