"""The words of German: signs, abbreviations, units, and what its nouns look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .european import European
from .european_speech import CURRENCY_SIGNS
from .language import UnitWords
from .rule import word_set


class GermanWords(European):
    """The words of German."""

    signs: ClassVar[Mapping[str, str]] = {
        "&": "und", "+": "plus", "=": "gleich", "×": "mal", "÷": "geteilt durch", "≈": "ungefähr", "±": "plus minus",
        "§": "Paragraf",
    }  # fmt: skip
    web: ClassVar[Mapping[str, str]] = {
        ".": "Punkt", "/": "Schrägstrich", "@": "at", "-": "Bindestrich", "_": "Unterstrich", ":": "Doppelpunkt",
        "\\": "Backslash",
        "?": "Fragezeichen", "=": "gleich", "&": "und", "#": "Hashtag", "~": "Tilde", "%": "Prozent", "+": "plus",
        "www": "w w w", "de": "d e", "at": "a t", "ch": "c h", "eu": "e u", "uk": "u k", "fr": "f r", "br": "b r",
    }  # fmt: skip
    abbreviations: ClassVar[Mapping[str, str]] = {
        "MwSt.": "Mehrwertsteuer", "MwSt": "Mehrwertsteuer",
        "Dr.": "Doktor", "Dres.": "Doktoren", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau",
        "Frl.": "Fräulein", "Ms.": "Miss", "Mr.": "Mister", "Mrs.": "Misses", "Dipl.-Ing.": "Diplomingenieur",
        "Ing.": "Ingenieur", "Mag.": "Magister", "z. B.": "zum Beispiel", "z.B.": "zum Beispiel",
        "Z. B.": "zum Beispiel", "Z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
        "D. h.": "das heißt", "u. a.": "unter anderem", "u.a.": "unter anderem", "i. d. R.": "in der Regel",
        "i.d.R.": "in der Regel", "v. a.": "vor allem", "v.a.": "vor allem", "o. Ä.": "oder Ähnliches",
        "o.ä.": "oder Ähnliches", "s. o.": "siehe oben", "s.o.": "siehe oben", "s. u.": "siehe unten",
        "s.u.": "siehe unten", "z. T.": "zum Teil", "z.T.": "zum Teil", "z. Zt.": "zurzeit",
        "u. U.": "unter Umständen", "u.U.": "unter Umständen", "i. A.": "im Auftrag", "m. E.": "meines Erachtens",
        "bzw.": "beziehungsweise", "ca.": "circa", "Ca.": "circa", "ggf.": "gegebenenfalls", "evtl.": "eventuell",
        "vgl.": "vergleiche", "Vgl.": "vergleiche", "inkl.": "inklusive", "exkl.": "exklusive", "zzgl.": "zuzüglich",
        "abzgl.": "abzüglich", "max.": "maximal", "min.": "minimal", "bspw.": "beispielsweise", "sog.": "sogenannte",
        "geb.": "geboren", "gest.": "gestorben", "dt.": "deutsch", "engl.": "englisch", "frz.": "französisch",
        "Tel.": "Telefon", "Str.": "Straße", "St.": "Sankt", "Hbf.": "Hauptbahnhof", "Hbf": "Hauptbahnhof",
        "bzgl.": "bezüglich", "etwa.": "etwa", "Abs.": "Absatz", "Jh.": "Jahrhundert", "Mio.": "Millionen",
        "Mrd.": "Milliarden", "Tsd.": "Tausend", "urspr.": "ursprünglich", "Abb.": "Abbildung", "Aufl.": "Auflage",
        "Hrsg.": "Herausgeber", "Red.": "Redaktion", "Std.": "Stunden",
    }  # fmt: skip
    before_numbers: ClassVar[Mapping[str, str]] = {
        "Nr.": "Nummer", "nr.": "Nummer", "Nrn.": "Nummern", "#": "Nummer", "S.": "Seite", "Bd.": "Band",
        "Kap.": "Kapitel", "Art.": "Artikel", "Abs.": "Absatz", "Abb.": "Abbildung", "Tab.": "Tabelle",
        "Tel.": "Telefon", "Tel.:": "Telefon", "Jg.": "Jahrgang", "Nr": "Nummer",
    }  # fmt: skip
    closing_abbreviations: ClassVar[Mapping[str, str]] = {
        "usw.": "und so weiter", "etc.": "et cetera", "u. v. m.": "und vieles mehr", "u.v.m.": "und vieles mehr",
        "usf.": "und so fort", "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "v.Chr.": "vor Christus",
        "n.Chr.": "nach Christus", "Co.": "Co",
    }  # fmt: skip
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {
        "%": UnitWords("Prozent", "Prozent"), "‰": UnitWords("Promille", "Promille"),
        "Mio.": UnitWords("Million", "Millionen", "f"), "Mio": UnitWords("Million", "Millionen", "f"),
        "Mrd.": UnitWords("Milliarde", "Milliarden", "f"), "Mrd": UnitWords("Milliarde", "Milliarden", "f"),
        "Tsd.": UnitWords("Tausend", "Tausend"), "Std.": UnitWords("Stunde", "Stunden", "f"),
        "Min.": UnitWords("Minute", "Minuten", "f"), "Sek.": UnitWords("Sekunde", "Sekunden", "f"),
        "s": UnitWords("Sekunde", "Sekunden", "f"), "dB": UnitWords("Dezibel", "Dezibel"),
        "qm": UnitWords("Quadratmeter", "Quadratmeter"), "kwh": UnitWords("Kilowattstunde", "Kilowattstunden", "f"),
        "mv": UnitWords("Millivolt", "Millivolt"), "Jh.": UnitWords("Jahrhundert", "Jahrhunderte"),
        "J.": UnitWords("Jahr", "Jahre"), "°": UnitWords("Grad", "Grad"),
        "μm": UnitWords("Mikrometer", "Mikrometer"), "µm": UnitWords("Mikrometer", "Mikrometer"),
        "km/s": UnitWords("Kilometer pro Sekunde", "Kilometer pro Sekunde"),
        "/km²": UnitWords("pro Quadratkilometer", "pro Quadratkilometer"),
        "/m²": UnitWords("pro Quadratmeter", "pro Quadratmeter"),
    }  # fmt: skip
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {
        "EUR": (UnitWords("Euro", "Euro"), UnitWords("Cent", "Cent")),
        "USD": (UnitWords("Dollar", "Dollar"), UnitWords("Cent", "Cent")),
        "GBP": (UnitWords("Pfund", "Pfund"), UnitWords("Penny", "Pence")),
        "JPY": (UnitWords("Yen", "Yen"), UnitWords("Sen", "Sen")),
        "BRL": (UnitWords("Real", "Real"), UnitWords("Centavo", "Centavos")),
        "CHF": (UnitWords("Franken", "Franken"), UnitWords("Rappen", "Rappen")),
        "INR": (UnitWords("Rupie", "Rupien", "f"), UnitWords("Paisa", "Paisa")),
    }  # fmt: skip
    currency_signs: ClassVar[Mapping[str, str]] = {**CURRENCY_SIGNS, "Fr.": "CHF", "SFr.": "CHF"}
    scales: ClassVar[Mapping[str, str]] = {
        "Mio.": "Millionen", "Mio": "Millionen", "Mrd.": "Milliarden", "Mrd": "Milliarden", "M": "Millionen",
        "Tsd.": "tausend", "T": "tausend", "k": "tausend", "K": "tausend", "bn": "Milliarden",
        "Millionen": "Millionen", "Milliarden": "Milliarden", "millionen": "Millionen", "milliarden": "Milliarden",
        "million": "Million", "milliarde": "Milliarde",
    }  # fmt: skip
    scale_singular: ClassVar[Mapping[str, str]] = {
        "Millionen": "Million",
        "Milliarden": "Milliarde",
        "Billionen": "Billion",
    }
    million_words = word_set("Billiarde Billiarden Billion Billionen Milliarde Milliarden Million Millionen")
    codes_after = word_set("code durchwahl geheimzahl kennwort kennzahl passwort pin plz postleitzahl vorwahl")
    phone_words = word_set("""
        anrufen fax handy hotline mobil ruf rufen rufnummer tel telefon telefonnummer whatsapp wählen
        """)
    roman_after = word_set("""
        bd
        abschnitt akt anhang apollo artikel band buch gesang grad hartz kap kapitel kategorie klasse lektion phase
        saturn serie stufe szene tafel teil titel typ weltkrieg
        """)
    half_hours = ()
    hour_words = UnitWords("Uhr", "Uhr")
    hour_sign = "Uhr|uhr|h"
    full_hour = "Uhr|uhr"
    month_words = (
        "Januar", "Jänner", "Februar", "Feber", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    )  # fmt: skip
    day_of = ""
    before_times = word_set("gegen um")
    per = "pro"
    less = "kleiner als"
    more = "größer als"
    minus = "minus"
    decimal_word = "Komma"
    point = "Punkt"
    version = "Version"
    range_word = "bis"
    score_word = "zu"
    and_word = "und"
    between = word_set("zwischen")
    degree = UnitWords("Grad", "Grad")
    feminine_endings = (
        "ung|heit|keit|schaft|ion|tät|ik|ei|[^nmst]e|ste|tte|ine|aße|eite|tunde|nute|asse|akte|aste|arte|ichte|ante"
    )
    feminine_nouns = word_set("""
        art bank frau hand karte kraft milliarde milliarden million millionen minute minuten mutter nacht nummer rolle
        schwester seite sekunde sekunden stadt straße stunde stunden tasse tochter tür uhr wand woche zahl
        """)
    masculine_nouns = word_set("auge buchstabe ende friede gebäude gedanke interesse junge kunde käse löwe name wille")
    not_nouns = word_set("bis das dem den der des die oder und vom von zu")
    nouns_have_capitals = True
