"""The length of a recording, from its packets: nothing is decoded, so that it takes hundredths of a second."""

from __future__ import annotations

import itertools

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from ..errors import MediaError
from .media_file import Source, audio_track, name_of, open_media

_MIN_RATE_HZ = 1000
"""Below, a file is no sound: each of its bytes would become seconds of audio."""
_FRAME_SAMPLES = {"aac": 1024, "mp3": 576}
"""Codecs whose packets have at least this many samples, whatever times the file gives them."""
_MANY_PACKETS = 50_000
"""A count takes about two seconds for a million packets; a jump to the limit takes less."""


def packets_length_s(source: Source, stop_after_s: float) -> float:
    """Return the length of a file's first audio track in seconds: the longer one of its header's and its packets'.

    Args:
        source: The file.
        stop_after_s: A longer track is not read to its end; the length so far, which is longer than this, is returned.

    Raises:
        MediaError: The file is missing, isn't media, has no audio, or a sample rate below 1000 Hz.
    """
    with open_media(source) as container:
        stream = audio_track(container, name_of(source))
        rate_hz = stream.codec_context.sample_rate
        if 0 < rate_hz < _MIN_RATE_HZ:
            raise MediaError(f"{name_of(source)} has a sample rate of {rate_hz} Hz; the minimum is {_MIN_RATE_HZ} Hz")
        base = float(stream.time_base or 0)
        declared_s = (stream.duration or 0) * base or (container.duration or 0) / av.time_base
        if declared_s > stop_after_s:
            return declared_s
        counted_s = _counted_s(container, stream, stop_after_s, _MANY_PACKETS)
        if counted_s is not None:
            return max(declared_s, counted_s)
        beyond_s = _time_after(container, stream, stop_after_s)
        if beyond_s > stop_after_s:
            return beyond_s
    if not isinstance(source, str) and hasattr(source, "seek"):
        source.seek(0)
    with open_media(source) as container:
        return max(declared_s, _counted_s(container, container.streams.audio[0], stop_after_s) or 0.0)


def _counted_s(
    container: InputContainer, stream: AudioStream, stop_after_s: float, max_packets: int | None = None
) -> float | None:
    """Return the length of the packets from here on; None if there are more than `max_packets`."""
    base, rate_hz = float(stream.time_base or 0), stream.codec_context.sample_rate
    frame_s = _FRAME_SAMPLES.get(stream.codec_context.name, 0) / rate_hz if rate_hz else 0.0
    length_s, packets = 0.0, container.demux(stream)
    try:
        for packet in itertools.islice(packets, max_packets):
            if packet.size:
                length_s += max((packet.duration or 0) * base, frame_s)
            if length_s > stop_after_s:
                return length_s
        if max_packets is not None and next(packets, None) is not None:
            return None
    except av.error.FFmpegError:
        pass  # the file is cut off, and its decoder says what that means
    return length_s


def _time_after(container: InputContainer, stream: AudioStream, time_s: float) -> float:
    """Return the time of a packet after `time_s`, 0 if there is none.

    Only Matroska, such as browsers record without a length, states the times of its packets: others estimate them.
    """
    base = float(stream.time_base or 0)
    if "matroska" not in container.format.name or not base:
        return 0.0
    try:
        container.seek(int(time_s / base) + 1, stream=stream, backward=False)
        packet = next(container.demux(stream), None)
    except av.error.FFmpegError:
        return 0.0
    return 0.0 if packet is None else (packet.pts or 0) * base
