"""What only Hindi writes: ordinals with their endings, times before बजे, dates by numbers, years, initialisms."""

from __future__ import annotations

import re
from decimal import Decimal

from .hindi_reading import HindiReading
from .rule import SPACE, Rule, any_of, word_list

_LETTERS = "\u0900-\u0963\u0970-\u097f"
"""Devanagari's letters and vowel signs; `\\w` doesn't have the signs. Its digits are folded to plain ones."""
_ALONE = rf"(?<![\w{_LETTERS}.,:/+-])"
_END = rf"(?![\w{_LETTERS}])"
_ENDINGS = {
    "ला": "m",
    "ली": "f",
    "ले": "o",
    "रा": "m",
    "री": "f",
    "रे": "o",
    "था": "m",
    "थी": "f",
    "थे": "o",
    "ठा": "m",
    "ठी": "f",
}
_ENDINGS |= {"ठे": "o", "वां": "m", "वाँ": "m", "वीं": "f", "वी": "f", "वें": "o", "वे": "o", "वा": "m"}
_ENGLISH_ORDINALS = dict(
    enumerate(
        word_list(
            """
            फ़र्स्ट सेकंड थर्ड फ़ोर्थ फ़िफ्थ सिक्स्थ सेवंथ एटथ नाइंथ टेंथ इलेवंथ ट्वेल्थ थर्टींथ फ़ोर्टींथ फ़िफ्टींथ सिक्स्टींथ सेवंटींथ एटींथ नाइंटींथ
            ट्वेंटीथ
            """
        ),
        1,
    )
)
_YEAR_WORDS = ("सन", "सन्", "साल", "वर्ष", "ईस्वी")
_YEAR_AFTER = re.compile(rf"{SPACE}(?:में|का|की|के|से|तक|ई\.|ईस्वी|ई॰){_END}")
_PHONE_WORDS = re.compile(r"कॉल|नंबर|फ़ोन|फोन|मोबाइल|संपर्क|व्हाट्सएप|हेल्पलाइन|call|phone|mobile", re.IGNORECASE)
_INITIALS = any_of(word_list("ए बी डी एफ एच जे के एल एम एन क्यू आर एस टी यू वी डब्ल्यू एक्स वाई"))
_AMBIGUOUS_INITIALS = any_of(word_list("सी ई आई ओ पी जी"))
"""Letters whose names are also words, as in "वह घर आई."; initials only before another initial."""
_LOOK_AROUND_CHARS = 40
_ADDRESS_CHARS = 80
_STREETS = re.compile(
    rf"(?<![{_LETTERS}])(?:स्ट्रीट|एवेन्यू|पार्कवे|रोड|Street|Road|Avenue|अपार्टमेंट|फ्लोर|प्लाज़ा|सेक्टर|प्लॉट|फ्लैट|गली|कॉम्प्लेक्स)(?![{_LETTERS}])"
)
_NO_ADDRESS = re.compile(rf"(?<![{_LETTERS}])(?:है|हैं|था|थे|थी|हुआ|हुए|हुई|में|पर|को|ने|से|गया|गए|रहा|रहे|रही|लोग|बजे){_END}|[।?!]")
"""Words of sentences: where one of these is, numbers are amounts."""
_STATES = re.compile(
    "(?:आंध्र प्रदेश|अरुणाचल प्रदेश|असम|बिहार|छत्तीसगढ़|गोवा|गुजरात|हरियाणा|हिमाचल प्रदेश|झारखंड|कर्नाटक|केरल|मध्य प्रदेश|महाराष्ट्र"
    "|मणिपुर|मेघालय|मिज़ोरम|नागालैंड|ओडिशा|पंजाब|राजस्थान|सिक्किम|तमिलनाडु|तेलंगाना|त्रिपुरा|उत्तर प्रदेश|उत्तराखंड|पश्चिम बंगाल"
    "|दिल्ली|चंडीगढ़|पुडुचेरी|लद्दाख|कश्मीर|मुंबई|कोलकाता|चेन्नई|बेंगलुरु|बैंगलोर|हैदराबाद|पुणे|लखनऊ|जयपुर|पटना|भोपाल|अमरावती)"
    rf"[,-]?{SPACE}?$"
)
"""States and large cities, before a postal code."""


def hindi_rules(language: HindiReading) -> list[Rule]:
    """Return the rules, in the order in which they are tried."""
    months = language.formats.month_names
    year_before = re.compile(rf"{any_of([*_YEAR_WORDS, *months, 'फरवरी'])},?{SPACE}$")

    def ordinal(match: re.Match[str]) -> str | None:
        number, ending = int(match["number"]), match["ending"]
        gender = _ENDINGS[ending]
        spoken = language.ordinal(number, gender)
        if spoken is None or number in {1, 2, 3, 4, 6}:
            return spoken
        # Centuries and anniversaries are counted in hundreds: "उन्नीस सौ इक्यासीवीं".
        words = language.year(number) if gender == "f" and number % 1000 >= 100 else language.cardinal(Decimal(number))
        return f"{words}{ending}"

    def english_ordinal(match: re.Match[str]) -> str | None:
        return _ENGLISH_ORDINALS.get(int(match["number"]))

    def half_day(match: re.Match[str]) -> str | None:
        return language.clock(int(match["hours"]), 0, None, match["half"])

    def all_day(match: re.Match[str]) -> str:
        return "चौबीस घंटे सातों दिन"

    def silent(match: re.Match[str]) -> str:
        return ""

    def hour(match: re.Match[str]) -> str:
        return language.hour(int(match["hours"]), int(match["minutes"]))

    def long_date(match: re.Match[str]) -> str | None:
        first, second, year = (int(match[name]) for name in ("first", "second", "year"))
        spoken = day_and_month(first, second)
        return f"{spoken} {language.year(year)}" if spoken else None

    def short_date(match: re.Match[str]) -> str | None:
        return day_and_month(int(match["first"]), int(match["second"]))

    def day_and_month(first: int, second: int) -> str | None:
        """Return a date by day and month, or by month and day if only that is possible."""
        if 1 <= first <= 31 and 1 <= second <= 12:
            return f"{language.cardinal(Decimal(first))} {months[second - 1]}"
        if 1 <= first <= 12 and 1 <= second <= 31:
            return f"{months[first - 1]} {language.cardinal(Decimal(second))}"
        return None

    def month(match: re.Match[str]) -> str | None:
        number = int(match["month"])
        return f"{months[number - 1]} {language.year(int(match['year']))}" if 1 <= number <= 12 else None

    def year(match: re.Match[str]) -> str | None:
        text, start = match.string, match.start()
        is_span = match["last"] is not None and len(match["last"]) == 2 and match["last"] > match["year"][2:]
        if not (is_span or year_before.search(text, max(0, start - 12), start) or _YEAR_AFTER.match(text, match.end())):
            return None
        words = language.year(int(match["year"]))
        return f"{words} {language.range_word} {language.number(match['last'])}" if match["last"] else words

    def years_before_christ(match: re.Match[str]) -> str:
        return f"{language.number(match['first'])} {language.range_word} {language.number(match['last'])}"

    def phone(match: re.Match[str]) -> str | None:
        written = match[0]
        groups = re.findall(r"\d+", written)
        n_digits = sum(map(len, groups))
        is_mobile = written.isdecimal() and n_digits == 10 and written[0] in "6789"
        is_marked = written[0] == "+" or "(" in written or (written[0] == "0" and len(groups) > 1)
        begin, end = max(0, match.start() - _LOOK_AROUND_CHARS), match.end() + _LOOK_AROUND_CHARS
        if not 7 <= n_digits <= 16 or not (is_mobile or is_marked or _PHONE_WORDS.search(match.string, begin, end)):
            return None
        return f"{language.signs['+']} {language.phone(groups)}" if written[0] == "+" else language.phone(groups)

    def ip_address(match: re.Match[str]) -> str:
        return f" {language.web['.']} ".join(map(language.digits, match[0].split(".")))

    def in_address(match: re.Match[str]) -> str | None:
        """Return the digits of a house or postal code, one by one."""
        text, start = match.string, match.start()
        around = text[max(0, start - _ADDRESS_CHARS) : match.end() + _ADDRESS_CHARS]
        is_postal = len(match["number"]) == 6 and _STATES.search(text, max(0, start - 24), start)
        if not is_postal and (not _STREETS.search(around) or _NO_ADDRESS.search(around)):
            return None
        letter = f" {match['letter']}" if match["letter"] else ""
        mark = {"-": " हाइफ़न ", "/": " बटा ", "": ""}[match["mark"]]
        last = language.digits(match["last"]) if match["mark"] else ""
        return f"{language.digits(match['number'])}{letter}{mark}{last}"

    def fraction(match: re.Match[str]) -> str | None:
        spoken = language.fraction(int(match["first"]), int(match["last"]))
        return f"{language.cardinal(Decimal(match['whole']))} और {spoken}" if match["whole"] else spoken

    def years_long(match: re.Match[str]) -> str | None:
        number = Decimal(match["number"])
        is_short = number < 10 and number % Decimal("0.5") == 0
        return f"{language.quantity(number)} {'साल' if is_short else 'वर्ष'}"

    def size(match: re.Match[str]) -> str:
        return f"{language.number(match['first'])} बाई {language.number(match['last'])}"

    def in_words(match: re.Match[str]) -> str | None:
        return language.number(match[0])

    def initial(match: re.Match[str]) -> str:
        return match[0][:-1]

    def initials(match: re.Match[str]) -> str:
        if match[0] in language.abbreviations:
            return language.abbreviations[match[0]]
        if match[0] in language.after_numbers:
            return language.after_numbers[match[0]].other
        return " ".join(re.findall(rf"[{_LETTERS}]+", match[0]))

    dates = (
        rf"{_ALONE}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})(?P=mark)(?P<year>\d{{4}})(?![\w/-]|[.]\d)"
    )
    padded = rf"{_ALONE}(?=0|\d{{1,2}}-0)(?P<first>\d{{2}})-(?P<second>\d{{2}})(?![\w/-]|[.]\d)"
    months_and_year = rf"{_ALONE}(?P<month>\d{{1,2}})[-/](?P<year>[12]\d{{3}})(?![\w/-]|[.]\d)"
    years = rf"{_ALONE}(?P<year>1[1-9]\d\d)(?:[-–](?P<last>\d{{2}}|\d{{4}}))?(?![\w{_LETTERS}/-]|[.,]\d)"
    before_christ = rf"{_ALONE}(?P<first>\d{{1,4}})[-–](?P<last>\d{{1,4}})(?={SPACE}?ई[.॰]{SPACE}?पू)"
    fractions = (
        rf"(?<![\w.,/-])(?:(?P<whole>\d{{1,9}}){SPACE})?(?P<first>\d{{1,19}})[/⁄](?P<last>\d{{1,9}})(?![\w/]|[.,]\d)"
    )
    phones = (
        r"(?<![\w.,/-])(?:\+\d{1,3}[ .-]?)?(?:\d{0,2}[ ]?\(\d{1,5}\)[ .-]?)?\d{3,11}(?:[ .-]\d{3,8}){0,3}"
        r"(?![\w/-]|[.,]\d)"
    )
    halves = "|".join(language.half_hours)
    spaced_initials = rf"{_INITIALS}\.(?={SPACE}[{_LETTERS}])|{_AMBIGUOUS_INITIALS}\.(?={SPACE}{_INITIALS}\.)"
    houses = (
        rf"(?<![\w{_LETTERS}.,:])(?P<number>\d{{1,6}})(?P<letter>[A-Z]?)(?P<mark>[-/]?)"
        r"(?P<last>(?<=[-/])\d{1,4}|)(?![\w/-]|[.,:]\d)"
    )
    return [
        Rule(r"\d", re.compile(rf"{_ALONE}(?P<number>\d{{1,6}})-?(?P<ending>{any_of(_ENDINGS)}){_END}"), ordinal),
        Rule(r"\d", re.compile(r"(?<!\w)(?P<number>\d{1,2})(?:st|nd|rd|th)(?!\w)"), english_ordinal),
        Rule(r"\d", re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.-]|\.\d)"), ip_address),
        Rule(r"\d", re.compile(houses), in_address),
        Rule(r"\d", re.compile(rf"{_ALONE}(?P<hours>\d{{1,2}})[:.](?P<minutes>[0-5]\d){SPACE}?बजे"), hour),
        Rule(r"\d", re.compile(rf"{_ALONE}(?P<hours>1[0-2]|\d){SPACE}?(?P<half>{halves})(?!\w)"), half_day),
        Rule("24", re.compile(r"(?<!\w)24[x×*/]7(?!\w)"), all_day),
        Rule("/-", re.compile(r"(?<=\d)/-(?!\w)"), silent),
        Rule(r"\d", re.compile(dates), long_date),
        Rule(r"\d", re.compile(padded), short_date),
        Rule(r"\d", re.compile(months_and_year), month),
        Rule(r"[+(]?\d", re.compile(phones), phone),
        Rule(r"\d", re.compile(rf"{_ALONE}(?P<number>\d{{1,5}}(?:\.\d{{1,3}})?){SPACE}?yrs?(?!\w)"), years_long),
        Rule(
            r"\d", re.compile(rf"{_ALONE}(?P<first>\d{{1,4}})(?:{SPACE}?[xX]{SPACE}?|×)(?P<last>\d{{1,4}})(?!\w)"), size
        ),
        Rule(r"\d", re.compile(before_christ), years_before_christ),
        Rule(r"\d", re.compile(years), year),
        Rule(r"\d", re.compile(fractions), fraction),
        Rule(r"\d", re.compile(r"(?<![\w.,:/-])\d{16,19}(?:\.\d{1,15})?(?![\w.,])"), in_words),
        Rule(
            rf"(?<![\w{_LETTERS}.])[{_LETTERS}]{{1,3}}\.(?=[{_LETTERS}]{{1,3}}\.)",
            re.compile(rf"(?:[{_LETTERS}]{{1,3}}\.){{2,6}}"),
            initials,
        ),
        Rule(rf"(?<![{_LETTERS}.])(?:{_INITIALS}|{_AMBIGUOUS_INITIALS})\.", re.compile(spaced_initials), initial),
    ]
