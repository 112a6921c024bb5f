"""Times from the start of a film, also where the clock of the film jumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import cast

import av
import msgspec
from av.container import InputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import Disposition, Stream

_BACK_S = 0.25
"""A stream whose decoding times fall by more starts over. Rounding and small overlaps stay below."""
_BACK_VIDEO_S = 1.0
"""Video without stored decoding times, for which FFmpeg's are wrong by some frames at such a place, falls by less."""
_AHEAD_S = 10.0
"""In formats whose clock may jump (MPEG), a larger gap in all streams is a jump, as it is for FFmpeg."""
_ABSURD_S = 10 * 3600.0
"""In every format, a larger gap is a damaged time."""
_ACTIVE_S = 5.0
_SETTLED_S = 3.0
"""A stream that continues for longer after another one has jumped takes no part in the jump."""
_MAX_HELD = 8192
_MAX_DAMAGED = 3
_MIN_BYTES_PER_S = 20
_MAX_TIME_S = 1e8
"""Larger times are damage; in the smallest units they would overflow."""


def begin_of(container: InputContainer) -> Fraction:
    """Return the start of the film on its own clock, in seconds."""
    return Fraction(container.start_time or 0, av.time_base)


def length_of(container: InputContainer) -> float:
    """Return the film's length in seconds by its header; 0 if it is unknown, or impossible for the size of the file."""
    length_s = (container.duration or 0) / av.time_base
    if length_s * _MIN_BYTES_PER_S > container.size > 0:
        return 0.0
    begin_s = float(begin_of(container))
    # Matroska counts the length from 0 instead of from the film's start.
    return length_s - begin_s if "matroska" in container.format.name and 0 < begin_s < length_s else length_s


def may_jump(container: InputContainer) -> bool:
    """Return whether the clock of a film's format may jump (MPEG, Ogg). Such formats don't state a length either."""
    return bool(container.format.flags & cast("int", Flags.ts_discont.value))


def timed_packets(container: InputContainer) -> Iterator[Packet[Stream]]:
    """Yield the packets of all streams, timed from the start of the film. FFmpegError where the film is damaged."""
    clock = SourceClock(container)
    for packet in container.demux():
        yield from clock.add(packet)
    yield from clock.rest()


class _Track(msgspec.Struct):
    """A stream's clock. `raw` times are seconds on the film's own clock, counted from its start."""

    unit_s: float
    base: int
    back_s: float
    """How far times may fall without a jump; infinite for subtitles and data, whose jumps can't be told."""
    offset_s: float = 0.0
    offset: int = 0
    last_raw_s: float | None = None
    step_s: float = 0.0
    end_s: float = 0.0
    """Its end so far, with the offset."""

    @property
    def is_dense(self) -> bool:
        """Whether it is audio or video."""
        return self.back_s != float("inf")

    def move_to(self, offset_s: float) -> None:
        self.offset_s = offset_s
        self.offset = round(offset_s / self.unit_s)

    def advance(self, raw_s: float, length_s: float) -> None:
        if self.last_raw_s is not None and 0 < raw_s - self.last_raw_s < 1:
            self.step_s = raw_s - self.last_raw_s
        self.last_raw_s = raw_s
        self.end_s = max(self.end_s, raw_s + self.offset_s + (length_s or self.step_s))


class SourceClock:
    """Times the packets of a film from its start, in place.

    In joined recordings (`cat a.ts b.ts`) the clock starts over with each part. The invariants:

    1. All packets of a part are moved by the same offset, so its streams keep their distance to each other.
    2. A part begins where the longest stream of the part before it ends, so no stream goes back.

    The last packets of a part come after the first ones of the next. So packets are held from the first stream that
    jumps until all audio and video streams have jumped. A stream that jumps back alone gets an offset of its own.

    Attributes:
        n_jumps: The jumps so far.
    """

    def __init__(self, container: InputContainer) -> None:
        begin = begin_of(container)
        self.n_jumps = 0
        self._tracks = {stream.index: _track(stream, begin) for stream in container.streams}
        self._ahead_s = _AHEAD_S if may_jump(container) else _ABSURD_S
        self._offset_s = 0.0
        self._now_s = 0.0
        self._held: list[Packet[Stream]] = []
        self._is_new: list[bool] = []
        self._waited: set[int] = set()
        self._jumps: dict[int, float] = {}
        self._progress: dict[int, float] = {}

    def add(self, packet: Packet[Stream]) -> Sequence[Packet[Stream]]:
        """Take the next packet of the file, and return those whose time is known. One of an absurd time is dropped."""
        track = self._tracks.get(packet.stream.index)
        if track is None:  # a stream that begins in mid-file
            return ()
        pts, dts = packet.pts, packet.dts
        limit = _MAX_TIME_S / track.unit_s
        if (pts is not None and abs(pts) > limit) or (dts is not None and abs(dts) > limit):
            return ()
        if pts is not None and dts is not None and abs(pts - dts) * track.unit_s > _ABSURD_S:
            packet.pts = pts = None
        if pts is not None:
            packet.pts = pts - track.base
        if dts is not None:
            packet.dts = dts = dts - track.base
        if self._held:
            return self._hold(packet, track)
        if dts is not None and self._is_jump(track, dts * track.unit_s, track.back_s):
            raw_s = dts * track.unit_s
            if track.offset_s != self._offset_s and self._continues(track, raw_s):
                track.move_to(self._offset_s)  # a jump that other streams made before
            else:
                return self._hold(packet, track)
        return (self._timed(packet, track),)

    def rest(self) -> Sequence[Packet[Stream]]:
        """Return the packets that are held."""
        return self._release() if self._held else ()

    def _is_jump(self, track: _Track, raw_s: float, back_s: float) -> bool:
        last_s = track.last_raw_s
        if last_s is None or not track.is_dense:
            return False
        return raw_s < last_s - back_s or raw_s > last_s + self._ahead_s

    def _continues(self, track: _Track, raw_s: float) -> bool:
        return track.end_s - _BACK_S <= raw_s + self._offset_s <= self._now_s + _AHEAD_S

    def _hold(self, packet: Packet[Stream], track: _Track) -> Sequence[Packet[Stream]]:
        index = packet.stream.index
        if not self._held:
            self._waited = {
                number
                for number, other in self._tracks.items()
                if other.last_raw_s is not None and other.is_dense and other.end_s > self._now_s - _ACTIVE_S
            }
            self._jumps, self._progress, self._is_new = {}, {}, []
        self._held.append(packet)
        raw_s = None if packet.dts is None else packet.dts * track.unit_s
        if raw_s is not None:
            length_s = (packet.duration or 0) * track.unit_s
            is_jump = self._is_jump(track, raw_s, _BACK_S)
            if index in self._jumps and not is_jump:
                self._forget_damaged(index)
            if index not in self._jumps and is_jump:
                self._jumps[index] = raw_s
            else:
                self._progress[index] = self._progress.get(index, 0.0) + length_s
                if index not in self._jumps:
                    track.advance(raw_s, length_s)
        self._is_new.append(index in self._jumps)
        settled = self._waited <= self._jumps.keys() or len(self._held) >= _MAX_HELD
        if settled or any(length_s > _SETTLED_S for length_s in self._progress.values()):
            return self._release()
        return ()

    def _forget_damaged(self, index: int) -> None:
        """Remove the times of a few held packets that aren't the begin of a part: the stream goes on as before them."""
        damaged = [at for at, new in enumerate(self._is_new) if new and self._held[at].stream.index == index]
        if len(damaged) > _MAX_DAMAGED:
            return  # a part that has come as far as the one before it
        del self._jumps[index]
        for at in damaged:
            self._held[at].pts = self._held[at].dts = None
            self._is_new[at] = False

    def _release(self) -> list[Packet[Stream]]:
        """Choose the offsets behind the jumps, and return the held packets with their times."""
        moves = {index: self._tracks[index].end_s - raw_s for index, raw_s in self._jumps.items()}
        changes = {index: raw_s - (self._tracks[index].last_raw_s or 0.0) for index, raw_s in self._jumps.items()}
        first = next(iter(changes.values()), 0.0)
        goes_on = any(self._progress.get(index, 0.0) > _SETTLED_S for index in self._waited - self._jumps.keys())
        joined = set() if goes_on else {index for index, change in changes.items() if abs(change - first) < _ACTIVE_S}
        if joined:
            self._offset_s = max(moves[index] for index in joined)
        for index, change_s in changes.items():
            if index in joined:
                moves[index] = self._offset_s
            elif -_BACK_VIDEO_S < change_s < _ABSURD_S:
                moves[index] = self._tracks[index].offset_s  # a gap or an overlap in one stream
        self.n_jumps += len(changes) - len(joined) + bool(joined)
        held, is_new = self._held, self._is_new
        self._held, self._is_new = [], []
        ready = []
        for packet, new in zip(held, is_new, strict=True):
            track = self._tracks[packet.stream.index]
            if new and packet.stream.index in moves:
                track.move_to(moves.pop(packet.stream.index))
            ready.append(self._timed(packet, track))
        return ready

    def _timed(self, packet: Packet[Stream], track: _Track) -> Packet[Stream]:
        pts, dts = packet.pts, packet.dts
        time = pts if dts is None else dts
        if time is not None:
            raw_s = time * track.unit_s
            if track.is_dense:
                if dts is not None:
                    track.advance(raw_s, (packet.duration or 0) * track.unit_s)
                self._now_s = max(self._now_s, raw_s + track.offset_s)
            elif track.offset_s != self._offset_s and abs(raw_s + self._offset_s - self._now_s) < abs(
                raw_s + track.offset_s - self._now_s
            ):
                track.move_to(self._offset_s)
        if track.offset:
            if pts is not None:
                packet.pts = pts + track.offset
            if dts is not None:
                packet.dts = dts + track.offset
        return packet


def _track(stream: Stream, begin: Fraction) -> _Track:
    unit = stream.time_base or Fraction(1, av.time_base)
    back_s = float("inf")
    if not stream.disposition & Disposition.attached_pic:
        back_s = {"audio": _BACK_S, "video": _BACK_VIDEO_S}.get(stream.type, back_s)
    return _Track(unit_s=float(unit), base=round(begin / unit), back_s=back_s)
