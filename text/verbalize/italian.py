"""Italian."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .italian_words import ItalianWords
from .number_words import number_words, ordinal_words
from .rule import SPACE, Rule, word_before

_VOWELS = frozenset("aeiouàèéìòù")
_HARD_START = re.compile(r"s[^aeiou]|z|gn|ps|x|y", re.IGNORECASE)


class Italian(ItalianWords):
    """Italian."""

    def rules(self) -> Sequence[Rule]:
        """Return the rule for the first number of a range, before the shared ones: "da dieci a quindici"."""
        number = self.formats.number
        pattern = rf"(?<![\w.,:/+-])(?P<first>{number})(?=-|{SPACE}?[–—])(?=[^\d]{{1,3}}(?P<last>{number})(?![\w/:-]))"
        return [Rule(r"\d", re.compile(pattern), self._first_of_range), *super().rules()]

    def _first_of_range(self, match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        is_plain = before in self.between or before in {"da", "dal", "dalle", "dai", "dalla"}
        return (
            None
            if is_plain or not self.is_range(match["first"], match["last"])
            else f"da {self.number(match['first'])}"
        )

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "un", "una" before a noun, "ventuno" as it is."""
        if number == 1 and gender:
            return "una" if gender == "f" else "un"
        words = number_words(Decimal(number), self.code)
        return re.sub(r"(?<=ion[ei]) e |(?<=ard[oi]) e ", " ", words.replace(",", "")) if words else None

    def counts(self, number: int, before: str, noun: str) -> bool:
        """Whether a number counts the word behind it; only one changes with it."""
        return number == 1 and super().counts(number, before, noun)

    def before_noun(self, number: Decimal, noun: str) -> str | None:
        """Return one as the article before a noun: "un amico", "uno studente", "una casa"."""
        if noun[:1].casefold() in _VOWELS:
            return "un"
        return "uno" if self.gender(noun) == "m" and _HARD_START.match(noun) else self.whole(1, self.gender(noun))

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        words = ordinal_words(str(number), self.code, check=False)
        return re.sub("o$", "a", words) if words and gender == "f" else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal."""
        return self.ordinal(number, gender)

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents."""
        return " e ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "diciassette", "nove e trenta"."""
        words = ["una" if hours == 1 else "zero" if hours == 0 else self.whole(hours, "")]
        words += [self.whole(minutes, "")] if minutes or seconds else []
        words += [f"{self.whole(seconds, '')} secondi"] if seconds else []
        return " e ".join(word for word in words if word)

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "tre quarti"."""
        if denominator == 1 or numerator == 0:
            return None
        part = "mezzo" if denominator == 2 else self.ordinal(denominator) or ""
        return f"{self.whole(numerator, 'm')} {part[:-1] + 'i' if numerator > 1 else part}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun: "mezza" (tazza)."""
        if (numerator, denominator) == (1, 2):
            return "mezza" if self.gender(noun) == "f" else "mezzo"
        words = self.fraction(numerator, denominator)
        return f"{words} di" if words else None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "due e mezzo"."""
        part = "mezzo" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} e {part}" if part else None

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal: "Luigi quattordicesimo", "Elisabetta seconda"."""
        return self.ordinal(number, self.gender(name) if name != "Luca" else "m")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal on either side of the word for century."""
        return self.ordinal(number)

    def chapter(self, number: int, word: str) -> str | None:
        """Return an ordinal: "capitolo quarto"."""
        return self.ordinal(number, self.gender(word))
