"""ChatterBox's language codes, and what their texts need beside the model."""

from __future__ import annotations

from collections.abc import Collection

from ...utils.streaming.contract.language_tags import fallbacks
from .errors import ChatterboxError

CHINESE = "zh"
_CODES = {"nb": "no", "cmn": CHINESE}
_DEFAULT = "en"


def language_code(tag: str | None, languages: Collection[str]) -> str:
    """Return the model's code for a BCP-47 tag: `pt` for `pt-BR`, English without one.

    ChatterboxError for a language that the model doesn't have.
    """
    if tag is None:
        return _DEFAULT
    for shorter in fallbacks(tag):
        if shorter in languages:
            return _CODES.get(shorter, shorter)
    known = ", ".join(language for language in languages if language not in _CODES)
    raise ChatterboxError(f"this model doesn't speak '{tag}'; it speaks {known}")
