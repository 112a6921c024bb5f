"""The script of a letter, and the runs of one script in a text."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_RANGES = (
    (0x0041, 0x024F, "latin"),
    (0x0250, 0x02AF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0750, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"),
    (0x0B00, 0x0B7F, "oriya"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"),
    (0x0D00, 0x0D7F, "malayalam"),
    (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"),
    (0x1000, 0x109F, "burmese"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1100, 0x11FF, "hangul"),
    (0x1200, 0x139F, "ethiopic"),
    (0x1C90, 0x1CBF, "georgian"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x3005, 0x3007, "han"),
    (0x3040, 0x30FF, "kana"),
    (0x3130, 0x318F, "hangul"),
    (0x31F0, 0x31FF, "kana"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7FB, "hangul"),
    (0xF900, 0xFAFF, "han"),
    (0xFB00, 0xFB06, "latin"),
    (0xFF66, 0xFF9F, "kana"),
    (0x20000, 0x3FFFF, "han"),
)
_STARTS = [first for first, _, _ in _RANGES]
_OTHER = "other"

ESPEAK_VOICES = {
    "greek": "el",
    "cyrillic": "ru",
    "armenian": "hy",
    "hebrew": "he",
    "arabic": "ar",
    "devanagari": "hi",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "burmese": "my",
    "georgian": "ka",
    "hangul": "ko",
    "ethiopic": "am",
    "han": "cmn",
    "kana": "ja",
}
"""eSpeak NG's voice for foreign words in a script; other voices would spell them."""
_UNSPACED = frozenset({"han", "kana"})
_JOINERS = frozenset(" '’.&-_/@")


class Run(NamedTuple):
    """A span `[start, end)` of a text; `script` is "" for the language's own scripts and for non-letters."""

    script: str
    start: int
    end: int


def script_of(character: str) -> str:
    """Return the script of a letter ("other" if unknown), "" for a non-letter."""
    if not character.isalpha():
        return ""
    code = ord(character)
    index = bisect_right(_STARTS, code) - 1
    return _RANGES[index][2] if index >= 0 and code <= _RANGES[index][1] else _OTHER


def runs(text: str, native: frozenset[str]) -> Iterator[Run]:
    """Yield the runs of a text in order, without gaps. `native` are the scripts that the language reads.

    A foreign run starts and ends with a letter and includes spaces and signs between words of its script. For languages
    in Latin letters, a single letter of a script with spaces isn't a foreign run: they have a name for the β of
    "β-carotene".
    """
    native_start = position = 0
    while position < len(text):
        script = script_of(text[position])
        if not script or script in native:
            position += 1
            continue
        end, letters = _run_end(text, position, script)
        if letters > 1 or script in _UNSPACED or "latin" not in native:
            if native_start < position:
                yield Run("", native_start, position)
            yield Run(script, position, end)
            native_start = end
        position = end
    if native_start < len(text):
        yield Run("", native_start, len(text))


def _run_end(text: str, start: int, script: str) -> tuple[int, int]:
    """Return the end of the run that begins at `start`, and its number of letters."""
    end, letters = start, 0
    for position in range(start, len(text)):
        character = text[position]
        if script_of(character) == script:
            end, letters = position + 1, letters + 1
        elif character.isalnum():
            break
        elif unicodedata.category(character)[0] == "M":
            end = position + 1 if end == position else end
        elif character not in _JOINERS:
            break
    return end, letters
