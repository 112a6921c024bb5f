"""Decoding times for packets of containers, such as Matroska, that have only presentation times."""

from __future__ import annotations

from collections.abc import Iterator

from av.packet import Packet
from av.stream import Stream

_MAX_WAITING = 64
"""Larger than the number of frames that any codec reorders."""


class DecodingOrder:
    """Gives each packet of a stream a decoding time (dts) after the previous packet's.

    FFmpeg computes these times except for the first frames of a stream with reordered frames. Those frames wait for the
    first known dts and are numbered backwards from it.
    """

    def __init__(self) -> None:
        self._waiting: list[Packet[Stream]] = []
        self._last_dts: int | None = None

    def add(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """Add the next packet, and yield the packets that are ready."""
        if packet.dts is None and self._last_dts is None and len(self._waiting) < _MAX_WAITING:
            self._waiting.append(packet)
            return
        if self._waiting:
            yield from self._count_back(packet.dts)
        yield self._after_last(packet)

    def rest(self) -> Iterator[Packet[Stream]]:
        """Yield the waiting packets."""
        yield from self._count_back(None)

    def _count_back(self, dts: int | None) -> Iterator[Packet[Stream]]:
        waiting, self._waiting = self._waiting, []
        first = min((packet.pts for packet in waiting if packet.pts is not None), default=0)
        end = first if dts is None else dts
        for n_left, packet in zip(range(len(waiting), 0, -1), waiting, strict=True):
            packet.dts = end - n_left * max(packet.duration or 1, 1)
            yield self._after_last(packet)

    def _after_last(self, packet: Packet[Stream]) -> Packet[Stream]:
        dts = packet.pts if packet.dts is None else packet.dts
        if self._last_dts is not None and (dts is None or dts <= self._last_dts):
            dts = self._last_dts + 1
        packet.dts = self._last_dts = dts
        if packet.pts is None:
            packet.pts = dts
        elif dts is not None and packet.pts < dts:
            packet.pts = dts  # a frame can't be shown before it is decoded
        return packet
