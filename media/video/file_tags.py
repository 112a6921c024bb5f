"""The tags of a film that a copy keeps."""

from __future__ import annotations

from collections.abc import Mapping

from ...text.encoding import decode
from ...text.errors import TextError
from ..audio.media_file import clean

_REPLACED = {
    "COMPATIBLE_BRANDS",
    "DURATION",
    "ENCODER",
    "HANDLER_NAME",
    "MAJOR_BRAND",
    "MINOR_VERSION",
    "VENDOR_ID",
}


def kept_tags(tags: Mapping[str, str], owner: str, notes: list[str]) -> dict[str, str]:
    """Return the tags that a copy keeps, in Unicode, and note those of `owner` that weren't.

    Old files have tags in the encoding of the machine that made them.
    """
    kept = {}
    for key, text in tags.items():
        if key.upper() in _REPLACED:
            continue
        kept[clean(key)] = read = _unicode(text)
        if read != text:
            notes.append(f"the tag '{clean(key)}' of {owner} isn't UTF-8; it is read as '{read}'")
    return kept


def _unicode(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return decode(text.encode("utf-8", "surrogateescape")).text
        except TextError:
            return clean(text)
    return text
