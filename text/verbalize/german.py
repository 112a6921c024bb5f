"""German."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from .context import next_word, words_before
from .german_words import GermanWords
from .language import UnitWords
from .number_words import number_words, ordinal_words, year_words
from .roman_numerals import roman_value
from .rule import SPACE, Rule, any_of, word_before, word_set

_DATIVE = word_set("""
    am im vom zum beim zur dem den des einem einen einer eines unserem seinem ihrem ab seit bis nach vor mit von aus
    bei zu jedem diesem diesen dieses jeden ihren seinen unseren meinen meinem ins fürs ans
    """)
"""Words before an ordinal with the end -en."""
_WEAK = word_set("der die das diese dieser jede jeder")
"""Words before an ordinal with the end -e, except after a preposition: "in der zweiten"."""
_PREPOSITIONS = word_set("""
    in an auf aus bei mit nach seit von zu vor hinter über unter neben zwischen während wegen trotz ab
    """)
_DATIVE_NAMES = word_set("von mit bei zu nach vor unter aus seit gegenüber neben zwischen in an auf")
_WORD_BEFORE_WEEKDAY = re.compile(r"([^\W\d_]+) [^\W\d_]+\.? $")
_ACCUSATIVE_NAMES = word_set("für gegen ohne durch um an auf über")


class German(GermanWords):
    """German, as spoken in Germany unless the region is another one."""

    def rules(self) -> Sequence[Rule]:
        """Return the rules for ordinals with a full stop and names of monarchs, before the shared ones."""
        months = any_of(self.month_words)
        short = {f"{month[:3]}.": index for index, month in enumerate(self.formats.month_names)} | {"Sept.": 8}
        return [
            Rule(
                r"\d",
                re.compile(
                    rf"(?<![\w.,:/-])(?P<day>0?[1-9]|[12]\d|3[01])\.{SPACE}?(?P<month>0?[1-9]|1[0-2])\.(?P<year>(?:{SPACE}?\d{{4}}(?!\d))?)(?![\d/])"
                ),
                self._numeric_date,
            ),
            Rule(
                r"\d",
                re.compile(
                    r"(?:(?<=am )|(?<=vom )|(?<=bis )|(?<=zum )|(?<=seit )|(?<=ab ))"
                    r"(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0?[1-9]|1[0-2])(?P<year>)(?![\w/%°€]|[.,:]\d)"
                ),
                self._numeric_date,
            ),
            Rule(
                r"\d",
                re.compile(
                    rf"(?<![\w.,:/-])(?P<day>0?[1-9]|[12]\d|3[01])\.{SPACE}?(?P<month>{any_of(short)}|{months})(?!\w)",
                    re.IGNORECASE,
                ),
                lambda match: self._day_and_month(match, short),
            ),
            Rule(
                r"\d", re.compile(rf"(?<![\w.,:/-])(?P<number>\d{{1,4}})\.(?={SPACE}?[^\W\d_])"), self._ordinal_before
            ),
            Rule(
                r"\d",
                re.compile(r"(?<![\w.,:/-])(?P<number>\d{1,4})(?P<end>te[nmrs]?|ste[nmrs]?)(?!\w)"),
                self._ordinal_with_end,
            ),
            Rule(r"\d", re.compile(r"(?<![\w.,:/-])(?P<number>\d{1,7})\.(?=\s*$)"), self._ordinal_at_end),
            Rule(r"\d", re.compile(r"(?<![\w.,:/-])(?P<number>\d{2,4})(?P<end>ern?)(?!\w)"), self._decade),
            Rule(r"[IVXLC]", re.compile(r"(?<![\w.'’-])(?P<numeral>[IVXLC]{1,6})\.?(?!\w)"), self._monarch),
            Rule(
                r"[^\W\d_]{2,24}str\.",
                re.compile(r"(?<!\w)(?P<stem>[^\W\d_]{2,24}s)tr\.(?!\w)"),
                lambda match: f"{match['stem']}traße",
            ),
            *super().rules(),
        ]

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "ein", "eine" before a noun, "eins" by itself."""
        if number == 1 and gender:
            return "eine" if gender == "f" else "ein"
        return number_words(Decimal(number), self.code)

    def year(self, year: int) -> str | None:
        """Return a year in words: "neunzehnhundertsiebenundachtzig"."""
        return year_words(year, self.code)

    def counts(self, number: int, before: str, noun: str) -> bool:
        """Whether a number counts the word behind it; only one changes with it."""
        return number == 1 and noun[0].isupper() and before.casefold() not in self.roman_after

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words with the end of its gender: "dritter"."""
        stem = ordinal_words(str(number), self.code, check=False)
        return stem + {"f": "", "n": "s", "e": "", "en": "n"}.get(gender, "r") if stem else None

    def gender(self, noun: str) -> str:
        """Return the gender of a noun, "m" in doubt."""
        folded = noun.casefold()
        if folded in {
            "jahr",
            "jahrhundert",
            "haus",
            "kind",
            "buch",
            "mal",
            "pfund",
            "kilo",
            "bild",
            "spiel",
            "land",
            "auto",
            "tor",
        }:
            return "n"
        return super().gender(folded) if folded not in self.masculine_nouns else "m"

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents: "vier Euro fünfzig"."""
        if len(parts) == 2 and not re.match(r"(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun) ", parts[1]):
            return f"{parts[0]} {parts[1].rpartition(' ')[0]}"
        return " und ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "siebzehn Uhr dreißig"."""
        words = [f"{self.whole(hours, 'm')} Uhr"]
        if seconds:
            words += [self.counted(Decimal(minutes), UnitWords("Minute", "Minuten", "f")) or "", "und"]
            words += [self.counted(Decimal(seconds), UnitWords("Sekunde", "Sekunden", "f")) or ""]
        elif minutes:
            words.append(self.whole(minutes, "") or "")
        return " ".join(words)

    def day(self, day: int) -> str:
        """Return a day of a month in words: "dritter"."""
        return self.ordinal(day) or str(day)

    def date(self, date: dt.date) -> str | None:
        """Return a date: "zwölfter März neunzehnhundertsiebenundachtzig"."""
        return f"{self.ordinal(date.day)} {self.month(date.month)} {self.year(date.year)}"

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "drei Viertel"."""
        if denominator <= 1 or numerator == 0:
            return None
        if denominator == 2:
            return "ein halb" if numerator == 1 else f"{self.whole(numerator, '')} halbe"
        stem = self.ordinal(denominator, "f")
        return f"{self.whole(numerator, 'm')} {stem.capitalize()}l" if stem else None

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun, as an object: "einen halben" (Liter)."""
        if (numerator, denominator) != (1, 2):
            return self.fraction(numerator, denominator)
        return {"f": "eine halbe", "n": "ein halbes"}.get(self.gender(noun), "einen halben")

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "zweieinhalb"."""
        if (numerator, denominator) == (1, 2):
            return f"{self.whole(whole, 'm')}einhalb"
        part = self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} {part}" if part else None

    def chapter(self, number: int, word: str) -> str | None:
        """Return a cardinal: "Kapitel vier"."""
        return self.whole(number, "")

    def regnal(self, number: int, name: str) -> str | None:
        """Return None: monarchs have a full stop after the numeral, see `_monarch`."""
        return None

    def end_of_ordinal(self, match: re.Match[str]) -> str:
        """Return the gender or case of an ordinal by the words before it."""
        before = word_before(match).casefold()
        if before in _DATIVE:
            return "en"
        if before in _WEAK:
            words = words_before(match)
            return "en" if before == "der" and len(words) > 1 and words[-2] in _PREPOSITIONS else "e"
        return self.gender(next_word(match))

    def _numeric_date(self, match: re.Match[str]) -> str | None:
        day = self.ordinal(int(match["day"]), self.end_of_ordinal(match) if word_before(match) else "m")
        year = f" {self.year(int(match['year']))}" if match["year"].strip() else ""
        return f"{day} {self.month(int(match['month']))}{year}"

    def _day_and_month(self, match: re.Match[str], short: dict[str, int]) -> str | None:
        before = word_before(match)
        if before in self.formats.weekday_prefixes or before in self.formats.weekday_prefixes.values():
            earlier = _WORD_BEFORE_WEEKDAY.search(match.string, max(0, match.start() - 40), match.start())
            before = earlier[1] if earlier else ""  # "am Mo. 3. Mai"
        before = before.casefold()
        end = "en" if before in _DATIVE else "e" if before in _WEAK else "m"
        month = match["month"]
        name = self.formats.month_names[short[month.capitalize()]] if month.capitalize() in short else month
        return f"{self.ordinal(int(match['day']), end)} {name}"

    def _ordinal_before(self, match: re.Match[str]) -> str | None:
        following = match.string[match.end() :][:2].strip()[:1]
        before = word_before(match)
        named = before[:1].islower() or not before or before.casefold() in _DATIVE | _WEAK
        if (
            not named
            or (match.start() == 0 and len(match["number"]) < 3)
            or (not before and match.string[: match.start()].rstrip()[-1:] in tuple(".!?:"))
        ):
            return None
        if following.isupper() or before.casefold() in _DATIVE | _WEAK:
            return self.ordinal(int(match["number"]), self.end_of_ordinal(match))
        return None

    def _ordinal_at_end(self, match: re.Match[str]) -> str | None:
        """Return an ordinal alone, or at a sentence's end: "am zwölften."."""
        if match.start() == 0:
            return self.ordinal(int(match["number"]))
        before = word_before(match).casefold()
        is_date = before in {"am", "vom", "zum", "dem", "den", "der"} and len(match["number"]) <= 2
        return f"{self.ordinal(int(match['number']), self.end_of_ordinal(match))}." if is_date else None

    def _decade(self, match: re.Match[str]) -> str | None:
        """Return a decade: "neunziger"."""
        return f"{self.number(match['number'])}{match['end']}"

    def _ordinal_with_end(self, match: re.Match[str]) -> str | None:
        stem = self.ordinal(int(match["number"]), "f")
        return stem + match["end"].lstrip("s").removeprefix("te") if stem else None

    def _monarch(self, match: re.Match[str]) -> str | None:
        number = roman_value(match["numeral"])
        name = word_before(match)
        if number and name.casefold() in _DATIVE | _WEAK and match[0].endswith("."):
            return self.ordinal(number, self.end_of_ordinal(match))
        if not number or not name[:1].isupper() or name.isupper() or name.endswith(".") or len(name) < 3:
            return None
        has_stop = match[0].endswith(".")
        if name.casefold() in self.roman_after:
            return None
        if not has_stop and len(match["numeral"]) == 1:
            return None
        rest = match.string[match.end() :]
        before = words_before(match)
        preposition = before[-2] if len(before) > 1 else ""
        is_female = name.endswith(("a", "ie")) or name in {"Elisabeth", "Margarethe"}
        ordinal = self.ordinal(number, "e") or ""
        if name.endswith("s") and name[:-1] in _MONARCHS:
            words = f"des {ordinal}n"
        elif preposition in _DATIVE_NAMES:
            words = f"{'der' if is_female else 'dem'} {ordinal}n"
        elif preposition in _ACCUSATIVE_NAMES:
            words = f"die {ordinal}" if is_female else f"den {ordinal}n"
        else:
            words = f"{'die' if is_female else 'der'} {ordinal}"
        article, _, number_word = words.partition(" ")
        closes = has_stop and (
            not rest.strip() or re.match(r"\s+(?:Er|Sie|Es|Der|Die|Das|Dann|Doch|Und|Im|In|Am)\b", rest) is not None
        )
        return f"{article} {number_word[:1].upper()}{number_word[1:]}{'.' if closes else ''}"


_MONARCHS = word_set("""
    Ludwig Friedrich Wilhelm Heinrich Karl Otto Georg Franz Joseph Leopold Ferdinand Philipp Johann Paul Benedikt Pius
    Rudolf Maximilian August Albrecht Konrad Sigismund Eduard Richard
    """)
