"""Build the text of a book from markup: blocks of text, with marks for headings."""

from __future__ import annotations

from typing import NamedTuple

from .book import one_line


class Mark(NamedTuple):
    """A position in the text: a heading with its level (1 is the highest) and text, or a link target (level 0)."""

    at: int
    level: int
    words: str


class TextBuilder:
    """Joins blocks with blank lines. White space within a block becomes single spaces, except for line breaks."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self._blocks: list[str] = []
        self._length = 0
        self._block_parts: list[str] = []
        self._has_text = False
        self._pending_marks: list[tuple[int, str]] = []

    def add(self, text: str) -> None:
        """Add text to the current block."""
        self._block_parts.append(text)
        self._has_text = self._has_text or bool(text.strip())

    def line_break(self) -> None:
        """Add a line break within the block."""
        self._block_parts.append("\x00")

    def mark(self, level: int, text: str) -> None:
        """Mark the start of the current block if it has text, otherwise the start of the next block."""
        self._pending_marks.append((level, text))
        if self._has_text:
            self._place_marks(self._length)

    def end_block(self) -> None:
        """End the current block. Empty blocks are dropped."""
        lines = [one_line(line) for line in "".join(self._block_parts).split("\x00")]
        self._block_parts.clear()
        self._has_text = False
        block = "\n".join(line for line in lines if line)
        if block:
            self._place_marks(self._length)
            self._blocks.append(block)
            self._length += len(block) + 2

    def finish(self) -> str:
        """Return the text."""
        self.end_block()
        text = "\n\n".join(self._blocks)
        self._place_marks(len(text))
        return text

    def _place_marks(self, at: int) -> None:
        self.marks += [Mark(at, level, text) for level, text in self._pending_marks]
        self._pending_marks.clear()
