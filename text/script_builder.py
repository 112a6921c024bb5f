"""Build the passages of a script, for both script syntaxes."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..utils.streaming.contract.segment import SourceSpan
from .offset_map import MappedTextBuilder, OffsetMap
from .script_types import GivenPronunciation, Params, ScriptPassage
from .sound_tags import take_sounds


class ScriptVoice(NamedTuple):
    """The speaker, language and parameters of a passage."""

    speaker: str | None = None
    language: str | None = None
    params: Params = ()


NARRATOR = ScriptVoice()


class LineState(NamedTuple):
    """What applies at a position of a script, from which the rest can be read without what is before it.

    Attributes:
        voice: The voice at the position.
        block_voice: The voice of the lines of its block, from which tags of its line differ.
        is_switched: Whether a tag or label of its line changed the voice.
        names_speaker: Whether one of them named a speaker.
        in_line: Whether its line has something before it.
    """

    voice: ScriptVoice = NARRATOR
    block_voice: ScriptVoice = NARRATOR
    is_switched: bool = False
    names_speaker: bool = False
    in_line: bool = False

    @property
    def next_line(self) -> LineState:
        """The state at the start of the next line, if a word is spoken in this one."""
        voice = NARRATOR if self.names_speaker else self.block_voice
        return LineState(voice, voice)


class PassageBuilder:
    """Collects the text that one voice speaks without a pause into passages.

    `voice` applies to the text that is added. `finished` holds the complete passages; the caller removes them.
    `pause_s` is the pause before the next passage, None if the script sets none. `sounds` are further names of sounds
    (see `sound_name`): their tags are taken out of the text of each passage.
    """

    def __init__(self, sounds: Collection[str] = ()) -> None:
        self._sounds = sounds
        self.voice = NARRATOR
        self.finished: list[ScriptPassage] = []
        self.pause_s: float | None = None
        self._opens_block = True
        self._mapped = MappedTextBuilder()
        self._pronunciations: list[GivenPronunciation] = []

    @property
    def length(self) -> int:
        """The length of the current passage's text."""
        return self._mapped.length

    def add_whole(self, text: str, start: int) -> None:
        """Add a passage of unchanged script text that starts at `start`. No passage may be in progress."""
        if not text.isspace():
            self._add(text, SourceSpan(start, start + len(text)), None, ())

    def append_verbatim(self, text: str, start: int) -> None:
        """Append unchanged script text that starts at `start`."""
        self._mapped.append_verbatim(text, start)

    def append_replacement(self, text: str, start: int, end: int) -> None:
        """Append the text to speak instead of `[start, end)` of the script."""
        self._mapped.append_replacement(text, start, end)

    def add_pronunciation(self, first: int, phonemes: str, start: int, end: int) -> None:
        """Set the pronunciation of the text from `first` on. `[start, end)` is the word with markup in the script."""
        self._pronunciations.append(GivenPronunciation(first, self._mapped.length, phonemes, SourceSpan(start, end)))

    def add_pause(self, pause_s: float) -> None:
        """Add a pause after the current passage, which must be flushed."""
        self.pause_s = (self.pause_s or 0.0) + pause_s

    def open_block(self) -> None:
        """Start a block after the current passage, which must be flushed."""
        self._opens_block = True

    def flush(self) -> None:
        """End the current passage."""
        mapped = self._mapped
        if not mapped.length:
            return
        text = mapped.text()
        if not text.isspace():
            self._add(text, mapped.source, mapped.offset_map(), tuple(self._pronunciations))
        self._mapped = MappedTextBuilder()
        self._pronunciations = []

    def _add(
        self,
        text: str,
        source: SourceSpan,
        offset_map: OffsetMap | None,
        pronunciations: tuple[GivenPronunciation, ...],
    ) -> None:
        speaker, language, params = self.voice
        passage = ScriptPassage(
            source=source,
            text=text,
            offset_map=offset_map,
            pronunciations=pronunciations,
            speaker=speaker,
            language=language,
            params=params,
            pause_before_s=self.pause_s,
            opens_block=self._opens_block,
        )
        self.finished.append(take_sounds(passage, self._sounds) if "[" in text else passage)
        self.pause_s, self._opens_block = None, False
