"""A text made from another, that knows where each of its characters came from."""

from __future__ import annotations

from collections.abc import Iterable

from ..common.tokens import Token


class MappedText:
    """Grows by `put`; several characters may come from one place, and some of the source from none."""

    def __init__(self) -> None:
        self._characters: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._characters)

    @property
    def last(self) -> str:
        """The last character, or ""."""
        return self._characters[-1] if self._characters else ""

    @property
    def source_end(self) -> int:
        """Where the last character's place in the source ends."""
        return self._ends[-1] if self._ends else 0

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._characters)

    def put(self, characters: str, start: int, end: int) -> None:
        """Append characters that all stand for `[start, end)` of the source."""
        self._characters += characters
        self._starts += [start] * len(characters)
        self._ends += [end] * len(characters)

    def replace_last(self, character: str, end: int) -> None:
        """Put another character for the last one; its place in the source reaches to `end`."""
        self._characters[-1] = character
        self._ends[-1] = end

    def drop_last(self) -> None:
        """Take the last character away."""
        self._characters.pop()
        self._starts.pop()
        self._ends.pop()

    def to_source(self, tokens: Iterable[Token]) -> list[Token]:
        """Return tokens with their places in the source; those that share one there are one."""
        result: list[Token] = []
        for token in tokens:
            placed = token._replace(start=self._starts[token.start], end=self._ends[token.end - 1])
            last = result[-1] if result else None
            if last is None or placed.start >= last.end:
                result.append(placed)
                continue
            gap = " " if last.space and last.phonemes and placed.phonemes else ""
            phonemes = last.phonemes + gap + placed.phonemes
            space = placed.space or (last.space and not placed.phonemes)
            result[-1] = Token(phonemes, space, last.start, max(last.end, placed.end))
        return result

    def compose(self, outer: MappedText) -> MappedText:
        """Return a text made from this one with its places in this one's source."""
        composed = MappedText()
        composed._characters = outer._characters
        composed._starts = [self._starts[start] for start in outer._starts]
        composed._ends = [self._ends[end - 1] for end in outer._ends]
        return composed
