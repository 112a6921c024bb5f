"""Leave emoji out, or say their names."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import Rule

_BASE = (
    "[\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b"
    "\u23e9-\u23fa\u25fb-\u25fe\u3030\u303d\u3297\u3299]"
)
_TONES = "\U0001f3fb-\U0001f3ff"
_ALONE = f"{_BASE}[\ufe0e\ufe0f\u20e3{_TONES}\U000e0020-\U000e007f]{{0,8}}"
_EMOJI = rf"(?:[\U0001f1e6-\U0001f1ff]{{1,2}}|{_ALONE}(?:\u200d{_ALONE}){{0,4}}|[0-9#*]\ufe0f?\u20e3)"
_RUN = rf"(?:{_EMOJI}\s{{0,8}})+"
_ONE = re.compile(_EMOJI)


def emoji_rule(language: SpokenLanguage | None) -> Rule:
    """Return the rule that says the names of emoji in a language, between commas; without one it leaves them out."""

    def names(match: re.Match[str]) -> str | None:
        assert language is not None, "the caller"
        spoken = [emoji_name(sign, language.formats.base) for sign in _ONE.findall(match[0])]
        # A row of the same emoji has its name once.
        words = ", ".join(dict.fromkeys(filter(None, spoken)))
        if not words:
            return _space(match)
        before = match.string[: match.start()].rstrip()
        after = match.string[match.end() :]
        opening = "" if not before else " " if before[-1] in _MARKS else ", "
        return f"{opening}{words}{'' if not after or after[0] in _MARKS else ', '}"

    return Rule(rf"\s{{0,8}}{_EMOJI}", re.compile(rf"\s{{0,8}}{_RUN}"), names if language else _space)


def emoji_name(sign: str, language: str) -> str:
    """Return the name of an emoji in a language (ISO 639); empty if there is none."""
    import emoji

    if language not in emoji.LANGUAGES:
        return ""
    plain = re.sub(f"[{_TONES}]", "", sign)
    name = emoji.demojize(plain, language=language, delimiters=("", ""))
    return "" if name == plain else name.replace("_", " ")


_MARKS = ".,;:!?…)]}»”’"


def _space(match: re.Match[str]) -> str:
    """Return the space that stays where emoji were."""
    text, start, end = match.string, match.start(), match.end()
    at_edge = start == 0 or end == len(text) or text[end] in _MARKS
    return "" if at_edge or not (match[0][0].isspace() or match[0][-1].isspace()) else " "
