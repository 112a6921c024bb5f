"""A copy of a video file with a dub: its streams, and the writing of their packets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from ...utils.streaming.contract.errors import JobCancelledError
from ..audio.decode import AudioReader
from ..audio.formats import AAC_OPTIONS, encoded_rate
from ..audio.media_file import Source, reason_of, set_disposition
from ..errors import MediaError
from .captions import CaptionTrack
from .containers import VideoContainer, bit_rate
from .dub import Dub
from .ducking import DuckCurve
from .length import check_complete
from .mix import DubTrack, MixedTrack
from .source_clock import SourceClock, length_of
from .stream_copier import StreamCopier

_AHEAD_S = 1.0
"""The lead of the dub over the video, so that the muxer doesn't have to buffer packets."""
_OPUS_RATE = 48_000
_MAX_UNREAD = 0.1
"""The part of a film's bytes that may follow the last packet: its index, and fonts."""
_MIN_UNREAD_BYTES = 1 << 16
_TRIED_S = 2.0
_TRIED_PACKETS = 4096
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class DubbedCopy:
    """Writes the streams of a film, a dub and its subtitles to an output. `notes` tells what isn't as in the film."""

    def __init__(
        self,
        video: Path,
        source: InputContainer,
        output: OutputContainer,
        container: VideoContainer,
        speech: Source,
        dub: Dub,
        *,
        is_trial: bool = False,
    ) -> None:
        self._video = video
        self._source = source
        self._output = output
        self._clock = SourceClock(source)
        self._units_s = {stream.index: float(stream.time_base or 0) for stream in source.streams}
        self._length_s = length_of(source)
        self._original = _original_audio(video, source) if dub.voice_over else None
        self._reader = AudioReader(speech, sample_rate=self._rate(container))
        self._track: DubTrack | MixedTrack
        if self._original is None:
            self._track = DubTrack(self._reader)
        else:
            layout = _layout(video, self._original)
            self._track = MixedTrack(self._reader, layout, DuckCurve(dub.speech_spans, dub.ducking))
        self._copier = StreamCopier(
            video, source, output, container, default_audio=not dub.is_default, is_trial=is_trial
        )
        self._copier.add(lambda stream: stream.type != "audio")
        if dub.is_default:
            self._audio = self._add_audio(container, dub)
        self._copier.add(lambda stream: stream.type == "audio")
        if not dub.is_default:
            self._audio = self._add_audio(container, dub)
        dub_captions = CaptionTrack(output, container, dub.subtitles, dub.language, dub.title)
        self._captions = [*self._copier.captions, dub_captions]
        self._end_s = 0.0
        self._is_finished = False
        self._n_read_bytes = 0
        self._n_decoded = 0
        self._n_damaged = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """The skipped and converted streams, and what couldn't be decoded."""
        notes = list(self._copier.notes)
        if self._n_damaged:
            n = self._n_damaged
            notes.append(f"{n} packets of the original audio can't be decoded and are silent in the voice-over")
        size = self._source.size
        n_unread = size - self._n_read_bytes
        if self._is_finished and self._n_read_bytes and n_unread > max(_MAX_UNREAD * size, _MIN_UNREAD_BYTES):
            notes.append(
                f"the last {n_unread / size:.0%} of '{self._video}' can't be read as part of the film: it is damaged, "
                "or was joined byte by byte; the copy lacks it"
            )
        return tuple(notes)

    def run(self, cancelled: Callable[[], bool], on_progress: Callable[[float], None]) -> None:
        """Write everything. MediaError for a film that is damaged or cut off."""
        with self._reader:
            for packet in self._packets():
                if cancelled():
                    raise JobCancelledError
                self._write(packet)
                if self._length_s:
                    on_progress(min(self._end_s / self._length_s, 1.0))
            self._is_finished = True
            check_complete(self._video, self._source, self._end_s)
            self._finish()
        on_progress(1.0)

    def try_start(self) -> None:
        """Write the first seconds, and the end of the file after them. MediaError if the audio can't be decoded."""
        with self._reader:
            for packet in itertools.islice(self._packets(), _TRIED_PACKETS):
                self._write(packet)
                if self._end_s > _TRIED_S and (self._original is None or self._n_decoded or not self._n_damaged):
                    break
            if self._n_damaged and not self._n_decoded:
                raise MediaError(
                    f"the audio of '{self._video}' can't be decoded for a voice-over; add the dub as a track instead"
                )
            self._finish()

    def _packets(self) -> Iterator[Packet[Stream]]:
        packets = self._source.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                yield from self._clock.rest()
                return
            except av.error.FFmpegError as error:
                raise MediaError(f"'{self._video}' is damaged at {self._end_s:.1f} s ({reason_of(error)})") from error
            if packet.size:
                self._n_read_bytes = max(self._n_read_bytes, (packet.pos or 0) + packet.size)
                yield from self._clock.add(packet)

    def _write(self, packet: Packet[Stream]) -> None:
        time_s = self._time_s(packet)
        if packet.stream is self._original:
            self._encode(self._mixed(packet))
        if time_s is not None:
            if isinstance(self._track, DubTrack):
                self._encode(self._track.until(time_s + _AHEAD_S))
            self._caption(time_s + _AHEAD_S)
        self._copier.write(packet)

    def _finish(self) -> None:
        self._copier.rest()
        self._encode(self._track.rest())
        self._output.mux(self._audio.encode(None))
        self._caption(float("inf"))

    def _time_s(self, packet: Packet[Stream]) -> float | None:
        at = packet.pts if packet.dts is None else packet.dts
        if at is None:
            return None
        unit_s = self._units_s[packet.stream.index]
        time_s = at * unit_s
        self._end_s = max(self._end_s, time_s + (packet.duration or 0) * unit_s)
        return time_s

    def _rate(self, container: VideoContainer) -> int | None:
        if self._original is not None:
            return self._original.codec_context.sample_rate
        return _OPUS_RATE if container.audio_encoder == "libopus" else None

    def _mixed(self, packet: Packet[Stream]) -> Iterator[AudioFrame]:
        """Decode a packet and mix it. Damaged audio becomes silence, whose length follows from the next frame."""
        track = cast("MixedTrack", self._track)
        try:
            frames = cast("AudioStream", packet.stream).codec_context.decode(cast("Packet[AudioStream]", packet))
        except av.error.FFmpegError:
            self._n_damaged += 1
            return
        for frame in frames:
            self._n_decoded += 1
            yield from track.add(frame, frame.time)

    def _encode(self, frames: Iterable[AudioFrame]) -> None:
        for frame in frames:
            self._output.mux(self._audio.encode(frame))

    def _caption(self, until_s: float) -> None:
        for track in self._captions:
            for packet in track.until(until_s):
                self._output.mux(packet)

    def _add_audio(self, container: VideoContainer, dub: Dub) -> AudioStream:
        is_opus = container.audio_encoder == "libopus"
        rate = _OPUS_RATE if is_opus else encoded_rate("aac", self._track.sample_rate)
        options = {} if is_opus else dict(AAC_OPTIONS)
        stream = cast("AudioStream", self._output.add_stream(container.audio_encoder, rate=rate, options=options))
        stream.codec_context.layout = self._track.layout
        stream.codec_context.bit_rate = bit_rate(container.audio_encoder, stream.codec_context.layout.nb_channels)
        container.describe(stream, dub.language, dub.title or ("Voice-over" if dub.voice_over else "Dub"))
        set_disposition(stream, Disposition.default if dub.is_default else Disposition(0))
        return stream


def _original_audio(video: Path, source: InputContainer) -> AudioStream:
    tracks = source.streams.audio
    if not tracks:
        raise MediaError(f"'{video}' has no audio for a voice-over; add the dub as a track instead")
    chosen = next((track for track in tracks if track.disposition & Disposition.default), tracks[0])
    if chosen.codec_context is None:
        raise MediaError(f"the audio of '{video}' can't be decoded for a voice-over; add the dub as a track instead")
    return chosen


def _layout(video: Path, original: AudioStream) -> str:
    """Return the layout of a track, by the number of its channels if the film doesn't state one (PCM)."""
    layout = original.codec_context.layout
    if any(channel.name != "NONE" for channel in layout.channels):
        return layout.name
    usual = _USUAL_LAYOUTS.get(layout.nb_channels)
    if usual is None:
        raise MediaError(
            f"the audio of '{video}' has {layout.nb_channels} channels without known places, which can't be mixed; "
            "add the dub as a track instead"
        )
    return usual
