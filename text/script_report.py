"""What there is to say about a script: notes and errors, with their lines and columns."""

from __future__ import annotations

from .script_types import ScriptError, ScriptNote

MAX_NOTES = 200
"""So many notes are kept; the others are counted."""


_LOOK_AHEAD_CHARS = 1 << 13


class ScriptReport:
    """Notes about a text, and errors with their places in it. Lines end with LF, CR or both."""

    def __init__(self, text: str) -> None:
        self.notes: list[ScriptNote] = []
        self.n_notes = 0
        self._text = text
        self._text_to = len(text) if text.isascii() and "\0" not in text else 0
        """Up to here it was looked through, and is text."""
        self._noted = (0, 1)

    def error(self, offset: int, reason: str, nearest: tuple[str, ...] = ()) -> ScriptError:
        """Return the error for a fault at a place of the text."""
        line, column, _ = self._place(offset, (0, 1))
        return ScriptError(reason, line, column, nearest)

    def note(self, offset: int, message: str) -> None:
        """Note something about a place of the text. Places in ascending order are found fastest."""
        self.n_notes += 1
        if len(self.notes) < MAX_NOTES:
            known = self._noted if offset >= self._noted[0] else (0, 1)
            line, column, begin = self._place(offset, known)
            self._noted = (begin, line)
            self.notes.append(ScriptNote(line, column, message))

    def check(self, start: int, end: int) -> None:
        """ScriptError if `text[start:end]` holds what no text does: a NUL character or a lone surrogate."""
        if end <= self._text_to:
            return
        # Blocks are short, and looking at a few thousand characters costs no more than looking at a few.
        if _is_text(self._text[start : start + _LOOK_AHEAD_CHARS]) and end <= start + _LOOK_AHEAD_CHARS:
            self._text_to = start + _LOOK_AHEAD_CHARS
            return
        nul = self._text.find("\0", start, end)
        if nul >= 0:
            raise self.error(nul, "a NUL character: this is no text")
        try:
            # The fastest way to look at every character.
            self._text[start:end].encode()
        except UnicodeEncodeError as error:
            place = start + error.start
            half = f"half a character (the lone surrogate U+{ord(self._text[place]):04X})"
            raise self.error(place, half) from None

    def _place(self, offset: int, known: tuple[int, int]) -> tuple[int, int, int]:
        """Return line and column of a place, 1-based, and its line's start. `known`: the start and number of a line."""
        text, (begin, line) = self._text, known
        n_breaks = text.count("\n", begin, offset) + text.count("\r", begin, offset) - text.count("\r\n", begin, offset)
        line_start = max(text.rfind("\n", begin, offset), text.rfind("\r", begin, offset)) + 1 if n_breaks else begin
        return line + n_breaks, offset - line_start + 1, line_start


def _is_text(text: str) -> bool:
    """Whether it holds no NUL character and no lone surrogate."""
    try:
        # The fastest way to look at every character.
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
