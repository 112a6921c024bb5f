"""The times of copied packets in units of the copy, as its muxer accepts them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction

import msgspec
from av.packet import Packet
from av.stream import Stream

_MAX_REORDERED = 16
"""The maximum number of frames that a codec decodes before the ones that are shown earlier."""
_MAX_DURATION_S = 24 * 3600
"""Longer durations stand for an unknown end."""


class _Timed(msgspec.Struct):
    packet: Packet[Stream]
    pts: int | None
    dts: int | None
    duration: int


class _Units:
    """Converts times between two units exactly as FFmpeg does: to the nearest, halves away from zero."""

    def __init__(self, source: Fraction, target: Fraction) -> None:
        ratio = source / target
        self._up, self._down = ratio.numerator, ratio.denominator
        self._max_duration = int(_MAX_DURATION_S / source)

    def timed(self, packet: Packet[Stream]) -> _Timed:
        duration = packet.duration or 0
        return _Timed(
            packet=packet,
            pts=self._converted(packet.pts),
            dts=self._converted(packet.dts),
            duration=self._converted(duration) or 0 if 0 < duration < self._max_duration else 0,
        )

    def _converted(self, time: int | None) -> int | None:
        if time is None or self._up == self._down:
            return time
        doubled = 2 * abs(time) * self._up + self._down
        found = doubled // (2 * self._down)
        return found if time >= 0 else -found


class SoundTimes:
    """Times of audio, subtitles and data: what is decoded is presented, so each packet keeps its own time.

    Packets at the same time stay there. Only two things move a packet, and only to the end of the one before it:

    - Times that fall, in any format. (`SourceClock` has removed those of joined recordings.)
    - With `is_strict`, equal times of audio, by one unit of the copy.

    With a `frame_length` in units of the copy, times that the source has rounded (Matroska, to milliseconds) are made
    exact: a packet begins where the one before it ends if that is within `rounding` units of its own time.
    """

    def __init__(
        self, source: Fraction, target: Fraction, *, is_strict: bool, frame_length: int = 0, rounding: int = 0
    ) -> None:
        self._units = _Units(source, target)
        self._step = 1 if is_strict else 0
        self._frame_length = frame_length
        self._rounding = rounding
        self._last: int | None = None
        self._end = 0

    def add(self, packet: Packet[Stream]) -> Sequence[Packet[Stream]]:
        """Take the next packet of the stream, and return those that are ready, with their times."""
        timed = self._units.timed(packet)
        time = timed.dts if timed.pts is None else timed.pts
        if time is None:
            time = self._end
        if self._last is not None:
            exact = self._last + self._frame_length
            if self._frame_length and abs(time - exact) <= self._rounding:
                time = exact
            time = max(time, self._last + self._step)
        self._last = time
        self._end = time + max(timed.duration, 1)
        return (_set(timed, time, time),)

    def rest(self) -> Sequence[Packet[Stream]]:
        """Return the packets that wait."""
        return ()


class VideoTimes:
    """Times of video: presentation times are kept, decoding times are repaired where they are missing or impossible.

    Containers that have only presentation times (Matroska) leave the decoding times to FFmpeg, which doesn't know those
    of the first frames of a stream, and has wrong ones where a joined part begins. These invariants hold in the copy:

    1. No decoding time is later than the presentation time of its packet or of one after it.
    2. Decoding times don't fall; with `is_strict` they rise. Where the unit is too coarse for that, they may pass the
       presentation time, which is then moved by as few units.
    """

    def __init__(self, source: Fraction, target: Fraction, *, is_strict: bool, reorders: bool) -> None:
        self._units = _Units(source, target)
        self._step = 1 if is_strict else 0
        self._n_ahead = _MAX_REORDERED if reorders else 0
        self._waiting: deque[_Timed] = deque()
        self._last: int | None = None
        self._end = 0

    def add(self, packet: Packet[Stream]) -> Sequence[Packet[Stream]]:
        """Take the next packet of the stream, and return those that are ready, with their times."""
        timed = self._units.timed(packet)
        if timed.dts is None and timed.pts is not None:
            self._n_ahead = _MAX_REORDERED
        self._waiting.append(timed)
        return [self._next() for _ in range(len(self._waiting) - self._n_ahead)]

    def rest(self) -> Sequence[Packet[Stream]]:
        """Return the packets that wait."""
        return [self._next() for _ in range(len(self._waiting))]

    def _next(self) -> Packet[Stream]:
        latest = min((timed.pts for timed in self._waiting if timed.pts is not None), default=None)
        dts = self._waiting[0].dts
        if latest is not None and (dts is None or dts > latest):
            dts = min(self._counted_back(latest), latest)
        timed = self._waiting.popleft()
        if dts is None:
            dts = self._end
        if self._last is not None:
            dts = max(dts, self._last + self._step)
        self._last = dts
        self._end = dts + max(timed.duration, 1)
        return _set(timed, dts if timed.pts is None else max(timed.pts, dts), dts)

    def _counted_back(self, latest: int) -> int:
        """Return the decoding time of the first packet, counted back from the next possible one."""
        length = 0
        shown_after = latest
        for at, timed in enumerate(self._waiting):
            if at and timed.dts is not None and timed.dts <= shown_after:
                return timed.dts - length
            length += max(timed.duration, 1)
        return latest


def _set(timed: _Timed, pts: int, dts: int) -> Packet[Stream]:
    packet = timed.packet
    packet.pts, packet.dts, packet.duration = pts, dts, timed.duration
    return packet
