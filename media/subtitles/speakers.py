"""Split cues by speaker, following the conventions of subtitles: names, dashes, and `>>` for a change of speaker.

Only WebVTT's `<v>` and SubStation's name field give speakers formally; otherwise they are part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from ...text.punctuation import CLOSERS, TERMINATORS
from .cue import Cue
from .speaker_names import Label, is_in_capitals, label_of, speaker_names

_DASHES = r"\-–—‐"
_DASH_LINE = re.compile(rf"^[{_DASHES}](?:\s+(?=\S)|(?=[^\s\d{_DASHES}]))")
"""A dash that starts a speaker's words; neither a minus nor two hyphens."""
_ENDS = f"[{re.escape(TERMINATORS + CLOSERS)}]"
_DASH_INSIDE = re.compile(rf"(?<={_ENDS})\s+(?=[{_DASHES}]\s+\S)")
_CHEVRONS = r"(?:>{2,3}|[≪≫]|＞{2,3})(?![>＞=])"
_CHEVRON_LINE = re.compile(rf"^(?:[{_DASHES}]\s*)?{_CHEVRONS}\s*")
_CHEVRONS_AFTER_SENTENCE = re.compile(rf"(?:(?<={_ENDS})|(?<=♪)|(?<=--))\s+(?={_CHEVRONS})")
_CHEVRONS_BETWEEN_WORDS = re.compile(rf"(?:(?<=[^\s{_DASHES}])|(?<=--))\s+(?={_CHEVRONS}\s*(?:[^\W\d_]|$))")
_SENTENCE_END = re.compile(rf"(?<={_ENDS})\s+(?=[^\W_])")
_TERMINAL = re.compile(rf"[{re.escape(TERMINATORS)}][{re.escape(CLOSERS)}]*\s*$")
_MIN_CHEVRON_LINES = 2
_LABEL_CHARS = 200
"""A label within a line is looked for in this many characters; the limit keeps reading linear."""


class CuePart(NamedTuple):
    """A part of a cue: its speaker (empty if not given), its source text, and its text without name and dash.

    `label` is the name as written, if the text gives it.
    """

    speaker: str
    source: str
    text: str
    label: str = ""


class _Line(NamedTuple):
    source: str
    text: str
    opens_part: bool
    is_turn: bool


class SpeakerConventions(NamedTuple):
    """How a file marks speakers.

    Attributes:
        names: The names in it, see `speaker_names`.
        has_chevrons: Whether `>>` between words is a change of speaker too, not only at the start of a line and after a
            sentence. (In a course on C++ it is an operator.)
    """

    names: tuple[str, ...] = ()
    has_chevrons: bool = False


def speaker_conventions(cues: Iterable[Cue], keep_labels: Iterable[str] = ()) -> SpeakerConventions:
    """Return how a file marks speakers. `keep_labels` are labels that are text."""
    texts = [voice.text for cue in cues for voice in cue.voices] + [cue.text for cue in cues if not cue.voices]
    n_chevrons = sum(
        _CHEVRON_LINE.match(line) is not None
        for text in texts
        if ">" in text or "≫" in text
        for line in text.split("\n")
    )
    has_chevrons = n_chevrons >= _MIN_CHEVRON_LINES
    by_cue = (_unmarked(_lines(text, has_chevrons=has_chevrons, is_name=_may_be_name)) for text in texts)
    return SpeakerConventions(speaker_names(by_cue, texts, keep_labels), has_chevrons)


def split_by_speaker(cue: Cue, is_name: Callable[[str], bool], *, has_chevrons: bool = False) -> list[CuePart]:
    """Return the parts of a cue in order, at least one.

    A new part starts:

    - at a change of the formal voice;
    - at `>>`;
    - at a line that starts with a dash, if the cue has two such lines, or one after a finished sentence;
    - at a line that starts with a name, as `NAME: words`, `[Name] words` or `(NAME): words`; and within a line after a
      finished sentence, if the name is in capitals.

    Parts without a name in the text have the formal speaker. The sources together are the cue's text, except for breaks
    within a line.

    Args:
        cue: The cue, without invisible characters.
        is_name: Whether a name is a speaker; otherwise it is text.
        has_chevrons: See `SpeakerConventions`.
    """
    if cue.voices:
        by_voice = [
            msgspec.structs.replace(cue, speaker=voice.speaker, text=voice.text, voices=()) for voice in cue.voices
        ]
        parts_of = (split_by_speaker(voice_cue, is_name, has_chevrons=has_chevrons) for voice_cue in by_voice)
        return [part for voice_parts in parts_of for part in voice_parts]
    parts: list[tuple[str, list[str], list[str], str]] = []
    for line in _lines(cue.text, has_chevrons=has_chevrons, is_name=lambda label: _name(label, is_name) is not None):
        label = label_of(line.text if line.opens_part else _DASH_LINE.sub("", line.text, count=1))
        name = None if label is None else _name(label, is_name)
        if label is not None and name is not None:
            parts.append((name, [line.source], [label.rest] if label.rest else [], label.name))
        elif line.opens_part or not parts:
            parts.append((cue.speaker, [line.source], [line.text] if line.text else [], ""))
        else:
            parts[-1][1].append(line.source)
            parts[-1][2].append(line.text)
    return [CuePart(speaker, "\n".join(sources), "\n".join(texts), label) for speaker, sources, texts, label in parts]


def _name(label: Label, is_name: Callable[[str], bool]) -> str | None:
    return next((spelling for spelling in label.spellings if is_name(spelling)), None)


def _may_be_name(_label: Label) -> bool:
    return True


def _unmarked(lines: Iterable[_Line]) -> list[tuple[str, bool]]:
    """Return lines without their dashes and chevrons, and whether they had chevrons."""
    return [(_DASH_LINE.sub("", line.text, count=1), line.is_turn) for line in lines]


def _lines(text: str, *, has_chevrons: bool, is_name: Callable[[Label], bool]) -> list[_Line]:
    sources: list[str] = []
    for line in text.split("\n"):
        between = _CHEVRONS_BETWEEN_WORDS if has_chevrons else _CHEVRONS_AFTER_SENTENCE
        for turn in between.split(line) if ">" in line or "≫" in line or "＞" in line else (line,):
            for source in _DASH_INSIDE.split(turn) if _DASH_LINE.match(turn) else (turn,):
                sources += _at_names(source, is_name)
    dashed = [at for at, source in enumerate(sources) if _DASH_LINE.match(source)]
    opens = len(dashed) > 1 or (
        len(dashed) == 1 and dashed[0] > 0 and bool(_TERMINAL.search(sources[dashed[0] - 1][-20:]))
    )
    lines: list[_Line] = []
    for source in sources:
        words = _CHEVRON_LINE.sub("", source, count=1)
        is_turn = words != source
        if opens or is_turn:
            words = _DASH_LINE.sub("", words, count=1)
        lines.append(_Line(source, words, words != source, is_turn))
    return lines


def _at_names(line: str, is_name: Callable[[Label], bool]) -> list[str]:
    """Return a line, cut after each finished sentence that a name in capitals follows."""
    if ":" not in line and "：" not in line:
        return [line]
    sources: list[str] = []
    start = 0
    own = label_of(_DASH_LINE.sub("", _CHEVRON_LINE.sub("", line, count=1), count=1))
    # Not within `DR. MILLER: ...`.
    first = len(line) - len(own.rest) if own and is_in_capitals(own.spellings[-1]) and is_name(own) else 0
    for match in _SENTENCE_END.finditer(line):
        if match.end() < first:
            continue
        label = label_of(line[match.end() : match.end() + _LABEL_CHARS])
        if label is not None and is_in_capitals(label.spellings[-1]) and is_name(label):
            sources.append(line[start : match.start()])
            start = match.end()
    return [*sources, line[start:]]
