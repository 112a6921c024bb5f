"""Feet and inches, portions, dimensions and rates as English writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from .english_speech import EnglishSpeech
from .language import UnitWords
from .numbers import FRACTIONS
from .rule import SPACE, Rule, any_of, rule_of, word_set

_OPENING = re.compile(r"(?<!\d)\"")
_NOTES = word_set("bill bills note notes coin coins")
_PORTIONS = word_set(
    "acre century cup day foot gallon hour inch mile month ounce pint pound quart tablespoon teaspoon yard year"
)


_RATES = word_set("hour day week month year person minute second mile night unit GB")
_SHORT_RATES = {"h": "hour", "hr": "hour", "d": "day", "wk": "week", "mo": "month", "yr": "year", "min": "minute"}
_SHORT_RATES |= {"s": "second", "sec": "second", "kg": "kilogram", "lb": "pound"}


def measure_rules(language: EnglishSpeech) -> list[Rule]:
    """Return the rules for measures."""
    feet, inches = UnitWords("foot", "feet"), UnitWords("inch", "inches")
    symbols = {*language.formats.units, *language.after_numbers}

    def counted(written: str, words: UnitWords) -> str:
        return language.counted(language.formats.decimal(written), words) or written

    def height(match: re.Match[str]) -> str:
        return f"{counted(match['feet'], feet)} {counted(match['inches'], inches)}"

    def prime(match: re.Match[str]) -> str:
        return counted(match["number"], feet if match["sign"] in "'’′" else inches)

    def quoted_inches(match: re.Match[str]) -> str | None:
        # An odd number of quotes before it: this one closes a quotation.
        if len(_OPENING.findall(match.string, max(0, match.start() - 400), match.start())) % 2:
            return None
        return counted(match["number"], inches)

    def compound(match: re.Match[str]) -> str | None:
        number = language.formats.decimal(match["number"])
        words = language.measure(Decimal(1), match["unit"])
        spoken = language.cardinal(number)
        return f"{spoken}-{words.partition(' ')[2]}" if words and spoken else None

    def bill(match: re.Match[str]) -> str | None:
        return f"{language.cardinal(Decimal(match['number']))}-dollar"

    def share(match: re.Match[str]) -> str | None:
        """Three quarters of a cup."""
        words = language.fraction(int(match["first"]), int(match["last"])) if match["first"] != "1" else None
        article = "an" if match["unit"][0] in "aio" or match["unit"] == "hour" else "a"
        return f"{words} of {article}" if words else None

    def scaled_measure(match: re.Match[str]) -> str | None:
        """100 million kg, 4 1/2 lbs."""
        number, unit = match["number"] or match["number2"], language.measure(Decimal(2), match["unit"])
        if not unit:
            return None
        if match["scale"]:
            spoken = f"{language.cardinal(language.formats.decimal(number))} {match['scale']}"
        elif match["sign"]:
            spoken = language.mixed(int(number), *FRACTIONS[match["sign"]]) or ""
        else:
            spoken = language.mixed(int(number), int(match["first"]), int(match["last"])) or ""
        return f"{spoken} {unit.partition(' ')[2]}" if spoken else None

    def cents(match: re.Match[str]) -> str | None:
        code = {"$": "USD", "€": "EUR", "£": "GBP"}[match["sign"]]
        if len(match["digits"]) == 2:
            return language.money(Decimal(f"0.{match['digits']}"), code)
        return f"point {language.digits(match['digits'])} {language.currencies[code][0].other}"

    def part_of_unit(match: re.Match[str]) -> str | None:
        unit = language.measure(Decimal(2), match["unit"])
        return f"point {language.digits(match['number'][1:])} {unit.partition(' ')[2]}" if unit else None

    def range_of(match: re.Match[str]) -> str | None:
        first, last = language.formats.decimal(match["first"]), language.formats.decimal(match["last"])
        words = language.measure(last, match["unit"])
        return f"{language.cardinal(first)} to {words}" if words else None

    def ratio(match: re.Match[str]) -> str | None:
        if f"{match['unit']}/{match['per']}" in symbols:
            return None
        words = language.measure(language.formats.decimal(match["number"]), match["unit"])
        per = language.measure(Decimal(1), match["per"])
        return f"{words} per {per.partition(' ')[2]}" if words and per else None

    def dimensions(match: re.Match[str]) -> str | None:
        if "×" in match["sides"] and not match["unit"]:
            return None  # A product.
        sides = re.findall(r"\d+", match["sides"])
        unit = match["unit"]
        *first, last = [language.paired(side) if len(side) == 4 else language.number(side) or side for side in sides]
        return " by ".join([*first, (language.measure(Decimal(sides[-1]), unit) or last) if unit else last])

    def abbreviated_end(match: re.Match[str]) -> str | None:
        rest = match.string[match.end() :].lstrip("\"'”’) \u00a0")
        number = language.formats.decimal(match["number"])
        words = language.counted(number, language.after_numbers[match["unit"]])
        return f"{words}." if not rest or (rest[0].isupper() and match.string[match.end()].isspace()) else words

    number = language.formats.number
    dotted = [symbol for symbol in language.after_numbers if symbol.endswith(".")]
    plain = [symbol for symbol in symbols if not symbol.endswith(".") and symbol[0].isalpha()]
    return [
        rule_of(
            r"\d",
            r"(?<![\w.,:/])(?P<feet>\d{1,3})(?:['’′]|-?ft\.?)[ \u00a0]?(?P<inches>\d{1,2}(?:\.\d)?)"
            r"(?:[\"”″]|''|’’|′′|in\b\.?)(?!\w)",
            height,
        ),
        rule_of(r"\d", r"(?<![\w.,:/])(?P<number>\d{1,5}(?:\.\d{1,3})?)(?P<sign>[′″])(?!\w)", prime),
        rule_of(
            r"\d", r"(?<![\w.,:/])(?P<number>\d{1,5})(?P<sign>['’])(?= ?(?:tall|wide|long|high|deep|x|by)\b)", prime
        ),
        rule_of(r"\d", r"(?<![\w.,:/\"])(?P<number>\d{1,5}(?:\.\d{1,3})?)\"(?=[\s.,;:)x-]|$)", quoted_inches),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/])(?P<number>{number})-(?P<unit>{any_of(plain)})(?![\w/²³]|\.\w)(?=[ \u00a0-])",
            compound,
        ),
        rule_of(r"\d", rf"(?<![\w.,:/])(?P<number>{number}){SPACE}?(?P<unit>{any_of(dotted)})(?!\w)", abbreviated_end),
        rule_of(
            r"\d",
            rf"(?<![\w.,/-])(?P<first>\d{{1,2}})[/⁄](?P<last>\d{{1,3}})(?={SPACE}(?P<unit>{any_of(_PORTIONS)})(?!\w))",
            share,
        ),
        rule_of(
            r"\d",
            rf"(?<![\w.,/-])(?:(?P<number>{number}){SPACE}(?P<scale>thousand|million|billion|trillion)"
            rf"|(?P<number2>\d{{1,4}})(?:{SPACE}(?P<first>\d{{1,2}})[/⁄](?P<last>\d{{1,2}})|{SPACE}?(?P<sign>[½⅓⅔¼¾⅛⅜⅝⅞])))"
            rf"{SPACE}?(?P<unit>{any_of(symbols)})(?![\w/²³])",
            scaled_measure,
        ),
        rule_of(r"[$€£]\.\d", r"(?<!\w)(?P<sign>[$€£])\.(?P<digits>\d{1,9})(?![\w.])", cents),
        rule_of(
            r"\.\d",
            rf"(?<![\w.])(?P<number>\.\d{{1,9}}){SPACE}?(?P<unit>{any_of(symbols)})(?![\w/²³])",
            part_of_unit,
        ),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/$€£-])(?P<first>{number})[-–](?P<last>{number}){SPACE}?(?P<unit>{any_of(symbols)})(?![\w/²³])",
            range_of,
        ),
        rule_of(
            r"[-−]?\d",
            rf"(?<![\w.,:/])(?P<number>(?:(?<![\w)\]])[-−])?{number}){SPACE}?(?P<unit>{any_of(symbols)})/(?P<per>{any_of(symbols)})(?![\w/²³])",
            ratio,
        ),
        rule_of(r"\$", rf"\$(?P<number>\d{{1,4}})(?={SPACE}{any_of(_NOTES)}\b)", bill),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/])(?P<sides>\d{{1,5}}(?:{SPACE}?[x×]{SPACE}?\d{{1,5}}){{1,2}}(?!\w*x|\d|[.,]\d))"
            rf"(?:{SPACE}?(?P<unit>{any_of(symbols)})(?![\w/²³])|(?!\w))",
            dimensions,
        ),
        rule_of(r"(?<=\d) ?[*]", r"(?<=\d)(?:\*| \* )(?=\d)", lambda match: " times "),
        rule_of(r"\d", r"(?<![\w.,:/])(?P<number>\d{1,4}(?:\.\d{1,2})?)x(?!\w)", _times(language)),
        rule_of(
            r"(?<=\w)/[a-zG]",
            rf"(?<=\w)/(?:(?P<short>{any_of(_SHORT_RATES)})(?!\w)|(?={any_of(_RATES)}(?!\w)))",
            lambda match: f" per {_SHORT_RATES[match['short']]}" if match["short"] else " per ",
        ),
    ]


def _times(language: EnglishSpeech) -> Callable[[re.Match[str]], str | None]:
    return lambda match: language.counted(Decimal(match["number"]), UnitWords("times", "times"))
