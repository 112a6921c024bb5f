"""Add a stream to a copy: with its FourCC, if the container can contain it."""

from __future__ import annotations

import contextlib
import io
from fractions import Fraction
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from .containers import VideoContainer


def add_copy(output: OutputContainer, container: VideoContainer, stream: Stream) -> Stream | None:
    """Add a stream to a copy, without its tags; None if the container can't contain it.

    Its FourCC is kept where the container knows it for this codec. Most muxers tell only when they write their header,
    so that is tried first.
    """
    codec = codec_of(stream)
    if container.codecs and codec not in container.codecs:
        return None
    for tag in (*_tags(stream, container), None):
        if _is_accepted(container.muxer, stream, tag):
            return _add_template(output, stream, tag)
    return None


def _is_accepted(muxer: str, stream: Stream, tag: str | None) -> bool:
    tried = av.open(io.BytesIO(), mode="w", format=muxer)
    try:
        copy = _add_template(tried, stream, tag)
        tried.start_encoding()
        if (codec_of(stream) or "").startswith("pcm_"):  # MP4 refuses some layouts at the end
            tried.mux(_silence(copy))
            tried.close()
    except (ValueError, av.error.FFmpegError):
        return False
    finally:
        with contextlib.suppress(av.error.FFmpegError):  # without packets, some files can't be ended
            tried.close()
    return True


def _add_template(output: OutputContainer, stream: Stream, tag: str | None) -> Stream:
    copy: Stream = output.add_stream_from_template(stream, opaque=True)
    if tag is not None and copy.codec_context is not None:
        copy.codec_context.codec_tag = tag
    if isinstance(stream, VideoStream) and "timecode" in stream.metadata and stream.average_rate:
        # The muxer numbers the frames of a time code by this rate.
        cast("VideoStream", copy).codec_context.framerate = stream.average_rate
    return copy


def _silence(stream: Stream) -> Packet[Stream]:
    packet: Packet[Stream] = Packet(bytes(64 * cast("AudioStream", stream).codec_context.layout.nb_channels))
    packet.stream, packet.time_base = stream, cast("Fraction", stream.time_base)
    packet.pts = packet.dts = 0
    return packet


def _tags(stream: Stream, container: VideoContainer) -> list[str]:
    """Return the FourCCs to try: the stream's own, and the one that Apple's players require for HEVC."""
    codec = codec_of(stream)
    if codec is None:
        return []
    try:
        own = stream.codec_context.codec_tag
    except UnicodeDecodeError:  # a number of WAVE
        own = "\0\0\0\0"
    hevc = ["hvc1"] if container.is_mp4 and codec == "hevc" else []
    return [tag for tag in (own, *hevc) if tag != "\0\0\0\0"]


def codec_of(stream: Stream) -> str | None:
    """Return the name of a stream's codec; None if FFmpeg can't decode it."""
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else None
