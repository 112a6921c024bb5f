"""English words for what is written in digits, signs and abbreviations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from .english_rules import english_rules
from .language import SpokenLanguage, UnitWords
from .locale_formats import LocaleFormats
from .rule import Rule

MONTHS = "January February March April May June July August September October November December".split()
_MONTH_ABBREVIATIONS = {f"{month[:3]}.": month for month in MONTHS if month not in {"May", "June", "July"}}


def _units(text: str) -> dict[str, UnitWords]:
    """Return units from lines of `symbol, symbol: singular / plural`; without a plural, it is the singular and an s."""
    units = {}
    for line in text.strip().splitlines():
        symbols, _, names = line.partition(": ")
        one, _, other = names.strip().partition(" / ")
        units |= dict.fromkeys((symbol.strip() for symbol in symbols.split(",")), UnitWords(one, other or f"{one}s"))
    return units


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class English(SpokenLanguage):
    """English: as spoken in the United States, unless the region is another one."""

    signs: ClassVar = {
        "&": "and", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "≈": "approximately", "±": "plus or minus",
        "≠": "is not equal to", "≤": "is at most", "≥": "is at least", "→": "to", "∞": "infinity", "√": "the square root of",
        "°": "degrees", "©": "copyright", "™": "", "®": "", "%": "percent", "‰": "per mille", "π": "pi", "@": "at",
    }  # fmt: skip
    web: ClassVar = {
        ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark",
        "=": "equals", "&": "and", "#": "hashtag", "~": "tilde", "%": "percent", "+": "plus",
    }  # fmt: skip
    abbreviations: ClassVar = {
        "Mr.": "Mister", "Mrs.": "Missus", "Messrs.": "Messieurs", "Prof.": "Professor", "Sgt.": "Sergeant",
        "Cpl.": "Corporal", "Pvt.": "Private", "Capt.": "Captain", "Cmdr.": "Commander", "Adm.": "Admiral",
        "Brig.": "Brigadier", "vs.": "versus", "Bros.": "Brothers", "approx.": "approximately", "Assoc.": "Association",
        "Univ.": "University", "Dept.": "Department", "dept.": "department", "Bldg.": "Building", "Hwy.": "Highway",
        "incl.": "including", "excl.": "excluding", "w/o": "without", "w/": "with", "b/c": "because", "c/o": "care of",
        "and/or": "and or", "he/she": "he or she", "she/he": "she or he", "s/he": "she or he", "his/her": "his or her",
        "him/her": "him or her", "Ms.": "Ms", "Mt.": "Mount", "Ph.D.": "P H D",
    }  # fmt: skip
    closing_abbreviations: ClassVar = {
        "etc.": "et cetera", "Jr.": "Junior", "Sr.": "Senior", "Inc.": "Incorporated", "Corp.": "Corporation",
        "Ltd.": "Limited", "Ave.": "Avenue", "Blvd.": "Boulevard", "Rd.": "Road", "Esq.": "Esquire",
        "Assn.": "Association", "et al.": "and others",
    }  # fmt: skip
    before_names: ClassVar = {
        "Dr.": "Doctor", "St.": "Saint", "Ft.": "Fort", "Pt.": "Point", "Gen.": "General", "Col.": "Colonel", "Lt.": "Lieutenant",
        "Maj.": "Major", "Gov.": "Governor", "Sen.": "Senator", "Rep.": "Representative", "Pres.": "President",
        "Rev.": "Reverend", "Fr.": "Father", "Hon.": "Honorable", "Sr.": "Sister", "Br.": "Brother", "Co.": "Company",
        "Supt.": "Superintendent", "Amb.": "Ambassador", "Sec.": "Secretary",
    }  # fmt: skip
    before_numbers: ClassVar = {
        "No.": "Number", "no.": "number", "Nos.": "Numbers", "nos.": "numbers", "#": "number", "vol.": "volume",
        "Vol.": "Volume", "vols.": "volumes", "Vols.": "Volumes", "p.": "page", "P.": "Page", "pp.": "pages", "Pp.": "Pages",
        "ch.": "chapter", "Ch.": "Chapter", "chap.": "chapter", "Chap.": "Chapter", "sec.": "section", "Sec.": "Section",
        "fig.": "figure", "Fig.": "Figure", "figs.": "figures", "Figs.": "Figures", "eq.": "equation", "Eq.": "Equation",
        "ex.": "example", "Ex.": "Example", "art.": "article", "Art.": "Article", "par.": "paragraph", "pt.": "part",
        "Pt.": "Part", "app.": "appendix", "App.": "Appendix", "ext.": "extension", "Ext.": "Extension", "apt.": "apartment",
        "Apt.": "Apartment", "Ste.": "Suite", "Rte.": "Route", "Rt.": "Route", "est.": "established", "Est.": "Established",
        "c.": "circa", "ca.": "circa", "tel.": "telephone", "Tel.": "Telephone", "§": "section", "§§": "sections",
        "¶": "paragraph", "~": "about", "ed.": "edition", "min.": "minimum", "max.": "maximum",
        **_MONTH_ABBREVIATIONS, "Sept.": "September", "Jun.": "June", "Jul.": "July",
        "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday", "Wed.": "Wednesday", "Thu.": "Thursday",
        "Thurs.": "Thursday", "Fri.": "Friday", "Sat.": "Saturday", "Sun.": "Sunday",
    }  # fmt: skip
    after_numbers: ClassVar = _units(
        """
        oz, oz.: ounce
        fl oz, fl. oz.: fluid ounce
        lb, lb., lbs, lbs.: pound
        ft, ft.: foot / feet
        yd, yd., yds: yard
        mi, mi.: mile
        in.: inch / inches
        gal, gal.: gallon
        qt, qt.: quart
        pt, pt.: pint
        tsp, tsp.: teaspoon
        tbsp, tbsp.: tablespoon
        sq ft, sq. ft., ft²: square foot / square feet
        sq mi, sq. mi., mi²: square mile
        in²: square inch / square inches
        sq m: square meter
        ft³, cu ft: cubic foot / cubic feet
        mm²: square millimeter
        mph: mile per hour / miles per hour
        kph, km/h, kmh: kilometer per hour / kilometers per hour
        ft/s: foot per second / feet per second
        m/s²: meter per second squared / meters per second squared
        mpg: mile per gallon / miles per gallon
        rpm, RPM: revolution per minute / revolutions per minute
        bpm, BPM: beat per minute / beats per minute
        fps: frame per second / frames per second
        ppm: part per million / parts per million
        dpi: dot per inch / dots per inch
        kbps: kilobit per second / kilobits per second
        Mbps, Mbit/s: megabit per second / megabits per second
        Gbps, Gbit/s: gigabit per second / gigabits per second
        MB/s: megabyte per second / megabytes per second
        GB/s: gigabyte per second / gigabytes per second
        KB, kB: kilobyte
        PB: petabyte
        MiB: mebibyte
        GiB: gibibyte
        TiB: tebibyte
        THz: terahertz / terahertz
        GW: gigawatt
        mW: milliwatt
        kV: kilovolt
        mV: millivolt
        mAh: milliamp hour
        Wh: watt hour
        MWh: megawatt hour
        Ω: ohm
        kΩ: kilohm
        dB: decibel
        kPa: kilopascal
        Pa: pascal
        psi: pound per square inch / pounds per square inch
        μg, µg, mcg: microgram
        μm, µm: micrometer
        nm: nanometer
        μs, µs: microsecond
        ns: nanosecond
        ml, mL: milliliter
        cl, cL: centiliter
        l, L: liter
        h, hr, hr., hrs, hrs.: hour
        min, min., mins, mins.: minute
        sec, sec., secs, secs.: second
        yr, yr., yrs, yrs.: year
        kcal: kilocalorie
        cal: calorie
        °: degree
        °C: degree Celsius / degrees Celsius
        °F: degree Fahrenheit / degrees Fahrenheit
        ¢: cent
        px: pixel
        MP: megapixel
        bn: billion / billion
        """
    )
    currencies: ClassVar = {
        "USD": (UnitWords("dollar", "dollars"), UnitWords("cent", "cents")),
        "CAD": (UnitWords("Canadian dollar", "Canadian dollars"), UnitWords("cent", "cents")),
        "AUD": (UnitWords("Australian dollar", "Australian dollars"), UnitWords("cent", "cents")),
        "EUR": (UnitWords("euro", "euros"), UnitWords("cent", "cents")),
        "GBP": (UnitWords("pound", "pounds"), UnitWords("penny", "pence")),
        "JPY": (UnitWords("yen", "yen"), UnitWords("sen", "sen")),
        "CNY": (UnitWords("yuan", "yuan"), UnitWords("fen", "fen")),
        "INR": (UnitWords("rupee", "rupees"), UnitWords("paisa", "paise")),
        "KRW": (UnitWords("won", "won"), UnitWords("jeon", "jeon")),
        "CHF": (UnitWords("Swiss franc", "Swiss francs"), UnitWords("centime", "centimes")),
    }
    currency_signs: ClassVar = {"US$": "USD", "C$": "CAD", "￥": "JPY"}
    scales: ClassVar = {
        "k": "thousand", "K": "thousand", "thousand": "thousand", "m": "million", "M": "million", "mn": "million",
        "b": "billion", "B": "billion", "bn": "billion", "T": "trillion", "tn": "trillion", "hundred": "hundred",
    }  # fmt: skip
    codes_after: ClassVar = _words(
        "pin code passcode password extension ext zip order id tracking account serial invoice agent"
    )
    roman_after: ClassVar = _words(
        "chapter chapters part parts war wars act scene volume volumes book books section sections type types phase class"
        " article articles figure figures table tables appendix level grade stage bowl title mark unit lesson canto"
        " episode season symphony sonata no number page pages step form schedule amendment"
    )
    half_hours: ClassVar = (r"[ap]\.\s?m\.", r"[AP]\.\s?M\.", r"[ap]m\b\.?", r"[AP]M\b\.?")
    phone_sizes: ClassVar = frozenset({(3, 3, 4), (1, 3, 3, 4), (3, 2, 4), (4, 4, 4, 4)})
    minus: ClassVar = "minus"
    point: ClassVar = "point"
    version: ClassVar = "version"
    range_word: ClassVar = "to"

    def __init__(self, formats: LocaleFormats) -> None:
        super().__init__(formats)
        self.is_american = self.code in {"en", "en_US"}

    def rules(self) -> Sequence[Rule]:
        """Return the rules that only English has."""
        return english_rules(self, MONTHS)

    def cardinal(self, number: Decimal, gender: str = "m") -> str | None:
        """Return a number without the commas of num2words, which would be pauses."""
        words = super().cardinal(number)
        if words is None:
            return None
        words = words.replace(",", "")
        return words.replace(" and ", " ") if self.is_american else words

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal: "one hundred third", British "one hundred and third"."""
        words = super().ordinal(number)
        return words.replace(" and ", " ").replace(",", "") if words and self.is_american else words

    def written_ordinal(self, written: str) -> str | None:
        """Return `1st`, `22nd` in words."""
        return self.ordinal(int(written[:-2])) if written[-2:].lower() in {"st", "nd", "rd", "th"} else None

    def year(self, year: int) -> str | None:
        """Return a year: "nineteen eighty-four", "two thousand one"."""
        words = super().year(year)
        return words.replace(" and ", " ") if words and self.is_american else words

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join dollars and cents."""
        return " and ".join(parts)

    def paired(self, digits: str) -> str:
        """Return the number of a room, a road or a year in pairs of digits: "four oh five", "twelve hundred"."""
        first, last = digits[:-2], digits[-2:]
        if last == "00":
            return f"{self.cardinal(Decimal(first))} hundred"
        tail = f"oh {self.cardinal(Decimal(last))}" if last[0] == "0" else self.cardinal(Decimal(last))
        return f"{self.cardinal(Decimal(first))} {tail}"

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "seventeen hundred", "seven a.m.", "five oh three", "three o'clock"."""
        parts = [self.cardinal(Decimal(hours)) or ""]
        if minutes == 0 and not half and not seconds:
            parts.append("o'clock" if 0 < hours <= 12 else "hundred")
        elif minutes:
            parts.append(f"{'oh ' if minutes < 10 else ''}{self.cardinal(Decimal(minutes))}")
        if seconds:
            parts += ["and", self.counted(Decimal(seconds), UnitWords("second", "seconds")) or ""]
        return " ".join(filter(None, [*parts, self.half_of_day(half)]))

    def half_of_day(self, written: str) -> str:
        """Return `a.m.` or `p.m.` for any of its forms."""
        return f"{written[0].lower()}.m." if written else ""

    def date(self, date: dt.date) -> str | None:
        """Return a date: "March twelfth, twenty twenty-six"; British: "the twelfth of March, ..."."""
        year = self.year(date.year)
        return f"{self.day_of_month(date.day, MONTHS[date.month - 1])}, {year}" if year else None

    def day_of_month(self, day: int, month: str, *, british: bool | None = None, article: str = "the ") -> str:
        """Return a day with its month."""
        ordinal = self.ordinal(day)
        british = not self.is_american if british is None else british
        return f"{article}{ordinal} of {month}" if british else f"{month} {ordinal}"

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return "one half", "three quarters"; None for what is no common fraction, such as 24/7."""
        if numerator >= denominator or denominator not in {*range(2, 11), 12, 16, 20, 32, 64, 100}:
            return None
        special = {2: "half", 4: "quarter"}.get(denominator)
        name = special or self.ordinal(denominator) or ""
        plural = "halves" if denominator == 2 else f"{name}s"
        return f"{self.cardinal(Decimal(numerator))} {name if numerator == 1 else plural}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return "two and a half", "one and three quarters"."""
        fraction = self.fraction(numerator, denominator)
        if fraction is None:
            return None
        fraction = fraction.replace("one ", "an " if denominator == 8 else "a ", 1) if numerator == 1 else fraction
        return f"{self.cardinal(Decimal(whole))} and {fraction}"

    def is_range(self, first: str, last: str) -> bool:
        """Whether a dash between numbers means "to"; so it does in 1998-99."""
        return (len(first) == 4 and len(last) == 2) or super().is_range(first, last)
