"""Numbers as English writes them: decades, years, codes, versions, sums."""

from __future__ import annotations

import re
from decimal import Decimal

from .english_speech import EnglishSpeech
from .rule import SPACE, Rule, any_of, rule_of, word_before, word_set

_BEFORE_DECADES = word_set("the his her their my your our early late mid in since")
_BEFORE_YEARS = word_set("in the of since by from until till to late early mid before after around circa year")
_NOT_PLURALS = word_set("was is has does this thus plus us as its yes goes says his hers ours yours theirs")
_PLURALS = word_set("people men women children feet mice teeth police cattle")
_IN_PAIRS = word_set("room rooms flight route highway interstate suite apartment bus boeing hwy. rte. apt. bldg.")
_PLACES = word_set(
    "apt gate seat flat unit platform table section exhibit appendix level line door block hall class type"
)
_IN_PARTS = word_set("version python java ios android windows macos ubuntu node release firefox chrome php ruby")
_CODE_IS = re.compile(
    r"(?i)(?:\b(?:pin|code|passcode|password|otp)(?: number)? (?:is|was)[: ]{1,2}"
    r"|\b(?:card|account|number)[^.!?]{0,16} ending (?:in|with) )$"
)
_CALLS = word_set("call dial dialed called phone text fax number tel. telephone")
_BEFORE_RANGES = word_set("pages pp. page lines verses between from numbers nos. years items")
_MAX_YEAR = 2100
_EMERGENCY = word_set("111 112 911 988 999")


_SUPERSCRIPT = "⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def number_rules(language: EnglishSpeech) -> list[Rule]:
    """Return the rules for numbers."""

    def decade(match: re.Match[str]) -> str | None:
        digits, before = match["decade"], word_before(match).casefold()
        after_decade = match.string[max(0, match.start() - 3) : match.start()] in {"0s-", "0s–"}
        if (
            len(digits) == 2
            and not match["century"]
            and not after_decade
            and before not in _BEFORE_DECADES
            and not match["mid"]
        ):
            return None
        words = language.year(int(digits)) if len(digits) == 4 else language.cardinal(Decimal(digits))
        if words is None:
            return None
        words = f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
        return f"{match['mid'] or ''}{words}"

    def long_ordinal(match: re.Match[str]) -> str | None:
        return language.ordinal(int(match[0][:-2].replace(",", "")))

    def scaled(match: re.Match[str]) -> str | None:
        if word_before(match).casefold().rstrip(".") in _IN_PAIRS | _PLACES:
            return None  # "Room 12B"
        letter, counted = match["scale"], _COUNTED.match(match.string, match.end())
        is_code = letter == "B" or (letter == "M" and _NAME_FOLLOWS.match(match.string, match.end()))
        if is_code and not counted and "." not in match["number"]:
            return f"{language.number(match['number'])} {letter}"  # "221B Baker Street"
        words = language.cardinal(language.formats.decimal(match["number"]))
        return f"{words} {language.scales[match['scale']]}"

    def four_digits(match: re.Match[str]) -> str | None:
        """A count before a plural ("1945 people"), a year after a preposition ("in 1066")."""
        number, before, after = int(match["number"]), word_before(match).casefold(), match["after"] or ""
        is_plural = after in _PLURALS or (len(after) > 3 and after.endswith("s") and after not in _NOT_PLURALS)
        if before in _BEFORE_YEARS:
            return language.paired(match["number"]) if 1000 < number < 1100 else None
        return language.cardinal(Decimal(number)) if is_plural else None

    def pairs(match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        if before in _CALLS and len(match[0]) > 6:
            return language.digits(match[0])
        if before in _CALLS and len(match[0]) == 3 and (before != "number" or match[0] in _EMERGENCY):
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
        exchange, line = match[0].split("-")
        # Ranges have round ends, or are pages and years: 200-1500, 998-1002.
        is_range = (exchange[2] == line[3] == "0") or int(line) < _MAX_YEAR or before in _BEFORE_RANGES
        is_phone = exchange == "555" or before in _CALLS | {"at"} or not (is_range or match["noun"])
        return language.phone([exchange, line]) if is_phone else None

    def part_of_year(match: re.Match[str]) -> str | None:
        """2Q22, 1H2024."""
        name = "quarter" if match["part"] == "Q" else "half"
        if not 1 <= int(match["number"]) <= (4 if name == "quarter" else 2):
            return None
        article = (
            "" if word_before(match).casefold() in _BEFORE_DECADES - {"in", "since"} | {"this", "last"} else "the "
        )
        return f"{article}{language.ordinal(int(match['number']))} {name} of {language.number(match['year'])}"

    def scientific(match: re.Match[str]) -> str:
        """1e6, 3.5e-4."""
        power = language.cardinal(Decimal(match["power"]))
        return f"{language.number(match['number'])} times ten to the power of {power}"

    def plan(match: re.Match[str]) -> str:
        """A 401k."""
        return f"{language.paired(match['number'])} {match['letters']}"

    def compared(match: re.Match[str]) -> str:
        """5 < 6, <5%."""
        words = "less than " if match["sign"] == "<" else "more than "
        return words if match["before"] is None else f" is {words}"

    def section(match: re.Match[str]) -> str:
        """401(k), 501(c)(3)."""
        parts = (
            language.number(part) or part if part.isdecimal() else part for part in match["letters"][1:-1].split(")(")
        )
        return " ".join((language.paired(match["number"]), *parts))

    def written_fraction(match: re.Match[str]) -> str | None:
        """1/4th, 2 3/5ths."""
        first, last = int(match["first"]), int(match["last"])
        return language.mixed(int(match["whole"]), first, last) if match["whole"] else language.fraction(first, last)

    def slash(match: re.Match[str]) -> str | None:
        """What is no fraction: 24/7, 9/11."""
        if language.fraction(int(match["first"]), int(match["last"])) is not None:
            return None
        return " ".join(language.number(written) or written for written in (match["first"], match["last"]))

    def difference(match: re.Match[str]) -> str | None:
        return " minus " if _EQUATION.match(match.string, match.end()) else None

    def power(match: re.Match[str]) -> str | None:
        digits = (match["caret"] or match["power"] or match["letter"]).translate(_SUPERSCRIPTS)
        if digits == "1":
            return ""  # A footnote.
        words = {"2": "squared", "3": "cubed"}.get(digits)
        unit = language.measure(Decimal(2), match["unit"]) if match["unit"] else None
        names = f" {unit.partition(' ')[2]}" if unit else ""
        return f" {words or f'to the power of {language.cardinal(Decimal(digits))}'}{names}"

    def base(match: re.Match[str]) -> str | None:
        """The number before a power: 10⁶."""
        return language.number(match[0])

    def plural(match: re.Match[str]) -> str | None:
        """100s of birds, 2,000s."""
        digits = match["digits"].replace(",", "")
        words = language.cardinal(Decimal(digits))
        if words is None:
            return None
        count, _, size = words.rpartition(" ")
        if size not in {"hundred", "thousand", "million", "billion"}:
            return f"{words}s"
        counts = {"one": "", "ten": "tens of ", "one hundred": "hundreds of "}
        return f"{counts[count]}{size}s" if count in counts else f"{words}s"

    symbols = any_of({*language.formats.units, *language.after_numbers})
    return [
        rule_of(
            r"\d",
            r"(?<![\w.,:/$€£-])(?P<digits>10{1,11}(?=s of\b)|\d{1,3}(?:,\d{3}){1,3})s(?!\w)",
            plural,
        ),
        rule_of(r"4\d\d[bk]", r"(?<!\w)(?P<number>401|403|457)(?P<letters>[kb])(?!\w)", plan),
        rule_of(
            r"(?:mid-)?['’]?\d",
            r"(?<![\w$€£])(?P<mid>mid-)?(?P<century>['’])?(?P<decade>(?:1\d|20)\d0|[1-9]0)['’]?s(?!\w)",
            decade,
        ),
        rule_of(
            r"\d", r"(?<![\w.,:/$€£-])(?P<number>\d{1,3}(?:\.\d{1,3})?)(?P<scale>k|M|B|bn|tn)(?![\w/]|\.\w)", scaled
        ),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/$€£#-])(?P<number>[1-9]\d{{3}})(?![\w:/-]|[.,]\d)(?={SPACE}(?P<after>[a-z]{{2,20}})\b|)",
            four_digits,
        ),
        rule_of(r"\d", r"(?<![\w.,:/$€£#-])\d{3,12}(?![\w:/-]|[.,]\d)", pairs),
        rule_of(r"\d", r"(?<![\w.,:/$€£#-])\d{1,3}\.\d{1,3}(?![\w:/-]|[.,]\d)", parts),
        rule_of(
            r"\d",
            r"(?<![\w.,:/$€£#-])(?P<number>\d{1,9}(?:\.\d{1,9})?)[eE](?P<power>[+-]?\d{1,3})(?!\w|[.,]\d)",
            scientific,
        ),
        rule_of(
            r"(?<=[\w)]) ?[<>]|(?<= )[<>]|^<",
            r"(?:(?P<before>(?<=[\w)]) ?)|(?<= )|(?=<))(?!<3(?!\d))(?P<sign>[<>])[ \u00a0]?(?=\d)(?![\w.+-]{1,64}@)",
            compared,
        ),
        rule_of(r"\.\d", r"(?<![\w.])\.\d{1,9}(?![\w.])", lambda match: f"point {language.digits(match[0][1:])}"),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/$€£#-])(?P<number>\d{{3,4}})(?={SPACE}?(?:A\.?{SPACE}?D|B\.?{SPACE}?C|C\.?E|B\.?C\.?E)(?!\w))",
            lambda match: language.paired(match["number"]),
        ),
        rule_of(
            r"\d",
            r"(?<![\w.,:/$€£#-])(?P<number>\d)(?P<part>[QH])(?P<year>(?:20)?\d\d)(?!\w|[.,-]\d)",
            part_of_year,
        ),
        rule_of(
            r"\d",
            r"(?<![\w.,:/$€£#-])(?P<number>\d{3})(?P<letters>(?:\([a-z0-9]\)){1,3})(?!\w)",
            section,
        ),
        rule_of(
            r"\d",
            r"(?<![\w.,/-])(?:(?P<whole>\d{1,4})[ \u00a0])?(?P<first>\d{1,3})/(?P<last>\d{1,3})"
            r"(?:st|nd|rd|th|ST|ND|RD|TH)s?(?!\w)",
            written_fraction,
        ),
        rule_of(
            r"\d",
            rf"(?<![\w.,:/$€£#-])[2-9]\d\d-\d{{4}}(?![\w:/-]|[.,]\d)(?={SPACE}(?P<noun>[a-z]{{2,20}}s|people)\b|)",
            local_phone,
        ),
        rule_of(r"\d", r"(?<![\w.,/$€£#-])(?P<first>\d{1,4})/(?P<last>\d{1,4})(?![\w/]|[.,]\d)", slash),
        rule_of(r"(?<=\d)[-–][$€£¥]", r"(?<=\d)[-–](?=[$€£¥]\d)", lambda match: " to "),
        rule_of(r"\d{1,3},\d", r"(?<![\w.,])\d{1,3}(?:,\d{3}){1,4}(?:st|nd|rd|th)(?!\w)", long_ordinal),
        rule_of(r"(?<=\d)[ \u00a0]?[-−–]", r"(?<=\d)[ \u00a0]?[-−–][ \u00a0]?(?=\d)", difference),
        rule_of(r"\d", rf"(?<![\w.,:/$€£#-])\d{{1,15}}(?:\.\d{{1,15}})?(?={_SUPERSCRIPT})", base),
        rule_of(
            rf"(?<=[\w)])(?:\^|{_SUPERSCRIPT})",
            rf"(?<=[\w)])(?:\^(?P<caret>[-−]?\d{{1,3}})(?!\w)\^?|(?<=\d)(?P<power>{_SUPERSCRIPT})(?:{SPACE}(?P<unit>{symbols})(?![\w/²³]))?|(?P<letter>{_SUPERSCRIPT}))",
            power,
        ),
    ]


_NAME_FOLLOWS = re.compile(rf",?{SPACE}[A-Z][a-z]")
_COUNTED = re.compile(rf"{SPACE}(?:[a-z]|[A-Z][a-z]{{1,20}}s(?![\w'’-]|{SPACE}[A-Z]))")
"""A noun, or a name in the plural: "2M Americans"."""
_EQUATION = re.compile(r"[\d., +×x*/()-]{1,40}=")
