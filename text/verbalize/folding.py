"""Fold characters that only look different: ligatures, mathematical and full-width letters, squared units."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from .rule import Verbalized

_FOLDED = re.compile(
    "[\ufb00-\ufb06\u2080-\u2089"  # ligatures, subscripts
    "\U0001d400-\U0001d7ff"  # mathematical letters and digits
    "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a＃＄％＆＋－／＜＝＞＠￠￡￥￦"  # full-width letters, digits, signs
    "\u2102\u210a-\u2115\u2119-\u211d\u2124\u2126\u2128\u212a\u212c\u212d\u212f-\u2134\u2139\u2145-\u2149"  # letters
    "℃℉№\u2160-\u217f"  # signs of several letters, Roman numerals
    "\u2460-\u249b\u24b6-\u24e9"  # circled numbers and letters
    "\u3371-\u337a\u3380-\u33df]"  # squared units
    "|(?<=[\uff10-\uff19])[，．：](?=[\uff10-\uff19])"
)
_SPECIAL = {"№": "No."}


class Folded:
    """A text with its characters folded, and the way back."""

    def __init__(self, source: str) -> None:
        parts: list[str] = []
        self.changes: list[tuple[int, int, int]] = []
        """Each folded character: its position, and the start and end of its replacement in `text`."""
        position = length = 0
        for match in _FOLDED.finditer(source):
            plain = _SPECIAL.get(match[0]) or unicodedata.normalize("NFKC", match[0])
            parts += [source[position : match.start()], plain]
            start = length + match.start() - position
            length = start + len(plain)
            self.changes.append((match.start(), start, length))
            position = match.end()
        self.text = "".join([*parts, source[position:]]) if parts else source
        self._sources = [change[0] for change in self.changes]
        self._ends = [change[2] for change in self.changes]

    def position(self, source: int) -> int:
        """Return the position in `text` of a position of the source."""
        at = bisect_left(self._sources, source)
        return source if at == 0 else self._ends[at - 1] + source - self._sources[at - 1] - 1

    def _source(self, position: int, *, is_end: bool) -> int:
        """Return the position in the source, outside of any folded character."""
        at = bisect_left(self._ends, position if is_end else position + 1)
        if at < len(self.changes):
            source, start, _ = self.changes[at]
            if start < position or (start == position and not is_end):
                return source + 1 if is_end else source
        return position if at == 0 else self._sources[at - 1] + 1 + position - self._ends[at - 1]

    def unfolded(self, found: Sequence[Verbalized], taken: Sequence[tuple[int, int]]) -> list[Verbalized]:
        """Return replacements in `text` as replacements in the source, with those of other folded characters."""
        result: list[Verbalized] = []
        end = 0
        for match in found:
            start = self._source(match.start, is_end=False)
            if start >= end:
                end = self._source(match.end, is_end=True)
                result.append(match._replace(start=start, end=end))
        occupied = sorted([*((match.start, match.end) for match in result), *taken])
        at = 0
        for source, start, stop in self.changes:
            while at < len(occupied) and occupied[at][1] <= source:
                at += 1
            if at == len(occupied) or source < occupied[at][0]:
                result.append(Verbalized(source, source + 1, self.text[start:stop]))
        return sorted(result)


def fold(text: str) -> Folded:
    """Return a text with its characters folded."""
    return Folded(text)
