"""The length of a recording, from its packets: nothing is decoded, so that it takes hundredths of a second."""

from __future__ import annotations

import av

from ..errors import MediaError
from .media_file import Source, audio_track, name_of, open_media

_MIN_RATE_HZ = 1000
"""Below, a file is no sound: each of its bytes would become seconds of audio."""
_FIXED_FRAMES = frozenset({"aac", "mp3"})
"""Codecs whose packets have a fixed number of samples, whatever times the file gives them."""


def packets_length_s(source: Source, stop_after_s: float) -> float:
    """Return the length of a file's first audio track in seconds: the longer one of its header's and its packets'.

    Args:
        source: The file.
        stop_after_s: A longer track is not read to its end; the length so far, which is longer than this, is returned.

    Raises:
        MediaError: The file is missing, isn't media, has no audio, or a sample rate below 1000 Hz.
    """
    container = open_media(source)
    with container:
        stream = audio_track(container, name_of(source))
        codec = stream.codec_context
        if 0 < codec.sample_rate < _MIN_RATE_HZ:
            raise MediaError(
                f"{name_of(source)} has a sample rate of {codec.sample_rate} Hz; the minimum is {_MIN_RATE_HZ} Hz"
            )
        base = float(stream.time_base or 0)
        declared_s = (stream.duration or 0) * base or (container.duration or 0) / av.time_base
        if declared_s > stop_after_s:
            return declared_s
        frame_s = (
            (codec.frame_size or 0) / codec.sample_rate if codec.name in _FIXED_FRAMES and codec.sample_rate else 0
        )
        length_s = 0.0
        try:
            for packet in container.demux(stream):
                if packet.size:
                    length_s += max((packet.duration or 0) * base, frame_s)
                if length_s > stop_after_s:
                    break
        except av.error.FFmpegError:
            pass  # the file is cut off, and its decoder says what that means
        return max(declared_s, length_s)
