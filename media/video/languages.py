"""Languages as media files name them (ISO 639-2, `ger` or `deu`), and as everybody else does (BCP-47, `de`)."""

from __future__ import annotations

import langcodes


def to_bcp47(code: str | None) -> str:
    """Return the BCP-47 tag of a file's language code; empty where the file names none or nonsense."""
    if not code or code == "und":
        return ""
    try:
        return langcodes.standardize_tag(code)
    except ValueError:
        return ""


def to_iso639(tag: str, *, old: bool = False) -> str:
    """Return the three letters that a file holds for a BCP-47 tag, `und` for none. ValueError for what is no tag.

    `old`: the bibliographic code, where a language has two (ISO 639-2/B).
    """
    if not tag:
        return "und"
    try:
        return langcodes.Language.get(tag).to_alpha3(variant="B" if old else "T")
    except (ValueError, LookupError):
        raise ValueError(
            f"{tag!r} is no language that a media file could name; give a tag such as de or pt-BR"
        ) from None
