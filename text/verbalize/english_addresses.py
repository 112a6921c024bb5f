"""Postal addresses of the United States: "708 N 1st St, San Jose, CA 95112"."""

from __future__ import annotations

import re

from .english_names import GIVEN_NAMES
from .english_speech import EnglishSpeech
from .rule import Rule, any_of, rule_of, word_before, word_set, word_table

_DOTTED = {"St.": "Street", "Dr.": "Drive", "Ln.": "Lane", "Ct.": "Court", "Pl.": "Place", "Sq.": "Square"}
_PLAIN = word_table(
    "St=Street Dr=Drive Ln=Lane Ct=Court Pl=Place Sq=Square Ave=Avenue Av=Avenue Blvd=Boulevard Rd=Road"
    " Expy=Expressway Hwy=Highway Pkwy=Parkway Ter=Terrace Cir=Circle Aly=Alley Trl=Trail Fwy=Freeway Xing=Crossing"
)
_PLAIN |= {short.lower(): words for short, words in _PLAIN.items()}
"""Types of streets without a full stop, only after a house number."""
_BEFORE_SAINTS = word_set("St st Dr dr")
_FULL = word_set("Street Avenue Boulevard Road Drive Lane Court Place Square Parkway Highway Terrace Circle Way")
_DIRECTIONS = word_table("N=North S=South E=East W=West NE=Northeast NW=Northwest SE=Southeast SW=Southwest")
_STATES = word_table(
    "AL=Alabama AK=Alaska AZ=Arizona AR=Arkansas CA=California CO=Colorado CT=Connecticut DE=Delaware FL=Florida"
    " GA=Georgia HI=Hawaii ID=Idaho IL=Illinois IN=Indiana IA=Iowa KS=Kansas KY=Kentucky LA=Louisiana ME=Maine"
    " MD=Maryland MA=Massachusetts MI=Michigan MN=Minnesota MS=Mississippi MO=Missouri MT=Montana NE=Nebraska"
    " NV=Nevada NH=New_Hampshire NJ=New_Jersey NM=New_Mexico NY=New_York NC=North_Carolina ND=North_Dakota OH=Ohio"
    " OK=Oklahoma OR=Oregon PA=Pennsylvania RI=Rhode_Island SC=South_Carolina SD=South_Dakota TN=Tennessee TX=Texas"
    " UT=Utah VT=Vermont VA=Virginia WA=Washington WV=West_Virginia WI=Wisconsin WY=Wyoming"
)
_WORDS_TOO = word_set("HI ID IN MD ME OH OK OR")
"""States whose abbreviations are words or degrees; they need a ZIP code."""
_NAME = r"(?:(?:[A-Z][\w'’-]{0,20}|\d{1,3}(?:st|nd|rd|th))\.? ){1,4}"
_TYPE = any_of({*_DOTTED, *_PLAIN, *_FULL})
_STREET_FOLLOWS = rf"(?= {_NAME}{_TYPE}(?!\w))"
_HOUSE = re.compile(rf"(?<![\w.,:/$€£#-])\d{{1,5}}[A-Za-z]? {_NAME}$")
_ZIP = r",? \d{5}(?:-\d{4})?(?![\w-])"
_ZIP_FOLLOWS = re.compile(_ZIP)
_CITY = re.compile(r"(?<![\w'’])(?:([A-Z][a-z]+) )?[A-Z][\w'’.-]*[a-z], $")
_STATE_BEFORE = re.compile(r"(?<!\w)([A-Z]{2}),? $")
_CLOSERS = " \n\"'”’)"
_LOOK_BACK_CHARS = 64


def address_rules(language: EnglishSpeech) -> list[Rule]:
    """Return the rules for house numbers, streets, states and ZIP codes."""

    def house(match: re.Match[str]) -> str | None:
        number = match[0]
        return language.paired(number) if len(number) in {3, 4} and number[-3:] != "000" else language.number(number)

    def direction(match: re.Match[str]) -> str:
        return _DIRECTIONS[match["direction"]]

    def quarter(match: re.Match[str]) -> str | None:
        """16 Oak Ave NW."""
        before = word_before(match).rstrip(".")
        return _DIRECTIONS[match[0]] if before in {*_PLAIN, *_FULL} else None

    def zip_code(match: re.Match[str]) -> str | None:
        before = _STATE_BEFORE.search(match.string, max(0, match.start() - 5), match.start())
        return language.digits(match[0]) if before and before[1] in {*_STATES, "DC"} else None

    return [
        rule_of(r"\d", rf"(?<![\w.,:/$€£#-])\d{{1,5}}{_STREET_FOLLOWS}", house),
        rule_of(r"(?<=\d )[NSEW]", rf"(?<=\d )(?P<direction>{any_of(_DIRECTIONS)})\.?{_STREET_FOLLOWS}", direction),
        rule_of(r"(?<=[a-z.] )[NS][EW]", r"[NS][EW](?![\w-])", quarter),
        rule_of(rf"(?<=[a-z\d] ){any_of(_DOTTED)}", rf"(?<=[a-z\d] ){any_of(_DOTTED)}(?!\w)", _dotted_street),
        rule_of(rf"(?<=\w ){any_of(_PLAIN)}(?!\w)", rf"(?<=\w ){any_of(_PLAIN)}(?!\w)\.?", _plain_street),
        rule_of(r"(?<=, )[A-Z]", rf"(?<=, ){any_of(_STATES)}(?!\w)", _state),
        rule_of(r"\d", r"(?<![\w.:/$€£#-])\d{5}(?:-\d{4})?(?![\w:/-]|[.,]\d)", zip_code),
    ]


def _dotted_street(match: re.Match[str]) -> str | None:
    """Elm St.: a street unless a name follows, except after a house number."""
    before, rest = word_before(match), match.string[match.end() : match.end() + 12]
    name_follows = rest[:1] == " " and rest[1:2].isupper()
    if not before[:1].isupper() and not before[:1].isdecimal() and not _has_house(match):
        return None
    if name_follows and not _has_house(match):
        return None
    return f"{_DOTTED[match[0]]}{'.' if name_follows or not rest.strip(_CLOSERS) else ''}"


def _plain_street(match: re.Match[str]) -> str | None:
    """12 Elm St, 4 Lake Rd."""
    written, rest = match[0].rstrip("."), match.string[match.end() : match.end() + 12]
    name_follows = rest[:1] == " " and rest[1:2].isupper()
    if not _has_house(match) or (name_follows and written in _BEFORE_SAINTS and not match[0].endswith(".")):
        return None
    ends = match[0].endswith(".") and (name_follows or not rest.strip(_CLOSERS))
    return f"{_PLAIN[written]}{'.' if ends else ''}"


def _has_house(match: re.Match[str]) -> bool:
    return _HOUSE.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start()) is not None


def _state(match: re.Match[str]) -> str | None:
    """Return the name of a state after that of a city: "Austin, TX"."""
    city = _CITY.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
    if city is None or city[1] in GIVEN_NAMES:
        return None
    has_zip = _ZIP_FOLLOWS.match(match.string, match.end()) is not None
    return None if match[0] in _WORDS_TOO and not has_zip else _STATES[match[0]]
