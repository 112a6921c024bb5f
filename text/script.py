"""Scripts: text with marks for who speaks, in which language, how and after what pause (grammar: docs/script.md)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .script_marks import MarkReader
from .script_report import MAX_NOTES, ScriptReport
from .script_tags import TagReader
from .script_types import ParamKeys, ScriptError, ScriptNames, ScriptNote, ScriptPiece
from .ssml import SsmlReader, is_ssml

__all__ = ["MAX_NOTES", "Script", "ScriptError", "ScriptNames", "ScriptNote", "ScriptPiece", "read_script"]


class Script:
    """A script, read piece by piece each time it is iterated. ScriptError while iterating, at the first fault."""

    def __init__(self, text: str, names: ScriptNames | None = None, param_keys: ParamKeys | None = None) -> None:
        """See `read_script`."""
        self.text = text
        self._names = names
        self._param_keys = param_keys
        self._report = ScriptReport(text)

    @property
    def notes(self) -> list[ScriptNote]:
        """What the last iteration has noted so far, `MAX_NOTES` at most."""
        return self._report.notes

    @property
    def n_notes(self) -> int:
        """How many notes there were, also those that weren't kept."""
        return self._report.n_notes

    def error(self, offset: int, reason: str, nearest: tuple[str, ...] = ()) -> ScriptError:
        """Return the error for a fault at a place of the text, for who finds one later."""
        return self._report.error(offset, reason, nearest)

    def note(self, offset: int, message: str) -> None:
        """Note something about a place of the text, for who notices it later."""
        self._report.note(offset, message)

    def __iter__(self) -> Iterator[ScriptPiece]:
        """Yield the pieces in order, lazily. ScriptError for the first fault."""
        report = self._report = ScriptReport(self.text)
        tags = TagReader(self._names, self._param_keys)
        reader = SsmlReader(self.text, report, tags) if is_ssml(self.text) else MarkReader(self.text, report, tags)
        return _with_last_pause(reader.pieces())


def read_script(text: str, names: ScriptNames | None = None, param_keys: ParamKeys | None = None) -> Script:
    r"""Return a script, to be read piece by piece: `for piece in script`.

    `names` is the cast; without one only `[xx:]`, `[|key:value]`, pauses and `[word](/ipa/)` are marks. `param_keys`
    says which parameters beyond `COMMON_PARAMS` a speaker's engine has; without it any name is taken for one.

    ScriptError (while reading) for: an unknown name in `[xx:Name]` or `[Name|key:value]`; an unknown parameter; a value
    or a pause that can't be; a near miss of a cast name (see `is_near_miss`) at the start of a line, in brackets or
    before a colon; a NUL character or a lone surrogate, which no text has. Any other bracket is text, and noted.
    """
    return Script(text, names, param_keys)


def _with_last_pause(pieces: Iterator[ScriptPiece | float]) -> Iterator[ScriptPiece]:
    held: ScriptPiece | None = None
    for piece in pieces:
        if isinstance(piece, float):
            if held is not None:
                held = msgspec.structs.replace(held, pause_after_s=piece)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held
