"""The job that dubs subtitles: events of its segments in, final audio and a report out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...media.audio.stretch import stretch
from ...media.subtitles import Cue, TimedText
from ...utils.streaming import StreamingSegment, TimeSlot
from ...utils.streaming.contract.registry import EngineRegistry
from ..levels.leveling import Leveling
from ..licenses import UsedLicense, licenses_of
from ..speak.utterances import Normalizers
from ..speech_job import Layout, PlacedSegment, SequentialLayout, SpeechJob
from ..voices.cast import Cast
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import resolve_speakers
from .cue_parts import CuePart, CueParts, place_parts, split_cues
from .plan import fitted_length
from .report import DubbedCue, DubReport, summary
from .rules import DubMode, DubRules
from .slots import Slot, SlotLayout, Window

MAX_HELD_S = 300.0
"""Longer audio of a part is laid as it arrives and isn't stretched: holding it back would take too much memory."""


class DubJob(SpeechJob):
    """Dubs subtitles: one segment for each part of a cue (`parts`).

    A part that may have to be stretched is held back until it is complete; memory is bounded by one such part.

    Attributes:
        parts: The spoken parts, in order of the slots.
        slots: The slot of each part, in samples.
        skipped: Sound descriptions that aren't spoken.
        unmapped: Speakers that aren't in the cast.
        predicted: The expected length of each part in samples, after `fit`; None where unknown.
        own_speeds: The speed of each part's speaker, before `fit`.
        notes: The limits of engines in this dub, and what happens instead, for the report.
        licenses: The licenses of the models that speak, likewise.
    """

    def __init__(
        self,
        cues: Sequence[Cue],
        split: CueParts,
        parts: Sequence[CuePart],
        slots: Sequence[Slot],
        segments: Sequence[StreamingSegment],
        *,
        mode: DubMode,
        rules: DubRules,
        sample_rate: int,
        gains: Sequence[float],
        notes: Sequence[str] = (),
        voice_notes: tuple[str, ...] = (),
        licenses: tuple[UsedLicense, ...] = (),
        leveling: Leveling | None = None,
    ) -> None:
        self.cues = cues
        self.parts = parts
        self.slots = slots
        self.mode = mode
        self.rules = rules.of(mode)
        self.own_speeds = [_heard_speed(segment) for segment in segments]
        self.predicted: list[int | None] = [None] * len(parts)
        self.notes = list(notes)
        self._voice_notes = voice_notes
        self.licenses = licenses
        self.skipped = split.skipped
        self.unmapped = split.unmapped
        self._gains = gains
        self._windows: list[Window | None] = []
        self._spoken: list[int] = []
        self._n_taken = 0
        self._held: list[NDArray[np.float32]] | None = None
        layout: Layout = SequentialLayout([0] * len(parts)) if mode is DubMode.CONCATENATE else self.new_layout()
        ceiling_db = -1.0 if _may_clip(slots, gains, mode) else None
        super().__init__(segments, layout, sample_rate, leveling, ceiling_db=ceiling_db)

    @property
    def voice_notes(self) -> tuple[str, ...]:
        """What users should know of the recordings that the speakers imitate."""
        return self._voice_notes

    def new_layout(self) -> SlotLayout:
        """Return a new layout of the parts, to plan with."""
        return SlotLayout(self.slots, keeps_lag=self.mode is DubMode.PAD)

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            window = self._layout.window(index) if isinstance(self._layout, SlotLayout) else None
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
        if self._n_taken > MAX_HELD_S * self.sample_rate:
            self.notes.append(f"part {len(self._windows)} is longer than {MAX_HELD_S:g} s; it is not stretched")
            self._lay_held()

    def _complete(self, index: int, *, failed: bool) -> None:
        self._spoken.append(self._n_taken)
        window = self._windows[index]
        if self._held is None:
            return
        assert window is not None
        n_fitted = fitted_length(self._n_taken, window, self.mode, self.rules)
        if failed or n_fitted == self._n_taken:
            self._lay_held()
        else:
            samples = np.concatenate(self._held)
            self._held = None
            self._lay(stretch(samples, self.sample_rate, n_fitted))

    def _lay_held(self) -> None:
        held, self._held = self._held, None
        for samples in held or ():
            self._lay(samples)

    def report(self) -> DubReport:
        """Return the report of the parts that are finished."""
        rate = self.sample_rate
        cues = tuple(self._dubbed(placed) for placed in self.placed)
        return DubReport(
            sample_rate=rate,
            duration_s=self.n_samples / rate,
            mode=self.mode,
            rules=self.rules,
            summary=summary(cues, self.own_speeds[: len(cues)]),
            cues=cues,
            skipped=self.skipped,
            unmapped=self.unmapped,
            notes=tuple(dict.fromkeys([*self.notes, *(note for placed in self.placed for note in placed.notes)])),
            voice_notes=self.voice_notes,
            levels=self.levels,
            licenses=self.licenses,
        )

    def _dubbed(self, placed: PlacedSegment) -> DubbedCue:
        rate, index = self.sample_rate, placed.index
        part, slot, window = self.parts[index], self.slots[index], self._windows[index]
        cue, n_spoken, n_predicted = self.cues[part.cue], self._spoken[index], self.predicted[index]
        shift = borrowed = overrun = 0
        if window is not None:
            shift = placed.start_sample - slot.start
            room_end = placed.end_sample if window.room_end is None else window.room_end
            borrowed = max(0, min(placed.end_sample, room_end) - max(window.slot_end, placed.start_sample))
            overrun = max(0, placed.end_sample - room_end) if placed.end_sample > placed.start_sample else 0
        n_laid = placed.end_sample - placed.start_sample
        return DubbedCue(
            index=part.cue,
            part=part.part,
            parts=part.parts,
            number=cue.number or "",
            text=part.source,
            spoken_text=part.spoken,
            performed=part.performed,
            speaker=part.speaker,
            slot_start_s=slot.start / rate if part.parts > 1 else cue.start_s,
            slot_end_s=slot.end / rate if part.parts > 1 else cue.end_s,
            slot_start_sample=slot.start,
            slot_end_sample=slot.end,
            start_s=placed.start_sample / rate,
            end_s=placed.end_sample / rate,
            start_sample=placed.start_sample,
            end_sample=placed.end_sample,
            status=placed.status,
            predicted_s=None if n_predicted is None else n_predicted / rate,
            spoken_s=n_spoken / rate,
            speed=_heard_speed(self.segments[index]),
            stretch=n_laid / n_spoken if n_spoken else 1.0,
            shift_s=shift / rate,
            borrowed_s=borrowed / rate,
            overrun_s=overrun / rate,
            late=self.mode is not DubMode.PAD and shift > self.rules.tolerance_s * rate,
            message=placed.message,
            cached=placed.cached,
        )

    def subtitles(self) -> list[TimedText]:
        """Return the cues at the times of their audio; cues without audio are left out (the report has them).

        A cue with several parts lasts from the start of the first to the end of the last.
        """
        spans: dict[int, tuple[int, int]] = {}
        for placed in self.placed:
            if placed.end_sample > placed.start_sample:
                start, end = spans.get(self.parts[placed.index].cue, (placed.start_sample, 0))
                spans[self.parts[placed.index].cue] = (start, max(end, placed.end_sample))
        return [
            TimedText.from_samples(start, end, self.sample_rate, self.cues[cue].text, self.cues[cue].speaker)
            for cue, (start, end) in spans.items()
        ]


def _heard_speed(segment: StreamingSegment) -> float:
    """Return the speed that a listener hears: the engine's, or that of the tempo change."""
    return segment.speed * segment.tempo


def _may_clip(slots: Sequence[Slot], gains: Sequence[float], mode: DubMode) -> bool:
    """Return whether the mix may be louder than each voice: slots of two speakers overlap, or a gain is positive.

    Otherwise the audio stays exactly as the engines made it.
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
        # The two speakers that end last: at least one of them isn't the speaker of the next slot.
        latest = sorted(
            {
                *((end, speaker) for end, speaker in latest if speaker != slot.speaker),
                (ends[slot.speaker], slot.speaker),
            }
        )[-2:]
    return False


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
    perform_sounds: bool = False,
    leveling: Leveling | None = None,
    normalize: bool = True,
    name_emoji: bool = False,
) -> DubJob:
    """Return the job that dubs cues, in order of their start. In modes that choose speeds, call `fit` before it runs.

    Args:
        cues: The cues, in any order.
        speaker: The speaker; with a cast, the fallback speaker, unless the cast has a narrator.
        registry: The engines.
        mode: The placement of cues in time.
        sample_rate: Of the output, in Hz; None for the native rate of the narrator's engine.
        rules: Limits of speed, stretch and delay.
        cast: The speakers by name. Speakers that aren't in it are listed in the report.
        keep_sounds: Whether sound descriptions are spoken; if not, they are listed in the report.
        perform_sounds: Whether engines perform the sounds and moods that they have (`(laughs)`, `[whispering]`).
        leveling: Brings all voices to one loudness; None to leave them as they are.
        normalize: Whether to put numbers, signs and abbreviations into words, and leave markup and emoji out.
        name_emoji: Whether to say the names of emoji instead.

    Raises:
        CastError: The cast can't be used.
        UnknownEngineError: There is no such engine, or none is ready.
        ValueError: There are no cues or no spoken parts, or an engine doesn't support a speaker's settings.
    """
    if not cues:
        raise ValueError("nothing to dub: there are no cues")
    speakers = resolve_speakers(speaker, registry, cast)
    normalizers = Normalizers(normalize=normalize, name_emoji=name_emoji)
    split = split_cues(cues, speakers, normalizers, keep_sounds=keep_sounds, perform_sounds=perform_sounds)
    if not split.parts and not split.skipped:
        raise ValueError("nothing to dub: no cue has words to speak")
    if not split.parts:
        raise ValueError(
            "nothing to dub: all cues are sound descriptions; use keep_sounds to speak them, or perform_sounds with an "
            "engine that has them"
        )
    rate = sample_rate or speakers.narrator.spec.native_sample_rate
    parts, slots = place_parts(split.parts, cues, rate)
    resolved = [speakers.resolve(part.speaker) if part.in_cast else speakers.narrator for part in parts]
    segments = [
        part_speaker.segment(
            index, part.payload, slot=TimeSlot(slot.start / rate, slot.end / rate), is_awaited=index == 0
        )
        for index, (part, slot, part_speaker) in enumerate(zip(parts, slots, resolved, strict=True))
    ]
    return DubJob(
        cues,
        split,
        parts,
        slots,
        segments,
        mode=mode,
        rules=rules or DubRules(),
        sample_rate=rate,
        gains=[part_speaker.gain for part_speaker in resolved],
        notes=tuple(dict.fromkeys([*(note for one in resolved for note in one.notes), *split.notes])),
        voice_notes=speakers.voice_notes,
        leveling=leveling,
        licenses=licenses_of((part_speaker.spec, part_speaker.model) for part_speaker in resolved),
    )
