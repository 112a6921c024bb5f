"""Move cues in time: by an offset, and from one frame rate to another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from .cue import Cue

_RATES = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}
"""Frame rates that are written as rounded decimals."""
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,6})?")
_OFFSET = re.compile(r"([+-]?)(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7}(?:[.,]\d{1,6})?)")
_MAX_FACTOR = 10


class Retiming(msgspec.Struct, frozen=True):
    """New times for cues: first `offset_s` seconds later, then multiplied by `factor`."""

    offset_s: Fraction = Fraction(0)
    factor: Fraction = Fraction(1)

    @classmethod
    def parse(cls, offset: str | float = 0, rate: str = "") -> Retiming:
        """Return the retiming for an offset and two frame rates.

        Args:
            offset: Seconds, or `[-][HH:]MM:SS[.mmm]`.
            rate: The frame rates that the cues were timed for and that the film has, as `25:23.976`; empty for none.

        Raises:
            ValueError: One of them can't be read.
        """
        return cls(_offset(str(offset)), _factor(rate) if rate else Fraction(1))

    def __bool__(self) -> bool:
        """Return whether it changes anything."""
        return self != Retiming()

    def __str__(self) -> str:
        parts = [f"moved by {float(self.offset_s):+g} s"] if self.offset_s else []
        parts += [] if self.factor == 1 else [f"multiplied by {float(self.factor):.6g}"]
        return "the times of the cues are " + ", then ".join(parts or ["unchanged"])

    def apply(self, cues: Sequence[Cue]) -> tuple[list[Cue], list[Cue]]:
        """Return the cues with their new times, and those that would end before 0, as they were."""
        if not self:
            return list(cues), []
        kept: list[Cue] = []
        before: list[Cue] = []
        for cue in cues:
            start_ms, end_ms = self._moved(cue.start_ms), self._moved(cue.end_ms)
            if end_ms < 0 or (end_ms == 0 and start_ms < 0):
                before.append(cue)
            else:
                kept.append(msgspec.structs.replace(cue, index=len(kept), start_ms=max(start_ms, 0), end_ms=end_ms))
        return kept, before

    def _moved(self, ms: int) -> int:
        return round((ms + self.offset_s * 1000) * self.factor)


def _offset(text: str) -> Fraction:
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"offset {text!r}: give seconds such as -1.5, or a time such as -10:00:00")
    sign, hours, minutes, seconds = found.groups()
    length = int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(seconds.replace(",", "."))
    return -length if sign == "-" else length


def _factor(text: str) -> Fraction:
    rates = [_RATES.get(part.strip()) or _rate(part.strip()) for part in text.split(":")]
    if len(rates) != 2 or None in rates:
        raise ValueError(f"rate {text!r}: give the cues' and the film's frames per second, such as 25:23.976")
    own, film = (rate or Fraction(1) for rate in rates)
    factor = own / film
    if not Fraction(1, _MAX_FACTOR) <= factor <= _MAX_FACTOR:
        raise ValueError(f"rate {text!r}: the two must not differ by more than a factor of {_MAX_FACTOR}")
    return factor


def _rate(text: str) -> Fraction | None:
    return Fraction(text) or None if _NUMBER.fullmatch(text) else None
