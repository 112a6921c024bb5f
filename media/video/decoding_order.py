"""Times of decoding for packets whose container states only when they are shown, as Matroska does."""

from __future__ import annotations

from collections.abc import Iterator

from av.packet import Packet
from av.stream import Stream

_MOST_HELD = 64
"""More pictures than any codec reorders."""


class DecodingOrder:
    """Gives each packet of a stream a time of decoding that is later than the one before it.

    FFmpeg finds them itself but for the first pictures of a stream that reorders them: those wait until it knows one,
    and count back from there.
    """

    def __init__(self) -> None:
        self._held: list[Packet[Stream]] = []
        self._last_dts: int | None = None

    def add(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """Take the stream's next packet and yield those that are ready."""
        if packet.dts is None and self._last_dts is None and len(self._held) < _MOST_HELD:
            self._held.append(packet)
            return
        if self._held:
            yield from self._count_back(packet.dts)
        yield self._after_the_last(packet)

    def rest(self) -> Iterator[Packet[Stream]]:
        """Yield what still waits."""
        yield from self._count_back(None)

    def _count_back(self, dts: int | None) -> Iterator[Packet[Stream]]:
        held, self._held = self._held, []
        first = min((packet.pts for packet in held if packet.pts is not None), default=0)
        end = first if dts is None else dts
        for n_left, packet in zip(range(len(held), 0, -1), held, strict=True):
            packet.dts = end - n_left * max(packet.duration or 1, 1)
            yield self._after_the_last(packet)

    def _after_the_last(self, packet: Packet[Stream]) -> Packet[Stream]:
        dts = packet.pts if packet.dts is None else packet.dts
        if self._last_dts is not None and (dts is None or dts <= self._last_dts):
            dts = self._last_dts + 1
        packet.dts = self._last_dts = dts
        if packet.pts is None:
            packet.pts = dts
        elif dts is not None and packet.pts < dts:
            packet.pts = dts  # nothing is shown before it is decoded
        return packet
