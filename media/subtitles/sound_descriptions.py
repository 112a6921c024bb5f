"""Separate sound descriptions, as in subtitles for the deaf, from spoken words.

The usual conventions are `[door slams]`, `(sighs)` and `♪ lyrics ♪`. Brackets can also contain spoken words, which must
not be lost. So a bracket is a description only in certain positions (see `split_sounds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...text.sound_tags import perform
from ...text.sounds import SOUNDS, sound_name

_NOTES = "♩♪♫♬"
_SONG = re.compile(rf"[{_NOTES}]+(?:[^{_NOTES}]*[^{_NOTES}\s][^{_NOTES}]*[{_NOTES}]+)?")
_GROUP = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|［[^［］]*］|（[^（）]*）|【[^【】]*】")
_ROUND = "(（"
_WIDE = "（［【"
_NO_SPACE_BEFORE = frozenset(",.;:!?…")
_TERMINAL = frozenset('.!?…。！？—–-"”♪')
_LEADERS = "-–—‐ \t"
_TRAILERS = " \t.!?…"


class SoundSplit(NamedTuple):
    """The spoken text, with the tags that the engine performs, and the descriptions removed from it, in order."""

    spoken: str
    sounds: tuple[str, ...]


def split_sounds(text: str, performed: Mapping[str, str] | None = None, *, keep: bool = False) -> SoundSplit:
    r"""Return the text (lines separated by `\n`) without its sound descriptions.

    A description is one of:
    - a note sign, with the lyrics up to the next note sign or to the end of the line;
    - a bracket with a letter in it that fills one line or several;
    - a square bracket at the start or end of a line, with a space between it and the words;
    - a round bracket at the start of a line or after a finished sentence, in lower case or all capitals;
    - a bracket with nothing but a known sound ("laughs", see `text.sounds`), in any case and at any place; a mood
      ("angrily") in round brackets only at the places above.

    Any other bracket is text.

    Args:
        performed: The sounds and moods that the engine performs, with its own names (`canonical_names`): they become
            tags, at their places in the text.
        keep: Whether the other descriptions stay in the text.
    """
    performed = performed or {}
    sounds: list[tuple[int, str]] = []
    kept = list(text)

    def take(start: int, end: int) -> None:
        sounds.append((start, " ".join("".join(kept[start:end]).split())))
        kept[start:end] = [""] * (end - start)

    for match in _GROUP.finditer(text):
        start, end = match.span()
        name = sound_name(match.group()[1:-1], performed)
        if not (_is_known(text, start, end, name) or _is_sound(text, start, end)):
            continue
        if name in performed:
            kept[start:end] = [f"[{performed[name]}]", *[""] * (end - start - 1)]
        elif not keep:
            take(start, end)
            if text[end : end + 1] in _NO_SPACE_BEFORE:
                while start and kept[start - 1] == " ":
                    start -= 1
                    kept[start] = ""
    for start, end in () if keep else _songs(text):
        if "".join(kept[start:end]).strip():
            take(start, end)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    spoken = "\n".join(line for line in lines if line.strip(_LEADERS))
    if not sounds:
        spoken = "".join(kept)
    return SoundSplit(_with_tags(spoken, performed), tuple(sound for _, sound in sorted(sounds)))


def _with_tags(text: str, performed: Mapping[str, str]) -> str:
    """Return the text with spaces around the tags, as in every other text for an engine."""
    return "\n".join(perform(line, performed, performed).text for line in text.split("\n")) if performed else text


def _songs(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while match := _SONG.search(text, position):
        position = match.end()
        if match.group().strip(_NOTES) == "" and match.end() < len(text) and text[match.end()] != "\n":
            # A single sign starts lyrics up to the end of the line.
            line_end = text.find("\n", match.end())
            position = len(text) if line_end < 0 else line_end
        yield match.start(), position


def _is_known(text: str, start: int, end: int, name: str) -> bool:
    """Return whether a bracket with the name of a sound or mood (or "") is a description."""
    if not name or text[start] not in _ROUND:
        return bool(name)
    if name in SOUNDS:
        return text[start] in _WIDE or end == len(text) or not text[end].isalnum()
    follows_sentence = text[start - 1 : start] == " " and text[start - 2 : start - 1] in _TERMINAL
    return _opens_line(text, start) or follows_sentence


def _is_sound(text: str, start: int, end: int) -> bool:
    inner = text[start + 1 : end - 1].strip()
    if not any(character.isalpha() for character in inner):
        return False
    opens_line, closes_line = _opens_line(text, start), _closes_line(text, end)
    if opens_line and closes_line:
        return True
    apart_before = opens_line or text[start - 1].isspace()
    apart_after = end == len(text) or text[end].isspace()
    if text[start] not in _ROUND:
        return (opens_line and apart_after) or (apart_before and closes_line)
    if not (inner[0].islower() or inner.isupper()):
        return False
    follows_sentence = text[start - 1 : start] == " " and text[start - 2 : start - 1] in _TERMINAL
    return apart_after and (opens_line or (closes_line and follows_sentence))


def _opens_line(text: str, position: int) -> bool:
    """Return whether only dashes and spaces precede the position on its line."""
    while position and text[position - 1] in _LEADERS:
        position -= 1
    return not position or text[position - 1] == "\n"


def _closes_line(text: str, position: int) -> bool:
    """Return whether only the end of a sentence follows the position on its line."""
    while position < len(text) and text[position] in _TRAILERS:
        position += 1
    return position == len(text) or text[position] == "\n"
