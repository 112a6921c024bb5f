"""Open media files and streams safely: FFmpeg can open no other file or address."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream

from ..errors import MediaError

Source = str | Path | BinaryIO
"""The path of a file, or a readable stream (seekable for formats such as MP4)."""

_REFUSED = {
    *("applehttp", "concat", "dash", "hls", "image2", "image2pipe", "imf", "lavfi", "mlv", "rtp", "rtsp", "sap"),
    *("sbg", "sdp", "vobsub", "webm_dash_manifest"),
}
"""Formats that refer to other files or addresses, or that are scripts."""
_OPTIONS = {
    # Python's audit hooks don't see FFmpeg's connections.
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(sorted(av.formats_available - _REFUSED)),
}
_TAGS_IN_ANY_ENCODING: dict[str, Any] = (
    {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "surrogateescape"}
)
"""PyAV 19 removed the argument and always uses this error handler."""


def open_media(source: Source) -> InputContainer:
    """Open a file or a stream for reading.

    It rejects playlists, scripts and other formats that refer to other files or addresses. MediaError if the source is
    missing or isn't media.
    """
    # With the prefix, FFmpeg doesn't read a file name as an address or another protocol (`concat:a|b`).
    url = f"file:{Path(source).absolute()}" if isinstance(source, (str, Path)) else source
    try:
        container: InputContainer = av.open(url, mode="r", options=_OPTIONS, **_TAGS_IN_ANY_ENCODING)
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(_open_problem(source, error)) from error
    return container


def audio_track(container: InputContainer, name: str, track: int = 0) -> AudioStream:
    """Return an audio track, counted from 0. MediaError, which begins with `name`, if FFmpeg can't decode it."""
    tracks = container.streams.audio
    if not tracks:
        raise MediaError(f"{name} has no audio ({container.format.long_name})")
    if not 0 <= track < len(tracks):
        raise MediaError(f"{name} has no audio track {track}; it has {len(tracks)}, numbered from 0")
    # PyAV's types don't say that a track without a decoder has no codec context.
    if cast("object", tracks[track].codec_context) is None:
        raise MediaError(f"{name} has audio of an unknown codec, or its header is damaged; export the recording again")
    return tracks[track]


def set_disposition(stream: Stream, flags: Disposition) -> None:
    """Set the disposition of an output stream. Some versions of PyAV accept only its number."""
    stream.disposition = cast("Disposition", flags.value)


def name_of(source: Source) -> str:
    """Return the name of a source for messages, in quotes."""
    if isinstance(source, (str, Path)):
        return f"'{source}'"
    name = getattr(source, "name", None)
    return f"'{name}'" if isinstance(name, str) else "the recording"


def clean(text: str) -> str:
    """Return a tag's text with replacement characters for invalid UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def reason_of(error: Exception) -> str:
    """Return FFmpeg's reason for an error, without its numbers and calls."""
    reason = getattr(error, "strerror", None) or "unknown error"
    return "unknown error" if reason.startswith("Error number") else str(reason)


def _open_problem(source: Source, error: Exception) -> str:
    name = name_of(source)
    if getattr(error, "errno", None) == errno.EINVAL:  # a format that isn't on the list
        return f"{name} is a playlist or a script, which may open other files; use the recording itself"
    if isinstance(error, OSError) and error.errno != errno.EIO:  # FFmpeg's word for a header that makes no sense
        return f"{name} can't be read: {error.strerror}"
    if _n_bytes(source) == 0:
        return f"{name} is empty"
    return f"{name} is not an audio or video file, or its start is damaged ({reason_of(error)})"


def _n_bytes(source: Source) -> int:
    try:
        if isinstance(source, (str, Path)):
            return Path(source).stat().st_size
        return source.seek(0, 2)
    except (OSError, AttributeError):
        return -1
