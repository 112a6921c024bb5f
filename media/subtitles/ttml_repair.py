"""Repair TTML before it is read: a file that is cut off, names of HTML's characters, times that aren't TTML's.

`ttconv` refuses a whole file for a single unknown character reference, starts a cue whose time it can't read at 0, and
drops one that ends before it starts.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from fractions import Fraction

from ..errors import SubtitleError
from .cue_text import SHOWN_CHARS
from .subtitle_file import Notes

NO_LENGTH_MS = 1
"""A cue without length lasts this long in TTML, where an interval without length is nothing."""
_LAST_S = 1_000_000
_NAMESPACE = "http://www.w3.org/ns/ttml"
_OLD_NAMESPACE = re.compile(r"http://www\.w3\.org/200[46]/(?:04|10|11)/ttaf1")
_ROOT = re.compile(r"<((?:(\w+):)?tt)(?=[\s>])([^>]*)>")
_PREFIX = re.compile(r"[</\s](\w+):\w+\s*(?=[\s=/>])")
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)(\w{1,40};)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_KNOWN_PREFIXES = {"tts": "#styling", "ttp": "#parameter", "ttm": "#metadata"}
_ITALIC_TAGS = frozenset(["i", "em"])
_HTML_TAGS = _ITALIC_TAGS | {"b", "u", "font", "strong", "c"}
"""Tags that converters leave in the text; TTML has `span` instead."""
_EXACT = re.compile(
    r"[0-9]{2,}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+|:(?P<frames>[0-9]{2,}))?|[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms|f|t)", re.ASCII
)
_CLOCK = re.compile(
    r"(-)?(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,3})(?:([.,:;])([0-9]{1,12}))?"
    r"|(-)?([0-9]{1,9}(?:[.,][0-9]{1,12})?)\s*(h|ms|m|sec|s)?",
    re.ASCII,
)
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "ms": Fraction(1, 1000)}


def repaired_ttml(text: str, notes: Notes) -> ET.Element:
    """Return the root of a TTML file. Faults are fixed and noted; a cue whose start isn't a time is left out.

    Raises:
        SubtitleError: It isn't XML, or has entities of its own; if reading is strict, at the first fault.
    """
    if "<!ENTITY" in text:
        raise SubtitleError("entities are not supported")
    text = _CONTROL.sub("", re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff")))
    root = _parsed(_with_namespaces(_REFERENCE.sub(_character, text)), notes)
    for element in root.iter():
        namespace, _, name = element.tag.rpartition("}")
        if name in _HTML_TAGS:
            element.tag = f"{namespace}}}span" if namespace else "span"
            if name in _ITALIC_TAGS:
                element.set(f"{{{_NAMESPACE}#styling}}fontStyle", "italic")
    frames_per_s = int(_attribute(root, "frameRate") or 0) or 30
    ticks_per_s = int(_attribute(root, "tickRate") or 0) or 1
    for element in list(root.iter()):
        for child in list(element):
            if not _repair_times(child, frames_per_s, ticks_per_s, notes):
                _remove(element, child)
    return root


def _character(match: re.Match[str]) -> str:
    """Return the character of an HTML reference, or an ampersand that is text."""
    name = match[1] or ""
    character = html.unescape(f"&{name}") if name else ""
    return character if character and not character.startswith("&") else f"&amp;{name}"


def _with_namespaces(text: str) -> str:
    text = _OLD_NAMESPACE.sub(_NAMESPACE, text)
    root = _ROOT.search(text)
    if root is None:
        return text
    declared = set(re.findall(r"xmlns:(\w+)\s*=", text)) | {"xml", "xmlns"}
    prefixes = set(_PREFIX.findall(re.sub(r">[^<]*<", "><", text))) - declared
    added = [f' xmlns:{prefix}="{_NAMESPACE}{_KNOWN_PREFIXES.get(prefix, "")}"' for prefix in sorted(prefixes)]
    if root[2] is None and "xmlns=" not in root[3]:
        added.append(f' xmlns="{_NAMESPACE}"')
    return text[: root.start(3)] + "".join(added) + text[root.start(3) :]


def _parsed(text: str, notes: Notes) -> ET.Element:
    """Return the root of a text, of which the end may be missing or damaged."""
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start",))
    fault: ET.ParseError | None = None
    try:
        parser.feed(text)
        parser.close()
    except ET.ParseError as error:
        fault = error
    root: ET.Element | None = None
    try:
        for event in parser.read_events():
            element = event[-1]
            if root is None and isinstance(element, ET.Element):
                root = element
    except ET.ParseError as error:
        fault = fault or error
    if root is None:
        raise SubtitleError(f"can't be read as TTML ({fault or 'no elements'})")
    if fault is not None:
        line = fault.position[0]
        reason = f"can't be read as TTML ({fault})"
        if not any(element.tag.rpartition("}")[2] == "p" for element in root.iter()):
            raise SubtitleError(reason)
        notes.fault(line, "left-out", f"left out everything from here on, because it isn't XML ({fault})", reason)
    return root


def _attribute(root: ET.Element, name: str) -> str:
    value = next((value for key, value in root.attrib.items() if key.rpartition("}")[2] == name), "")
    return value if value.isdecimal() else ""


def _repair_times(element: ET.Element, frames_per_s: int, ticks_per_s: int, notes: Notes) -> bool:
    """Put the times of an element right. Return False if its start isn't a time."""
    times: dict[str, Fraction] = {}
    for name in ("begin", "end", "dur"):
        written = element.get(name)
        if written is None:
            continue
        time = _exact(written.strip(), frames_per_s, ticks_per_s)
        if time is None:
            time = _loose(written.strip())
            if time is None and name == "begin":
                shown = repr(written)
                message = f"left out, because {shown} is not a time: {''.join(element.itertext())[:SHOWN_CHARS]!r}"
                notes.fault(1, "left-out", message, f"invalid time {shown}")
                return False
            message = (
                "the cue has no end; read as a cue without length" if time is None else f"unusual time {written!r}"
            )
            notes.fault(1, "time", message, f"invalid time {written!r}")
            if time is None:
                time = times.get("begin", Fraction(0)) if name == "end" else Fraction(0)
            element.set(name, f"{float(time):.6f}s")
        times[name] = time
    begin = times.get("begin", Fraction(0))
    if (
        begin
        and len(times) == 1
        and any(child.get("begin") is not None for child in element.iter() if child != element)
    ):
        # The library would end it with its content's times, though these count from its begin.
        element.set("end", f"{_LAST_S}s")
    if ("end" in times and times["end"] < begin) or times.get("dur") == 0 or times.get("end") == begin:
        if times.get("end", begin) < begin:
            reason = "the cue ends before it starts"
            notes.fault(1, "time", f"{reason}; read as a cue without length", reason)
        element.attrib.pop("dur", None)
        element.set("end", f"{float(begin) + NO_LENGTH_MS / 1000:.6f}s")
    return True


def _exact(text: str, frames_per_s: int, ticks_per_s: int) -> Fraction | None:
    """Return the seconds of a time as TTML has it, else None."""
    match = _EXACT.fullmatch(text)
    if match is None or int(match["frames"] or 0) >= frames_per_s:
        return None
    if ":" in text:
        hours, minutes, seconds, *frames = text.split(":")
        n_frames = int(frames[0]) if frames else 0
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds) + Fraction(n_frames, frames_per_s)
    number = Fraction(text.rstrip("hmsft"))
    unit = text.lstrip("0123456789.")
    if unit in ("f", "t"):
        return number / (frames_per_s if unit == "f" else ticks_per_s)
    return number * _SECONDS.get(unit, 1)


def _loose(text: str) -> Fraction | None:
    """Return the seconds of a time in another notation; 0 for a negative one, None if it isn't a time."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    if match[1] or match[7]:
        return Fraction(0)
    if match[8]:
        return Fraction(match[8].replace(",", ".")) * _SECONDS.get(match[9] or "s", 1)
    total = Fraction((int(match[2] or 0) * 60 + int(match[3])) * 60 + int(match[4]))
    if match[5] in (".", ","):
        total += Fraction(int(match[6]), 10 ** len(match[6]))
    return total


def _remove(parent: ET.Element, child: ET.Element) -> None:
    """Remove an element, but not the text behind it."""
    at = list(parent).index(child)
    if child.tail:
        if at:
            parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)
