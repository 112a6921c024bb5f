"""Names as people write them: the same whatever their case, their width and the spaces in them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def name_key(name: str) -> str:
    """Return what two spellings of a name have in common: compatibility forms (NFKC) and case folded, spaces left out.

    `Speaker 2`, `speaker2` and `ＳＰＥＡＫＥＲ　２` have the same. By Unicode's caseless compatibility match (D146).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(folded.split())


def nearest(name: str, known: Iterable[str], *, most: int = 3, cutoff: float = 0.6) -> tuple[str, ...]:
    """Return those of the known names that `name` may be a slip of, the nearest first."""
    by_key = {name_key(one): one for one in reversed(list(known))}
    return tuple(by_key[key] for key in difflib.get_close_matches(name_key(name), by_key, n=most, cutoff=cutoff))
