"""Language tags (BCP-47), and the lookup of a tag in a list."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator


def normal_tag(tag: str) -> str:
    """Return a tag in lower case and with hyphens, for comparison (RFC 5646, section 2.1.1)."""
    return tag.strip().lower().replace("_", "-")


def primary_tag(tag: str) -> str:
    """Return the language of a tag without script, region and the rest: `pt` of `pt-BR`."""
    return normal_tag(tag).partition("-")[0]


def fallbacks(tag: str) -> Iterator[str]:
    """Yield a tag and its shorter forms, longest first (lookup, RFC 4647, section 3.4)."""
    parts = normal_tag(tag).split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        if len(parts) > 1 and len(parts[-1]) == 1:
            parts.pop()


def best_tag(requested: str, known: Iterable[str]) -> str | None:
    """Return the known tag that matches a requested one best, as it was given; None if none does."""
    by_tag = {normal_tag(tag): tag for tag in known}
    return next((by_tag[tag] for tag in fallbacks(requested) if tag in by_tag), None)


@functools.lru_cache(maxsize=512)
def has_tag(requested: str, known: tuple[str, ...]) -> bool:
    """Return whether a known tag matches a requested one. Each segment is checked, and an engine may have many tags."""
    return best_tag(requested, known) is not None
