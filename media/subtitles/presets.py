"""Presets of layout rules.

Sources: Netflix, Timed Text Style Guide (General Requirements; English, Simplified Chinese, Japanese, Korean, Thai);
BBC, Subtitle Guidelines; Ivarsson and Carroll, Code of Good Subtitling Practice (ESIST, 1998). docs/subtitles.md gives
the source of each number. The numbers of `short-form` and `dubbing` have no source: no guideline exists.
"""

from __future__ import annotations

from types import MappingProxyType

from msgspec.structs import replace

from .layout import LayoutRules

PRESETS = MappingProxyType(
    {
        "streaming": LayoutRules(
            line_chars=42, lines=2, chars_per_s=17.0, shortest_s=5 / 6, longest_s=7.0, gap_s=2 / 24, pause_s=1.0
        ),
        "broadcast": LayoutRules(
            line_chars=37, lines=2, chars_per_s=17.0, shortest_s=1.0, longest_s=7.0, gap_s=4 / 25, pause_s=1.5
        ),
        "short-form": LayoutRules(
            line_chars=24, lines=1, words=4, chars_per_s=0.0, shortest_s=0.3, longest_s=2.5, gap_s=0.0, pause_s=0.5
        ),
        "dubbing": LayoutRules(
            line_chars=0,
            lines=1,
            chars_per_s=0.0,
            shortest_s=0.0,
            longest_s=20.0,
            gap_s=0.0,
            pause_s=0.7,
            sentences=True,
        ),
    }
)
"""The rules of each preset, for languages without special rules."""

_LINES = {"zh": (16, 9.0), "yue": (16, 9.0), "ja": (13, 4.0), "ko": (16, 12.0), "th": (35, 17.0)}
"""Netflix's characters per line and characters per second for a language."""
_ENGLISH_CHARS_PER_S = 20.0
_SPACELESS = frozenset(["zh", "yue", "ja", "th", "lo", "my", "km"])
_SPACELESS_SHORT_CHARS = 12


def layout_rules(preset: str = "streaming", language: str | None = None) -> LayoutRules:
    """Return the rules of a preset for a language (BCP-47; None: any). ValueError for an unknown preset."""
    if preset not in PRESETS:
        raise ValueError(f"unknown layout preset {preset!r}; must be one of {', '.join(PRESETS)}")
    rules = PRESETS[preset]
    primary = (language or "").replace("_", "-").partition("-")[0].lower()
    if preset in {"streaming", "broadcast"} and primary in _LINES:
        line_chars, chars_per_s = _LINES[primary]
        return replace(rules, line_chars=line_chars, chars_per_s=chars_per_s)
    if preset == "streaming" and primary == "en":
        return replace(rules, chars_per_s=_ENGLISH_CHARS_PER_S)
    if preset == "short-form" and primary in _SPACELESS:
        return replace(rules, line_chars=_SPACELESS_SHORT_CHARS, words=0)
    return rules
