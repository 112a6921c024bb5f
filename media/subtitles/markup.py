"""Remove markup from cue text, and escape text for each format.

SubRip and SubStation have no escape for text that looks like markup. A WORD JOINER (U+2060, invisible and not spoken)
after its first character makes any player show it as text; the reader removes it again. A WORD JOINER at the start of a
line prevents players from reading the line as a timing line.

Converters leave tags of one format in files of another, so SubRip is read with the tags of WebVTT, SubStation and
MicroDVD too, and character references are resolved in every format.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from .cue import VoiceText
from .references import GUARD, guard_references, resolve_references, unguard_references
from .timing import is_broken_timing

_JOINER = GUARD
_CONTROLS = {code: " " for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and code != 0x0A} | {
    0x2028: "\n",
    0x2029: "\n",
}

_PLAIN_TAGS = "b|big|br|c|center|em|i|p|rt|ruby|s|small|span|strike|strong|sub|sup|tt|u"
_SRT_TAG = re.compile(
    rf"</?(?:tt:)?(?:(?:{_PLAIN_TAGS})\s?/?|(?:font|p|span|div)(?:\s[^<>]*)?|c|lang|(?:c|b|i|u|lang|ruby|rt)\.[^\s<>]*|lang\s[a-z-]*)>"
    r"|<v(?=[.\s])(?:\.[^\s<>]*)?(?P<voice>[^<>]*)>|(?P<end></v>)"
    r"|<(?:[0-9]{1,4}:)?[0-9]{1,2}:[0-9]{1,2}[.,][0-9]{1,3}>"
    r"|\{(?:\\(?P<override>[^{}]*)|an[1-9])\}"
    r"|(?P<microdvd>\{(?:y:[ibus,]{1,9}|c:\$[0-9a-f]{6}|f:[^\s{}][^{}\n]{0,40}|[shp]:[0-9]{1,4}|o:[0-9]{1,4},[0-9]{1,4})\})"
    r"|(?<![:\\/])(?-i:(?P<escape>\\(?:N|[nh](?![a-z]))))"
    r"|(?P<unknown><[A-Za-z/][^<>]*>)",
    re.ASCII | re.IGNORECASE,
)
_PAIRED_TAG = re.compile(
    r"\{(?P<brace>[bisu])\}(?P<braced>[^{}]{0,1000})\{/(?P=brace)\}"
    r"|\[(?P<bracket>b|i|s|u|color|font|size)(?:=[^\[\]\n]{0,40})?\](?P<bracketed>[^\[\]]{0,1000})\[/(?P=bracket)\]",
    re.ASCII | re.IGNORECASE,
)
"""`{b}text{/b}` and `[b]text[/b]`. Without the end, `{b}` is text, as in a formula."""
_SRT_OPENERS = re.compile(
    rf"<(?=[A-Za-z0-9/{_JOINER}])|\{{(?=[\\{_JOINER}/]|an[1-9]|[A-Za-z]:)|\[(?=[/{_JOINER}])"
    rf"|--(?={_JOINER}*>)|\\(?=[NnHh{_JOINER}])",
    re.ASCII,
)
_SRT_GUARDS = re.compile(rf"(?<=[<{{\[\\]){_JOINER}|(?<=--){_JOINER}(?={_JOINER}*>)")

_LINE_GUARD = re.compile(rf"^[^\S\n]*{_JOINER}", re.MULTILINE)

_VTT_TAG = re.compile(r"<([^<>]*)>")
_VTT_TIME = re.compile(r"(?:[0-9]+:)?[0-9]{1,2}:[0-9]{1,2}\.[0-9]{1,3}", re.ASCII)
_VTT_NAME = re.compile(r"(/?)([A-Za-z][A-Za-z0-9_-]*)?(?:\.[^\s]*)?(?:\s+(\S.*))?\s*", re.ASCII | re.DOTALL)
_VTT_TAGS = frozenset(["c", "i", "b", "u", "ruby", "rt", "v", "lang", "font", "span", "br", "em", "strong", "s", "p"])
_VTT_ANNOTATED = frozenset(["v", "lang", "font", "span", "p"])

_ASS_ESCAPE = rf"\\{_JOINER}|\\([{{}}Nnh])"
_ASS_TOKEN = re.compile(rf"{_ASS_ESCAPE}|\{{([^}}]*)\}}")
_ASS_TAIL_TOKEN = re.compile(rf"{_ASS_ESCAPE}|(?!)()")
"""For the text after the last closing brace. Searching a closing brace from every opening one would take quadratic
time."""
_ASS_DRAWING = re.compile(r"\\p\s*([0-9]+)", re.ASCII)


class Plain(NamedTuple):
    """Text without markup, its first voice, and remarks for notes.

    If the text names several voices, `voices` are all of them with their texts.
    """

    text: str
    speaker: str = ""
    remarks: tuple[str, ...] = ()
    voices: tuple[VoiceText, ...] = ()


def tidy(text: str) -> str:
    """Return the text with control characters as spaces, trimmed lines and no blank lines."""
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
    r"""Remove HTML-like tags and overrides such as `{\an8}`, and resolve character references.

    So it does with tags of other formats: `<c.yellow>`, `<v Ann>` (a voice), `\N`, `{Y:i}`. Unknown tags (`<laughs>`)
    are kept as text.
    """
    found = _Found()
    text = _without_paired_tags(resolve_references(text))
    position = 0
    drawing = has_bars = False

    def put(part: str) -> None:
        if not drawing:
            found.texts.append(unguard_references(_SRT_GUARDS.sub("", part)))

    for match in _SRT_TAG.finditer(text):
        if match["unknown"] is not None:
            found.remarks.append(f"unknown tag {match['unknown']}; kept as text")
            continue
        put(text[position : match.start()])
        position = match.end()
        if match["voice"] is not None or match["end"] is not None:
            found.turn(match["voice"] or "")
        elif match["escape"] is not None:
            put(" " if match["escape"][1] in "hH" else "\n")
        elif match.group().lower().startswith(("<br", "<tt:br")):
            put("\n")
        has_bars = has_bars or match["microdvd"] is not None
        for scale in _ASS_DRAWING.findall(match.group()) if match["override"] else ():
            drawing = scale.strip("0") != ""
    put(text[position:])
    if has_bars:
        found.texts = [part.replace("|", "\n") for part in found.texts]
    return found.plain()


def _without_paired_tags(text: str) -> str:
    """Return text without the tags of forums and of other converters, of which three may be within each other."""
    for _ in range(3):
        if "{/" not in text and "[/" not in text:
            break
        text = _PAIRED_TAG.sub(lambda match: match["braced"] or match["bracketed"] or "", text)
    return text


def markup_srt(text: str) -> str:
    """Return tidy text, escaped so that SubRip readers find no markup and no timing line in it."""
    return _guarded(guard_references(_SRT_OPENERS.sub(lambda match: match.group() + _JOINER, tidy(text))))


def plain_vtt(text: str) -> Plain:
    """Remove WebVTT tags and resolve character references. The annotation of ruby text (`<rt>`) isn't spoken."""
    found = _Found()
    position = 0
    annotation_start: int | None = None

    def put(end: int) -> None:
        if annotation_start is None:
            found.texts.append(unguard_references(resolve_references(html.unescape(text[position:end]))))

    def end_annotation(end: int) -> None:
        if annotation_start is not None:
            found.remarks.append(f"{text[annotation_start:end]!r} is a ruby annotation (<rt>) and not spoken")

    for match in _VTT_TAG.finditer(text):
        inner = match.group(1)
        parts = _VTT_NAME.fullmatch(inner)
        if parts is None or (parts.group(2) is None and inner not in {"", "/"}):
            if _VTT_TIME.fullmatch(inner) is None:
                continue  # a bare '<', as in "1 < 2 > 0", is invalid, but it is text
            parts = None
        put(match.start())
        position = match.end()
        if parts is None:
            continue
        closing, tag, annotation = parts.groups()
        tag = (tag or "").lower()
        if tag == "br":
            found.texts.append("\n")
        elif tag in {"rt", "ruby"}:
            end_annotation(match.start())
            annotation_start = match.end() if tag == "rt" and not closing else None
        elif tag == "v":
            found.turn("" if closing else annotation or "")
        if tag and (tag not in _VTT_TAGS or (annotation and tag not in _VTT_ANNOTATED)):
            found.remarks.append(f"unknown tag {match.group()}; removed")
    put(len(text))
    end_annotation(len(text))
    return found.plain()


class _Found:
    """What is found in a cue's text: the parts of it that aren't markup, the turns of voices, and remarks."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.remarks: list[str] = []
        self._turns: list[tuple[str, int]] = [("", 0)]
        """The speakers, each with the index of the first text that it speaks."""

    def turn(self, annotation: str) -> None:
        """Begin the words of a voice, "" for none."""
        self._turns.append((tidy_name(resolve_references(html.unescape(annotation))), len(self.texts)))

    def plain(self) -> Plain:
        """Return the text and its voices."""
        speakers = [speaker for speaker, _ in self._turns if speaker]
        voices = _voices(self.texts, self._turns) if len(set(speakers)) > 1 else ()
        return Plain(
            _unguarded("".join(self.texts)), speakers[0] if speakers else "", tuple(dict.fromkeys(self.remarks)), voices
        )


def _voices(texts: Sequence[str], turns: Sequence[tuple[str, int]]) -> tuple[VoiceText, ...]:
    ends = [start for _, start in turns[1:]] + [len(texts)]
    voices = [
        VoiceText(speaker, _unguarded("".join(texts[start:end])))
        for (speaker, start), end in zip(turns, ends, strict=True)
    ]
    return tuple(voice for voice in voices if voice.text)


def markup_vtt(text: str, speaker: str) -> str:
    """Return tidy text, escaped for WebVTT (which excludes `-->`), after a `<v>` tag if it has a speaker."""
    name = html.escape(tidy_name(speaker), quote=False)
    return (f"<v {name}>" if name else "") + _guarded(html.escape(guard_references(tidy(text)), quote=False))


def plain_ass(text: str) -> Plain:
    r"""Remove SubStation override blocks and drawings; `\N` and `\n` are line breaks, `\h` a space, `\{` a brace."""
    texts: list[str] = []
    position = 0
    drawing = drawn = False

    def put(part: str) -> None:
        if not drawing:
            texts.append(part)

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
    plain = unguard_references(resolve_references("".join(texts)))
    return Plain(tidy(plain), remarks=("a drawing is not spoken",) if drawn else ())


def markup_ass(text: str) -> str:
    r"""Return tidy text on one line: breaks as `\N`, braces escaped as libass reads them, guarded backslashes."""
    escaped = guard_references(tidy(text)).replace("\\", "\\" + _JOINER).replace("{", "\\{").replace("}", "\\}")
    return escaped.replace("\n", "\\N")
