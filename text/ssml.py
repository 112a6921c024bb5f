"""A part of SSML 1.1 (W3C, 2010) into pieces: speak, p, s, break, voice, lang, prosody rate, phoneme and sub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from .script_pieces import PieceMaker, Voice
from .script_report import ScriptReport
from .script_tags import MAX_PAUSE_S, Fault, TagReader, duration_s
from .script_types import ScriptPiece

MAX_DEPTH = 64
STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.75, "x-strong": 1.25}
"""How long a break is by its strength, in seconds. The standard leaves that open; `strong` is about a paragraph's."""
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.75}
"""Speeds by their names, which the standard leaves open, too."""

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
    """Whether a text is SSML: it starts with `<speak`, or like a file of XML."""
    return _START.match(text) is not None


class _Element(NamedTuple):
    name: str
    start: int
    voice: Voice
    first: int = 0
    """Where the text of a phoneme begins in the piece in progress."""
    said: str = ""
    """A phoneme's IPA or a sub's alias."""


class SsmlReader:
    """Reads a text of SSML, once. No entity but XML's own five is known, nothing else is fetched or opened."""

    def __init__(self, text: str, report: ScriptReport, tags: TagReader) -> None:
        self._text = text
        self._report = report
        self._tags = tags
        self._maker = PieceMaker()
        self._open: list[_Element] = []
        self._ends: Callable[[int], None] | None = None
        """What to do with the place where the markup or text that came last ends: where the next begins."""
        self._bytes = self._chars = 0
        """A place that was reached, counted in both."""
        self._fed = b""
        self._fed_from = 0
        """What was fed, from which byte on: at the latest from the place that was reached."""
        self._is_ascii = text.isascii()
        self._parser = self._make_parser()

    def pieces(self) -> Iterator[ScriptPiece | float]:
        """Yield the pieces, and a pause that nothing follows. ScriptError for what isn't well-formed or can't be."""
        text, maker = self._text, self._maker
        leading = _LEADING.match(text)
        position = leading.end() if leading else 0
        self._chars = position
        size = _CHUNK_CHARS
        while position < len(text):
            end = min(position + size, len(text))
            self._report.check(position, end)
            reached = self._bytes
            self._feed(text[position:end], last=end == len(text))
            # A token longer than what is fed at once would be read again each time.
            size = _CHUNK_CHARS if self._bytes > reached else 2 * size
            position = end
            yield from maker.done
            maker.done.clear()
        if maker.pause_s is not None:
            yield maker.pause_s

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
            raise self._report.error(self._place(self._parser.ErrorByteIndex), f"this isn't SSML: {reason}") from None
        if last:
            self._finish(len(self._text))

    def _place(self, index: int) -> int:
        """Return the place in the text of a byte that was fed, at or behind the last one asked for."""
        if index > self._bytes:
            part = self._fed[self._bytes - self._fed_from : index - self._fed_from]
            self._chars += len(part) if self._is_ascii else len(part.decode(errors="replace"))
            self._bytes = index
        return self._chars

    def _here(self) -> int:
        """Return where what the parser has just found begins; what came before it ends there."""
        place = self._place(self._parser.CurrentByteIndex)
        self._finish(place)
        return place

    def _finish(self, place: int) -> None:
        if self._ends is not None:
            ends, self._ends = self._ends, None
            ends(place)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place, before = self._here(), self._maker.voice
        inside = self._open[-1] if self._open else None
        if inside and inside.name in _WORDS:
            raise self._report.error(place, f"<{inside.name}> holds text alone, not <{name}>")
        if inside is None and name != "speak":
            raise self._report.error(place, f"this isn't SSML: it is <{name}>, not <speak>")
        if len(self._open) == MAX_DEPTH:
            raise self._report.error(place, f"more than {MAX_DEPTH} elements lie in each other")
        try:
            said = self._begin(name, attributes, place)
        except Fault as fault:
            raise self._report.error(place, fault.reason, fault.nearest) from None
        self._open.append(_Element(name, place, before, self._maker.length, said))

    def _begin(self, name: str, attributes: dict[str, str], place: int) -> str:
        """Take an element's beginning in; return what is to be said instead of its text, if anything."""
        known = _ATTRIBUTES.get(name)
        if known is None:
            self._report.note(place, f"<{name}> is ignored; its text is spoken")
            return ""
        for attribute in sorted(attributes.keys() - known):
            self._report.note(place, f"'{attribute}' of <{name}> is ignored")
        if name in _WORDS:
            return self._word(name, attributes, place)
        if name == "break":
            self._maker.flush()
            self._maker.pause(_break_s(attributes))
            return ""
        voice = self._maker.voice
        if name == "voice" and "name" in attributes:
            voice = Voice(self._tags.speaker(attributes["name"].strip()), None, voice.params)
        if name == "prosody" and "rate" in attributes:
            speed = _speed(attributes["rate"].strip(), voice)
            voice = voice._replace(params=tuple(sorted({**dict(voice.params), "speed": speed}.items())))
        if _XML_LANG in attributes:
            voice = voice._replace(language=_language(attributes[_XML_LANG]))
        self._turn(name, voice)
        return ""

    def _turn(self, name: str, voice: Voice) -> None:
        """Go on with a voice, at one end of an element."""
        if name in ("p", "s") or voice != self._maker.voice:
            self._maker.flush()
        if name == "p":
            self._maker.open_block()
        self._maker.voice = voice

    def _word(self, name: str, attributes: dict[str, str], place: int) -> str:
        attribute = "alias" if name == "sub" else "ph"
        said = attributes.get(attribute, "").strip()
        if not said:
            raise Fault(f"<{name}> has no '{attribute}'")
        if name == "phoneme":
            alphabet = attributes.get("alphabet", "ipa").lower()
            if alphabet != "ipa":
                self._report.note(place, f"the phoneme alphabet '{alphabet}' is ignored; the word is read as it stands")
                return ""
            if _NO_PHONEMES.search(said):
                raise Fault(f"the phonemes '{said}' hold one of / ( ) [ ]")
        return said

    def _end(self, name: str) -> None:
        self._here()
        element = self._open.pop()
        if name in _WORDS:
            self._ends = lambda end: self._end_word(element, end)
        elif name in _ATTRIBUTES:
            self._turn(name, element.voice)
        if not self._open:
            self._maker.flush()

    def _end_word(self, element: _Element, end: int) -> None:
        maker = self._maker
        if element.name == "sub":
            maker.replaced(element.said, element.start, end)
        elif maker.length == element.first:
            raise self._report.error(element.start, "<phoneme> holds no word")
        elif element.said:
            maker.hold(element.first, element.said, element.start, end)

    def _characters(self, data: str) -> None:
        place = self._here()
        if not (self._open and self._open[-1].name == "sub"):
            self._ends = lambda end: self._put(data, place, end)

    def _put(self, data: str, start: int, end: int) -> None:
        if self._text.startswith(data, start) and end - start == len(data):
            self._maker.verbatim(data, start)
        else:
            self._maker.replaced(data, start, end)

    def _other(self, _data: str) -> None:
        self._here()

    def _doctype(self, *_declared: object) -> None:
        raise self._report.error(self._here(), "a document type is refused: SSML needs none")


def _break_s(attributes: dict[str, str]) -> float:
    if "time" not in attributes:
        strength = attributes.get("strength", "medium").strip()
        if strength not in STRENGTHS_S:
            raise Fault(f"the strength '{strength}' of a break isn't one of {', '.join(STRENGTHS_S)}")
        return STRENGTHS_S[strength]
    written = attributes["time"].strip()
    pause_s = duration_s(written)
    if pause_s is None or not written.endswith("s"):
        raise Fault(f"the time of a break is '{written}'; write it as 1.5s or 500ms")
    if pause_s > MAX_PAUSE_S:
        raise Fault(f"a break of {written} is too long; the most is {MAX_PAUSE_S:g}s")
    return pause_s


def _speed(rate: str, voice: Voice) -> float:
    """Return the speed for a rate: a name, a factor, a percentage of the voice's own, or a change of what it is."""
    if rate in RATES:
        return RATES[rate]
    found = _RATE.fullmatch(rate)
    value = float(found["number"]) / (100 if found["percent"] else 1) if found else 0.0
    if found and found["sign"]:
        change = value if found["sign"] == "+" else -value
        value = float(dict(voice.params).get("speed", 1.0)) * (1 + change) if found["percent"] else 0.0
    if value <= 0:
        raise Fault(f"the rate '{rate}' is none of {', '.join(RATES)}, nor a factor (0.9), 90% or +10%")
    return value


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag.strip()):
        raise Fault(f"xml:lang is '{tag}', not a language such as de or pt-BR")
    return tag.strip().replace("_", "-")
