"""The cues of a film at their times: retimed, and compared with the film's end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ...media.subtitles import Cue
from ...media.subtitles.retiming import Retiming
from ...media.video.length import film_length

_FAR_S = 600.0
"""A cue that starts later after the film's end isn't spoken: the film would grow by hours of silence."""
_HOUR_MS = 3_600_000
_MAX_NAMED = 5


class CueTimes(msgspec.Struct, frozen=True):
    """The cues to speak, those that are left out, and what users should know of both."""

    cues: tuple[Cue, ...]
    left_out: tuple[Cue, ...] = ()
    notes: tuple[str, ...] = ()


def time_cues(cues: Sequence[Cue], retiming: Retiming, film: Path | None = None) -> CueTimes:
    """Apply a retiming to cues in any order, and compare them with a film's length.

    Cues that would end before 0, and those that start more than 10 minutes after the film's end, are left out. Others
    that start after its end are kept: the dub is then longer than the film.

    Raises:
        ValueError: No cue is left.
        MediaError: The film can't be read.
    """
    if not cues:
        return CueTimes(cues=())
    kept, before = retiming.apply(cues)
    notes = [str(retiming)] if retiming else []
    if before:
        notes.append(f"{len(before)} of {len(cues)} cues would end before 0 and are left out: {_named(before)}")
    if not kept:
        raise ValueError(f"all {len(cues)} cues would end before 0; the offset is too large")
    first = min(kept, key=lambda cue: cue.start_ms)
    end_s = 0.0 if film is None else _length(film, kept)
    far = [cue for cue in kept if cue.start_s > end_s + _FAR_S] if end_s else []
    beyond = [cue for cue in kept if cue.start_s > end_s] if end_s else []
    if far and len(far) == len(kept):
        raise ValueError(
            f"all {len(kept)} cues start after the film's end ({end_s:.0f} s), the first one at {_clock(first)}: "
            f"another film, or {_hint(first)}"
        )
    if beyond:
        left_out = f"; {len(far)} of them, more than {_FAR_S / 60:g} minutes after it, are left out: {_named(far)}"
        notes.append(
            f"{len(beyond)} of {len(kept)} cues start after the film's end ({end_s:.0f} s): another cut, or "
            f"{_hint(beyond[0])}{left_out if far else ''}"
        )
    elif not end_s and first.start_ms >= _HOUR_MS:
        notes.append(f"the first cue starts at {_clock(first)}, after as much silence: {_hint(first)}")
    spoken = tuple(cue for cue in kept if not end_s or cue.start_s <= end_s + _FAR_S)
    return CueTimes(cues=spoken, left_out=(*before, *far), notes=tuple(notes))


def _length(film: Path, cues: Sequence[Cue]) -> float:
    length_s = film_length(film)
    # Before cues are left out, the header is checked: that of joined recordings is wrong.
    is_doubtful = bool(length_s) and max(cue.start_s for cue in cues) > length_s + _FAR_S
    return max(length_s, film_length(film, is_measured=True)) if is_doubtful else length_s


def _hint(first: Cue) -> str:
    hours = first.start_ms // _HOUR_MS
    if hours:
        return f"a clock that starts at {hours:02d}:00:00? An offset of -{hours:02d}:00:00 moves the cues"
    return "another frame rate? An offset such as -1.5, or a rate such as 25:23.976, moves the cues"


def _named(cues: Sequence[Cue]) -> str:
    names = ", ".join(cue.number or f"line {cue.line}" for cue in cues[:_MAX_NAMED])
    return f"{names} and {len(cues) - _MAX_NAMED} more" if len(cues) > _MAX_NAMED else names


def _clock(cue: Cue) -> str:
    minutes, seconds = divmod(cue.start_ms // 1000, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
