"""Write subtitles as a track of a video file."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from ..audio.media_file import set_disposition
from ..subtitles import Cue, TimedText, write_subtitles
from .ass_header import ASS_HEADER
from .containers import VideoContainer

_MS = Fraction(1, 1000)
_FILES = {"srt": ("srt", "srt"), "webvtt": ("vtt", "webvtt"), "mov_text": ("srt", "srt")}
"""By codec: the format to write the cues in, and FFmpeg's name for it."""
_MAX_TEXT_BYTES = 0xFFFF
"""The maximum length of a text in MP4's timed text (16 bits)."""


TRIED_CUES = (TimedText(start_s=Fraction(0), end_s=Fraction(1), text="."),)
"""The cues of a trial, where the real ones aren't known yet."""


class _Caption(NamedTuple):
    start_ms: int
    end_ms: int
    data: bytes


class CaptionTrack:
    """A subtitle track of `output` in its container's codec. Without cues, no track is added."""

    def __init__(
        self,
        output: OutputContainer,
        container: VideoContainer,
        cues: Sequence[TimedText | Cue],
        language: str = "",
        title: str = "",
    ) -> None:
        codec = container.subtitle_codec
        self._captions = list(_captions(cues, codec)) if cues else []
        self._next = 0
        if not self._captions:
            return
        self.stream = cast("SubtitleStream", output.add_stream(codec))
        self.stream.codec_context.subtitle_header = ASS_HEADER
        self.stream.codec_context.time_base = _MS
        container.describe(self.stream, language, title)
        set_disposition(self.stream, Disposition(0))

    def until(self, time_s: float) -> Iterator[Packet[SubtitleStream]]:
        """Yield the next packets that start before a time."""
        while self._next < len(self._captions) and self._captions[self._next].start_ms < time_s * 1000:
            caption = self._captions[self._next]
            self._next += 1
            packet = cast("Packet[SubtitleStream]", Packet(caption.data))
            packet.stream = self.stream
            packet.time_base = _MS
            packet.pts = packet.dts = caption.start_ms
            packet.duration = caption.end_ms - caption.start_ms
            yield packet


def _captions(cues: Sequence[TimedText | Cue], codec: str) -> Iterator[_Caption]:
    """Write a subtitle file in memory and split it into packets, so that it has the usual rounding and escaping."""
    subtitle_format, muxer = _FILES[codec]
    data = write_subtitles(cues, subtitle_format).encode()
    with av.open(io.BytesIO(data), format=muxer) as file:
        for packet in file.demux(subtitles=0):
            if packet.pts is None or packet.time_base is None:
                continue
            start_ms = round(packet.pts * packet.time_base * 1000)
            text = bytes(packet)
            if codec == "mov_text":
                text = text.decode("utf-8", "replace").encode()[:_MAX_TEXT_BYTES].decode("utf-8", "ignore").encode()
                text = struct.pack(">H", len(text)) + text
            yield _Caption(start_ms, start_ms + round((packet.duration or 0) * packet.time_base * 1000), text)
