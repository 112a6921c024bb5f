"""A cast for tests of scripts, and an independent look at what of a script isn't spoken."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voxweft.text.script import Script
from voxweft.text.script_segments import ScriptSegment
from voxweft.text.script_types import ScriptPassage
from voxweft.utils.suggestions import nearest


class CastNames:
    """Names without regard to case; `aliases` map to names, "" being the narrator."""

    def __init__(self, *names: str, aliases: dict[str, str] | None = None) -> None:
        self._names = {name.casefold(): name for name in names}
        self._aliases = {alias.casefold(): name for alias, name in (aliases or {}).items()}

    def find(self, name: str) -> str | None:
        folded = name.casefold()
        return self._names.get(folded, self._aliases.get(folded))

    def near(self, name: str) -> tuple[str, ...]:
        return nearest(name, self._names.values())


CAST = CastNames("Alice", "Bob", "Speaker 1", "Speaker 2", aliases={"Al": "Alice", "Narrator": ""})


def unspoken(text: str, spoken: Sequence[ScriptPassage] | Sequence[ScriptSegment]) -> str:
    """Return what of a script none of the pieces or segments says, a NUL where something spoken was.

    AssertionError if they overlap, are out of order, or what stands in the source isn't what is to be said.
    """
    rest: list[str] = []
    position = 0
    for one in spoken:
        for start, end, said in _stretches(one):
            assert position <= start < end <= len(text)
            if said is not None:
                assert _on_one_line(text[start:end]) == _on_one_line(said)
            rest += [text[position:start], "\0"]
            position = end
        assert one.source.start <= one.source.end <= position
    return "".join([*rest, text[position:]])


def _stretches(one: ScriptPassage | ScriptSegment) -> list[tuple[int, int, str | None]]:
    """Return the source stretches of a piece with what they say verbatim, None where it is put in other words."""
    if one.offset_map is None:
        return [(one.source.start, one.source.end, one.text)]
    ends = [*(run.start for run in one.offset_map.runs[1:]), len(one.text)]
    return [
        (run.source_start, run.source_end, one.text[run.start : end] if run.verbatim else None)
        for run, end in zip(one.offset_map.runs, ends, strict=True)
    ]


def _on_one_line(text: str) -> str:
    return re.sub(r"[\n\r\x0b\x0c\x85\u2028\u2029]", " ", text)


def texts(script: Script) -> list[tuple[str | None, str]]:
    """Return who says what, piece by piece."""
    return [(piece.speaker, piece.text.strip()) for piece in script]
