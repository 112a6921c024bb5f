"""Read a subtitle track: convert its packets to a subtitle file in memory, and parse that."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import av
import msgspec
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from ...utils.streaming.contract.errors import JobCancelledError
from ..audio.media_file import open_media, reason_of
from ..errors import MediaError
from ..subtitles import ReadOptions, SubtitleFile, read_subtitles
from ..subtitles.timing import format_ms
from .source_clock import length_of, timed_packets
from .tracks import choose_track, tracks_of

_MAX_TEXT_BYTES = 12 << 20
"""The maximum text of a track; no real track has more."""
_ASS_FORMAT = b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_DEFAULT_DURATION_MS = 4000
"""The duration of a cue without an end, unless the next one starts earlier."""
_MAX_DURATION_MS = 24 * 3_600_000
"""Longer durations stand for an unknown end."""


class _Packet(NamedTuple):
    start_ms: int
    end_ms: int
    text: bytes
    """In the track's encoding, which keeps ASCII as it is."""


def read_track(
    file: Path,
    wanted: str = "",
    *,
    options: ReadOptions | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[float], None] = lambda _fraction: None,
) -> SubtitleFile:
    """Return the cues of a file's subtitle track, timed from the start of the video. Reads the whole file.

    Args:
        wanted: A track number or a language; see `choose_track`.
        options: How to read the track. Without a language, the track's own helps to find out its encoding.

    Raises:
        MediaError: As in `choose_track`, and for a track without text or a damaged file.
        SubtitleError: The track can't be parsed.
        JobCancelledError: `cancelled()` returned true.
    """
    with open_media(file) as container:
        track = choose_track(tracks_of(container), wanted, str(file))
        stream = container.streams.subtitles[track.number - 1]
        options = options or ReadOptions()
        if not options.language:
            options = msgspec.structs.replace(options, language=track.language)
        packets = list(_with_ends(_packets(container, stream, str(file), cancelled, on_progress)))
        if not packets:
            raise MediaError(f"'{file}': subtitle track {track} is empty")
        name = f"{file.name}, subtitle track {track.number}"
        if track.codec == "ass":
            header = bytes(stream.codec_context.extradata or b"")
            return read_subtitles(_as_ass(packets, header), name=name, format="ass", options=options)
        if track.codec == "webvtt":
            data = b"WEBVTT\n\n" + _as_blocks(packets, ".")
            return read_subtitles(data, name=name, format="vtt", options=options)
        return read_subtitles(_as_blocks(packets, ","), name=name, format="srt", options=options)


def _packets(
    container: InputContainer,
    stream: SubtitleStream,
    name: str,
    cancelled: Callable[[], bool],
    on_progress: Callable[[float], None],
) -> Iterator[_Packet]:
    base = float(stream.time_base or 0) * 1000
    length_ms = length_of(container) * 1000
    n_bytes = 0
    for packet in _timed(container, name, cancelled):
        if packet.stream is not stream or packet.pts is None:
            continue
        text = _text(stream, packet)
        n_bytes += len(text)
        if n_bytes > _MAX_TEXT_BYTES:
            raise MediaError(f"'{name}': the subtitle track has more than {_MAX_TEXT_BYTES >> 20} MiB of text")
        start_ms = max(round(packet.pts * base), 0)
        if length_ms:
            on_progress(min(start_ms / length_ms, 1.0))
        if text.strip():
            shown_ms = round((packet.duration or 0) * base)
            yield _Packet(start_ms, start_ms + (shown_ms if shown_ms < _MAX_DURATION_MS else 0), text)


def _timed(container: InputContainer, name: str, cancelled: Callable[[], bool]) -> Iterator[Packet[Stream]]:
    """Yield the packets of all streams: where the film's clock jumps shows in audio and video."""
    try:
        for packet in timed_packets(container):
            if cancelled():
                raise JobCancelledError
            yield packet
    except av.error.FFmpegError as error:
        raise MediaError(f"'{name}' is damaged; its subtitles can't be read completely ({reason_of(error)})") from error


def _text(stream: SubtitleStream, packet: Packet[Stream]) -> bytes:
    """Return a packet's text as it is stored: the encoding of a track shows only in all of it."""
    codec, data = stream.codec_context.codec.canonical_name, bytes(packet)
    if codec == "mov_text":  # 3GPP TS 26.245, section 5.17: the text's length, the text, style boxes
        if len(data) < 2:
            return b""
        text = data[2 : 2 + struct.unpack_from(">H", data)[0]]
        is_wide = text[:2] in (b"\xfe\xff", b"\xff\xfe")
        return text.decode("utf-16", "replace").encode() if is_wide else text
    if codec in ("subrip", "text", "webvtt", "ass"):
        return data
    lines = []
    for subtitle in stream.codec_context.decode2(packet) or ():
        dialogue = getattr(subtitle, "dialogue", b"")
        lines.append(dialogue)
    return b"\n".join(lines)


def _with_ends(packets: Iterator[_Packet]) -> Iterator[_Packet]:
    """Set missing ends: a cue without an end ends where the next one starts."""
    held: _Packet | None = None
    for packet in packets:
        if held is not None:
            end_ms = min(packet.start_ms, held.start_ms + _DEFAULT_DURATION_MS)
            yield held._replace(end_ms=max(end_ms, held.start_ms)) if held.end_ms <= held.start_ms else held
        held = packet
    if held is not None:
        yield held._replace(end_ms=held.start_ms + _DEFAULT_DURATION_MS) if held.end_ms <= held.start_ms else held


def _as_blocks(packets: list[_Packet], point: str) -> bytes:
    """Return SubRip or WebVTT blocks, without blank lines, which would end a block."""
    blocks = []
    for number, packet in enumerate(packets, 1):
        text = b"\n".join(line for line in packet.text.splitlines() if line.strip()).replace(b"-->", b"->")
        times = f"{number}\n{format_ms(packet.start_ms, point)} --> {format_ms(packet.end_ms, point)}\n"
        blocks.append(times.encode() + text + b"\n")
    return b"\n".join(blocks)


def _as_ass(packets: list[_Packet], header: bytes) -> bytes:
    """Return an ASS file with the track's header. FFmpeg's packets have a sequence number instead of the times."""
    lines = [header.partition(b"[Events]")[0].rstrip(b"\0\r\n ") or b"[Script Info]\nScriptType: v4.00+"]
    lines += [b"", b"[Events]", _ASS_FORMAT]
    for packet in packets:
        _, _, rest = packet.text.partition(b",")
        layer, _, rest = rest.partition(b",")
        times = f"{format_ms(packet.start_ms, '.')[:-1]},{format_ms(packet.end_ms, '.')[:-1]}"
        # Line breaks in an event are \N; a real line break would end it.
        head = f"Dialogue: {int(layer) if layer.isdigit() else 0},{times},"
        lines.append(head.encode() + b" ".join(rest.splitlines()))
    return b"\n".join(lines) + b"\n"
