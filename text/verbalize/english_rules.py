"""The expressions that only English writes like this."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from .english_names import GIVEN_NAMES, REGNAL_NAMES
from .language import UnitWords
from .roman_numerals import roman_value
from .rule import SPACE, Rule, any_of, word_at_end, word_before

if TYPE_CHECKING:
    from .english import English

_DASH = "[-–]"
_BEFORE_DECADES = frozenset("the his her their my your our early late mid in since".split())
_BEFORE_YEARS = frozenset("in the of since by from until till to late early mid before after around circa year".split())
_NOT_PLURALS = frozenset("was is has does this thus plus us as its yes goes says his hers ours yours theirs".split())
_PLURALS = frozenset("people men women children feet mice teeth police cattle".split())
_IN_PAIRS = frozenset(
    "room rooms flight route highway interstate suite apartment bus boeing hwy. rte. apt. bldg.".split()
)
_IN_PARTS = frozenset(
    "version python java ios android windows macos ubuntu node release firefox chrome php ruby".split()
)
_OPENING = re.compile(r"(?<!\d)\"")
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_CODE_IS = re.compile(r"(?i)\b(?:pin|code|passcode|password)(?: number)? (?:is|was)[: ]{1,2}$")
_PORTIONS = "acre century cup day foot gallon hour inch mile month ounce pint pound quart tablespoon teaspoon yard year".split()
_NOTES = frozenset("bill bills note notes coin coins".split())
_CALLS = frozenset("call dial dialed called phone text fax number tel. telephone".split())
_AFTER_FIRST = frozenset("of was is and had ruled reigned died became to in on who would did could".split())
_SHORT_PARTS = frozenset("vol vols ch chap pt fig sec art app no".split())
_ROMAN_NOUNS = frozenset("century centuries dynasty olympiad legion corps congress".split())


def english_rules(language: English, months: list[str]) -> list[Rule]:
    """Return the rules, in order."""
    return [
        *_date_rules(language, months),
        *_clock_rules(language),
        *_measure_rules(language),
        *_number_rules(language),
        *_roman_rules(language),
        *_word_rules(language),
    ]


def _rule(start: str, pattern: str, say: Callable[[re.Match[str]], str | None]) -> Rule:
    return Rule(start, re.compile(pattern), say)


def _date_rules(language: English, months: list[str]) -> list[Rule]:
    names = {month: month for month in months} | {month[:3]: month for month in months} | {"Sept": "September"}
    month = rf"(?P<month>{any_of(names)})\.?"
    day = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
    to = rf"(?:{SPACE}?{_DASH}{SPACE}?(?P<last>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)?"
    year = rf"(?P<year>,?{SPACE}(?:1\d|20)\d\d(?![\d,]\d|\.\d|[-–]\d{{1,2}}(?!\d)|:))?"
    end = r"(?![\w:/]|[.,]\d)"

    def american(match: re.Match[str]) -> str | None:
        name = names[match["month"]]
        if name == "May" and match["month"] != "May":
            return None
        words = f"{name} {language.ordinal(int(match['day']))}"
        if match["last"]:
            words += f" to {language.ordinal(int(match['last']))}"
        return words + year_words(match)

    def british(match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        article = "" if before in {"the", "every", "this", "last", "next"} else "the "
        first, name = int(match["day"]), names[match["month"]]
        if match["last"]:
            first_words = f"{article}{language.ordinal(first)} to "
            return first_words + language.day_of_month(int(match["last"]), name, british=True) + year_words(match)
        return language.day_of_month(first, name, british=True, article=article) + year_words(match)

    def year_words(match: re.Match[str]) -> str:
        return f", {language.year(int(match['year'][-4:]))}" if match["year"] else ""

    def short(match: re.Match[str]) -> str | None:
        first, second = int(match["first"]), int(match["second"])
        number, day_number = (first, second) if language.is_american else (second, first)
        if not (1 <= number <= 12 and 1 <= day_number <= 31):
            return None
        year_number = int(match["year"])
        year_number += 2000 if year_number < 50 else 1900
        return f"{language.day_of_month(day_number, months[number - 1])}, {language.year(year_number)}"

    days = {day[:3]: day for day in _WEEKDAYS} | {"Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday"}

    return [
        _rule(
            rf"(?<!\w){any_of(days)}\.?,?{SPACE}",
            rf"(?<!\w)(?P<day>{any_of(days)})(?:\.|(?=,))(?=,?{SPACE}(?:{any_of(names)}|\d))",
            lambda match: days[match["day"]],
        ),
        _rule(
            r"(?<=[a-z])[-–][A-Z]",
            rf"(?:(?<=day)|(?<=[a-z]{{3}}))[-–](?=(?:{any_of([*_WEEKDAYS, *months])})(?!\w))",
            lambda match: " to " if word_at_end(match) in {*_WEEKDAYS, *months} else None,
        ),
        _rule(
            rf"(?<!\w){any_of(names)}\.?{SPACE}\d",
            rf"(?<!\w){month}{SPACE}{day}{to}{year}{end}",
            american,
        ),
        _rule(r"\d", rf"(?<![\w.,:/$€£-]){day}{to}{SPACE}(?:of{SPACE})?{month}{year}(?![\w/])", british),
        _rule(r"\d", r"(?<![\w/.-])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d\d)(?![\w/]|[.-]\d)", short),
        _rule(r"(?<=\d)T\d", r"(?<=\d\d)T(?=\d\d:\d\d)", lambda match: " at "),
    ]


def _clock_rules(language: English) -> list[Rule]:
    half = r"(?P<half>[ap]\.\s?m\.|[AP]\.\s?M\.|[ap]m\b\.?|[AP]M\b\.?)"

    def hour(match: re.Match[str]) -> str:
        words = language.cardinal(Decimal(match["hour"])) or ""
        return f"{words} {language.half_of_day(match['half'])}"

    def ratio(match: re.Match[str]) -> str | None:
        return f"{language.cardinal(Decimal(match['first']))} to {language.cardinal(Decimal(match['second']))}"

    return [
        _rule(r"\d", rf"(?<![\w.,:/])(?P<hour>1[0-2]|0?[1-9]){SPACE}?{half}(?!\w)", hour),
        _rule(r"\d", r"(?<![\w.,:/])(?P<first>\d{1,3}):(?P<second>\d|\d{3})(?![\w:]|[.,]\d)", ratio),
        _rule(
            r"(?<=[mM])\.?[-–]\d", rf"(?<=[ap]m){_DASH}(?=\d)|(?<=[ap]\.m\.){_DASH}(?=\d)|(?<=[AP]M){_DASH}(?=\d)", _to
        ),
        _rule(
            r"(?<=\w)[-–]\d",
            r"(?<=\w)–(?=\d)",
            lambda match: None if match.string[match.start() - 1].isdecimal() else " to ",
        ),
    ]


def _to(match: re.Match[str]) -> str:
    return " to "


def _measure_rules(language: English) -> list[Rule]:
    feet, inches = UnitWords("foot", "feet"), UnitWords("inch", "inches")
    units = {**language.formats.units, **language.after_numbers}

    def counted(written: str, words: UnitWords) -> str:
        return language.counted(language.formats.decimal(written), words) or written

    def height(match: re.Match[str]) -> str:
        return f"{counted(match['feet'], feet)} {counted(match['inches'], inches)}"

    def prime(match: re.Match[str]) -> str:
        return counted(match["number"], feet if match["sign"] in "'’′" else inches)

    def quoted_inches(match: re.Match[str]) -> str | None:
        # An odd number of quotes before it: this one closes a quotation.
        if len(_OPENING.findall(match.string, 0, match.start())) % 2:
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

    def dimensions(match: re.Match[str]) -> str:
        sides = re.findall(r"\d+", match[0])
        return " by ".join(language.paired(side) if len(side) == 4 else language.number(side) or side for side in sides)

    def abbreviated_end(match: re.Match[str]) -> str | None:
        rest = match.string[match.end() :].lstrip("\"'”’) \u00a0")
        number = language.formats.decimal(match["number"])
        words = language.counted(number, units[match["unit"]])
        return f"{words}." if not rest or (rest[0].isupper() and match.string[match.end()].isspace()) else words

    number = language.formats.number
    dotted = [symbol for symbol in language.after_numbers if symbol.endswith(".")]
    plain = [symbol for symbol in units if not symbol.endswith(".") and symbol[0].isalpha()]
    return [
        _rule(
            r"\d",
            r"(?<![\w.,:/])(?P<feet>\d{1,3})(?:['’′]|-?ft\.?)[ \u00a0]?(?P<inches>\d{1,2}(?:\.\d)?)(?:[\"”″]|''|’’|′′|in\b\.?)(?!\w)",
            height,
        ),
        _rule(r"\d", r"(?<![\w.,:/])(?P<number>\d{1,5}(?:\.\d{1,3})?)(?P<sign>[′″])(?!\w)", prime),
        _rule(r"\d", r"(?<![\w.,:/])(?P<number>\d{1,5})(?P<sign>['’])(?= ?(?:tall|wide|long|high|deep|x|by)\b)", prime),
        _rule(r"\d", r"(?<![\w.,:/\"])(?P<number>\d{1,5}(?:\.\d{1,3})?)\"(?=[\s.,;:)x-]|$)", quoted_inches),
        _rule(
            r"\d",
            rf"(?<![\w.,:/])(?P<number>{number})-(?P<unit>{any_of(plain)})(?![\w/²³]|\.\w)(?=[ \u00a0-])",
            compound,
        ),
        _rule(r"\d", rf"(?<![\w.,:/])(?P<number>{number}){SPACE}?(?P<unit>{any_of(dotted)})(?!\w)", abbreviated_end),
        _rule(
            r"\d",
            rf"(?<![\w.,/-])(?P<first>\d{{1,2}})[/⁄](?P<last>\d{{1,3}})(?={SPACE}(?P<unit>{any_of(_PORTIONS)})(?!\w))",
            share,
        ),
        _rule(r"\$", rf"\$(?P<number>\d{{1,4}})(?={SPACE}{any_of(_NOTES)}\b)", bill),
        _rule(r"\d", r"(?<![\w.,:/])\d{1,5}(?:[ \u00a0]?x[ \u00a0]?\d{1,5}){1,2}(?!\w|[.,]\d)", dimensions),
        _rule(r"(?<=\d)[*]", r"(?<=\d)\*(?=\d)", lambda match: " times "),
        _rule(r"\d", r"(?<![\w.,:/])(?P<number>\d{1,4}(?:\.\d{1,2})?)x(?!\w)", _times(language)),
        _rule(
            r"/",
            r"(?<=\w)/(?=(?:hour|day|week|month|year|person|minute|min|second|sec|mile|night|kg|lb|unit|GB)\b)",
            _per,
        ),
    ]


def _per(match: re.Match[str]) -> str:
    return " per "


def _times(language: English) -> Callable[[re.Match[str]], str | None]:
    return lambda match: language.counted(Decimal(match["number"]), UnitWords("times", "times"))


def _number_rules(language: English) -> list[Rule]:
    def decade(match: re.Match[str]) -> str | None:
        digits, before = match["decade"], word_before(match).casefold()
        if len(digits) == 2 and not match["century"] and before not in _BEFORE_DECADES and not match["mid"]:
            return None
        words = language.year(int(digits)) if len(digits) == 4 else language.cardinal(Decimal(digits))
        if words is None:
            return None
        words = f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
        return f"{match['mid'] or ''}{words}"

    def scaled(match: re.Match[str]) -> str | None:
        words = language.cardinal(language.formats.decimal(match["number"]))
        return f"{words} {language.scales[match['scale']]}"

    def four_digits(match: re.Match[str]) -> str | None:
        """A count before a plural ("1945 people"), a year after a preposition ("in 1066")."""
        number, before, after = int(match["number"]), word_before(match).casefold(), match["after"] or ""
        is_plural = after in _PLURALS or (len(after) > 3 and after.endswith("s") and after not in _NOT_PLURALS)
        if before in _BEFORE_YEARS:
            return language.paired(match["number"]) if 1000 < number < 1100 else None
        return language.cardinal(Decimal(number)) if is_plural and number % 100 else None

    def pairs(match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        if before in _CALLS and len(match[0]) == 3:
            return language.digits(match[0])
        if _CODE_IS.search(match.string, max(0, match.start() - 32), match.start()):
            return language.digits(match[0])
        return language.paired(match[0]) if before in _IN_PAIRS and len(match[0]) in {3, 4} else None

    def parts(match: re.Match[str]) -> str | None:
        if word_before(match).casefold() not in _IN_PARTS:
            return None
        return " point ".join(language.cardinal(Decimal(part)) or "" for part in match[0].split("."))

    def local_phone(match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        return language.phone(match[0].split("-")) if match[0].startswith("555") or before in _CALLS | {"at"} else None

    def zip_code(match: re.Match[str]) -> str | None:
        before = word_before(match)
        return language.digits(match[0]) if len(before) == 2 and before.isupper() else None

    def slash(match: re.Match[str]) -> str | None:
        """What is no fraction: 24/7, 9/11."""
        if language.fraction(int(match["first"]), int(match["last"])) is not None:
            return None
        return " ".join(language.number(written) or written for written in (match["first"], match["last"]))

    def difference(match: re.Match[str]) -> str | None:
        return " minus " if "=" in match.string else None

    def power(match: re.Match[str]) -> str | None:
        digits = match["power"].translate(_SUPERSCRIPTS)
        words = {"2": "squared", "3": "cubed"}.get(digits)
        return f" {words}" if words else f" to the power of {language.number(digits)}"

    return [
        _rule(
            r"(?:mid-)?['’]?\d",
            r"(?<![\w$€£])(?P<mid>mid-)?(?P<century>['’])?(?P<decade>(?:1\d|20)\d0|[1-9]0)['’]?s(?!\w)",
            decade,
        ),
        _rule(r"\d", r"(?<![\w.,:/$€£-])(?P<number>\d{1,3}(?:\.\d{1,3})?)(?P<scale>k|M|B|bn|tn)(?![\w/]|\.\w)", scaled),
        _rule(
            r"\d",
            rf"(?<![\w.,:/$€£#-])(?P<number>[1-9]\d{{3}})(?![\w:/-]|[.,]\d)(?={SPACE}(?P<after>[a-z]{{2,20}})\b|)",
            four_digits,
        ),
        _rule(r"\d", r"(?<![\w.,:/$€£#-])\d{3,8}(?![\w:/-]|[.,]\d)", pairs),
        _rule(r"\d", r"(?<![\w.,:/$€£#-])\d{1,3}\.\d{1,3}(?![\w:/-]|[.,]\d)", parts),
        _rule(r"\.\d", r"(?<![\w.])\.\d{1,9}(?![\w.])", lambda match: f"point {language.digits(match[0][1:])}"),
        _rule(r"\d", r"(?<![\w.,:/$€£#-])[2-9]\d\d-\d{4}(?![\w:/-]|[.,]\d)", local_phone),
        _rule(r"\d", r"(?<![\w.,:/$€£#-])\d{5}(?:-\d{4})?(?![\w:/-]|[.,]\d)", zip_code),
        _rule(r"\d", r"(?<![\w.,/$€£#-])(?P<first>\d{1,4})/(?P<last>\d{1,4})(?![\w/]|[.,]\d)", slash),
        _rule(r"(?<=\d)[ \u00a0]-", r"(?<=\d)[ \u00a0]-[ \u00a0](?=\d)", difference),
        _rule(
            r"(?<=[\w)])[\u00b2\u00b3\u2070-\u2079^]",
            r"(?<=[\w)])(?:\^(?P<caret>)(?=-?\d))?(?P<power>[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]{1,3}|(?<=\^)\d{1,3}(?!\w))",
            power,
        ),
    ]


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _roman_rules(language: English) -> list[Rule]:
    def numeral(match: re.Match[str]) -> str | None:
        written = match["numeral"]
        number = roman_value(written)
        if not number:
            return None
        before = word_before(match)
        after = match.string[match.end() :]
        following = _NEXT_WORD.match(after)
        next_word = following[1] if following else ""
        if next_word.casefold() in _ROMAN_NOUNS:
            return language.ordinal(number)
        if before.rstrip(".").casefold() in language.roman_after | _SHORT_PARTS:
            # "the part I like", but "Part I is"
            if written == "I" and (before in {"No.", "no."} or (before[0].islower() and next_word)):
                return None
            return language.cardinal(Decimal(number))
        if before in REGNAL_NAMES and written not in {"C", "D", "L", "M"} and (before, written) != ("Malcolm", "X"):
            if written == "I" and next_word and next_word not in _AFTER_FIRST:
                return None
            return f"the {language.ordinal(number)}"
        if len(written) < 2 or not before[:1].isupper() or before.isupper() or set(written) - set("IVX"):
            return None
        earlier = _TWO_WORDS.search(match.string, max(0, match.start() - 48), match.start())
        if earlier is not None and earlier[1] in GIVEN_NAMES:
            return f"the {language.ordinal(number)}"
        return language.cardinal(Decimal(number))

    def listed(match: re.Match[str]) -> str | None:
        number = roman_value(match["numeral"].upper())
        return f"{match['open']}{language.cardinal(Decimal(number))}" if number else None

    return [
        _rule(r"(?<!\w)[IVXLC]", r"(?<![\w.'’-])(?P<numeral>[IVXLC]{1,7})(?![\w&]|['’](?!s\b)|-\w|\.\w)", numeral),
        _rule(r"(?<!\w)[IVX(]", r"^(?P<open>)(?P<numeral>[IVX]{1,5})(?=\.\s+[A-Z])", listed),
        _rule(r"\(", r"(?P<open>\()(?P<numeral>i{1,3}|iv|vi{1,3}|ix)(?=\))", listed),
    ]


_NEXT_WORD = re.compile(rf"{SPACE}([^\W\d_]+)")
_TWO_WORDS = re.compile(rf"(?<!\w)([A-Z][a-z]+){SPACE}(?:[A-Z]\.{SPACE})?[A-Z][\w'’-]+{SPACE}$")


def _word_rules(language: English) -> list[Rule]:
    return [
        # "No. I won't": a pronoun.
        _rule(r"(?<!\w)[Nn]o\. ?I", rf"(?<!\w)[Nn]o\.(?={SPACE}I\b)", lambda match: match[0]),
        _rule(
            r"(?<!\w)[HhWwTtYy](?:ow|hat|here|hen|ho|hy|hey|ou)['’]?re",
            r"(?<!\w)((?i:how|what|where|when|who|why))['’]re(?!\w)|(?<!\w)((?i:how|what|they|you))re(?!\w)",
            lambda match: f"{match[1] or match[2]} are",
        ),
        _rule(r"(?<=[A-Z0-9])/[A-Z]", r"(?<=[A-Z0-9])/(?=[A-Z])", lambda match: " "),
        _rule(r"(?<=[a-z])/[a-z]", r"(?<=[^\W\d_])/(?=[^\W\d_])", lambda match: " slash "),
        _rule(r"(?<!\w)[CF]#", r"(?<!\w)(C|F)#(?!\w)", lambda match: f"{match[1]} sharp"),
        _rule(
            rf"(?<!\w){any_of(_STREETS)}",
            rf"(?<=[a-z\d] ){any_of(_STREETS)}(?!{SPACE}[A-Z][a-z]|\w)",
            _street,
        ),
    ]


_STREETS = {"St.": "Street", "Dr.": "Drive", "Ln.": "Lane", "Ct.": "Court", "Pl.": "Place", "Sq.": "Square"}


def _street(match: re.Match[str]) -> str | None:
    before = word_before(match)
    return _STREETS[match[0]] if before[:1].isupper() or before[:1].isdecimal() else None
