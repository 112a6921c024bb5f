"""Spanish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .language import UnitWords
from .number_words import number_words
from .spanish_words import SpanishWords

_UNITS = ["primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno"]
_TEENS = {11: "undécimo", 12: "duodécimo", 18: "decimoctavo"}
_TENS = [
    "décimo",
    "vigésimo",
    "trigésimo",
    "cuadragésimo",
    "quincuagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
]
_HUNDREDS = [
    "centésimo",
    "ducentésimo",
    "tricentésimo",
    "cuadringentésimo",
    "quingentésimo",
    "sexcentésimo",
    "septingentésimo",
    "octingentésimo",
    "noningentésimo",
]
_NO_ACCENTS = str.maketrans("áéíóú", "aeiou")
_HALF = re.compile(r"(?P<letter>[ap])", re.IGNORECASE)


class Spanish(SpanishWords):
    """Spanish, as spoken in Spain unless the region is another one."""

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "veintiún mil", "doscientas una"."""
        words = number_words(Decimal(number), self.code)
        if words is None:
            return None
        words = re.sub(r"veintiuno(?= (?:mil\b|\w+ill))", "veintiún", words)
        words = re.sub(r"\buno(?= (?:mil\b|\w+ill))", "un", words)
        if gender == "m":
            return re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words))
        if gender != "f":
            return words
        head, million, tail = words.rpartition("illones")
        if not million:
            head, million, tail = words.rpartition("illón")
        tail = re.sub(r"(?<=ient)os\b|(?<=uinient)os\b", "as", tail)
        return head + million + re.sub(r"uno$", "una", tail)

    def cardinal(self, number: Decimal, gender: str = "") -> str | None:
        """Return a number in words, whose decimals agree, too: "dos coma un millones"."""
        words = super().cardinal(number, gender)
        if not words or not gender or not number % 1:
            return words
        return re.sub(r"(veinti)?uno$", lambda end: _agreeing(end[1] or "", gender), words)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words up to 9999, a cardinal above."""
        thousands, rest = divmod(number, 1000)
        if number % 10**6 == 0 and number:
            count = (self.whole(number // 10**6, "m") or "").replace(" ", "") if number > 10**6 else ""
            return f"{count}millonésim{'a' if gender == 'f' else 'o'}"
        if thousands > 9 and rest:
            return self.whole(number, gender)
        many = (self.whole(thousands, "m") or "").replace(" ", "")
        words = [] if not thousands else ["milésimo" if thousands == 1 else f"{many}milésimo"]
        hundreds, rest = divmod(rest, 100)
        if hundreds:
            words.append(_HUNDREDS[hundreds - 1])
        tens, units = divmod(rest, 10)
        if rest in _TEENS:
            words.append(_TEENS[rest])
        elif tens in (1, 2) and units:
            words.append(("decimo" if tens == 1 else "vigesimo") + _UNITS[units - 1])
        else:
            words += [_TENS[tens - 1]] if tens else []
            words += [_UNITS[units - 1]] if units else []
        spoken = " ".join(words).replace("oo", "o")
        return re.sub(r"o\b", "a", spoken) if gender == "f" else spoken

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal: "primer" before a masculine noun."""
        spoken = self.ordinal(number, gender or "m")
        is_short = not gender or (gender == "m" and noun.islower() and noun not in self.not_nouns)
        return re.sub(r"((?:prim|terc)er)o$", r"\1", spoken) if spoken and is_short else spoken

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents."""
        return " con ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "diecisiete horas", "nueve y cuarto", "ocho de la tarde"."""
        spoken = self.whole(hours, "f")
        if seconds:
            parts = [
                (hours, self.hour_words),
                (minutes, UnitWords("minuto", "minutos")),
                (seconds, UnitWords("segundo", "segundos")),
            ]
            words = [self.counted(Decimal(value), unit) or "" for value, unit in parts if value]
            return " y ".join(filter(None, [" ".join(words[:-1]), words[-1]]))
        if minutes:
            spoken = f"{spoken} y {({15: 'cuarto', 30: 'media'}).get(minutes) or self.whole(minutes, '')}"
        elif not half and (hours > 12 or hours == 0):
            spoken = f"{spoken} horas"
        return f"{spoken} {_part_of_day(hours, half)}" if half else spoken

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "tres cuartos", "un doceavo"."""
        if denominator == 1 or numerator == 0:
            return None
        if denominator == 2:
            part = "medio"
        elif denominator == 3:
            part = "tercio"
        elif denominator <= 10 or denominator == 100:
            part = self.ordinal(denominator) or ""
        elif denominator < 100:
            stem = (self.whole(denominator, "m") or "").replace(" y ", "i").translate(_NO_ACCENTS)
            part = f"{stem.removesuffix('a')}avo"
        elif denominator in range(200, 1000, 100) or denominator % 1000 == 0:
            part = self.ordinal(denominator) or ""
        else:
            return f"{self.whole(numerator, '')} sobre {self.whole(denominator, '')}"
        return f"{self.whole(numerator, 'm')} {part}{'s' if numerator > 1 else ''}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun without an article: "media" (taza)."""
        if (numerator, denominator) == (1, 2):
            return "media" if self.gender(noun) == "f" else "medio"
        words = self.fraction(numerator, denominator)
        return f"{words} de" if words else None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "dos y medio"."""
        part = "medio" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} y {part}" if part else None

    def mixed_of(self, whole: int, numerator: int, denominator: int, gender: str) -> str | None:
        """Return a number with a fraction before a noun: "dos y media" (tazas)."""
        words = self.mixed(whole, numerator, denominator)
        if gender != "f" or not words:
            return words
        part = "media" if (numerator, denominator) == (1, 2) else words.partition(" y ")[2]
        return f"{self.whole(whole, 'f')} y {part}" if whole < 30 else words

    def roman_ordinal(self, number: int, gender: str) -> str | None:
        """Return an ordinal before its noun: "la segunda guerra", "el primer congreso"."""
        return self.short_ordinal(number, gender, "x") if number <= 20 else self.whole(number, "")

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal up to ten, a cardinal above: "Felipe segundo", "Luis catorce"."""
        return self.ordinal(number, self.gender(name)) if number <= 10 else self.whole(number, "")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal below ten, a cardinal above."""
        return self.ordinal(number) if number < 10 else self.whole(number, "")


def _agreeing(before: str, gender: str) -> str:
    """Return the end of a number before a noun."""
    return f"{before}una" if gender == "f" else "veintiún" if before else "un"


def _part_of_day(hours: int, half: str) -> str:
    is_morning = _HALF.search(half) is not None and half[0] in "aA"
    if is_morning:
        return "de la noche" if hours == 12 else "de la mañana"
    return "del mediodía" if hours == 12 else "de la noche" if 8 < hours < 12 else "de la tarde"
