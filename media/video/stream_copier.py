"""Copy the streams of a video file without decoding them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from ..audio.media_file import clean, open_media, set_disposition
from ..errors import MediaError
from ..subtitles import Cue, ReadOptions, SubtitleError, TimedText
from .captions import TRIED_CUES, CaptionTrack
from .containers import VideoContainer
from .extract import read_track
from .file_tags import kept_tags
from .languages import to_bcp47
from .packet_times import SoundTimes, VideoTimes
from .stream_copy import add_copy, codec_of

_WRITES_TIME_CODES = int(av.__version__.partition(".")[0]) >= 18


class StreamCopier:
    """Copies the streams of a video file with their tags and flags, its chapters, and the file's tags.

    `notes` lists the streams that the container can't contain. MediaError if it can't contain the video stream.
    With `is_trial`, subtitle tracks that have to be converted are not read, which would take the whole file.
    """

    def __init__(
        self,
        video: Path,
        source: InputContainer,
        output: OutputContainer,
        container: VideoContainer,
        *,
        default_audio: bool,
        is_trial: bool = False,
    ) -> None:
        self._video = video
        self._source = source
        self._output = output
        self._container = container
        self._default_audio = default_audio
        self._is_trial = is_trial
        # Whether the times of a stream must rise (MP4), or may stay equal (Matroska).
        self._is_strict = not output.format.flags & cast("int", Flags.ts_nonstrict.value)
        self._streams: dict[int, Stream] = {}
        self._times: dict[int, SoundTimes | VideoTimes] = {}
        self._notes: list[str] = []
        self._n_damaged: dict[str, int] = {}
        self.captions: list[CaptionTrack] = []
        """Subtitle tracks that are converted to another format."""
        output.metadata.update(kept_tags(source.metadata, "the film", self._notes))
        chapters = source.chapters()
        if chapters:
            kept = [kept_tags(chapter["metadata"], "a chapter", self._notes) for chapter in chapters]
            output.set_chapters([{**chapter, "metadata": tags} for chapter, tags in zip(chapters, kept, strict=True)])

    @property
    def notes(self) -> tuple[str, ...]:
        """The skipped and converted streams, with the reasons, and the packets that are left out."""
        damaged = [f"{n} damaged packets of {name} are left out" for name, n in self._n_damaged.items()]
        return (*self._notes, *damaged)

    def add(self, wanted: Callable[[Stream], bool]) -> None:
        """Add the streams for which `wanted` returns true, in their order."""
        for stream in self._source.streams:
            if wanted(stream):
                self._add(stream)

    def write(self, packet: Packet[Stream]) -> None:
        """Write a packet, timed from the start of the video. Packets of other streams are skipped."""
        stream = self._streams.get(packet.stream.index)
        if stream is None:
            return
        times = self._times.get(stream.index)
        if times is None:
            self._output.start_encoding()  # the muxer chooses the units of its streams
            times = self._times[stream.index] = _times(packet.stream, stream, is_strict=self._is_strict)
        self._write(times.add(packet), stream)

    def rest(self) -> None:
        """Write the packets that wait for a decoding time."""
        for index, times in self._times.items():
            self._write(times.rest(), self._output.streams[index])

    def _write(self, packets: Sequence[Packet[Stream]], stream: Stream) -> None:
        for packet in packets:
            packet.stream = stream
            packet.time_base = cast("Fraction", stream.time_base)
            try:
                self._output.mux(packet)
            except av.error.InvalidDataError:  # muxers read the headers of some packets
                name = f"{stream.type} stream {stream.index}"
                self._n_damaged[name] = self._n_damaged.get(name, 0) + 1

    def _add(self, stream: Stream) -> None:
        if stream.disposition & Disposition.attached_pic and self._container.keeps_attachments:
            self._attach_cover(stream)
            return
        if isinstance(stream, AttachmentStream):
            self._attach(stream)
            return
        if stream.type == "data" and "timecode" in stream.metadata:
            # The muxers of MP4 and QuickTime write it from the tag of the video stream; others keep that tag.
            if self._container.is_mp4 and not _WRITES_TIME_CODES:
                self._notes.append(f"the time code of data stream {stream.index} needs PyAV 18; it is skipped")
            return
        if stream.type == "data" and self._source.chapters():
            return  # QuickTime's chapter track, which is written from the chapters
        copy = add_copy(self._output, self._container, stream)
        if copy is None:
            self._convert_or_skip(stream, codec_of(stream))
            return
        self._describe(stream, copy)
        flags = stream.disposition
        if stream.type == "audio" and not self._default_audio:
            flags &= ~Disposition.default
        set_disposition(copy, flags)
        self._streams[stream.index] = copy

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
        tags = kept_tags(stream.metadata, f"{stream.type} stream {stream.index}", self._notes)
        language = to_bcp47(tags.pop("language", ""))
        self._container.describe(copy, language, tags.get("title", ""))
        copy.metadata.update(tags)

    def _convert_or_skip(self, stream: Stream, codec: str | None) -> None:
        description = f"{stream.type} stream {stream.index} ({codec or 'unknown codec'})"
        if _is_video(stream):
            raise MediaError(
                f"'{self._video}': {self._container.name} can't contain its {description}; {self._container.other}"
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
        cues: Sequence[TimedText | Cue] = TRIED_CUES
        try:
            if not self._is_trial:
                found = read_track(self._video, str(number), options=ReadOptions(keep_repeats=True))
                cues = found.cues
                self._notes += [f"{description}: {note.message}" for note in found.notes if note.kind == "encoding"]
        except (MediaError, SubtitleError) as error:
            self._notes.append(f"{description} can't be converted and is skipped ({error})")
            return
        codec = self._container.subtitle_codec
        self._notes.append(
            f"{self._container.name} can't contain {description}; it is converted to {codec}, without styles"
        )
        captions = CaptionTrack(self._output, self._container, cues)
        self._describe(stream, captions.stream)
        set_disposition(captions.stream, stream.disposition)
        self.captions.append(captions)


def _is_video(stream: Stream) -> bool:
    """Return whether a stream is video and not a cover."""
    return stream.type == "video" and not stream.disposition & Disposition.attached_pic


def _times(stream: Stream, copy: Stream, *, is_strict: bool) -> SoundTimes | VideoTimes:
    source, target = cast("Fraction", stream.time_base), cast("Fraction", copy.time_base)
    if isinstance(stream, VideoStream):
        reorders = bool(stream.codec_context.has_b_frames)
        return VideoTimes(source, target, is_strict=is_strict, reorders=reorders)
    if isinstance(stream, AudioStream):
        codec = stream.codec_context
        is_exact = target == Fraction(1, codec.sample_rate or 1) < source
        return SoundTimes(
            source,
            target,
            is_strict=is_strict,
            frame_length=codec.frame_size if is_exact else 0,
            rounding=ceil(source / target),
        )
    return SoundTimes(source, target, is_strict=False)
