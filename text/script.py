"""Scripts: text with tags for speakers, languages, parameters and pauses (syntax: docs/script.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .errors import TextError
from .script_builder import LineState
from .script_parser import ScriptParser, plain_passages
from .script_report import MAX_NOTES, ScriptReport
from .script_tags import TagParser
from .script_types import CastNames, ParamKeys, ScriptNote, ScriptPassage
from .ssml import SsmlParser, is_ssml

__all__ = [
    "MAX_NOTES",
    "CastNames",
    "LineState",
    "Script",
    "ScriptNote",
    "ScriptPassage",
    "TextError",
    "read_plain",
    "read_script",
]


class Script:
    """A script. Each iteration parses it passage by passage and raises TextError at the first mistake."""

    def __init__(
        self,
        text: str,
        names: CastNames | None = None,
        param_keys: ParamKeys | None = None,
        sounds: Collection[str] = (),
        *,
        markup: bool = True,
        state: LineState | None = None,
    ) -> None:
        """Take the same arguments as `read_script`; without `markup`, those of `read_plain`.

        With a `state`, the text is the rest of a script.
        """
        self.text = text
        self._names = names
        self._param_keys = param_keys
        self._sounds = sounds
        self._markup = markup
        self._state = state
        self._report = ScriptReport(text)
        self._parser: ScriptParser | None = None

    def state_at(self, position: int) -> LineState:
        """Return the state at a position that the last iteration has passed; not for SSML."""
        return LineState() if self._parser is None else self._parser.state_at(position)

    @property
    def notes(self) -> list[ScriptNote]:
        """The notes of the last iteration so far, at most `MAX_NOTES`."""
        return self._report.notes

    @property
    def n_notes(self) -> int:
        """The number of notes, including those beyond `MAX_NOTES`."""
        return self._report.n_notes

    def error(self, offset: int, reason: str, nearest: tuple[str, ...] = ()) -> TextError:
        """Return an error for the position `offset` of the text, for mistakes that the caller finds."""
        return self._report.error(offset, reason, nearest)

    def note(self, offset: int, message: str) -> None:
        """Add a note for the position `offset` of the text."""
        self._report.note(offset, message)

    def __iter__(self) -> Iterator[ScriptPassage]:
        """Yield the passages in order, lazily. TextError at the first mistake."""
        report = self._report = ScriptReport(self.text)
        if not self._markup:
            return plain_passages(self.text, self._sounds)
        tags = TagParser(self._names, self._param_keys, self._sounds)
        if self._state is None and is_ssml(self.text):
            return _with_last_pause(SsmlParser(self.text, report, tags).passages(), len(self.text))
        self._parser = ScriptParser(self.text, report, tags, self._state)
        return _with_last_pause(self._parser.passages(), len(self.text))


def read_script(
    text: str,
    names: CastNames | None = None,
    param_keys: ParamKeys | None = None,
    sounds: Collection[str] = (),
    state: LineState | None = None,
) -> Script:
    r"""Return a script, which is parsed passage by passage: `for passage in script`.

    Args:
        text: Plain text with tags, or SSML.
        names: The cast. Without one, only `[xx:]`, `[|key:value]`, pauses, sounds and `[word](/ipa/)` are tags.
        param_keys: Returns the parameters of a speaker's engine. Without it, any parameter name is accepted.
        sounds: Further names of sounds and moods, see `sound_name`.
        state: What applies at the start of the text, if it is the rest of a script.

    Raises:
        TextError: While iterating, for an unknown name in `[xx:Name]` or `[Name|key:value]`; an unknown parameter; an
            invalid value, pause or emotion; a misspelled cast name (see `is_near_miss`) at the start of a line, in
            brackets or before a colon; a NUL character or a lone surrogate. Any other bracket is read as text, with a
            note.
    """
    return Script(text, names, param_keys, sounds, state=state)


def read_plain(text: str, sounds: Collection[str] = ()) -> Script:
    """Return a text in which only sounds and moods are tags, and its blocks are passages."""
    return Script(text, sounds=sounds, markup=False)


def _with_last_pause(passages: Iterator[ScriptPassage | float], n_chars: int) -> Iterator[ScriptPassage]:
    """Yield passages with the trailing pause; a script of pauses alone is a passage without text."""
    waiting: ScriptPassage | None = None
    for passage in passages:
        if isinstance(passage, float):
            waiting = waiting or ScriptPassage(source=SourceSpan(0, n_chars), text="")
            waiting = msgspec.structs.replace(waiting, pause_after_s=passage)
            continue
        if waiting is not None:
            yield waiting
        waiting = passage
    if waiting is not None:
        yield waiting
