"""The words of Italian: signs, abbreviations, units, and what its nouns look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .european import European
from .language import UnitWords
from .rule import word_set


class ItalianWords(European):
    """The words of Italian."""

    signs: ClassVar[Mapping[str, str]] = {
        "&": "e",
        "+": "più",
        "=": "uguale",
        "×": "per",
        "÷": "diviso",
        "≈": "circa",
        "±": "più o meno",
    }
    web: ClassVar[Mapping[str, str]] = {
        ".": "punto", "/": "barra", "@": "chiocciola", "-": "trattino", "_": "trattino basso", ":": "due punti",
        "\\": "barra rovesciata",
        "?": "punto interrogativo", "=": "uguale", "&": "e commerciale", "#": "cancelletto", "~": "tilde",
        "%": "per cento", "+": "più", "!": "punto esclamativo", "www": "vu vu vu", "uk": "u k", "fr": "f r",
        "de": "d e", "eu": "e u",
    }  # fmt: skip
    abbreviations: ClassVar[Mapping[str, str]] = {
        "sig.": "signor", "Sig.": "signor", "sig.ra": "signora", "Sig.ra": "signora", "sig.na": "signorina",
        "Sig.na": "signorina", "sigg.": "signori", "Sigg.": "signori", "sig.re": "signore", "dott.": "dottor",
        "Dott.": "dottor", "dott.ssa": "dottoressa", "Dott.ssa": "dottoressa", "dr.": "dottor", "Dr.": "dottor",
        "dr.ssa": "dottoressa", "Dr.ssa": "dottoressa", "prof.": "professor", "Prof.": "professor",
        "prof.ssa": "professoressa", "Prof.ssa": "professoressa", "proff.": "professori", "avv.": "avvocato",
        "Avv.": "avvocato", "ing.": "ingegner", "Ing.": "ingegner", "arch.": "architetto", "Arch.": "architetto",
        "geom.": "geometra", "Geom.": "geometra", "rag.": "ragionier", "Rag.": "ragionier", "on.": "onorevole",
        "On.": "onorevole", "sen.": "senatore", "Sen.": "senatore", "gen.": "generale", "Gen.": "generale",
        "cap.no": "capitano", "mons.": "monsignor", "Mons.": "monsignor", "p. es.": "per esempio",
        "p.es.": "per esempio", "ad es.": "ad esempio", "es.": "esempio", "vs.": "versus", "c.so": "corso",
        "C.so": "corso", "p.za": "piazza", "P.za": "piazza", "p.zza": "piazza", "P.zza": "piazza", "v.le": "viale",
        "V.le": "viale", "dip.": "dipartimento", "Dip.": "dipartimento", "ecc.mo": "eccellentissimo",
        "egr.": "egregio", "Egr.": "egregio", "gent.mo": "gentilissimo", "Gent.mo": "gentilissimo",
        "gent.ma": "gentilissima", "Gent.ma": "gentilissima", "spett.": "spettabile", "Spett.": "spettabile",
        "ca.": "circa", "cfr.": "confronta", "tel.": "telefono", "Tel.": "telefono", "cell.": "cellulare",
        "Cell.": "cellulare",
    }  # fmt: skip
    before_names: ClassVar[Mapping[str, str]] = {"S.": "san", "Ss.": "santi"}
    before_numbers: ClassVar[Mapping[str, str]] = {
        "n.": "numero", "N.": "numero", "n°": "numero", "N°": "numero", "nº": "numero", "num.": "numero",
        "nr.": "numero", "#": "numero", "pag.": "pagina", "pagg.": "pagine", "p.": "pagina", "pp.": "pagine",
        "Pag.": "pagina", "cap.": "capitolo", "Cap.": "capitolo", "vol.": "volume", "Vol.": "volume",
        "art.": "articolo", "Art.": "articolo", "artt.": "articoli", "fig.": "figura", "Fig.": "figura",
        "sec.": "secolo", "all.": "allegato",
    }  # fmt: skip
    closing_abbreviations: ClassVar[Mapping[str, str]] = {
        "ecc.": "eccetera", "etc.": "eccetera", "a.C.": "avanti Cristo", "d.C.": "dopo Cristo",
        "a. C.": "avanti Cristo", "d. C.": "dopo Cristo",
    }  # fmt: skip
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {
        "%": UnitWords("per cento", "per cento", ""), "‰": UnitWords("per mille", "per mille"),
        "mln": UnitWords("milione", "milioni"), "Mln": UnitWords("milione", "milioni"),
        "M": UnitWords("milione", "milioni"), "mld": UnitWords("miliardo", "miliardi"),
        "Mld": UnitWords("miliardo", "miliardi"), "mrd": UnitWords("miliardo", "miliardi"),
        "s": UnitWords("secondo", "secondi"), "sec": UnitWords("secondo", "secondi"),
        "dB": UnitWords("decibel", "decibel"), "mq": UnitWords("metro quadrato", "metri quadrati"),
        "mc": UnitWords("metro cubo", "metri cubi"), "kmq": UnitWords("chilometro quadrato", "chilometri quadrati"),
        "gg": UnitWords("giorno", "giorni"), "A": UnitWords("ampere", "ampere"),
        "km/s": UnitWords("chilometro per secondo", "chilometri per secondo"),
    }  # fmt: skip
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {
        "EUR": (UnitWords("euro", "euro"), UnitWords("centesimo", "centesimi")),
        "USD": (UnitWords("dollaro", "dollari"), UnitWords("centesimo", "centesimi")),
        "GBP": (UnitWords("sterlina", "sterline", "f"), UnitWords("penny", "penny")),
        "JPY": (UnitWords("yen", "yen"), UnitWords("sen", "sen")),
        "BRL": (UnitWords("real", "real"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("franco svizzero", "franchi svizzeri"), UnitWords("centesimo", "centesimi")),
        "RUB": (UnitWords("rublo", "rubli"), UnitWords("copeca", "copechi")),
        "INR": (UnitWords("rupia", "rupie", "f"), UnitWords("paisa", "paisa")),
    }  # fmt: skip
    scales: ClassVar[Mapping[str, str]] = {
        "mln": "milioni", "Mln": "milioni", "M": "milioni", "mld": "miliardi", "Mld": "miliardi", "mrd": "miliardi",
        "k": "mila", "K": "mila", "bn": "miliardi",
    }  # fmt: skip
    scale_singular: ClassVar[Mapping[str, str]] = {"milioni": "milione", "miliardi": "miliardo", "bilioni": "bilione"}
    million_words = word_set("bilione bilioni miliardi miliardo milione milioni")
    of = "di"
    codes_after = word_set("cap codice interno password pin prefisso")
    phone_words = word_set("cell cellulare chiama chiamaci chiamare chiamate chiami fax numero tel telefono whatsapp")
    phone_sizes = frozenset({(2, 4, 4), (2, 8), (3, 2, 2, 3), (3, 3, 2, 2), (3, 3, 4), (3, 7)})
    roman_after = word_set("""
        allegato articolo atto canto cap capitolo categoria classe fase grado lezione libro livello parte scena serie
        sezione tema tipo titolo tomo vol volume
        """)
    ordinal_roman_after = word_set("""
        Carlo Elisabetta Enrico Filippo Francesco Giovanni Leone Luigi Paolo Pio Umberto Vittorio
        """)
    century_words = word_set("sec secoli secolo")
    articles = word_set("al alla dal dalla dei del della delle gli i il la le lo nel nella sul sulla un una")
    hour_words = UnitWords("ora", "ore", "f")
    hour_sign = "h|H|ore"
    hour_letter = "hH"
    full_hour = "h|H"
    month_words = (
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
        "novembre", "dicembre",
    )  # fmt: skip
    day_of = ""
    before_times = word_set("alle dalle ore")
    per = "al"
    less = "minore di"
    more = "maggiore di"
    before_dates = word_set("il del dal al l dell dall all")
    minus = "meno"
    decimal_word = "virgola"
    point = "punto"
    version = "versione"
    groups_decimals = True
    range_word = "a"
    score_word = "a"
    and_word = "e"
    between = word_set("fra tra")
    ordinal_marks: ClassVar[Mapping[str, str]] = {
        "º": "m",
        "ª": "f",
        "°": "m",
        "o": "m",
        "a": "f",
        "mo": "m",
        "ma": "f",
    }
    degree = UnitWords("grado", "gradi")
    feminine_endings = "a|zion[ei]|sion[ei]|gion[ei]|tà|tù|ie|ice|ici|essa|esse|udin[ei]"
    feminine_nouns = word_set("""
        arte auto base basi carne chiave chiavi città classe classi crisi croce croci estate fase fasi fonte fonti
        foto frase frasi gente legge leggi luce luci madre madri mani mano mogli moglie morte moto nave navi neve
        notte notti parte parti pelle radio rete reti serie tesi torre vite voce voci
        """)
    masculine_nouns = word_set("""
        amici atleta cinema clima codice collega diploma dramma figlio giudice indice medici papa pianeta pigiama
        poema poeta problema programma schema sistema sofà tema vertice
        """)
    not_nouns = word_set("""
        a ai al alla alle che come con da dal dalla dei del della delle di e ed era fra gli ha hanno i il in la le lo
        ma meno mila miliardi milione milioni nel nella non o per più poi quando se senza si sono su sul tra un una
        uno è
        """)
    labels = word_set("""
        anni anno articolo binario camera canale capitolo categoria classe episodio fase figura formula gruppo lezione
        linea livello numeri numero pagina pagine parte piano porta porto punto sala stagione tabella tappa tema tipo
        tomo unità versione via
        """)
