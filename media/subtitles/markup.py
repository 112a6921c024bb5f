"""Markup out of text, and text into formats that would take it for markup.

SubRip and SubStation have no escape for what they read as markup. A WORD JOINER (U+2060, which has no width and
isn't spoken) behind the character that opens it keeps such text as it is in any player; the reader takes it out again.
The same in front of a line keeps it from being a timing line with a fault.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from .cue import VoiceText
from .timing import is_broken_timing

_JOINER = "\u2060"
_CONTROLS = {code: " " for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and code != 0x0A}

_PLAIN_TAGS = "b|big|br|c|center|em|i|p|rt|ruby|s|small|span|strike|strong|sub|sup|tt|u"
_SRT_TAG = re.compile(
    rf"</?(?:(?:{_PLAIN_TAGS})\s?/?|(?:font|p|span|div)(?:\s[^<>]*)?)>|\{{\\[^{{}}]*\}}|(<[A-Za-z/][^<>]*>)",
    re.ASCII | re.IGNORECASE,
)
_SRT_OPENERS = re.compile(rf"<(?=[A-Za-z/{_JOINER}])|\{{(?=[\\{_JOINER}])|--(?={_JOINER}*>)", re.ASCII)
_SRT_GUARDS = re.compile(rf"(?<=[<{{]){_JOINER}|(?<=--){_JOINER}(?={_JOINER}*>)")

_LINE_GUARD = re.compile(rf"^[^\S\n]*{_JOINER}", re.MULTILINE)

_VTT_TAG = re.compile(r"<([^<>]*)>")
_VTT_TIME = re.compile(r"(?:[0-9]+:)?[0-9]{1,2}:[0-9]{1,2}\.[0-9]{1,3}", re.ASCII)
_VTT_NAME = re.compile(r"(/?)([A-Za-z][A-Za-z0-9_-]*)?(?:\.[^\s]*)?(?:\s+(\S.*))?\s*", re.ASCII | re.DOTALL)
_VTT_TAGS = frozenset(["c", "i", "b", "u", "ruby", "rt", "v", "lang", "font", "span", "br", "em", "strong", "s", "p"])
_VTT_ANNOTATED = frozenset(["v", "lang", "font", "span", "p"])

_ASS_ESCAPE = rf"\\{_JOINER}|\\([{{}}Nnh])"
_ASS_TOKEN = re.compile(rf"{_ASS_ESCAPE}|\{{([^}}]*)\}}")
_ASS_TAIL_TOKEN = re.compile(rf"{_ASS_ESCAPE}|(?!)()")
"""For what follows the last closing brace: looking for one from every opening brace would take quadratic time."""
_ASS_DRAWING = re.compile(r"\\p\s*([0-9]+)", re.ASCII)


class Plain(NamedTuple):
    """Text without markup, the first voice that it names, and what a reader should hear of (see `Note.message`).

    `voices` are all that it names with what they say, where it names several.
    """

    text: str
    speaker: str = ""
    remarks: tuple[str, ...] = ()
    voices: tuple[VoiceText, ...] = ()


def tidy(text: str) -> str:
    """Return the text with control characters as spaces, lines trimmed and blank lines left out."""
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).split("\n"))
    return "\n".join(line for line in lines if line)


def tidy_name(name: str) -> str:
    """Return a speaker's name on one line, with single spaces."""
    return " ".join(name.translate(_CONTROLS).split())


def _guarded(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        _JOINER + line if line.startswith(_JOINER) or is_broken_timing(line, after_number=False) else line
        for line in lines
    )


def _unguarded(text: str) -> str:
    return tidy(_LINE_GUARD.sub("", text))


def plain_srt(text: str) -> Plain:
    r"""Remove HTML-like tags and `{\an8}`-like overrides. A tag that nobody defined (`<laughs>`) stays, as text."""
    remarks: list[str] = []

    def replace(match: re.Match[str]) -> str:
        unknown = match.group(1)
        if unknown is not None:
            remarks.append(f"{unknown} is no known tag and stays in the text")
            return str(unknown)
        return "\n" if match.group().lower().startswith("<br") else ""

    return Plain(_unguarded(_SRT_GUARDS.sub("", _SRT_TAG.sub(replace, text))), remarks=tuple(remarks))


def markup_srt(text: str) -> str:
    """Return tidy text so that SubRip readers take none of it for markup or for a timing line."""
    return _guarded(_SRT_OPENERS.sub(lambda match: match.group() + _JOINER, tidy(text)))


def plain_vtt(text: str) -> Plain:
    """Remove WebVTT's tags, resolve its character references. The reading aid of a ruby text (`<rt>`) isn't spoken."""
    pieces: list[str] = []
    remarks: list[str] = []
    turns: list[tuple[str, int]] = [("", 0)]
    """Who speaks from which piece on."""
    position = 0
    aside: int | None = None

    def put(end: int) -> None:
        if aside is None:
            pieces.append(html.unescape(text[position:end]))

    def end_aside(end: int) -> None:
        if aside is not None:
            remarks.append(f"{text[aside:end]!r} is a reading aid (<rt>) and isn't spoken")

    for match in _VTT_TAG.finditer(text):
        inner = match.group(1)
        parts = _VTT_NAME.fullmatch(inner)
        if parts is None or (parts.group(2) is None and inner not in {"", "/"}):
            if _VTT_TIME.fullmatch(inner) is None:
                continue  # a bare '<', as in "1 < 2 > 0": not allowed, but surely text
            parts = None
        put(match.start())
        position = match.end()
        if parts is None:
            continue
        closing, tag, annotation = parts.groups()
        tag = (tag or "").lower()
        if tag == "br":
            pieces.append("\n")
        elif tag in {"rt", "ruby"}:
            end_aside(match.start())
            aside = match.end() if tag == "rt" and not closing else None
        elif tag == "v":
            turns.append(("" if closing else tidy_name(html.unescape(annotation or "")), len(pieces)))
        if tag and (tag not in _VTT_TAGS or (annotation and tag not in _VTT_ANNOTATED)):
            remarks.append(f"{match.group()} is no known tag and was left out")
    put(len(text))
    end_aside(len(text))
    named = [speaker for speaker, _ in turns if speaker]
    voices = _voices(pieces, turns) if len(set(named)) > 1 else ()
    return Plain(_unguarded("".join(pieces)), named[0] if named else "", tuple(remarks), voices)


def _voices(pieces: Sequence[str], turns: Sequence[tuple[str, int]]) -> tuple[VoiceText, ...]:
    ends = [start for _, start in turns[1:]] + [len(pieces)]
    said = [
        VoiceText(speaker, _unguarded("".join(pieces[start:end])))
        for (speaker, start), end in zip(turns, ends, strict=True)
    ]
    return tuple(voice for voice in said if voice.text)


def markup_vtt(text: str, speaker: str) -> str:
    """Return tidy text, escaped as WebVTT asks (so `-->` can't appear), behind a `<v>` tag if it has a speaker."""
    name = html.escape(tidy_name(speaker), quote=False)
    return (f"<v {name}>" if name else "") + _guarded(html.escape(tidy(text), quote=False))


def plain_ass(text: str) -> Plain:
    r"""Remove SubStation's override blocks and drawings; `\N`, `\n` are line breaks, `\h` a space, `\{` a brace."""
    pieces: list[str] = []
    position = 0
    drawing = drawn = False

    def put(piece: str) -> None:
        if not drawing:
            pieces.append(piece)

    tail = text.rfind("}") + 1
    for match in chain(_ASS_TOKEN.finditer(text, 0, tail), _ASS_TAIL_TOKEN.finditer(text, tail)):
        put(text[position : match.start()])
        position = match.end()
        escaped, block = match.groups()
        if block is not None:
            for scale in _ASS_DRAWING.findall(block):
                drawing = scale.strip("0") != ""
                drawn = drawn or drawing
        elif escaped is None:
            put("\\")
        else:
            put({"N": "\n", "n": "\n", "h": " "}.get(escaped, escaped))
    put(text[position:])
    return Plain(tidy("".join(pieces)), remarks=("a drawing isn't spoken",) if drawn else ())


def markup_ass(text: str) -> str:
    r"""Return tidy text on one line: breaks as `\N`, braces escaped as libass reads them, guarded backslashes."""
    escaped = tidy(text).replace("\\", "\\" + _JOINER).replace("{", "\\{").replace("}", "\\}")
    return escaped.replace("\n", "\\N")
