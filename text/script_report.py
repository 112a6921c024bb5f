"""Notes and errors about a script, with their lines and columns."""

from __future__ import annotations

from .errors import TextError
from .script_types import ScriptNote

MAX_NOTES = 200
"""Notes beyond this number are counted but not kept."""
_LOOK_AHEAD_CHARS = 1 << 13


class ScriptReport:
    """Collects notes about a script and creates its errors. Lines end with LF, CR or CRLF."""

    def __init__(self, text: str) -> None:
        self.notes: list[ScriptNote] = []
        self.n_notes = 0
        self._text = text
        self._text_to = len(text) if text.isascii() and "\0" not in text else 0
        """The text before this position is checked and valid."""
        self._last_noted_line = (0, 1)
        """The start and number of the line of the last note."""

    def error(self, offset: int, reason: str, nearest: tuple[str, ...] = ()) -> TextError:
        """Return an error for the position `offset` of the text."""
        line, column, _ = self._position(offset, (0, 1))
        return TextError(reason, line, column, nearest)

    def note(self, offset: int, message: str) -> None:
        """Add a note for the position `offset`. Fastest if the offsets ascend."""
        self.n_notes += 1
        if len(self.notes) < MAX_NOTES:
            known = self._last_noted_line if offset >= self._last_noted_line[0] else (0, 1)
            line, column, begin = self._position(offset, known)
            self._last_noted_line = (begin, line)
            self.notes.append(ScriptNote(line, column, message))

    def check(self, start: int, end: int) -> None:
        """Check `text[start:end]`. TextError for a NUL character or a lone surrogate."""
        if end <= self._text_to:
            return
        # Blocks are short: checking a few thousand characters costs no more than checking a few.
        if _is_text(self._text[start : start + _LOOK_AHEAD_CHARS]) and end <= start + _LOOK_AHEAD_CHARS:
            self._text_to = start + _LOOK_AHEAD_CHARS
            return
        nul = self._text.find("\0", start, end)
        if nul >= 0:
            raise self.error(nul, "not a text: it contains a NUL character")
        try:
            self._text[start:end].encode()  # the fastest check of every character
        except UnicodeEncodeError as error:
            position = start + error.start
            surrogate = f"invalid character: lone surrogate U+{ord(self._text[position]):04X}"
            raise self.error(position, surrogate) from None

    def _position(self, offset: int, known: tuple[int, int]) -> tuple[int, int, int]:
        """Return the 1-based line and column of an offset, and where its line starts.

        `known` is the start and number of a line at or before it.
        """
        text, (begin, line) = self._text, known
        n_breaks = text.count("\n", begin, offset) + text.count("\r", begin, offset) - text.count("\r\n", begin, offset)
        line_start = max(text.rfind("\n", begin, offset), text.rfind("\r", begin, offset)) + 1 if n_breaks else begin
        return line + n_breaks, offset - line_start + 1, line_start


def _is_text(text: str) -> bool:
    """Return whether the text has no NUL character and no lone surrogate."""
    try:
        return b"\0" not in text.encode()  # the fastest check of every character
    except UnicodeEncodeError:
        return False
