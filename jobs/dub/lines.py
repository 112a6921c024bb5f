"""What is spoken of a subtitle file: each cue, or each person's part of it, with who says it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...media.subtitles import Cue
from ...media.subtitles.sound_descriptions import split_sounds
from ...media.subtitles.speakers import convention_names, parts_of
from ...utils.names import name_key
from ..voices.cast import Cast, Member
from .slots import Slot

_ASIDE = 8
"""What a part of a cue takes beyond its text, in characters of it: a breath, and a word that stands alone is slow."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one person says: a cue, or the part `part` (from 0) of the `parts` of one.

    `cue` is its place in the cues as they were given. `source` is what stands in the file, and `spoken` what is said of
    it, on one line. `speaker` is the member's name, or the file's for who isn't in the cast; `member` None is the
    narrator.
    """

    cue: int
    part: int
    parts: int
    source: str
    spoken: str
    speaker: str
    member: Member | None


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A sound description that isn't spoken, and the cue that it stands in (its place in the cues as given)."""

    cue: int
    text: str
    slot_start_s: float
    slot_end_s: float


class Unmapped(msgspec.Struct, frozen=True, kw_only=True):
    """A speaker of the file who isn't in the cast: the narrator speaks so many `lines`. `near` is who may be meant."""

    speaker: str
    lines: int
    near: tuple[str, ...] = ()


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """The lines in order of their time, and what isn't spoken as it stands in the file."""

    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...]
    unmapped: tuple[Unmapped, ...]


def read_lines(cues: Sequence[Cue], cast: Cast, *, keep_sounds: bool) -> Lines:
    """Return what is spoken of cues, those that start first first (equal starts as given).

    A name counts as a speaker's if it is one of the cast's, or by `convention_names`.
    """
    convention = {name_key(name) for name in convention_names(cues)}
    lines: list[Line] = []
    skipped: list[Skipped] = []
    unmapped: dict[str, Unmapped] = {}

    def is_name(name: str) -> bool:
        return name_key(name) in convention or cast.find(name) is not None

    for place in sorted(range(len(cues)), key=lambda place: cues[place].start_ms):
        cue = cues[place]
        said: list[Line] = []
        for part in parts_of(cue, is_name):
            text = part.text
            if not keep_sounds:
                heard = split_sounds(text)
                text = heard.spoken
                skipped += [
                    Skipped(cue=place, text=sound, slot_start_s=cue.start_s, slot_end_s=cue.end_s)
                    for sound in heard.sounds
                ]
            spoken = " ".join(text.split())
            if not spoken:
                continue
            member = cast.find(part.speaker) if part.speaker else None
            if part.speaker and member is None:
                before = unmapped.get(name_key(part.speaker))
                name, count = (before.speaker, before.lines) if before is not None else (part.speaker, 0)
                near = cast.near(name) if before is None else before.near
                unmapped[name_key(name)] = Unmapped(speaker=name, lines=count + 1, near=near)
            speaker = member.name if member is not None else part.speaker
            said.append(
                Line(
                    cue=place,
                    part=len(said),
                    parts=1,
                    source=part.source,
                    spoken=spoken,
                    speaker=speaker,
                    member=member,
                )
            )
        if len(said) == 1:
            lines.append(msgspec.structs.replace(said[0], source=cue.text))
        else:
            lines += [msgspec.structs.replace(line, parts=len(said)) for line in said]
    return Lines(lines=tuple(lines), skipped=tuple(skipped), unmapped=tuple(unmapped.values()))


def in_slots(lines: Sequence[Line], cues: Sequence[Cue], sample_rate: int) -> tuple[list[Line], list[Slot]]:
    """Return the lines in order of their start, and when each is to be spoken, in samples.

    That is its cue's time, or a share of it by the lengths of its parts' texts. Times round to the nearest sample,
    halves up. What lies before the beginning is moved there, and a cue that ends before it starts has no length.
    """
    placed: list[tuple[Line, Slot]] = []
    place = 0
    while place < len(lines):
        cue = cues[lines[place].cue]
        start = max(0, _samples(cue.start_ms, sample_rate))
        end = max(start, _samples(cue.end_ms, sample_rate))
        parts = lines[place : place + lines[place].parts]
        whole = sum(len(line.spoken) + _ASIDE for line in parts)
        done, from_sample = 0, start
        for line in parts:
            done += len(line.spoken) + _ASIDE
            to_sample = start + (end - start) * done // whole
            placed.append((line, Slot(from_sample, to_sample, name_key(line.speaker))))
            from_sample = to_sample
        place += len(parts)
    placed.sort(key=lambda one: one[1].start)
    return [line for line, _ in placed], [slot for _, slot in placed]


def _samples(time_ms: int, sample_rate: int) -> int:
    return (2 * time_ms * sample_rate + 1000) // 2000
