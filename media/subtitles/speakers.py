"""Split cues by speaker, following the conventions of subtitles: `NAME: words`, and lines that start with a dash.

Only WebVTT's `<v>` and SubStation's name field give speakers formally; otherwise they are part of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from .cue import Cue

_DASHES = r"\-–—‐"
_DASH_LINE = re.compile(rf"^[{_DASHES}](?:\s+(?=\S)|(?=[^\s\d{_DASHES}]))")
"""A dash that starts a speaker's words; neither a minus nor two hyphens."""
_DASH_INSIDE = re.compile(rf"(?<=[.!?…\"”»])\s+(?=[{_DASHES}]\s+\S)")
_TERMINAL = re.compile(r"[.!?…。！？][\"”»)\]]*\s*$")
_MAX_NAME_CHARS = 100
_PREFIX = re.compile(
    rf"(?:[\[(](?P<bracketed>[^\[\]():\n]{{1,{_MAX_NAME_CHARS}}})[\])]\s*[:：]?"
    rf"|(?P<plain>[^\[\]:：\n]{{1,{_MAX_NAME_CHARS}}}?)\s*[:：])\s*"
)
_REMARK = re.compile(r"\s*\([^()]*\)\s*$")
_MAX_NAME_WORDS = 4
_MIN_COUNT = 2
"""Minimum number of times that a name in capitals must precede words to be a speaker's name."""


class CuePart(NamedTuple):
    """A part of a cue: its speaker (empty if not given), its source text, and its text without name and dash."""

    speaker: str
    source: str
    text: str


class _Line(NamedTuple):
    source: str
    text: str
    opens_part: bool


class _Named(NamedTuple):
    name: str
    rest: str
    is_plain: bool


def split_by_speaker(cue: Cue, is_name: Callable[[str], bool]) -> list[CuePart]:
    """Return the parts of a cue in order, at least one.

    A new part starts:

    - at a change of the formal voice;
    - at a line that starts with a dash, if the cue has two such lines, or one after a finished sentence;
    - at a line that starts with a name, as `NAME: words`, `[Name] words` or `(NAME): words`. `is_name` returns whether
      a name is a speaker; otherwise it is text.

    Parts without a name in the text have the formal speaker. The sources together are the cue's text, except for breaks
    within a line.
    """
    if cue.voices:
        by_voice = [
            msgspec.structs.replace(cue, speaker=voice.speaker, text=voice.text, voices=()) for voice in cue.voices
        ]
        return [part for voice_cue in by_voice for part in split_by_speaker(voice_cue, is_name)]
    parts: list[tuple[str, list[str], list[str]]] = []
    for line in _lines(cue.text):
        named = _named(_DASH_LINE.sub("", line.source, count=1))
        if named is not None and is_name(named.name):
            parts.append((named.name, [line.source], [named.rest] if named.rest else []))
        elif line.opens_part or not parts:
            parts.append((cue.speaker, [line.source], [line.text]))
        else:
            parts[-1][1].append(line.source)
            parts[-1][2].append(line.text)
    return [CuePart(speaker, "\n".join(sources), "\n".join(texts)) for speaker, sources, texts in parts]


def uppercase_speaker_names(cues: Iterable[Cue]) -> frozenset[str]:
    """Return the speaker names of a file: in capitals, before a colon at the start of a line, at least twice.

    A name that occurs once can be spoken text ("WARNING: high voltage"), and so can text that isn't all in capitals.
    """
    counts: Counter[str] = Counter()
    for cue in cues:
        if ":" not in cue.text and "：" not in cue.text:
            continue
        for line in _lines(cue.text):
            named = _named(_DASH_LINE.sub("", line.source, count=1))
            if named is not None and named.is_plain and _is_in_capitals(named.name):
                counts[named.name] += 1
    return frozenset(name for name, count in counts.items() if count >= _MIN_COUNT)


def _lines(text: str) -> list[_Line]:
    sources: list[str] = []
    for line in text.split("\n"):
        sources += _DASH_INSIDE.split(line) if _DASH_LINE.match(line) else [line]
    dashed = [at for at, source in enumerate(sources) if _DASH_LINE.match(source)]
    opens = len(dashed) > 1 or (len(dashed) == 1 and dashed[0] > 0 and bool(_TERMINAL.search(sources[dashed[0] - 1])))
    if not opens:
        return [_Line(source, source, opens_part=False) for source in sources]
    return [
        _Line(source, _DASH_LINE.sub("", source, count=1), opens_part=_DASH_LINE.match(source) is not None)
        for source in sources
    ]


def _named(line: str) -> _Named | None:
    """Return the prefix of a line that has the form of a name, and the words after it."""
    match = _PREFIX.match(line)
    if match is None:
        return None
    plain = match["plain"]
    name = _REMARK.sub("", plain if plain is not None else match["bracketed"])
    return _Named(" ".join(name.split()), line[match.end() :], plain is not None)


def _is_in_capitals(name: str) -> bool:
    letters = [character for character in name if character.isalpha()]
    is_short = len(name.split()) <= _MAX_NAME_WORDS
    return len(letters) > 1 and is_short and name == name.upper() != name.lower()
