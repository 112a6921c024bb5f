"""Parse a subset of SSML 1.1 (W3C, 2010): speak, p, s, break, voice, lang, prosody rate, phoneme and sub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from .errors import TextError
from .script_builder import PassageBuilder, ScriptVoice
from .script_report import ScriptReport
from .script_tags import MAX_PAUSE_S, TagParser, duration_s
from .script_types import ScriptPassage

MAX_DEPTH = 64
STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.75, "x-strong": 1.25}
"""The length of a break in seconds by strength, which the standard doesn't define. `strong` is like a paragraph's."""
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.75}
"""Speeds by name, which the standard doesn't define."""

_START = re.compile(r"\ufeff?\s*<(?:speak(?=[\s/>])|\?xml\s|!DOCTYPE\s{1,8}speak\b)")
_LEADING = re.compile(r"\ufeff?\s*")
_CHUNK_CHARS = 1 << 16
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_NO_PHONEMES = re.compile(r"[/()\[\]\n]")
_RATE = re.compile(r"(?P<sign>[-+]?)(?P<number>\d{1,6}(?:\.\d{0,6})?)(?P<percent>%?)", re.ASCII)
_WORDS = ("phoneme", "sub")
_XML_LANG = "xml:lang"
_ATTRIBUTES = {
    "speak": {_XML_LANG, "version", "xml:base", "onlangfailure"},
    "p": {_XML_LANG, "xml:id"},
    "s": {_XML_LANG, "xml:id"},
    "break": {"time", "strength"},
    "voice": {"name", _XML_LANG, "languages"},
    "lang": {_XML_LANG},
    "prosody": {"rate"},
    "phoneme": {"alphabet", "ph"},
    "sub": {"alias"},
}


def is_ssml(text: str) -> bool:
    """Return whether a text is SSML: it starts with `<speak` or an XML declaration."""
    return _START.match(text) is not None


def may_become_ssml(text: str) -> bool:
    """Return whether a text that is still being written is SSML, or may be when more of it is there."""
    start = text.lstrip().removeprefix("\ufeff").lstrip()
    opens = any(tag.startswith(start) for tag in ("<speak", "<?xml", "<!DOCTYPE speak"))
    return bool(start) and (opens or is_ssml(text))


class _Element(NamedTuple):
    name: str
    start: int
    voice: ScriptVoice
    first: int = 0
    """The start of the element's text in the current passage."""
    spoken: str = ""
    """The IPA of a `phoneme` or the alias of a `sub`."""


class SsmlParser:
    """Parser for one SSML text. Use it once. Only XML's predefined entities are allowed; it fetches nothing."""

    def __init__(self, text: str, report: ScriptReport, tags: TagParser) -> None:
        self._text = text
        self._report = report
        self._tags = tags
        self._builder = PassageBuilder(tags.sounds)
        self._open_elements: list[_Element] = []
        self._on_end: Callable[[int], None] | None = None
        """Called with the end of the last markup or text, once the start of the next one is known."""
        self._bytes = self._chars = 0
        """The current position, in bytes and in characters."""
        self._fed = b""
        self._fed_from = 0
        """The fed bytes from `_fed_from` on, which is at or before the current position."""
        self._is_ascii = text.isascii()
        self._parser = self._make_parser()

    def passages(self) -> Iterator[ScriptPassage | float]:
        """Yield the passages, then the length of a trailing pause, if any. TextError for invalid SSML."""
        text, builder = self._text, self._builder
        leading = _LEADING.match(text)
        position = leading.end() if leading else 0
        self._chars = position
        size = _CHUNK_CHARS
        while position < len(text):
            end = min(position + size, len(text))
            self._report.check(position, end)
            reached = self._bytes
            self._feed(text[position:end], last=end == len(text))
            # If a token is longer than a chunk, expat scans it again for each chunk: grow the chunks.
            size = _CHUNK_CHARS if self._bytes > reached else 2 * size
            position = end
            yield from builder.finished
            builder.finished.clear()
        if builder.pause_s is not None:
            yield builder.pause_s

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.DefaultHandler = self._other
        return parser

    def _feed(self, part: str, *, last: bool) -> None:
        data = part.encode()
        self._fed = self._fed[self._bytes - self._fed_from :] + data
        self._fed_from = self._bytes
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            if reason == expat.errors.XML_ERROR_NO_ELEMENTS and self._open_elements:
                reason = f"<{self._open_elements[-1].name}> is not closed"
            raise self._report.error(
                self._position_of(self._parser.ErrorByteIndex), f"invalid SSML: {reason}"
            ) from None
        if last:
            self._finish(len(self._text))

    def _position_of(self, index: int) -> int:
        """Return the text position of a fed byte. The indexes must ascend from call to call."""
        if index > self._bytes:
            part = self._fed[self._bytes - self._fed_from : index - self._fed_from]
            self._chars += len(part) if self._is_ascii else len(part.decode(errors="replace"))
            self._bytes = index
        return self._chars

    def _start_position(self) -> int:
        """Return where the current markup or text starts, and end the one before it there."""
        position = self._position_of(self._parser.CurrentByteIndex)
        self._finish(position)
        return position

    def _finish(self, position: int) -> None:
        if self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            on_end(position)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        position, before = self._start_position(), self._builder.voice
        parent = self._open_elements[-1] if self._open_elements else None
        if parent and parent.name in _WORDS:
            raise self._report.error(position, f"<{parent.name}> may contain only text, not <{name}>")
        if parent is None and name != "speak":
            raise self._report.error(position, f"invalid SSML: the root element is <{name}>, not <speak>")
        if len(self._open_elements) == MAX_DEPTH:
            raise self._report.error(position, f"elements are nested too deeply; maximum {MAX_DEPTH}")
        try:
            spoken = self._begin(name, attributes, position)
        except TextError as error:
            raise self._report.error(position, error.reason, error.nearest) from None
        self._open_elements.append(_Element(name, position, before, self._builder.length, spoken))

    def _begin(self, name: str, attributes: dict[str, str], position: int) -> str:
        """Handle the start of an element. Return the replacement or phonemes of its text, if any."""
        known = _ATTRIBUTES.get(name)
        if known is None:
            self._report.note(position, f"<{name}> is ignored; its text is spoken")
            return ""
        for attribute in sorted(attributes.keys() - known):
            self._report.note(position, f"'{attribute}' of <{name}> is ignored")
        if name in _WORDS:
            return self._word(name, attributes, position)
        if name == "break":
            self._builder.flush()
            self._builder.add_pause(_break_s(attributes))
            return ""
        voice = self._builder.voice
        if name == "voice" and "name" in attributes:
            voice = ScriptVoice(self._tags.speaker(attributes["name"].strip()), None, voice.params)
        if name == "prosody" and "rate" in attributes:
            speed = _speed(attributes["rate"].strip(), voice)
            voice = voice._replace(params=tuple(sorted({**dict(voice.params), "speed": speed}.items())))
        if _XML_LANG in attributes:
            voice = voice._replace(language=_language(attributes[_XML_LANG]))
        self._switch(name, voice)
        return ""

    def _switch(self, name: str, voice: ScriptVoice) -> None:
        """Switch to a voice, at the start or end of an element."""
        if name in ("p", "s") or voice != self._builder.voice:
            self._builder.flush()
        if name == "p":
            self._builder.open_block()
        self._builder.voice = voice

    def _word(self, name: str, attributes: dict[str, str], position: int) -> str:
        attribute = "alias" if name == "sub" else "ph"
        spoken = attributes.get(attribute, "").strip()
        if not spoken:
            raise TextError(f"<{name}> has no attribute '{attribute}'")
        if name == "phoneme":
            alphabet = attributes.get("alphabet", "ipa").lower()
            if alphabet != "ipa":
                self._report.note(position, f"unsupported phoneme alphabet '{alphabet}'; the phonemes are ignored")
                return ""
            if _NO_PHONEMES.search(spoken):
                raise TextError(f"invalid phonemes '{spoken}'; they must not contain / ( ) [ ]")
        return spoken

    def _end(self, name: str) -> None:
        self._start_position()
        element = self._open_elements.pop()
        if name in _WORDS:
            self._on_end = lambda end: self._end_word(element, end)
        elif name in _ATTRIBUTES:
            self._switch(name, element.voice)
        if not self._open_elements:
            self._builder.flush()

    def _end_word(self, element: _Element, end: int) -> None:
        builder = self._builder
        if element.name == "sub":
            builder.append_replacement(element.spoken, element.start, end)
        elif builder.length == element.first:
            raise self._report.error(element.start, "<phoneme> contains no text")
        elif element.spoken:
            builder.add_pronunciation(element.first, element.spoken, element.start, end)

    def _characters(self, data: str) -> None:
        position = self._start_position()
        if not (self._open_elements and self._open_elements[-1].name == "sub"):
            self._on_end = lambda end: self._put(data, position, end)

    def _put(self, data: str, start: int, end: int) -> None:
        if self._text.startswith(data, start) and end - start == len(data):
            self._builder.append_verbatim(data, start)
        else:
            self._builder.append_replacement(data, start, end)

    def _other(self, _data: str) -> None:
        self._start_position()

    def _doctype(self, *_declared: object) -> None:
        raise self._report.error(self._start_position(), "a document type is not allowed in SSML; remove it")


def _break_s(attributes: dict[str, str]) -> float:
    if "time" not in attributes:
        strength = attributes.get("strength", "medium").strip()
        if strength not in STRENGTHS_S:
            raise TextError(f"invalid break strength '{strength}'; must be one of {', '.join(STRENGTHS_S)}")
        return STRENGTHS_S[strength]
    written = attributes["time"].strip()
    pause_s = duration_s(written)
    if pause_s is None or not written.endswith("s"):
        raise TextError(f"invalid break time '{written}'; write it as 1.5s or 500ms")
    if pause_s > MAX_PAUSE_S:
        raise TextError(f"the break '{written}' is too long; maximum {MAX_PAUSE_S:g}s")
    return pause_s


def _speed(rate: str, voice: ScriptVoice) -> float:
    """Return the speed for a rate: a name, a factor, a percentage, or a relative change such as +10%."""
    if rate in RATES:
        return RATES[rate]
    found = _RATE.fullmatch(rate)
    value = float(found["number"]) / (100 if found["percent"] else 1) if found else 0.0
    if found and found["sign"]:
        change = value if found["sign"] == "+" else -value
        value = float(dict(voice.params).get("speed", 1.0)) * (1 + change) if found["percent"] else 0.0
    if value <= 0:
        raise TextError(f"invalid rate '{rate}'; must be one of {', '.join(RATES)}, a factor (0.9), 90% or +10%")
    return value


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag.strip()):
        raise TextError(f"invalid xml:lang '{tag}'; write a language tag such as de or pt-BR")
    return tag.strip().replace("_", "-")
