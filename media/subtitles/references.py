"""Character references (`&amp;`, `&#39;`), which converters and machine translation leave in any format."""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

GUARD = "\u2060"
"""A WORD JOINER: invisible and not spoken. After an ampersand, it says that a reference is text."""

_SPACED = "quot|amp|lt|gt|apos|nbsp"
_REST = (
    rf"(?:[ \xa0]?[#＃][ \xa0]?(?:[0-9０-９]{{1,7}}|[xX][0-9A-Fa-f]{{1,6}})[ \xa0]?|[ \xa0]?(?:{_SPACED})[ \xa0]?"
    r"|[A-Za-z][A-Za-z0-9]{1,30})[;；]"
)
_REFERENCE = re.compile(rf"[&＆]({_REST})", re.ASCII)
_NOT_REFERENCE = re.compile(rf"[&＆](?={_REST}|{GUARD})", re.ASCII)
_GUARDED = re.compile(rf"(?<=[&＆]){GUARD}")
_SURROGATES = re.compile(r"&#(5[5-6][0-9]{3});&#(5[6-7][0-9]{3});")
"""A character beyond U+FFFF as two numbers, which JavaScript makes of emoji."""
_FIRST_HIGH, _FIRST_LOW, _END_LOW = 0xD800, 0xDC00, 0xE000
_MAX_PASSES = 4
"""`&amp;#39;` is escaped twice; nobody escapes a text more than four times."""


def resolve_references(text: str) -> str:
    """Return a text with its character references resolved, also if they were escaped twice, or parted by spaces.

    An ampersand that starts none ("R&D") stays, and so does a guarded one.
    """
    for _ in range(_MAX_PASSES if "&" in text or "＆" in text else 0):
        resolved = _REFERENCE.sub(_character, _SURROGATES.sub(_beyond, text))
        if resolved == text:
            break
        text = resolved
    return text


def guard_references(text: str) -> str:
    """Return a text in which no reader finds a reference."""
    return _NOT_REFERENCE.sub(lambda match: match.group() + GUARD, text) if "&" in text or "＆" in text else text


def unguard_references(text: str) -> str:
    """Return a text without the guards of `guard_references`."""
    return _GUARDED.sub("", text)


def _character(match: re.Match[str]) -> str:
    name = "".join(unicodedata.normalize("NFKC", match[1]).split())
    if not name.startswith("#") and name not in html5:
        return match[0]
    return html.unescape(f"&{name}")


def _beyond(match: re.Match[str]) -> str:
    high, low = int(match[1]), int(match[2])
    if not _FIRST_HIGH <= high < _FIRST_LOW <= low < _END_LOW:
        return match[0]
    return chr(0x10000 + ((high - _FIRST_HIGH) << 10) + (low - _FIRST_LOW))
