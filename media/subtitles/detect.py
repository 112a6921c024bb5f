"""Find out the format of a subtitle file, and name the formats that can't be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from ..errors import SubtitleError
from .ass import substation_kind
from .line_formats import is_lyrics, is_microdvd, is_mpl2, is_sbv
from .subtitle_file import SubtitleFormat
from .timing import is_timing

_SUFFIXES: dict[str, SubtitleFormat] = {
    "srt": "srt",
    "vtt": "vtt",
    "ass": "ass",
    "ssa": "ssa",
    "sbv": "sbv",
    "lrc": "lrc",
    "ttml": "ttml",
    "dfxp": "ttml",
    "itt": "ttml",
    "imsc": "ttml",
    "scc": "scc",
    "stl": "stl",
}
"""By suffix. `.sub`, `.txt` and `.xml` stand for several formats."""
_EBU_STL = re.compile(rb"[0-9]{3}STL[0-9]{2}\.0[0-9]")
_UNREADABLE_DATA = (
    (b"\x00\x00\x01\xba", "VobSub, which contains images", "convert it with OCR software"),
    (b"PG", "PGS, which contains images", "convert it with OCR software"),
    (b"PK\x03\x04", "a ZIP archive", "extract the subtitle file"),
    (b"\x1f\x8b", "a gzip archive", "extract the subtitle file"),
    (b"Rar!", "a RAR archive", "extract the subtitle file"),
    (b"7z\xbc\xaf", "a 7z archive", "extract the subtitle file"),
    (b"%PDF", "a PDF document", "save its text as SubRip"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"GAB2", "Cavena or AVI subtitles", "save it as SubRip"),
)
_TMPLAYER = re.compile(r"\s*[0-9]{1,2}:[0-9]{2}:[0-9]{2}[:=,].*", re.ASCII | re.DOTALL)
_SAVE = "save it as SubRip or WebVTT"
_PROBED_LINES = 200
_SUBSTATION_HEADS = frozenset(["[script info]", "[events]", "[v4 styles]", "[v4+ styles]"])
_TTML_ROOT = re.compile(r"<(?:\w+:)?tt[\s>]")


def check_data(data: bytes) -> None:
    """Check that a file isn't in a binary format that can't be read. SubtitleError names the format."""
    for magic, title, advice in _UNREADABLE_DATA:
        if data.startswith(magic):
            raise SubtitleError(f"the file is {title}; {advice}")


def is_ebu_stl(data: bytes) -> bool:
    """Return whether data is an EBU STL file, which is binary."""
    return _EBU_STL.match(data, 3) is not None or _EBU_STL.match(data) is not None


def guess_format(lines: list[str], name: str) -> SubtitleFormat:
    """Return the format by the content, else by the file name, else SubRip.

    Raises:
        SubtitleError: Names a format that can't be read.
    """
    probed = [line.strip().strip("\ufeff") for line in lines[:_PROBED_LINES]]
    filled = [line for line in probed if line and not line.startswith(";")]
    first = filled[0] if filled else ""
    head = "\n".join(filled[:5])
    if lines[0].startswith("WEBVTT"):
        return "vtt"
    if any(line.lower() in _SUBSTATION_HEADS for line in filled[:5]):
        return substation_kind(lines)
    if first.startswith("Scenarist_SCC"):
        return "scc"
    if head.startswith("<") and _TTML_ROOT.search("\n".join(filled[:50])):
        return "ttml"
    if any(map(is_timing, filled)):
        return named_format(name) or "srt"
    if any(map(is_sbv, filled)):
        return "sbv"
    if sum(map(is_microdvd, filled)) * 2 > len(filled):
        return "microdvd"
    if sum(map(is_mpl2, filled)) * 2 > len(filled):
        return "mpl2"
    if is_lyrics(first) and sum(map(is_lyrics, filled)) * 2 > len(filled):
        return "lrc"
    _reject(head, filled)
    return named_format(name) or "srt"


def named_format(name: str) -> SubtitleFormat | None:
    """Return the format that a file name's suffix stands for; None if it stands for several or none."""
    return _SUFFIXES.get(PurePath(name).suffix.lower().lstrip("."))


def _reject(head: str, filled: Sequence[str]) -> None:
    lower = head.lower()
    title = ""
    if "<sami" in lower:
        title = "SAMI"
    elif lower.startswith("# vobsub"):
        raise SubtitleError(
            "the file is the index of VobSub subtitles, which are images; convert them with OCR software"
        )
    elif "<transcript" in lower or "<timedtext" in lower:
        title = "YouTube's timed text"
    elif "<tt" not in lower and lower.startswith(("<?xml", "<!doctype", "<html")):
        title = "XML or HTML in an unknown format"
    elif lower.startswith(("{", "[")) and '"' in lower:
        title = "JSON"
    elif len(filled) > 1 and all(_TMPLAYER.fullmatch(line) for line in filled[:3]):
        title = "TMPlayer"
    elif lower.startswith("//") or "$fontname" in lower:
        title = "Spruce STL"
    if title:
        raise SubtitleError(f"the file is {title}, which can't be read; {_SAVE}")
