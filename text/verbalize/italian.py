"""Italian."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .european import European
from .language import UnitWords
from .number_words import number_words, ordinal_words
from .rule import SPACE, Rule, word_before


class Italian(European):
    """Italian."""

    signs = {"&": "e", "+": "più", "=": "uguale", "×": "per", "÷": "diviso", "≈": "circa", "±": "più o meno"}
    web = {".": "punto", "/": "barra", "@": "chiocciola", "-": "trattino", "_": "trattino basso", ":": "due punti"}
    web |= {"?": "punto interrogativo", "=": "uguale", "&": "e commerciale", "#": "cancelletto", "~": "tilde", "%": "per cento"}
    web |= {"+": "più", "!": "punto esclamativo", "www": "vu vu vu", "uk": "u k", "fr": "f r", "de": "d e", "eu": "e u"}
    abbreviations = {
        "sig.": "signor", "Sig.": "signor", "sig.ra": "signora", "Sig.ra": "signora", "sig.na": "signorina",
        "Sig.na": "signorina", "sigg.": "signori", "Sigg.": "signori", "sig.re": "signore", "dott.": "dottor",
        "Dott.": "dottor", "dott.ssa": "dottoressa", "Dott.ssa": "dottoressa", "dr.": "dottor", "Dr.": "dottor",
        "dr.ssa": "dottoressa", "Dr.ssa": "dottoressa", "prof.": "professor", "Prof.": "professor", "prof.ssa": "professoressa",
        "Prof.ssa": "professoressa", "proff.": "professori", "avv.": "avvocato", "Avv.": "avvocato", "ing.": "ingegner",
        "Ing.": "ingegner", "arch.": "architetto", "Arch.": "architetto", "geom.": "geometra", "Geom.": "geometra",
        "rag.": "ragionier", "Rag.": "ragionier", "on.": "onorevole", "On.": "onorevole", "sen.": "senatore", "Sen.": "senatore",
        "gen.": "generale", "Gen.": "generale", "cap.no": "capitano", "mons.": "monsignor", "Mons.": "monsignor",
        "p. es.": "per esempio", "p.es.": "per esempio", "ad es.": "ad esempio", "es.": "esempio", "vs.": "versus",
        "c.so": "corso", "C.so": "corso", "p.za": "piazza", "P.za": "piazza", "p.zza": "piazza", "P.zza": "piazza",
        "v.le": "viale", "V.le": "viale", "dip.": "dipartimento", "Dip.": "dipartimento", "ecc.mo": "eccellentissimo",
        "egr.": "egregio", "Egr.": "egregio", "gent.mo": "gentilissimo", "Gent.mo": "gentilissimo",
        "gent.ma": "gentilissima", "Gent.ma": "gentilissima", "spett.": "spettabile", "Spett.": "spettabile",
        "ca.": "circa", "cfr.": "confronta", "tel.": "telefono", "Tel.": "telefono", "cell.": "cellulare", "Cell.": "cellulare",
    }  # fmt: skip
    before_names = {"S.": "san", "Ss.": "santi"}
    before_numbers = {
        "n.": "numero", "N.": "numero", "n°": "numero", "N°": "numero", "nº": "numero", "num.": "numero", "nr.": "numero",
        "#": "numero", "pag.": "pagina", "pagg.": "pagine", "p.": "pagina", "pp.": "pagine", "Pag.": "pagina",
        "cap.": "capitolo", "Cap.": "capitolo", "vol.": "volume", "Vol.": "volume", "art.": "articolo", "Art.": "articolo",
        "artt.": "articoli", "fig.": "figura", "Fig.": "figura", "sec.": "secolo", "all.": "allegato",
    }  # fmt: skip
    closing_abbreviations = {
        "ecc.": "eccetera", "etc.": "eccetera", "a.C.": "avanti Cristo", "d.C.": "dopo Cristo", "a. C.": "avanti Cristo",
        "d. C.": "dopo Cristo",
    }  # fmt: skip
    after_numbers = {
        "%": UnitWords("per cento", "per cento", ""), "‰": UnitWords("per mille", "per mille"),
        "mln": UnitWords("milione", "milioni"), "Mln": UnitWords("milione", "milioni"), "M": UnitWords("milione", "milioni"),
        "mld": UnitWords("miliardo", "miliardi"), "Mld": UnitWords("miliardo", "miliardi"), "mrd": UnitWords("miliardo", "miliardi"),
        "s": UnitWords("secondo", "secondi"), "sec": UnitWords("secondo", "secondi"), "dB": UnitWords("decibel", "decibel"),
        "mq": UnitWords("metro quadrato", "metri quadrati"), "mc": UnitWords("metro cubo", "metri cubi"), "kmq": UnitWords("chilometro quadrato", "chilometri quadrati"),
        "gg": UnitWords("giorno", "giorni"), "A": UnitWords("ampere", "ampere"), "km/s": UnitWords("chilometro per secondo", "chilometri per secondo"),
    }  # fmt: skip
    currencies = {
        "EUR": (UnitWords("euro", "euro"), UnitWords("centesimo", "centesimi")),
        "USD": (UnitWords("dollaro", "dollari"), UnitWords("centesimo", "centesimi")),
        "GBP": (UnitWords("sterlina", "sterline", "f"), UnitWords("penny", "penny")),
        "JPY": (UnitWords("yen", "yen"), UnitWords("sen", "sen")),
        "BRL": (UnitWords("real", "real"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("franco svizzero", "franchi svizzeri"), UnitWords("centesimo", "centesimi")),
        "RUB": (UnitWords("rublo", "rubli"), UnitWords("copeca", "copechi")),
        "INR": (UnitWords("rupia", "rupie", "f"), UnitWords("paisa", "paisa")),
    }  # fmt: skip
    currency_signs = {"$": "USD", "US$": "USD", "R$": "BRL", "¥": "JPY", "eur": "EUR"}
    scales = {"mln": "milioni", "Mln": "milioni", "M": "milioni", "mld": "miliardi", "Mld": "miliardi", "mrd": "miliardi", "k": "mila", "K": "mila", "bn": "miliardi"}
    scale_singular = {"milioni": "milione", "miliardi": "miliardo", "bilioni": "bilione"}
    million_words = frozenset("milione milioni miliardo miliardi bilione bilioni".split())
    of = "di"
    codes_after = frozenset("pin codice password cap interno prefisso".split())
    phone_words = frozenset("tel telefono cellulare cell fax chiami chiama chiamate chiamare chiamaci whatsapp numero".split())
    phone_sizes = frozenset({(2, 4, 4), (3, 3, 4), (3, 7), (2, 8), (3, 3, 2, 2), (3, 2, 2, 3)})
    roman_after = frozenset(
        "capitolo cap tomo volume vol atto parte libro titolo tema lezione fase grado tipo livello scena canto sezione allegato"
        " articolo serie classe categoria".split()
    )
    ordinal_roman_after = frozenset("Carlo Pio Francesco Enrico Giovanni Paolo Leone Umberto Vittorio Luigi Filippo Elisabetta".split())
    century_words = frozenset({"secolo", "secoli"})
    articles = frozenset("la il i le gli lo del della dei delle al alla nel nella dal dalla un una sul sulla".split())
    hour_words = UnitWords("ora", "ore", "f")
    hour_sign = "h|H|ore"
    hour_letter = "hH"
    full_hour = "h|H"
    month_words = tuple("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split())
    day_of = ""
    before_times = frozenset({"alle", "ore", "dalle"})
    minus = "meno"
    decimal_word = "virgola"
    point = "punto"
    version = "versione"
    groups_decimals = True
    range_word = "a"
    score_word = "a"
    and_word = "e"
    between = frozenset({"tra", "fra"})
    ordinal_marks = {"º": "m", "ª": "f", "°": "m", "o": "m", "a": "f", "mo": "m", "ma": "f"}
    degree = UnitWords("grado", "gradi")
    feminine_endings = r"a|zioni?|sioni?|gioni?|tà|tù|ie|ice|ici|essa|esse|udini?"
    feminine_nouns = frozenset(
        "mano mani notte notti parte parti classe classi chiave chiavi luce luci voce voci croce croci legge leggi rete reti madre"
        " madri moglie mogli fase fasi frase frasi base basi fonte fonti crisi tesi serie foto moto auto radio città estate torre"
        " nave navi neve carne gente morte pelle vite arte".split()
    )
    masculine_nouns = frozenset(
        "problema programma sistema tema clima pianeta poema dramma pigiama atleta poeta sofà papa schema diploma collega"
        " cinema figlio amici medici giudice codice vertice indice".split()
    )
    not_nouns = frozenset(
        "a al alla ai alle e ed o di del della dei delle in nel nella con per che si è era sono ha hanno il lo la i gli le un uno una"
        " da dal dalla su sul non più meno tra fra come quando ma se senza poi mila milione milioni miliardi".split()
    )
    labels = frozenset(
        "capitolo pagina pagine numero numeri articolo tomo livello fase tipo gruppo canale parte versione linea camera sala porta"
        " piano tappa episodio stagione lezione tema punto unità figura tabella binario porto categoria classe formula via"
        " anno anni".split()
    )

    def rules(self) -> Sequence[Rule]:
        """Return the rule for the first number of a range, before the shared ones: "da dieci a quindici"."""
        number = self.formats.number
        pattern = rf"(?<![\w.,:/+-])(?P<first>{number})(?=-|{SPACE}?[–—])(?=[^\d]{{1,3}}(?P<last>{number})(?![\w/:-]))"
        return [Rule(r"\d", re.compile(pattern), self._first_of_range), *super().rules()]

    def _first_of_range(self, match: re.Match[str]) -> str | None:
        before = word_before(match).casefold()
        is_plain = before in self.between or before in {"da", "dal", "dalle", "dai", "dalla"}
        return None if is_plain or not self.is_range(match["first"], match["last"]) else f"da {self.number(match['first'])}"

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "un", "una" before a noun, "ventuno" as it is."""
        if number == 1 and gender:
            return "una" if gender == "f" else "un"
        words = number_words(Decimal(number), self.code)
        return re.sub(r"(?<=ion[ei]) e |(?<=ard[oi]) e ", " ", words.replace(",", "")) if words else None

    def counts(self, number: int, before: str, noun: str) -> bool:
        """Whether a number counts the word behind it; only one changes with it."""
        return number == 1 and noun[:1] not in "aeiouAEIOU" and super().counts(number, before, noun)

    def cardinal(self, number: Decimal, gender: str = "") -> str | None:
        """Return a number in words."""
        return super().cardinal(number, gender)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        words = ordinal_words(str(number), self.code, check=False)
        return re.sub("o$", "a", words) if words and gender == "f" else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal."""
        return self.ordinal(number, gender)

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents."""
        return " e ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "diciassette", "nove e trenta"."""
        words = ["una" if hours == 1 else "zero" if hours == 0 else self.whole(hours, "")]
        words += [self.whole(minutes, "")] if minutes or seconds else []
        words += [f"{self.whole(seconds, '')} secondi"] if seconds else []
        return " e ".join(word for word in words if word)

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "tre quarti"."""
        if denominator == 1 or numerator == 0:
            return None
        part = "mezzo" if denominator == 2 else self.ordinal(denominator) or ""
        return f"{self.whole(numerator, 'm')} {part[:-1] + 'i' if numerator > 1 else part}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun: "mezza" (tazza)."""
        if (numerator, denominator) == (1, 2):
            return "mezza" if self.gender(noun) == "f" else "mezzo"
        words = self.fraction(numerator, denominator)
        return f"{words} di" if words else None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "due e mezzo"."""
        part = "mezzo" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} e {part}" if part else None

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal: "Luigi quattordicesimo", "Elisabetta seconda"."""
        return self.ordinal(number, self.gender(name) if name != "Luca" else "m")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal on either side of the word for century."""
        return self.ordinal(number)

    def chapter(self, number: int, word: str) -> str | None:
        """Return an ordinal: "capitolo quarto"."""
        return self.ordinal(number, self.gender(word))
