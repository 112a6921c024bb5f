"""The length of a film, and whether it is there."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer

from ..audio.media_file import open_media
from ..errors import MediaError
from .source_clock import begin_of, length_of, may_jump, timed_packets

_MISSING_S = 2.0
_MISSING_PART = 0.01
"""A film may end earlier than its header says by this part of its length, or by the seconds above."""


def film_length(file: Path, *, is_measured: bool = False) -> float:
    """Return a film's length in seconds: by its header, 0 if that has none, or by all its packets.

    The header of joined recordings is that of the first part. A damaged film is measured as far as it can be read.
    MediaError if the file isn't media.
    """
    with open_media(file) as film:
        return _measured(film) if is_measured else length_of(film)


def check_end(file: Path) -> None:
    """Raise MediaError if a film ends before its header says. All of it is read only if its end can't be found."""
    with open_media(file) as film:
        length_s = length_of(film)
        if not length_s or may_jump(film):
            return
        try:
            film.seek(round((length_s + float(begin_of(film)) - _MISSING_S) * av.time_base))
            is_complete = _is_complete(_measured(film), length_s, film)
        except av.error.FFmpegError:
            is_complete = False
    if not is_complete:
        with open_media(file) as film:
            check_complete(file, film, _measured(film))


def check_complete(file: Path, film: InputContainer, end_s: float) -> None:
    """Raise MediaError if a film that ends at a time is shorter than its header says."""
    length_s = length_of(film)
    if not _is_complete(end_s, length_s, film):
        raise MediaError(f"'{file}' is cut off: it ends at {end_s:.1f} s, but its header says {length_s:.1f} s")


def _is_complete(end_s: float, length_s: float, film: InputContainer) -> bool:
    if may_jump(film):
        return True
    # Some headers state where the film ends on its own clock.
    end_s += max(float(begin_of(film)), 0.0)
    return end_s >= length_s - max(_MISSING_S, _MISSING_PART * length_s)


def _measured(film: InputContainer) -> float:
    end_s = 0.0
    units_s = {stream.index: float(stream.time_base or 0) for stream in film.streams}
    try:
        for packet in timed_packets(film):
            if packet.pts is not None:
                end_s = max(end_s, (packet.pts + (packet.duration or 0)) * units_s[packet.stream.index])
    except av.error.FFmpegError:
        pass
    return end_s
