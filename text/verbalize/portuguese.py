"""Portuguese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .language import UnitWords
from .number_words import number_words, ordinal_words
from .portuguese_words import PortugueseWords


class Portuguese(PortugueseWords):
    """Portuguese, as spoken in Brazil unless the region is Portugal."""

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "duas", "vinte e uma", "duzentas"."""
        words = number_words(Decimal(number), self.code if self.code == "pt_PT" else "pt_BR")
        if words is None:
            return None
        words = re.sub(r"(ões|ão) e (?=.*\b(?:mil|\w+lh(?:ão|ões)),? \S)", r"\1 ", words).replace(",", "")
        if gender != "f":
            return words
        head, million, tail = words.rpartition("ões")
        if not million:
            head, million, tail = words.rpartition("lhão")
        tail = re.sub(r"\bdois\b", "duas", re.sub(r"\bum\b", "uma", tail))
        return head + million + re.sub(r"entos\b", "entas", tail)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        words = ordinal_words(str(number), "pt", check=False)
        return re.sub(r"o\b", "a", words) if words and gender == "f" else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal."""
        return self.ordinal(number, gender)

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join reais and cents."""
        return " e ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "catorze horas e trinta"."""
        if half and hours > 12 and "manhã" not in half:
            hours -= 12
        words = [self.counted(Decimal(hours), UnitWords("hora" if hours == 1 else "horas", "horas", "f"))]
        if seconds is not None:
            words += [self.counted(Decimal(minutes), UnitWords("minuto", "minutos"))]
            words += [self.counted(Decimal(seconds), UnitWords("segundo", "segundos"))]
        elif minutes:
            words.append(self.whole(minutes, ""))
        spoken = " e ".join(word for word in words if word)
        return f"{spoken} {half}" if half else spoken

    def is_one(self, number: Decimal) -> bool:
        """Whether the singular follows a number: it does below two."""
        return 0 < abs(number) < 2

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "três quartos", "três onze avos"."""
        if denominator == 1 or numerator == 0:
            return None
        named = {2: "meio", 3: "terço"}.get(denominator)
        if named is None and (denominator <= 10 or denominator in (20, 30, 100, 1000)):
            named = self.ordinal(denominator)
        part = f"{named}{'s' if numerator > 1 else ''}" if named else f"{self.whole(denominator, '')} avos"
        return f"{self.whole(numerator, '')} {part}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun: "meia" (xícara)."""
        if (numerator, denominator) == (1, 2):
            return "meia" if self.gender(noun) == "f" else "meio"
        words = self.fraction(numerator, denominator)
        return f"{words} de" if words else None

    def mixed_of(self, whole: int, numerator: int, denominator: int, gender: str) -> str | None:
        """Return a number with a fraction before a noun: "duas e meia" (xícaras)."""
        words = self.mixed(whole, numerator, denominator)
        if gender != "f" or not words or (numerator, denominator) != (1, 2):
            return words
        return f"{self.whole(whole, 'f')} e meia"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "dois e um quarto"."""
        part = self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} e {part}" if part else None

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal up to ten, a cardinal above: "Pedro segundo", "Luís catorze"."""
        return self.ordinal(number, self.gender(name)) if number <= 10 else self.whole(number, "")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal up to ten, a cardinal above."""
        return self.ordinal(number) if number <= 10 else self.whole(number, "")
