"""Media files and streams, opened so that they can do no more than be read."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from ..errors import MediaError

Source = str | Path | BinaryIO
"""A file by its path, or bytes that can be read (and, for MP4 and the like, sought in)."""

_REFUSED = {
    *("applehttp", "concat", "dash", "hls", "image2", "image2pipe", "imf", "lavfi", "mlv", "rtp", "rtsp", "sap"),
    *("sbg", "sdp", "vobsub", "webm_dash_manifest"),
}
"""What names other files or addresses, or is a program that makes sound: a file of these is more than a file."""
_OPTIONS = {
    # FFmpeg's connections aren't Python's: no audit hook sees them.
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(sorted(av.formats_available - _REFUSED)),
}
_TAGS_IN_ANY_ENCODING: dict[str, Any] = (
    {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "surrogateescape"}
)
"""From 19 on PyAV knows no other way, and no such argument."""


def open_media(source: Source) -> InputContainer:
    """Open a file or a stream for reading. MediaError if it isn't there or isn't media.

    Playlists, scripts and everything else that names other files are refused, and no address is ever opened.
    """
    # With the prefix, FFmpeg takes no name for an address or another protocol (`concat:a|b`).
    place = f"file:{Path(source).absolute()}" if isinstance(source, (str, Path)) else source
    try:
        container: InputContainer = av.open(place, mode="r", options=_OPTIONS, **_TAGS_IN_ANY_ENCODING)
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(_why_not(source, error)) from error
    return container


def set_disposition(stream: Stream, flags: Disposition) -> None:
    """Set what a stream that is written is for. Not every PyAV takes flags where a number will do."""
    stream.disposition = cast("Disposition", flags.value)


def name_of(source: Source) -> str:
    """Return what to call a source in a message."""
    if isinstance(source, (str, Path)):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "the recording"


def clean(text: str) -> str:
    """Return a tag's text with a replacement character for each byte that isn't UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why_not(source: Source, error: Exception) -> str:
    name = name_of(source)
    if getattr(error, "errno", None) == errno.EINVAL:  # what a format that isn't on the list gives
        return f"{name} names other files or makes its own sound (a playlist, a script): give the recording itself"
    if isinstance(error, OSError):
        return f"{name} can't be read: {error.strerror}"
    if _n_bytes(source) == 0:
        return f"{name} is empty"
    what = getattr(error, "strerror", error)
    return f"{name} is no audio or video that can be decoded, or its begin is damaged ({what})"


def _n_bytes(source: Source) -> int:
    try:
        if isinstance(source, (str, Path)):
            return Path(source).stat().st_size
        return source.seek(0, 2)
    except (OSError, AttributeError):
        return -1
