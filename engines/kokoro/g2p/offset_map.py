"""A derived text with an offset map to its source text."""

from __future__ import annotations

from collections.abc import Iterable

from ..common.tokens import Token


class MappedText:
    """A text built with `put`. Several characters may map to one source span, and source text may be left out."""

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
        """The end of the last character's span in the source."""
        return self._ends[-1] if self._ends else 0

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._characters)

    def put(self, characters: str, start: int, end: int) -> None:
        """Append characters that all map to `[start, end)` of the source."""
        self._characters += characters
        self._starts += [start] * len(characters)
        self._ends += [end] * len(characters)

    def replace_last(self, character: str, end: int) -> None:
        """Replace the last character, and extend its source span to `end`."""
        self._characters[-1] = character
        self._ends[-1] = end

    def drop_last(self) -> None:
        """Remove the last character."""
        self._characters.pop()
        self._starts.pop()
        self._ends.pop()

    def to_source(self, tokens: Iterable[Token]) -> list[Token]:
        """Return tokens with offsets in the source; tokens that overlap there are merged."""
        result: list[Token] = []
        for token in tokens:
            mapped = token._replace(start=self._starts[token.start], end=self._ends[token.end - 1])
            last = result[-1] if result else None
            if last is None or mapped.start >= last.end:
                result.append(mapped)
                continue
            gap = " " if last.space and last.phonemes and mapped.phonemes else ""
            phonemes = last.phonemes + gap + mapped.phonemes
            space = mapped.space or (last.space and not mapped.phonemes)
            result[-1] = Token(phonemes, space, last.start, max(last.end, mapped.end))
        return result

    def compose(self, outer: MappedText) -> MappedText:
        """Return `outer`, which was derived from this text, mapped to this text's source."""
        composed = MappedText()
        composed._characters = outer._characters
        composed._starts = [self._starts[start] for start in outer._starts]
        composed._ends = [self._ends[end - 1] for end in outer._ends]
        return composed
