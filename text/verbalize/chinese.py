"""Chinese, with the rules for what only it writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .chinese_reading import ChineseReading
from .chinese_rules import chinese_rules
from .rule import Rule


class Chinese(ChineseReading):
    """Chinese."""

    def rules(self) -> Sequence[Rule]:
        """Return the rules for numbers and what belongs to them, which all differ from other languages'."""
        return [rule._replace(say=self._written(rule)) for rule in chinese_rules(self)]

    def _written(self, rule: Rule) -> Callable[[re.Match[str]], str | None]:
        def say(match: re.Match[str]) -> str | None:
            words = rule.say(match)
            return words.translate(self.characters) if words else words

        return say
