"""How the pieces of a script are put together, whatever it is written in."""

from __future__ import annotations

from typing import NamedTuple

from ..utils.streaming.contract.segment import SourceSpan
from .offset_map import PlacedText, Places
from .script_types import Held, Params, ScriptPiece


class Voice(NamedTuple):
    """Who speaks, and how."""

    speaker: str | None = None
    language: str | None = None
    params: Params = ()


NARRATOR = Voice()


class PieceMaker:
    """Gathers what one voice says without a pause, and makes a piece of it when that ends.

    `voice` is whose text is put in. `done` are the pieces made so far, for who calls to take away. `pause_s` is what
    has to pass before the next one, None for no pause of the script's own.
    """

    def __init__(self) -> None:
        self.voice = NARRATOR
        self.done: list[ScriptPiece] = []
        self.pause_s: float | None = None
        self._opens_block = True
        self._placed = PlacedText()
        self._held: list[Held] = []

    @property
    def length(self) -> int:
        """How long the text of the piece in progress is."""
        return self._placed.length

    def whole(self, text: str, start: int) -> None:
        """Make a piece of what stands at a place, there being none in progress."""
        if not text.isspace():
            self._make(text, SourceSpan(start, start + len(text)), None, ())

    def verbatim(self, text: str, start: int) -> None:
        """Append what stands at a place of the script."""
        self._placed.verbatim(text, start)

    def replaced(self, text: str, start: int, end: int) -> None:
        """Append what is spoken for `[start, end)` of the script."""
        self._placed.replaced(text, start, end)

    def hold(self, first: int, phonemes: str, start: int, end: int) -> None:
        """Give the text from `first` on its pronunciation; `[start, end)` is where the script says so."""
        self._held.append(Held(first, self._placed.length, phonemes, SourceSpan(start, end)))

    def pause(self, pause_s: float) -> None:
        """Let some time pass; the piece in progress is over."""
        self.pause_s = (self.pause_s or 0.0) + pause_s

    def open_block(self) -> None:
        """Begin a block; the piece in progress is over."""
        self._opens_block = True

    def flush(self) -> None:
        """End the piece in progress."""
        placed = self._placed
        if not placed.length:
            return
        text = placed.text()
        if not text.isspace():
            self._make(text, placed.source, placed.places(), tuple(self._held))
        self._placed = PlacedText()
        self._held = []

    def _make(self, text: str, source: SourceSpan, places: Places | None, held: tuple[Held, ...]) -> None:
        speaker, language, params = self.voice
        self.done.append(
            ScriptPiece(
                source=source,
                text=text,
                places=places,
                held=held,
                speaker=speaker,
                language=language,
                params=params,
                pause_before_s=self.pause_s,
                opens_block=self._opens_block,
            )
        )
        self.pause_s, self._opens_block = None, False
