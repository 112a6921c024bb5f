"""The job that dubs subtitles: events of its segments in, final audio and a report out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.edge_silence import EdgeSilence
from ...media.audio.stretch import stretch
from ...media.subtitles import Cue, TimedText
from ...utils.streaming import AudioChunk, StreamEvent, StreamingSegment, TimeSlot, Word
from ...utils.streaming.contract.registry import EngineRegistry
from ..levels.leveling import Leveling
from ..licenses import UsedLicense, licenses_of
from ..speak.utterances import Normalizers
from ..speech_job import Layout, PlacedSegment, SequentialLayout, SpeechJob
from ..voices.cast import Cast
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import resolve_speakers
from .cue_parts import CuePart, CueParts, cue_samples, place_parts, split_cues
from .divide import Divided, divide
from .dub_plan import DubPlan
from .plan import lay
from .report import DubbedCue, DubReport, summary
from .rules import DubMode, DubRules
from .sentences import SegmentText, segment_texts
from .slots import Slot, SlotLayout, Window

MAX_HELD_S = 300.0
"""Longer audio of a part is laid as it arrives and isn't stretched: holding it back would take too much memory."""


class _Place(NamedTuple):
    """Where a part's audio is, the time that it had, and how much of the engine's audio it is. In samples."""

    start: int
    end: int
    window: Window | None
    n_spoken: int


class _SegmentLayout(Layout):
    """The layout of segments, each of which speaks one or several parts."""

    def __init__(self, slots: SlotLayout, texts: Sequence[SegmentText]) -> None:
        self._slots = slots
        self._texts = texts

    def start(self, index: int) -> int:
        return self._slots.start(self._texts[index].parts[0])

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """The job has recorded the places of the parts."""

    def earliest(self, index: int, position: int) -> int:
        if index >= len(self._texts):
            return position
        return self._slots.earliest(self._texts[index].parts[0], position)


class DubJob(SpeechJob):
    """Dubs subtitles: a segment for each part of a cue (`parts`), or for the parts of a sentence that runs over cues.

    Audio is placed by its sound: the silence at its ends is left out. A segment that may have to be stretched, or whose
    length decides where it starts, is held back until it is complete; memory is bounded by one such segment.

    Attributes:
        parts: The spoken parts, in order of the slots.
        slots: The slot of each part, in samples.
        texts: What each segment speaks.
        skipped: Sound descriptions that aren't spoken.
        unmapped: Speakers that aren't in the cast.
        labels: The names in the texts, which aren't spoken.
        predicted: The expected length of each part in samples, after `fit`; None where unknown.
        fills: Whether each part is made as long as its slot, to a frame, after `fit` in `stretch`.
        plan: The plan, after `fit` in a mode that chooses speeds.
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
        texts: Sequence[SegmentText],
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
        self.texts = texts
        self.mode = mode
        self.rules = rules.of(mode)
        self.own_speeds = [
            _heard_speed(segment) for segment, text in zip(segments, texts, strict=True) for _ in text.parts
        ]
        self.plan: DubPlan | None = None
        self.predicted: list[int | None] = [None] * len(parts)
        self.fills = [False] * len(parts)
        self.notes = list(notes)
        self._voice_notes = voice_notes
        self.licenses = licenses
        self.skipped = split.skipped
        self.unmapped = split.unmapped
        self.labels = split.labels
        self._silent = split.silent
        self._gains = gains
        self._places: list[_Place] = []
        self._slot_layout = None if mode is DubMode.CONCATENATE else self.new_layout()
        self._edges = EdgeSilence(sample_rate)
        self._words: list[Word] = []
        self._n_taken = 0
        self._held: list[NDArray[np.float32]] | None = None
        layout: Layout = (
            SequentialLayout([0] * len(texts))
            if self._slot_layout is None
            else _SegmentLayout(self._slot_layout, texts)
        )
        ceiling_db = -1.0 if _may_clip(slots, gains, mode) else None
        super().__init__(segments, layout, sample_rate, leveling, ceiling_db=ceiling_db)

    @property
    def voice_notes(self) -> tuple[str, ...]:
        """What users should know of the recordings that the speakers imitate."""
        return self._voice_notes

    def new_layout(self) -> SlotLayout:
        """Return a new layout of the parts, to plan with."""
        return SlotLayout(self.slots, keeps_lag=self.mode is DubMode.PAD)

    def is_late(self, shift_samples: int) -> bool:
        """Return whether a start that long after its slot is later than the tolerance allows."""
        return self.mode is not DubMode.PAD and shift_samples > self.rules.tolerance_s * self.sample_rate

    def _feed(self, event: StreamEvent) -> Iterator[NDArray[np.float32]]:
        if isinstance(event, AudioChunk) and len(self.texts[event.index].parts) > 1:
            if self._start_sample is None:
                self._words = []
            self._words += event.words
        yield from super()._feed(event)

    def _begin(self, index: int) -> None:
        if self._start_sample is None:
            self._edges = EdgeSilence(self.sample_rate)
            self._n_taken = 0
            self._held = [] if self._must_hold(self.texts[index].parts) else None
        super()._begin(index)

    def _must_hold(self, parts: range) -> bool:
        layout = self._slot_layout
        if layout is None:
            return False
        if len(parts) > 1 or layout.needs_length(parts[0]):
            return True
        window = layout.window(parts[0])
        has_slot = self.mode is DubMode.STRETCH and window.slot_end > window.start
        return bool(self.rules.max_stretch) and (has_slot or window.room_end is not None)

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._add(self._edges.process(samples))

    def _add(self, samples: NDArray[np.float32]) -> None:
        index = len(self.placed)
        gain = self._gains[index]
        if gain != 1:
            samples = samples * np.float32(gain)
        self._n_taken += samples.size
        if self._held is None:
            self._lay(samples)
            return
        self._held.append(samples)
        if self._n_taken > MAX_HELD_S * self.sample_rate and len(self.texts[index].parts) == 1:
            number = self.texts[index].parts[0] + 1
            self.notes.append(f"part {number} is longer than {MAX_HELD_S:g} s; it is not stretched")
            self._lay_held(self.texts[index].parts[0])

    def _complete(self, index: int, *, failed: bool) -> None:
        self._add(self._edges.flush())
        text = self.texts[index]
        layout, first = self._slot_layout, text.parts[0]
        if self._held is None or layout is None:
            assert self._start_sample is not None
            window = None if layout is None else layout.window(first, self._start_sample)
            if layout is not None:
                layout.ended(first, self._start_sample, self._position)
            self._places.append(_Place(self._start_sample, self._position, window, self._n_taken))
            return
        samples = np.concatenate([*self._held, np.zeros(0, np.float32)])
        self._held = None
        divided = divide(samples, self.sample_rate, text, self._words, self._edges.n_trimmed)
        lengths = [one.n_sound for one in divided]
        rules = msgspec.structs.replace(self.rules, max_stretch=0.0) if failed else self.rules
        pauses = [one.samples.size - one.n_sound for one in divided]
        places = lay(layout, text.parts, lengths, self.mode, rules, pauses, is_exact=self.fills[first])
        self._start_sample = places[0][0]
        for one, (start, end, window) in zip(divided, places, strict=True):
            self._position = start
            self._lay(self._stretched(one, end - start))
            self._position = end
            self._places.append(_Place(start, end, window, one.n_sound))

    def _stretched(self, divided: Divided, n_wanted: int) -> NDArray[np.float32]:
        """Return a part's audio with the wanted length of its sound, and the pause after it."""
        if n_wanted == divided.n_sound:
            return divided.samples
        return stretch(divided.samples[: divided.n_sound], self.sample_rate, n_wanted)

    def _lay_held(self, part: int) -> None:
        """Lay a part as it arrives: it is too long to be held back."""
        held, self._held = self._held, None
        if self._slot_layout is not None and self._slot_layout.needs_length(part):
            self._start_sample = self._position = self._slot_layout.start_of(part, self._n_taken)
        for samples in held or ():
            self._lay(samples)

    def report(self) -> DubReport:
        """Return the report of the parts that are finished."""
        rate = self.sample_rate
        cues = self._dubbed()
        return DubReport(
            sample_rate=rate,
            duration_s=self.n_samples / rate,
            mode=self.mode,
            rules=self.rules,
            summary=summary(cues),
            cues=tuple(sorted([*cues, *map(self._silent_cue, self._silent)], key=lambda cue: cue.slot_start_sample)),
            skipped=self.skipped,
            unmapped=self.unmapped,
            labels=self.labels,
            notes=tuple(dict.fromkeys([*self.notes, *(note for placed in self.placed for note in placed.notes)])),
            voice_notes=self.voice_notes,
            levels=self.levels,
            licenses=self.licenses,
        )

    def _dubbed(self) -> tuple[DubbedCue, ...]:
        cues: list[DubbedCue] = []
        heard_until = 0
        for placed in self.placed:
            for part in self.texts[placed.index].parts:
                place = self._places[part]
                overlap = max(0, min(heard_until, place.end) - place.start)
                heard_until = max(heard_until, place.end)
                cues.append(self._dubbed_part(part, placed, place, overlap))
        return tuple(cues)

    def _silent_cue(self, index: int) -> DubbedCue:
        cue = self.cues[index]
        start, end = cue_samples(cue, self.sample_rate)
        return DubbedCue(
            index=index,
            number=cue.number or "",
            text=cue.text,
            spoken_text="",
            speaker=cue.speaker,
            slot_start_s=cue.start_s,
            slot_end_s=cue.end_s,
            slot_start_sample=start,
            slot_end_sample=end,
            start_s=start / self.sample_rate,
            end_s=start / self.sample_rate,
            start_sample=start,
            end_sample=start,
            status="silent",
            spoken_s=0.0,
        )

    def _dubbed_part(self, index: int, placed: PlacedSegment, place: _Place, overlap: int) -> DubbedCue:
        rate, window = self.sample_rate, place.window
        part, slot = self.parts[index], self.slots[index]
        cue, n_predicted = self.cues[part.cue], self.predicted[index]
        shift = borrowed = overrun = 0
        if window is not None:
            shift = place.start - slot.start
            room_end = place.end if window.room_end is None else window.room_end
            borrowed = max(0, min(place.end, room_end) - max(window.slot_end, place.start))
            overrun = max(0, place.end - room_end) if place.end > place.start else 0
        n_laid = place.end - place.start
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
            start_s=place.start / rate,
            end_s=place.end / rate,
            start_sample=place.start,
            end_sample=place.end,
            status="silent" if placed.status == "spoken" and not n_laid else placed.status,
            predicted_s=None if n_predicted is None else n_predicted / rate,
            spoken_s=place.n_spoken / rate,
            speed=_heard_speed(self.segments[placed.index]),
            own_speed=self.own_speeds[index],
            stretch=n_laid / place.n_spoken if place.n_spoken else 1.0,
            shift_s=shift / rate,
            borrowed_s=borrowed / rate,
            overrun_s=overrun / rate,
            overlap_s=overlap / rate,
            joined=index != self.texts[placed.index].parts[0],
            late=self.is_late(shift),
            message=placed.message,
            cached=placed.cached,
        )

    def subtitles(self) -> list[TimedText]:
        """Return the cues at the times of their audio; cues without audio are left out (the report has them).

        A cue with several parts lasts from the start of the first to the end of the last.
        """
        spans: dict[int, tuple[int, int]] = {}
        for part, place in enumerate(self._places):
            if place.end > place.start:
                start, end = spans.get(self.parts[part].cue, (place.start, 0))
                spans[self.parts[part].cue] = (start, max(end, place.end))
        return [
            self.cues[cue].at(Fraction(start, self.sample_rate), Fraction(end, self.sample_rate))
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
    mode: DubMode = DubMode.FIT,
    sample_rate: int | None = None,
    rules: DubRules | None = None,
    cast: Cast | None = None,
    keep_sounds: bool = False,
    perform_sounds: bool = False,
    keep_labels: Sequence[str] = (),
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
        keep_labels: Labels such as `HTML:` that are spoken, though they look like the names of speakers.
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
    split = split_cues(
        cues,
        speakers,
        normalizers,
        keep_sounds=keep_sounds,
        perform_sounds=perform_sounds,
        keep_labels=keep_labels,
    )
    if not split.parts and not split.skipped:
        raise ValueError("nothing to dub: no cue has words to speak")
    if not split.parts:
        raise ValueError(
            "nothing to dub: all cues are sound descriptions; use keep_sounds to speak them, or perform_sounds with an "
            "engine that has them"
        )
    rate = sample_rate or speakers.narrator.sample_rate
    parts, slots = place_parts(split.parts, cues, rate)
    resolved = [speakers.resolve(part.speaker) if part.in_cast else speakers.narrator for part in parts]
    texts = segment_texts(
        parts, slots, rate, lambda index: mode is DubMode.FIT and resolved[index].spec.can("word_timings")
    )
    segments = [
        resolved[text.parts[0]].segment(
            index,
            text.text,
            slot=TimeSlot(slots[text.parts[0]].start / rate, max(slots[part].end for part in text.parts) / rate),
            is_awaited=index == 0,
        )
        for index, text in enumerate(texts)
    ]
    return DubJob(
        cues,
        split,
        parts,
        slots,
        texts,
        segments,
        mode=mode,
        rules=rules or DubRules(),
        sample_rate=rate,
        gains=[resolved[text.parts[0]].gain for text in texts],
        notes=tuple(dict.fromkeys([*(note for one in resolved for note in one.notes), *split.notes])),
        voice_notes=speakers.voice_notes,
        leveling=leveling,
        licenses=licenses_of((part_speaker.spec, part_speaker.model) for part_speaker in resolved),
    )
