"""Convert between Whisper's language codes and BCP-47 tags."""

from __future__ import annotations

from collections.abc import Collection

from ...utils.streaming.contract.language_tags import fallbacks
from ...utils.suggestions import nearest, suggested
from .errors import WhisperError

# Whisper's code for Javanese was withdrawn from BCP-47; Mandarin, Filipino and Bokmål have other tags there, and
# Hebrew, Indonesian and Yiddish had other ones before (the deprecated codes of ISO 639-1).
_CODES = {"jv": "jw", "cmn": "zh", "zh-yue": "yue", "fil": "tl", "nb": "no", "iw": "he", "in": "id", "ji": "yi"}
_TAGS = {"jw": "jv"}


def whisper_code(tag: str, known: Collection[str]) -> str:
    """Return the code, among a model's `known` ones, for a BCP-47 tag: `pt` for `pt-BR`.

    WhisperError, with the nearest codes, for a language that the model doesn't support.
    """
    for shorter in fallbacks(tag):
        code = _CODES.get(shorter, shorter)
        if code in known:
            return code
    if set(known) == {"en"}:
        raise WhisperError(
            f"this model supports English only, not '{tag}'; use a multilingual one such as small or large-v3"
        )
    near = nearest(tag, sorted({*known, *_CODES} - {"jw"}))
    hint = suggested(near) or "; use a BCP-47 tag such as en, de or pt-BR"
    raise WhisperError(f"this model doesn't support the language '{tag}'{hint}")


def language_tag(code: str) -> str:
    """Return the BCP-47 tag of one of Whisper's codes."""
    return _TAGS.get(code, code)
