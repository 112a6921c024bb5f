"""Japanese, with the rules for what only it writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .japanese_reading import JapaneseReading
from .japanese_rules import japanese_rules
from .rule import Rule


class Japanese(JapaneseReading):
    """Japanese."""

    def rules(self) -> Sequence[Rule]:
        """Return the rules for numbers and what belongs to them, which all differ from other languages'."""
        return [rule._replace(say=_separated(rule)) for rule in japanese_rules(self)]


_KATAKANA = re.compile("[ァ-ヶー]")


def _separated(rule: Rule) -> Callable[[re.Match[str]], str | None]:
    """Return a rule's `say` with spaces between its words and other words in katakana, which would be one word."""

    def say(match: re.Match[str]) -> str | None:
        words = rule.say(match)
        if not words:
            return words
        text, start, end = match.string, match.start(), match.end()
        before = " " if _KATAKANA.match(text, start - 1) and start and _KATAKANA.match(words) else ""
        follows = _KATAKANA.match(text, end) or text[end : end + 1].isdecimal()
        return f"{before}{words}{' ' if follows and _KATAKANA.match(words[-1]) else ''}"

    return say
