"""Comparison of names regardless of case, width and spaces."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """Return the key that all spellings of a name share: NFKC, case folded, without spaces.

    `Speaker 2`, `speaker2` and `ＳＰＥＡＫＥＲ　２` share it. By Unicode's caseless compatibility match (D146).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(folded.split())
