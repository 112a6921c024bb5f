"""Mux a dub into a copy of a video file. All other streams are copied without re-encoding."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import av
import msgspec
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from ...utils.atomic_file import atomic_output
from ...utils.streaming.contract.errors import JobCancelledError
from ..audio.decode import AudioReader
from ..audio.formats import AAC_OPTIONS, encoded_rate
from ..audio.media_file import Source, open_media, set_disposition
from ..audio.sink import Sink
from ..errors import MediaError
from ..subtitles import Cue, TimedText
from .captions import CaptionTrack
from .containers import VideoContainer, bit_rate, container_of
from .ducking import DuckCurve, Ducking
from .mix import DubTrack, MixedTrack
from .stream_copier import StreamCopier, is_video_stream

_AHEAD_S = 1.0
"""The lead of the dub over the video, so that the muxer doesn't have to buffer packets."""
_CUT_OFF_S = 2.0
_OPUS_RATE = 48_000


class Dub(msgspec.Struct, frozen=True):
    """The settings of a dub in a video file. The file's existing tracks are kept.

    Attributes:
        voice_over: Mix the dub over the ducked original, in the original's channels. Otherwise it is a mono track.
        speech_spans: The dub's spans of speech `(start_s, end_s)`, for ducking.
        ducking: The settings of ducking.
        language: The BCP-47 tag of the tracks.
        title: The title of the tracks; empty for the default.
        is_default: Whether players select the dub by default.
        subtitles: Cues for a subtitle track in the same language.
    """

    voice_over: bool = False
    speech_spans: tuple[tuple[float, float], ...] = ()
    ducking: Ducking = Ducking()
    language: str = ""
    title: str = ""
    is_default: bool = True
    subtitles: Sequence[TimedText | Cue] = ()


def mux_dub(
    video: Path,
    target: Path,
    speech: Source,
    dub: Dub,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[float], None] = lambda _fraction: None,
) -> tuple[str, ...]:
    """Write a copy of a video file with a dub to `target`, which appears when it is complete.

    Memory doesn't grow with the length of the file.

    Args:
        speech: The dub's audio in any readable format, from the start of the video.

    Returns:
        Notes on streams that the target's container can't contain.

    Raises:
        MediaError: The file is missing, damaged or cut off, isn't media, has no audio for a voice-over, or its video
            stream doesn't fit into the container.
        ValueError: The target is the file itself or has an unsupported suffix, or the language is invalid.
        JobCancelledError: `cancelled()` returned true.
    """
    container, language = _checked(video, target, dub)
    with open_media(video) as source, atomic_output(target) as file:
        sink = Sink(file)
        options = {"fflags": "+bitexact"}  # otherwise Matroska's identifiers are random
        output = av.open(sink, mode="w", format=container.muxer, options=options)
        try:
            mux = _Mux(video, source, output, container, speech, dub, language)
            mux.run(cancelled, on_progress)
            output.close()
            sink.check()
        except BaseException:
            sink.dead = True
            output.close()
            sink.check()  # raises the file's error rather than FFmpeg's
            raise
        return mux.notes


def check_mux(video: Path, target: Path, dub: Dub) -> None:
    """Raise the errors of `mux_dub` that can be detected from the file's headers, before a dub is generated."""
    container, _ = _checked(video, target, dub)
    with open_media(video) as source, av.open(io.BytesIO(), mode="w", format=container.muxer) as discarded:
        if dub.voice_over:
            _original_audio(video, source)
        StreamCopier(video, source, discarded, container, default_audio=True).add(is_video_stream)


def _checked(video: Path, target: Path, dub: Dub) -> tuple[VideoContainer, str]:
    container = container_of(target)
    if target.exists() and target.samefile(video):
        raise ValueError(f"'{target}' is the source file; choose another name for the copy")
    return container, container.language(dub.language)


def _original_audio(video: Path, source: InputContainer) -> AudioStream:
    tracks = source.streams.audio
    if not tracks:
        raise MediaError(f"'{video}' has no audio for a voice-over; add the dub as a track instead")
    chosen = next((track for track in tracks if track.disposition & Disposition.default), tracks[0])
    if chosen.codec_context is None:
        raise MediaError(f"the audio of '{video}' can't be decoded for a voice-over; add the dub as a track instead")
    return chosen


class _Mux:
    def __init__(
        self,
        video: Path,
        source: InputContainer,
        output: OutputContainer,
        container: VideoContainer,
        speech: Source,
        dub: Dub,
        language: str,
    ) -> None:
        self._video = video
        self._source = source
        self._output = output
        self._begin_s = (source.start_time or 0) / av.time_base
        self._length_s = (source.duration or 0) / av.time_base
        self._original = _original_audio(video, source) if dub.voice_over else None
        self._reader = AudioReader(speech, sample_rate=self._rate(container, speech))
        self._track: DubTrack | MixedTrack
        if self._original is None:
            self._track = DubTrack(self._reader)
        else:
            layout = self._original.codec_context.layout.name
            self._track = MixedTrack(self._reader, layout, DuckCurve(dub.speech_spans, dub.ducking))
        self._copier = StreamCopier(video, source, output, container, default_audio=not dub.is_default)
        self._copier.add(lambda stream: stream.type != "audio")
        if dub.is_default:
            self._audio = self._add_audio(container, dub, language)
        self._copier.add(lambda stream: stream.type == "audio")
        if not dub.is_default:
            self._audio = self._add_audio(container, dub, language)
        dub_captions = CaptionTrack(output, container.subtitle_codec, dub.subtitles, language, dub.title)
        self._captions = [*self._copier.captions, dub_captions]
        self._end_s = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        return self._copier.notes

    def run(self, cancelled: Callable[[], bool], on_progress: Callable[[float], None]) -> None:
        with self._reader:
            for packet in self._packets():
                if cancelled():
                    raise JobCancelledError
                time_s = self._time_s(packet)
                if packet.stream is self._original:
                    self._encode(self._mixed(packet))
                if time_s is not None:
                    if isinstance(self._track, DubTrack):
                        self._encode(self._track.until(time_s + _AHEAD_S))
                    self._caption(time_s + _AHEAD_S)
                    if self._length_s:
                        on_progress(min(self._end_s / self._length_s, 1.0))
                self._copier.write(packet, self._begin_s)
            self._copier.rest()
            self._check_complete()
            self._encode(self._track.rest())
            self._output.mux(self._audio.encode(None))
            self._caption(float("inf"))
        on_progress(1.0)

    def _packets(self) -> Iterator[Packet[Stream]]:
        packets = self._source.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                raise MediaError(f"'{self._video}' is damaged at {self._end_s:.1f} s ({error})") from error
            if packet.size:
                yield packet

    def _time_s(self, packet: Packet[Stream]) -> float | None:
        at = packet.pts if packet.dts is None else packet.dts
        if at is None or not packet.time_base:
            return None
        time_s = float(at * packet.time_base) - self._begin_s
        self._end_s = max(self._end_s, time_s + float((packet.duration or 0) * packet.time_base))
        return time_s

    def _check_complete(self) -> None:
        if self._end_s < self._length_s - max(_CUT_OFF_S, 0.01 * self._length_s):
            raise MediaError(
                f"'{self._video}' is cut off: it ends at {self._end_s:.1f} s, "
                f"but its header says {self._length_s:.1f} s"
            )

    def _rate(self, container: VideoContainer, speech: Source) -> int | None:
        if self._original is not None:
            return self._original.codec_context.sample_rate
        return _OPUS_RATE if container.audio_encoder == "libopus" else None

    def _mixed(self, packet: Packet[Stream]) -> Iterator[AudioFrame]:
        track = cast("MixedTrack", self._track)
        try:
            frames = cast("AudioStream", packet.stream).codec_context.decode(cast("Packet[AudioStream]", packet))
        except av.error.FFmpegError:
            return  # damaged audio becomes silence, whose length follows from the next frame
        for frame in frames:
            time_s = None if frame.time is None else frame.time - self._begin_s
            yield from track.add(frame, time_s)

    def _encode(self, frames: Iterable[AudioFrame]) -> None:
        for frame in frames:
            self._output.mux(self._audio.encode(frame))

    def _caption(self, until_s: float) -> None:
        for track in self._captions:
            for packet in track.until(until_s):
                self._output.mux(packet)

    def _add_audio(self, container: VideoContainer, dub: Dub, language: str) -> AudioStream:
        is_opus = container.audio_encoder == "libopus"
        rate = _OPUS_RATE if is_opus else encoded_rate("aac", self._track.sample_rate)
        options = {} if is_opus else dict(AAC_OPTIONS)
        stream = cast("AudioStream", self._output.add_stream(container.audio_encoder, rate=rate, options=options))
        stream.codec_context.layout = self._track.layout
        stream.codec_context.bit_rate = bit_rate(container.audio_encoder, stream.codec_context.layout.nb_channels)
        stream.metadata["language"] = language
        stream.metadata[container.title_tag] = dub.title or ("Voice-over" if dub.voice_over else "Dub")
        set_disposition(stream, Disposition.default if dub.is_default else Disposition(0))
        return stream
