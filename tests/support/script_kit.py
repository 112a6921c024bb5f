"""A cast for script tests, and an independent check of the unspoken parts of a script."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voxweft.text.script import Script
from voxweft.text.script_segments import ScriptSegment
from voxweft.text.script_types import ScriptPassage
from voxweft.utils.suggestions import nearest


class CastNames:
    """Case-insensitive names; `aliases` map to names, "" is the narrator."""

    def __init__(self, *names: str, aliases: dict[str, str] | None = None) -> None:
        self._names = {name.casefold(): name for name in names}
        self._aliases = {alias.casefold(): name for alias, name in (aliases or {}).items()}

    def find(self, name: str) -> str | None:
        folded = name.casefold()
        return self._names.get(folded, self._aliases.get(folded))

    def near(self, name: str) -> tuple[str, ...]:
        return nearest(name, self._names.values())


CAST = CastNames("Alice", "Bob", "Speaker 1", "Speaker 2", aliases={"Al": "Alice", "Narrator": ""})


def unspoken_text(text: str, spoken: Sequence[ScriptPassage] | Sequence[ScriptSegment]) -> str:
    """Return the parts of a script that no passage or segment speaks, with a NUL for each spoken part.

    AssertionError if they overlap, are out of order, or a verbatim part differs from the source.
    """
    rest: list[str] = []
    position = 0
    for part in spoken:
        if isinstance(part, ScriptPassage) and not (part.text or part.sounds):
            continue  # the pause of a script without words
        for start, end, spoken_text in _source_spans(part):
            assert position <= start < end <= len(text)
            if spoken_text is not None:
                assert _on_one_line(text[start:end]) == _on_one_line(spoken_text)
            rest += [text[position:start], "\0"]
            position = end
        assert part.source.start <= part.source.end <= position
    return "".join([*rest, text[position:]])


def _source_spans(part: ScriptPassage | ScriptSegment) -> list[tuple[int, int, str | None]]:
    """Return the source spans with their verbatim text; None where the spoken text differs."""
    if part.offset_map is None:
        return [(part.source.start, part.source.end, part.text)]
    ends = [*(run.start for run in part.offset_map.runs[1:]), len(part.text)]
    return [
        (run.source_start, run.source_end, part.text[run.start : end] if run.verbatim else None)
        for run, end in zip(part.offset_map.runs, ends, strict=True)
    ]


def _on_one_line(text: str) -> str:
    return re.sub(r"[\n\r\x0b\x0c\x85\u2028\u2029]", " ", text)


def texts(script: Script) -> list[tuple[str | None, str]]:
    """Return the speaker and text of each passage."""
    return [(passage.speaker, passage.text.strip()) for passage in script]
