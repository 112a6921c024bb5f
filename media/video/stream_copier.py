"""Copy the streams of a video file without decoding them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream

from ..audio.media_file import clean, open_media, set_disposition
from ..errors import MediaError
from ..subtitles import SubtitleError
from .captions import CaptionTrack
from .containers import VideoContainer
from .decoding_order import DecodingOrder
from .extract import read_track
from .languages import to_bcp47

_REPLACED_TAGS = {
    "COMPATIBLE_BRANDS",
    "DURATION",
    "ENCODER",
    "HANDLER_NAME",
    "MAJOR_BRAND",
    "MINOR_VERSION",
    "VENDOR_ID",
}


class StreamCopier:
    """Copies the streams of a video file with their tags and flags, its chapters, and the file's tags.

    `notes` lists the streams that the container can't contain. MediaError if it can't contain the video stream.
    """

    def __init__(
        self,
        video: Path,
        source: InputContainer,
        output: OutputContainer,
        container: VideoContainer,
        *,
        default_audio: bool,
    ) -> None:
        self._video = video
        self._source = source
        self._output = output
        self._container = container
        self._default_audio = default_audio
        self._streams: dict[int, Stream] = {}
        self._orders: dict[int, DecodingOrder] = {}
        self._notes: list[str] = []
        self.captions: list[CaptionTrack] = []
        """Subtitle tracks that are converted to another format."""
        output.metadata.update(
            {key: text for key, text in source.metadata.items() if key.upper() not in _REPLACED_TAGS}
        )
        chapters = source.chapters()
        if chapters:
            output.set_chapters(chapters)

    @property
    def notes(self) -> tuple[str, ...]:
        """The skipped and converted streams, with the reasons."""
        return tuple(self._notes)

    def add(self, wanted: Callable[[Stream], bool]) -> None:
        """Add the streams for which `wanted` returns true, in their order."""
        for stream in self._source.streams:
            if wanted(stream):
                self._add(stream)

    def write(self, packet: Packet[Stream], begin_s: float) -> None:
        """Write a packet, timed from the start of the video. Packets of other streams are skipped."""
        stream = self._streams.get(packet.stream.index)
        if stream is None or not packet.time_base:
            return
        shift = round(begin_s / float(packet.time_base))
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        for ready in self._orders[stream.index].add(packet):
            ready.stream = stream
            self._output.mux(ready)

    def rest(self) -> None:
        """Write the packets that wait for a decoding time."""
        for index, order in self._orders.items():
            for ready in order.rest():
                ready.stream = self._output.streams[index]
                self._output.mux(ready)

    def _add(self, stream: Stream) -> None:
        if stream.disposition & Disposition.attached_pic and self._container.keeps_attachments:
            self._attach_cover(stream)
            return
        if isinstance(stream, AttachmentStream):
            self._attach(stream)
            return
        codec = _codec(stream)
        if stream.type == "data" and self._source.chapters():
            return  # QuickTime's chapter track, which is written from the chapters
        copy = add_copy(self._output, self._container, stream)
        if copy is None:
            self._convert_or_skip(stream, codec)
            return
        self._describe(stream, copy)
        flags = stream.disposition
        if stream.type == "audio" and not self._default_audio:
            flags &= ~Disposition.default
        set_disposition(copy, flags)
        self._streams[stream.index] = copy
        self._orders[copy.index] = DecodingOrder()

    def _attach(self, stream: AttachmentStream) -> None:
        name = clean(stream.metadata.get("filename", f"attachment-{stream.index}"))
        if not self._container.keeps_attachments:
            self._notes.append(f"{self._container.name} does not support attachments; '{name}' is skipped")
            return
        self._output.add_attachment(name, stream.mimetype or "application/octet-stream", stream.data)

    def _attach_cover(self, stream: Stream) -> None:
        """Write a cover as an attachment, as in Matroska; FFmpeg reads it as a video stream with one frame."""
        with open_media(self._video) as video:
            packet = next(video.demux(video.streams[stream.index]), None)
            data = bytes(packet) if packet is not None else b""
        kind, suffix = ("png", "png") if data.startswith(b"\x89PNG") else ("jpeg", "jpg")
        if data:
            name = clean(stream.metadata.get("filename", f"cover.{suffix}"))
            self._output.add_attachment(name, f"image/{kind}", data)

    def _describe(self, stream: Stream, copy: Stream) -> None:
        tags = {key: text for key, text in stream.metadata.items() if key.upper() not in _REPLACED_TAGS}
        language = to_bcp47(tags.get("language"))
        if language:
            tags["language"] = self._container.language(language)
        copy.metadata.update(tags)

    def _convert_or_skip(self, stream: Stream, codec: str | None) -> None:
        description = f"{stream.type} stream {stream.index} ({codec or 'unknown codec'})"
        if is_video_stream(stream):
            raise MediaError(
                f"'{self._video}': {self._container.name} can't contain its {description}; write a .mkv file instead"
            )
        if (
            isinstance(stream, SubtitleStream)
            and stream.codec_context is not None
            and stream.codec_context.codec.text_sub
        ):
            self._convert(stream, description)
            return
        self._notes.append(f"{self._container.name} can't contain {description}; it is skipped")

    def _convert(self, stream: SubtitleStream, description: str) -> None:
        """Convert a text subtitle stream to the container's format."""
        number = self._source.streams.subtitles.index(stream) + 1
        try:
            cues = read_track(self._video, str(number)).cues
        except (MediaError, SubtitleError) as error:
            self._notes.append(f"{description} can't be converted and is skipped ({error})")
            return
        codec = self._container.subtitle_codec
        self._notes.append(
            f"{self._container.name} can't contain {description}; it is converted to {codec}, without styles"
        )
        captions = CaptionTrack(self._output, codec, cues, "und", "")
        self._describe(stream, captions.stream)
        set_disposition(captions.stream, stream.disposition)
        self.captions.append(captions)


def is_video_stream(stream: Stream) -> bool:
    """Return whether a stream is video and not a cover."""
    return stream.type == "video" and not stream.disposition & Disposition.attached_pic


def add_copy(output: OutputContainer, container: VideoContainer, stream: Stream) -> Stream | None:
    """Add a stream to a copy, without its tags; None if the container can't contain it."""
    codec = _codec(stream)
    if codec is None or (container.codecs and codec not in container.codecs):
        return None
    try:
        return output.add_stream_from_template(stream, opaque=True)
    except (ValueError, av.error.FFmpegError):
        return None


def _codec(stream: Stream) -> str | None:
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else None
