"""The tables of English: signs, abbreviations and units, with their words."""

from __future__ import annotations

from .language import UnitWords

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SIGNS: dict[str, str] = {
    "&": "and", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "≈": "approximately",
    "±": "plus or minus", "≠": "is not equal to", "≤": "is at most", "≥": "is at least", "→": "to", "∞": "infinity",
    "√": "the square root of", "°": "degrees", "©": "copyright", "™": "", "®": "", "%": "percent", "‰": "per mille",
    "π": "pi", "@": "at", "$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₩": "won", "#": "hash",
    "§": "section",
}  # fmt: skip
"""Signs by themselves or between words."""
WEB: dict[str, str] = {
    "://": "", "www.": "www ", ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore",
    ":": "colon", "\\": "backslash", "!": "exclamation mark", "?": "question mark",
    "=": "equals", "&": "and", "#": "hashtag", "~": "tilde", "%": "percent", "+": "plus",
}  # fmt: skip
"""The characters of addresses."""
ABBREVIATIONS: dict[str, str] = {
    "Mr.": "Mister", "Mrs.": "Missus", "Messrs.": "Messieurs", "Prof.": "Professor", "Sgt.": "Sergeant",
    "Cpl.": "Corporal", "Pvt.": "Private", "Capt.": "Captain", "Cmdr.": "Commander", "Adm.": "Admiral",
    "Brig.": "Brigadier", "vs.": "versus", "Bros.": "Brothers", "approx.": "approximately", "Assoc.": "Association",
    "Univ.": "University", "Dept.": "Department", "dept.": "department", "Bldg.": "Building", "Hwy.": "Highway",
    "incl.": "including", "excl.": "excluding", "w/o": "without", "w/": "with", "b/c": "because", "c/o": "care of",
    "and/or": "and or", "he/she": "he or she", "she/he": "she or he", "s/he": "she or he", "his/her": "his or her",
    "him/her": "him or her", "Ms.": "Ms", "Mt.": "Mount", "Ph.D.": "P H D",
}  # fmt: skip
"""Abbreviations that never end a sentence."""
CLOSING_ABBREVIATIONS: dict[str, str] = {
    "etc.": "et cetera", "Jr.": "Junior", "Sr.": "Senior", "Inc.": "Incorporated", "Corp.": "Corporation",
    "Ltd.": "Limited", "Ave.": "Avenue", "Blvd.": "Boulevard", "Rd.": "Road", "Esq.": "Esquire",
    "Assn.": "Association", "et al.": "and others",
}  # fmt: skip
"""Abbreviations that can end a sentence."""
BEFORE_NAMES: dict[str, str] = {
    "Dr.": "Doctor", "St.": "Saint", "Ft.": "Fort", "Pt.": "Point", "Gen.": "General", "Col.": "Colonel",
    "Lt.": "Lieutenant", "Maj.": "Major", "Gov.": "Governor", "Sen.": "Senator", "Rep.": "Representative",
    "Pres.": "President", "Rev.": "Reverend", "Fr.": "Father", "Hon.": "Honorable", "Sr.": "Sister",
    "Br.": "Brother", "Co.": "Company", "Supt.": "Superintendent", "Amb.": "Ambassador", "Sec.": "Secretary",
}  # fmt: skip
"""Abbreviations before a word with a capital."""
BEFORE_NUMBERS: dict[str, str] = {
    "No.": "Number", "no.": "number", "Nos.": "Numbers", "nos.": "numbers", "#": "number", "vol.": "volume",
    "Vol.": "Volume", "vols.": "volumes", "Vols.": "Volumes", "p.": "page", "P.": "Page", "pp.": "pages",
    "Pp.": "Pages", "ch.": "chapter", "Ch.": "Chapter", "chap.": "chapter", "Chap.": "Chapter", "sec.": "section",
    "Sec.": "Section", "fig.": "figure", "Fig.": "Figure", "figs.": "figures", "Figs.": "Figures", "eq.": "equation",
    "Eq.": "Equation", "ex.": "example", "Ex.": "Example", "art.": "article", "Art.": "Article", "par.": "paragraph",
    "pt.": "part", "Pt.": "Part", "app.": "appendix", "App.": "Appendix", "ext.": "extension", "Ext.": "Extension",
    "apt.": "apartment", "Apt.": "Apartment", "Ste.": "Suite", "Rte.": "Route", "Rt.": "Route",
    "est.": "established", "Est.": "Established", "c.": "circa", "ca.": "circa", "tel.": "telephone",
    "Tel.": "Telephone", "§": "section", "§§": "sections", "¶": "paragraph", "~": "about", "ed.": "edition",
    "min.": "minimum", "max.": "maximum", "Jan.": "January", "Feb.": "February", "Mar.": "March", "Apr.": "April",
    "Aug.": "August", "Sep.": "September", "Oct.": "October", "Nov.": "November", "Dec.": "December",
    "Sept.": "September", "Jun.": "June", "Jul.": "July", "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday",
    "Wed.": "Wednesday", "Thu.": "Thursday", "Thurs.": "Thursday", "Fri.": "Friday", "Sat.": "Saturday",
    "Sun.": "Sunday",
}  # fmt: skip
"""Abbreviations and signs before a number."""


def _units(text: str) -> dict[str, UnitWords]:
    """Return units from lines of `symbol, symbol: singular / plural`; without a plural, it is the singular and an s."""
    units: dict[str, UnitWords] = {}
    for line in text.strip().splitlines():
        symbols, _, names = line.partition(": ")
        one, _, other = names.strip().partition(" / ")
        units |= dict.fromkeys((symbol.strip() for symbol in symbols.split(",")), UnitWords(one, other or f"{one}s"))
    return units


UNITS = _units(
    """
    oz, oz., OZ: ounce
    KG: kilogram
    KM: kilometer
    CM: centimeter
    MM: millimeter
    ML: milliliter
    km³: cubic kilometer
    fl oz, fl. oz.: fluid ounce
    lb, lb., lbs, lbs., LB, LBS: pound
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
    mm², mm2: square millimeter
    m2: square meter
    m3: cubic meter
    cm2: square centimeter
    cm3, cc: cubic centimeter
    km2: square kilometer
    ft2: square foot / square feet
    ft3: cubic foot / cubic feet
    in2: square inch / square inches
    mi2: square mile
    mph, MPH: mile per hour / miles per hour
    kph, km/h, kmh, KMH: kilometer per hour / kilometers per hour
    ft/s: foot per second / feet per second
    m/s²: meter per second squared / meters per second squared
    mpg: mile per gallon / miles per gallon
    rpm, RPM: revolution per minute / revolutions per minute
    bpm, BPM: beat per minute / beats per minute
    fps: frame per second / frames per second
    ppm: part per million / parts per million
    dpi: dot per inch / dots per inch
    kbps: kilobit per second / kilobits per second
    Mbps, mbps, Mbit/s: megabit per second / megabits per second
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
"""Units after a number."""
