"""The length of a film."""

from __future__ import annotations

from pathlib import Path

import av

from ..audio.media_file import open_media
from .source_clock import SourceClock, length_of


def film_length(file: Path, *, is_measured: bool = False) -> float:
    """Return a film's length in seconds: by its header, 0 if that has none, or by all its packets.

    The header of joined recordings is that of the first part. A damaged file is measured as far as it can be read.
    MediaError if the file isn't media.
    """
    with open_media(file) as film:
        if not is_measured:
            return length_of(film)
        clock, end_s = SourceClock(film), 0.0
        units_s = {stream.index: float(stream.time_base or 0) for stream in film.streams}
        try:
            for packet in film.demux():
                for timed in clock.add(packet):
                    if timed.pts is not None and timed.stream.type in ("audio", "video"):
                        end_s = max(end_s, (timed.pts + (timed.duration or 0)) * units_s[timed.stream.index])
        except av.error.FFmpegError:
            pass
        return end_s
