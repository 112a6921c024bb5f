"""Find what is written but not read as written, and its words, in one pass over a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .amounts import foreign_money_rules
from .folding import fold
from .languages import spoken_language
from .rule import Rule, Verbalized
from .rules import common_rules


class Verbalizer:
    """Rewrites a text as it is read aloud in one language. What is ambiguous stays as it is.

    At each position where a rule can start, the first rule with words wins, and the search continues behind its match.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(rule.pattern.match, rule.say) for rule in rules]
        self._start = re.compile("|".join(dict.fromkeys(rule.start for rule in rules)))

    def find(self, text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Verbalized]:
        """Return the replacements in a text, in order, not overlapping. Linear time.

        `taken` are spans that stay as they are, in order: no expression extends into one.
        """
        folded = fold(text)
        kept = [(folded.position(start), folded.position(end)) for start, end in taken] if folded.changes else taken
        found = self._find(folded.text, kept)
        return folded.unfolded(found, taken) if folded.changes else found

    def _find(self, text: str, taken: Sequence[tuple[int, int]]) -> list[Verbalized]:
        found: list[Verbalized] = []
        position = at = 0
        while True:
            candidate = self._start.search(text, position)
            if candidate is None:
                return found
            position = candidate.start()
            while at < len(taken) and taken[at][1] <= position:
                at += 1
            limit = taken[at][0] if at < len(taken) else len(text)
            if position >= limit:
                position = max(position + 1, taken[at][1]) if at < len(taken) else position + 1
                continue
            for match_at, say in self._rules:
                match = match_at(text, position)
                if match is None or not position < match.end() <= limit:
                    continue
                words = say(match)
                if words is not None:
                    if words != match[0]:
                        found.append(Verbalized(position, match.end(), words))
                    position = match.end()
                    break
            else:
                position += 1

    def apply(self, text: str) -> str:
        """Return a text as it is read aloud."""
        parts: list[str] = []
        position = 0
        for start, end, words in self.find(text):
            parts += [text[position:start], words]
            position = end
        return "".join([*parts, text[position:]])


@lru_cache(maxsize=64)
def make_verbalizer(language: str | None, *, name_emoji: bool = False) -> Verbalizer | None:
    """Return the verbalizer for a language (BCP-47); None without a language, or if CLDR doesn't have it.

    With `name_emoji` it says the names of emoji, which it otherwise leaves out.
    """
    spoken = spoken_language(language) if language else None
    if spoken is None:
        return None
    return Verbalizer([*foreign_money_rules(spoken), *spoken.rules(), *common_rules(spoken, name_emoji=name_emoji)])
