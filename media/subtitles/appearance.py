"""The text of a cue and what it looks like, as far as it is kept: italics, and the place on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from .markup import Plain
from .subtitle_file import Note, Notes, RawCue

Span = tuple[int, int]

_ITALICS = re.compile(r"<(/?)(?:i|em)\s?>|\{[^{}]*?\\i([01])(?![0-9a-z])[^{}]*\}", re.IGNORECASE)
_PLACE = re.compile(r"\{[^{}]*?\\an([1-9])(?![0-9])[^{}]*\}")
_OLD_PLACE = re.compile(r"\{[^{}]*?\\a([0-9]{1,2})(?![0-9])[^{}]*\}")
_LINE = re.compile(r"line:(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)(%?)")
_ALIGN = re.compile(r"align:(start|left|end|right)")
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Stand for tags while text is escaped; they are no characters, so no text has them."""
_BOTTOM = 2
_TOP_LINES = 5
"""A line number below this, counted from the top, is at the top."""


def with_text(
    cue: RawCue,
    marked: str,
    plain: Callable[[str], Plain],
    notes: Notes,
    *,
    is_italic: bool = False,
    place: int = 0,
) -> RawCue:
    """Return a cue with its text, and with the speakers, the italics and the place that are in the text's markup.

    Args:
        marked: The text as written.
        plain: Removes the format's markup.
        notes: Gets the remarks on the markup.
        is_italic: Whether the cue's style is in italics.
        place: The place of its style or settings, as in `Cue`.
    """
    found = plain(marked)
    notes.extend(Note(cue.line, "markup", remark) for remark in found.remarks)
    cue = msgspec.structs.replace(
        cue, text=found.text, speaker=found.speaker or cue.speaker, voices=found.voices, marked=marked
    )
    if "{" in marked:
        new, old = _PLACE.search(marked), _OLD_PLACE.search(marked)
        place = int(new[1]) if new else place_of_ssa(int(old[1])) if old else place
    italics: tuple[Span, ...] = ()
    if is_italic or _ITALICS.search(marked):
        italics = tuple(_italics(cue.text, marked, plain, is_italic=is_italic))
    place = 0 if place == _BOTTOM else place
    return msgspec.structs.replace(cue, italics=italics, place=place) if italics or place else cue


def place_of_ssa(alignment: int) -> int:
    r"""Return the place for an alignment as SSA and `\a` count it: 1 to 3, at the top 5 to 7, in the middle 9 to 11."""
    column = (alignment - 1) % 4 + 1
    row = {0: 0, 1: 6, 2: 3}.get((alignment - 1) // 4)
    return 0 if row is None or column > 3 else column + row


def place_of_settings(settings: str) -> int:
    """Return the place for the settings of a WebVTT cue."""
    line, align = _LINE.search(settings), _ALIGN.search(settings)
    row = 0
    if line is not None:
        value = float(line[1])
        percent = value if line[2] else 0 if 0 <= value < _TOP_LINES else 100
        row = 6 if percent < 40 else 3 if percent <= 60 else 0
    column = 2 if align is None else 1 if align[1] in ("start", "left") else 3
    return column + row


def _italics(text: str, marked: str, plain: Callable[[str], Plain], *, is_italic: bool) -> Iterator[Span]:
    """Yield the spans of the text that are in italics: its parts between the tags, each found in turn."""
    position = at = 0
    for match in (*_ITALICS.finditer(marked), None):
        part = plain(marked[position : match.start() if match is not None else None]).text
        found = text.find(part, at) if part else -1
        if found >= 0:
            if is_italic:
                yield found, found + len(part)
            at = found + len(part)
        if match is not None:
            is_italic = match[2] == "1" if match[2] else not match[1]
            position = match.end()


def tagged(text: str, italics: Sequence[Span], escape: Callable[[str], str], tags: tuple[str, str]) -> str:
    """Return a text escaped for a format, with the format's tags around its italics."""
    if not italics:
        return escape(text)
    parts, position = [], 0
    for start, end in italics:
        parts += [text[position:start], _OPEN, text[start:end], _CLOSE]
        position = end
    escaped = escape("".join([*parts, text[position:]]))
    return escaped.replace(_OPEN, tags[0]).replace(_CLOSE, tags[1])


def settings_of_place(place: int) -> str:
    """Return the WebVTT settings for a place, with a space before each."""
    if not place:
        return ""
    row, column = divmod(place - 1, 3)
    line = ("", " line:50%", " line:0")[row]
    return line + (" align:start", "", " align:end")[column]
