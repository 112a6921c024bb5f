"""Convert between the language codes of media files (ISO 639-2, `ger` or `deu`) and BCP-47 tags (`de`)."""

from __future__ import annotations

import langcodes


def to_bcp47(code: str | None) -> str:
    """Return the BCP-47 tag of a file's language code; empty for a missing or invalid code."""
    if not code or code == "und":
        return ""
    try:
        return langcodes.standardize_tag(code)
    except ValueError:
        return ""


def to_iso639(tag: str, *, old: bool = False, region: bool = False) -> str:
    """Return the three-letter code for a BCP-47 tag, `und` for an empty one. ValueError for an invalid tag.

    `old` returns the bibliographic code of a language that has two (ISO 639-2/B). `region` keeps a country, as Matroska
    allows it: `por-br`.
    """
    if not tag:
        return "und"
    try:
        language = langcodes.Language.get(tag)
        code = language.to_alpha3(variant="B" if old else "T")
    except (ValueError, LookupError):
        raise ValueError(f"{tag!r} has no language code for media files; use a tag such as 'de' or 'pt-BR'") from None
    country = language.territory if region else None
    return f"{code}-{country.lower()}" if country and country.isalpha() else code
