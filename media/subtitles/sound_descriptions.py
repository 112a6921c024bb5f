"""Separate sound descriptions, as in subtitles for the deaf, from spoken words.

The usual conventions are `[door slams]`, `(sighs)` and `♪ lyrics ♪`. Brackets can also contain spoken words, which must
not be lost. So a bracket is a description only in certain positions, and round brackets only if their words are those
of descriptions, or if the file uses them so (see `split_sounds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...text.punctuation import TERMINATORS
from ...text.sound_tags import perform
from ...text.sounds import SOUNDS, sound_name
from .sound_words import is_description
from .speaker_names import is_role, key_of

_NOTES = "♩♪♫♬¶🎵🎶🎼"
_SONG = re.compile(rf"[{_NOTES}]+(?:[^{_NOTES}]*[^{_NOTES}\s][^{_NOTES}]*[{_NOTES}]+)?")
_NOTE = re.compile(f"[{_NOTES}]")
_GROUP = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|［[^［］]*］|（[^（）]*）|【[^【】]*】")
_STARRED = re.compile(r"(?<![*\w])\*([^\s*][^*\n]{0,40})\*(?![*\w])")
_ROUND = "(（"
_WIDE = "（［【"
_WORD = re.compile(r"[^\W\d_][^\W_]|[\u0900-\u0dff\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Two letters, or one of a script that writes words without spaces, or vowels as marks. `[x; y]` has none: it is a
formula."""
_NO_SPACE_BEFORE = frozenset(",.;:!?…")
_TERMINAL = frozenset(TERMINATORS + '—–-"”♪')
_LEADERS = "-–—‐ \t"
_TRAILERS = " \t" + TERMINATORS
_SONG_SIGNS = "#*~"
_MAX_ROUND_WORDS = 8
_LONG_WORD = re.compile(r"[^\W\d_]{5}")
_MIN_KNOWN = 2


class SoundSplit(NamedTuple):
    """The spoken text, with the tags that the engine performs, and the descriptions removed from it, in order."""

    spoken: str
    sounds: tuple[str, ...]


class SoundConventions(NamedTuple):
    """How a file marks sounds.

    Attributes:
        round_brackets: Whether unknown words in round brackets are descriptions too.
        square_brackets: Whether unknown words in square brackets are.
        song_signs: The signs (`#`, `*`, `~`) that mark a song also without a sign at its end.
        kept: The words in brackets that are text, as `key_of` returns them.
    """

    round_brackets: bool = False
    square_brackets: bool = True
    song_signs: str = ""
    kept: frozenset[str] = frozenset()


def sound_conventions(texts: Iterable[str], keep: Iterable[str] = ()) -> SoundConventions:
    """Return how the texts of a file mark sounds; `keep` are words in brackets that are text.

    In round brackets there are descriptions if at least two and half of them, at the places of descriptions, have known
    words. In square brackets there are, unless more of them have formulas. A sign marks songs if it starts two lines or
    more, and one song ends with it.
    """
    n_known = n_round = n_square = n_formulas = 0
    opened, closed = dict.fromkeys(_SONG_SIGNS, 0), dict.fromkeys(_SONG_SIGNS, 0)
    for text in texts:
        for match in _GROUP.finditer(text):
            start, end = match.span()
            inner = text[start + 1 : end - 1]
            has_words = _WORD.search(inner) is not None
            if text[start] not in _ROUND:
                n_square += has_words
                n_formulas += not has_words and not inner.isspace() and _NOTE.search(inner) is None
            elif has_words and _may_be_sound(text, start, end):
                n_round += 1
                n_known += is_description(inner) or is_role(inner)
        for sign in _SONG_SIGNS:
            if sign in text:
                lines = [line.strip(_LEADERS) for line in text.split("\n")]
                opened[sign] += sum(_opens_song(line, sign) for line in lines)
                closed[sign] += any(line.endswith(f" {sign}") for line in lines)
    return SoundConventions(
        round_brackets=n_known >= _MIN_KNOWN and 2 * n_known >= n_round,
        square_brackets=n_square > n_formulas or not n_formulas,
        song_signs="".join(sign for sign in _SONG_SIGNS if opened[sign] >= _MIN_KNOWN and closed[sign]),
        kept=frozenset(map(key_of, keep)),
    )


def split_sounds(
    text: str,
    performed: Mapping[str, str] | None = None,
    *,
    keep: bool = False,
    conventions: SoundConventions = SoundConventions(),  # noqa: B008  immutable
) -> SoundSplit:
    r"""Return the text (lines separated by `\n`) without its sound descriptions.

    A description is one of:
    - a note sign, with the lyrics up to the next note sign or to the end of the line;
    - lines between `#`, `*` or `~` (`# la la #`), and `*sighs*`;
    - a square bracket that fills one line or several, or at the start or end of a line, with a space between it and the
      words;
    - a round bracket in these places or after a finished sentence whose words are known from descriptions
      (`is_description`), are a role (`Man`), or are long and in capitals;
    - at any place a bracket with nothing but a known sound ("laughs", see `text.sounds`), and known words in square
      brackets or in capitals; a mood ("angrily") in round brackets only at the places above.

    Any other bracket is text, and so is one without a word of two letters.

    Args:
        performed: The sounds and moods that the engine performs, with its own names (`canonical_names`): they become
            tags, at their places in the text.
        keep: Whether the other descriptions stay in the text.
        conventions: Those of the file.
    """
    performed = performed or {}
    sounds: list[tuple[int, str]] = []
    kept = list(text)

    def take(start: int, end: int) -> None:
        sounds.append((start, " ".join("".join(kept[start:end]).split())))
        kept[start:end] = [""] * (end - start)

    has_lower_case = any(map(str.islower, text))
    for start, end, name in _groups(text, performed, conventions, has_lower_case=has_lower_case):
        if name in performed:
            kept[start:end] = [f"[{performed[name]}]", *[""] * (end - start - 1)]
        elif not keep:
            take(start, end)
            before = start
            while text[end : end + 1] in _NO_SPACE_BEFORE and before and kept[before - 1] == " ":
                before -= 1
                kept[before] = ""
    for start, end in (*_songs(text), *_marked_songs(text, conventions.song_signs)):
        if keep and text[start] in _SONG_SIGNS:
            kept[start:end] = list(_without_signs(text[start:end], text[start]))
        elif not keep and "".join(kept[start:end]).strip():
            take(start, end)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    spoken = "\n".join(line for line in lines if line.strip(_LEADERS))
    if not sounds:
        spoken = "".join(kept)
    return SoundSplit(_with_tags(spoken, performed), tuple(sound for _, sound in sorted(sounds)))


def _groups(
    text: str, performed: Mapping[str, str], conventions: SoundConventions, *, has_lower_case: bool
) -> Iterator[tuple[int, int, str]]:
    """Yield `(start, end, name)` of each bracket that is a description; `name` is that of a known sound, else ""."""
    for match in _GROUP.finditer(text):
        start, end = match.span()
        inner = match.group()[1:-1]
        if conventions.kept and key_of(inner) in conventions.kept:
            continue
        name = sound_name(inner, performed)
        if _is_known(text, start, end, name) or _is_sound(text, start, end, conventions, has_lower_case=has_lower_case):
            yield start, end, name
    for match in _STARRED.finditer(text) if "*" in text else ():
        start, end = match.span()
        name = sound_name(match[1], performed)
        whole = _opens_line(text, start) and _closes_line(text, end)
        if name in SOUNDS or (whole and match[1][0].islower() and is_description(match[1])):
            yield start, end, name


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


def _opens_song(line: str, sign: str) -> bool:
    return line.startswith(f"{sign} ") and line[2:].lstrip("\"'“‘(¿¡")[:1].isalpha()


def _marked_songs(text: str, always: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of lines between two `#`, `*` or `~`; for signs in `always`, also from one to the end."""
    for sign in _SONG_SIGNS:
        if sign not in text:
            continue
        lines = text.split("\n")
        ends = [line.rstrip() for line in lines]
        # The next line at or after each one that ends with the sign.
        closing = [-1] * (len(lines) + 1)
        for at in range(len(lines) - 1, -1, -1):
            is_end = ends[at].endswith(sign) and not ends[at].endswith(sign * 2) and len(ends[at].strip(_LEADERS)) > 2
            closing[at] = at if is_end else closing[at + 1]
        at = position = 0
        while at < len(lines):
            line = lines[at]
            body = line.lstrip(_LEADERS)
            start = position + len(line) - len(body)
            tight = sign == "#" and body[:1] == sign and body[1:2].isalpha() and closing[at] >= 0
            last = closing[at] if _opens_song(body, sign) or tight else -1
            if last < 0 and sign in always and _opens_song(body, sign):
                last = len(lines) - 1
            if last < 0 or (sign != "#" and sign not in always and not ends[last].endswith(f" {sign}")):
                position += len(line) + 1
                at += 1
                continue
            end = position + sum(len(lines[index]) + 1 for index in range(at, last + 1)) - 1
            yield start, end
            position, at = end + 1, last + 1


def _without_signs(lyrics: str, sign: str) -> str:
    """Return lyrics of the same length, with spaces for the signs at their ends."""
    inner = lyrics.strip()
    return lyrics.replace(inner, inner.replace(sign, " "), 1)


def _is_known(text: str, start: int, end: int, name: str) -> bool:
    """Return whether a bracket with the name of a sound or mood (or "") is a description."""
    if not name or text[start] not in _ROUND:
        return bool(name)
    if name in SOUNDS:
        return text[start] in _WIDE or end == len(text) or not text[end].isalnum()
    return _opens_line(text, start) or _follows_sentence(text, start)


def _may_be_sound(text: str, start: int, end: int) -> bool:
    """Return whether a round bracket is at the place of a description."""
    opens_line, closes_line = _opens_line(text, start), _closes_line(text, end)
    apart_after = end == len(text) or text[end].isspace() or text[start] in _WIDE
    return apart_after and (opens_line or (closes_line and _follows_sentence(text, start)))


def _is_sound(text: str, start: int, end: int, conventions: SoundConventions, *, has_lower_case: bool) -> bool:
    inner = text[start + 1 : end - 1].strip()
    if _NOTE.search(inner):
        return True
    if not _WORD.search(inner):
        return False
    is_round = text[start] in _ROUND
    is_known = is_description(inner) or (is_role(inner) and _may_be_sound(text, start, end))
    stands_out = not is_round or (inner.isupper() and has_lower_case)
    if is_known and stands_out and not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
        return True
    if is_round:
        return _may_be_sound(text, start, end) and (
            is_known
            or (conventions.round_brackets and len(inner.split()) <= _MAX_ROUND_WORDS)
            or (stands_out and _LONG_WORD.search(inner) is not None)
        )
    opens_line, closes_line = _opens_line(text, start), _closes_line(text, end)
    apart_before = opens_line or text[start - 1].isspace()
    apart_after = end == len(text) or text[end].isspace()
    return conventions.square_brackets and ((opens_line and apart_after) or (apart_before and closes_line))


def _follows_sentence(text: str, start: int) -> bool:
    return text[start - 1 : start] == " " and text[start - 2 : start - 1] in _TERMINAL


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
