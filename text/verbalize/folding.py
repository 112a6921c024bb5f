"""Fold characters that only look different: ligatures, mathematical and full-width letters, squared units."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from .rule import Verbalized

_ZEROS = "٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀០᠐"
_DIGITS = {chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)}
"""The digits of other scripts."""
_FOLDED = re.compile(
    "[\ufb00-\ufb06\u2080-\u2089"  # ligatures, subscripts
    "\U0001d400-\U0001d7ff"  # mathematical letters and digits
    "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a＃＄％＆＋－／＜＝＞＠￠￡￥￦"  # full-width letters, digits, signs
    "\u2102\u210a-\u2115\u2119-\u211d\u2124\u2126\u2128\u212a\u212c\u212d\u212f-\u2134\u2139\u2145-\u2149"  # letters
    "℃℉№\u2160-\u217f"  # signs of several letters, Roman numerals
    "\u2460-\u249b\u24b6-\u24e9"  # circled numbers and letters
    "\u3371-\u337a\u3380-\u33df]"  # squared units
    f"|[{''.join(_DIGITS)}]"
    "|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});"  # references of HTML
    r"|[^\W\d_][\u0300-\u036f]{1,9}"  # decomposed letters
    "|(?<=[\uff10-\uff19])[，．](?=[\uff10-\uff19])|(?<=[0-9\uff10-\uff19])[：～](?=[0-9\uff10-\uff19])"
)
_SPECIAL = {"№": "No.", **_DIGITS}


class Folded:
    """A text with its characters folded, and the way back."""

    def __init__(self, source: str) -> None:
        parts: list[str] = []
        self.changes: list[tuple[int, int, int, int]] = []
        """The start and end of what is folded in the source, and of its replacement in `text`."""
        position = length = 0
        for match in _FOLDED.finditer(source):
            plain = _plain(match[0])
            if plain == match[0]:
                continue
            start = length + match.start() - position
            parts += [source[position : match.start()], plain]
            position, length = match.end(), start + len(parts[-1])
            self.changes.append((*match.span(), start, length))
        self.text = "".join([*parts, source[position:]]) if parts else source
        self._source_starts = [change[0] for change in self.changes]
        self._ends = [change[3] for change in self.changes]

    def position(self, source: int) -> int:
        """Return the position in `text` of a position of the source; of one within a folded part, its end."""
        at = bisect_left(self._source_starts, source)
        if at == 0:
            return source
        _, source_end, _, end = self.changes[at - 1]
        return end + max(0, source - source_end)

    def _source(self, position: int, *, is_end: bool) -> int:
        """Return the position in the source, outside of any folded part."""
        at = bisect_left(self._ends, position if is_end else position + 1)
        if at < len(self.changes):
            source_start, source_end, start, _ = self.changes[at]
            if start < position or (start == position and not is_end):
                return source_end if is_end else source_start
        return position if at == 0 else self.changes[at - 1][1] + position - self._ends[at - 1]

    def unfolded(self, found: Sequence[Verbalized], taken: Sequence[tuple[int, int]]) -> list[Verbalized]:
        """Return replacements in `text` as replacements in the source, with those of other folded parts."""
        result: list[Verbalized] = []
        last = 0
        for match in found:
            start, end = self._source(match.start, is_end=False), self._source(match.end, is_end=True)
            if start >= last and not any(start < taken_end and taken_start < end for taken_start, taken_end in taken):
                result.append(match._replace(start=start, end=end))
                last = end
        occupied = sorted([*((match.start, match.end) for match in result), *taken])
        at = 0
        for source_start, source_end, start, end in self.changes:
            while at < len(occupied) and occupied[at][1] <= source_start:
                at += 1
            if at == len(occupied) or source_end <= occupied[at][0]:
                result.append(Verbalized(source_start, source_end, self.text[start:end]))
        return sorted(result)


def _plain(part: str) -> str:
    if part[0] == "&" and len(part) > 1:
        return html.unescape(part)
    return _SPECIAL.get(part) or unicodedata.normalize("NFKC", part)


def fold(text: str) -> Folded:
    """Return a text with its characters folded."""
    return Folded(text)
