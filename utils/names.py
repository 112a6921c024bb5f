"""Names as people write them: the same whatever their case, their width and the spaces in them."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """Return what two spellings of a name have in common: compatibility forms (NFKC) and case folded, spaces left out.

    `Speaker 2`, `speaker2` and `ＳＰＥＡＫＥＲ　２` have the same. By Unicode's caseless compatibility match (D146).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(folded.split())
