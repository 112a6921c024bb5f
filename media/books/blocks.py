"""Text taken out of markup: blocks of it, with the places where headings stand."""

from __future__ import annotations

from typing import NamedTuple

from .book import one_line


class Mark(NamedTuple):
    """A place in the text: a heading of that level (1 is the highest) with its words, or a target's name (level 0)."""

    at: int
    level: int
    words: str


class TextBuilder:
    """Puts blocks together, a blank line between two. White space in a block is single spaces, but for its breaks."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self._blocks: list[str] = []
        self._length = 0
        self._open: list[str] = []
        self._has_words = False
        self._waiting: list[tuple[int, str]] = []

    def add(self, words: str) -> None:
        """Add words to the block that is open."""
        self._open.append(words)
        self._has_words = self._has_words or bool(words.strip())

    def line_break(self) -> None:
        """Break the line within the block."""
        self._open.append("\x00")

    def mark(self, level: int, words: str) -> None:
        """Remember the place where the next block begins (the one that is open, if it has words)."""
        self._waiting.append((level, words))
        if self._has_words:
            self._place(self._length)

    def end_block(self) -> None:
        """End the block that is open, if it has words."""
        lines = [one_line(line) for line in "".join(self._open).split("\x00")]
        self._open.clear()
        self._has_words = False
        block = "\n".join(line for line in lines if line)
        if block:
            self._place(self._length)
            self._blocks.append(block)
            self._length += len(block) + 2

    def finish(self) -> str:
        """Return the text."""
        self.end_block()
        text = "\n\n".join(self._blocks)
        self._place(len(text))
        return text

    def _place(self, at: int) -> None:
        self.marks += [Mark(at, level, words) for level, words in self._waiting]
        self._waiting.clear()
