"""Find what is written but not read as written, and its words, in one pass over a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

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
        found: list[Verbalized] = []
        begin = 0
        for start, end in (*taken, (len(text), len(text))):
            if begin < start:
                found += self._find(folded.text, folded.position(begin), folded.position(start))
            begin = max(begin, end)
        return folded.unfolded(found, taken) if folded.changes else found

    def _find(self, text: str, begin: int, end: int) -> list[Verbalized]:
        found: list[Verbalized] = []
        position = begin
        while True:
            candidate = self._start.search(text, position, end)
            if candidate is None:
                return found
            position = candidate.start()
            for match_at, say in self._rules:
                match = match_at(text, position, end)
                words = say(match) if match is not None else None
                if match is not None and words is not None and match.end() > position:
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
    return Verbalizer([*spoken.rules(), *common_rules(spoken, name_emoji=name_emoji)]) if spoken else None
