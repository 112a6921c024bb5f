"""French."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .french_words import FrenchWords
from .language import UnitWords
from .number_words import number_words, ordinal_words
from .rule import any_of


class French(FrenchWords):
    """French, as spoken in France unless the region is another one."""

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "vingt et une"."""
        words = number_words(Decimal(number), self.code)
        return re.sub(r"\bun$", "une", words) if words and gender == "f" else words

    def is_one(self, number: Decimal) -> bool:
        """Whether the singular follows a number: it does below two."""
        return abs(number) < 2

    def after_million(self, spoken: str) -> str:
        """Return "de", which `counted` elides."""
        return super().after_million(spoken)

    def counted(self, number: Decimal, words: UnitWords) -> str | None:
        """Return a number with a noun: "un million d'euros"."""
        spoken = super().counted(number, words)
        return _elided(spoken) if spoken else None

    def money(self, number: Decimal, code: str, scale: str = "") -> str | None:
        """Return an amount of money: "cinq millions d'euros", "quatre euros cinquante"."""
        words = super().money(number, code, scale)
        if not words or scale:
            return _elided(words) if words else None
        # The name of the cents is left out behind euros, if there are ten of them or more.
        cents = int(abs(number) * 100 % 100)
        named = code in self.currencies and abs(number) >= 1 and cents >= 10 and number == round(number, 2)
        if not named:
            return words
        unit = any_of(self.currencies[code][0][:2])
        return re.sub(rf"({unit}) et ([\w -]+) (?:centimes|cents|pence|centavos)$", r"\1 \2", words)

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and centimes."""
        return " et ".join(parts)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        if number == 1:
            return "première" if gender == "f" else "premier"
        words = ordinal_words(str(number), self.code, check=False)
        return words.replace("sième", "ième") if words and re.search(r"(?:vingt|cent|million)sième$", words) else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal: "première", "second"."""
        if gender.startswith("s"):
            return "seconde" if gender == "sf" else "second"
        return self.ordinal(number, gender or self.gender(noun))

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "trois quarts"."""
        if denominator == 1 or numerator == 0:
            return None
        named = {2: "demi", 3: "tiers", 4: "quart"}.get(denominator)
        part = named or self.ordinal(denominator)
        plural = "s" if numerator > 1 and part and part[-1] != "s" else ""
        return f"{self.whole(numerator, '')} {part}{plural}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "deux et demi"."""
        part = "demi" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} et {part}" if part else None

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a fraction before a noun: "trois quarts de"."""
        words = self.fraction(numerator, denominator)
        if not words or (numerator, denominator) == (1, 2):
            return "une demi" if self.gender(noun) == "f" and words else words
        return f"{words} de"

    def regnal(self, number: int, name: str) -> str | None:
        """Return a cardinal, but "premier" for the first."""
        return self.ordinal(1, self.gender(name)) if number == 1 else self.whole(number, "")


def _elided(words: str) -> str:
    return re.sub(r"\bde (?=[aeiouéêèâîôûyœ])", "d'", words)
