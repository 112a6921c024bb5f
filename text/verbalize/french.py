"""French."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .european import European
from .language import UnitWords
from .number_words import number_words, ordinal_words


class French(European):
    """French, as spoken in France unless the region is another one."""

    signs = {"&": "et", "+": "plus", "=": "égale", "×": "fois", "÷": "divisé par", "≈": "environ", "±": "plus ou moins"}
    web = {".": "point", "/": "slash", "@": "arobase", "-": "tiret", "_": "tiret bas", ":": "deux points"}
    web |= {"?": "point d'interrogation", "=": "égale", "&": "et", "#": "dièse", "~": "tilde", "%": "pour cent"}
    web |= {"+": "plus", "www": "trois w", "fr": "f r", "be": "b e", "ch": "c h", "ca": "c a", "uk": "u k", "eu": "e u"}
    abbreviations = {
        "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle", "Mlles": "Mesdemoiselles", "MM.": "Messieurs",
        "Mr": "Monsieur", "Mr.": "Monsieur", "Mme.": "Madame", "Mlle.": "Mademoiselle", "Mgr": "Monseigneur",
        "Mᵐᵉ": "Madame", "Mᵐᵉˢ": "Mesdames", "Mˡˡᵉ": "Mademoiselle", "Mˡˡᵉˢ": "Mesdemoiselles", "Dʳ": "docteur",
        "Dʳᵉˢ": "docteures", "Dr.": "docteur", "Drs": "docteurs", "Pr.": "professeur", "Prof.": "professeur",
        "p. ex.": "par exemple", "p.ex.": "par exemple", "ex.": "exemple", "c.-à-d.": "c'est-à-dire", "cf.": "confer",
        "env.": "environ", "vs": "versus", "bd": "boulevard", "Bd": "boulevard", "bld": "boulevard", "av.": "avenue",
        "Av.": "avenue", "éd.": "édition", "hab.": "habitants", "N.B.": "nota bene", "tél.": "téléphone",
        "Tél.": "téléphone", "Cie": "compagnie",
    }  # fmt: skip
    before_names = {
        "M.": "Monsieur", "Dr": "docteur", "Pr": "professeur", "Me": "Maître", "Vve": "veuve", "St": "Saint", "Ste": "Sainte",
        "Gal": "général", "Cdt": "commandant", "Col.": "colonel", "Gén.": "général",
    }  # fmt: skip
    before_numbers = {
        "n°": "numéro", "N°": "numéro", "nº": "numéro", "Nº": "numéro", "no": "numéro", "No": "numéro", "n°s": "numéros",
        "#": "numéro", "p.": "page", "pp.": "pages", "P.": "page", "chap.": "chapitre", "Chap.": "chapitre",
        "vol.": "volume", "Vol.": "volume", "art.": "article", "Art.": "article", "fig.": "figure", "Fig.": "figure",
        "t.": "tome", "s.": "siècle",
    }  # fmt: skip
    closing_abbreviations = {
        "etc.": "et cetera", "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ", "J.-C.": "Jésus-Christ",
    }  # fmt: skip
    after_numbers = {
        "%": UnitWords("pour cent", "pour cent"), "‰": UnitWords("pour mille", "pour mille"),
        "M": UnitWords("million", "millions"), "Md": UnitWords("milliard", "milliards"), "Mds": UnitWords("milliard", "milliards"),
        "Mrd": UnitWords("milliard", "milliards"), "Mo": UnitWords("mégaoctet", "mégaoctets"), "Go": UnitWords("gigaoctet", "gigaoctets"),
        "Ko": UnitWords("kilooctet", "kilooctets"), "ko": UnitWords("kilooctet", "kilooctets"), "To": UnitWords("téraoctet", "téraoctets"),
        "s": UnitWords("seconde", "secondes", "f"), "sec": UnitWords("seconde", "secondes", "f"), "dB": UnitWords("décibel", "décibels"),
        "mn": UnitWords("minute", "minutes", "f"), "kms": UnitWords("kilomètre", "kilomètres"), "k": UnitWords("mille", "mille"),
        "Mbit/s": UnitWords("mégabit par seconde", "mégabits par seconde"), "km/s": UnitWords("kilomètre par seconde", "kilomètres par seconde"),
    }  # fmt: skip
    currencies = {
        "EUR": (UnitWords("euro", "euros"), UnitWords("centime", "centimes")),
        "USD": (UnitWords("dollar", "dollars"), UnitWords("cent", "cents")),
        "GBP": (UnitWords("livre", "livres", "f"), UnitWords("penny", "pence")),
        "JPY": (UnitWords("yen", "yens"), UnitWords("sen", "sen")),
        "BRL": (UnitWords("réal", "réaux"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("franc suisse", "francs suisses"), UnitWords("centime", "centimes")),
        "INR": (UnitWords("roupie", "roupies", "f"), UnitWords("paisa", "paisas")),
    }  # fmt: skip
    currency_signs = {"$": "USD", "US$": "USD", "$US": "USD", "R$": "BRL", "¥": "JPY"}
    scales = {"M": "millions", "Md": "milliards", "Mds": "milliards", "Mrd": "milliards", "k": "mille", "K": "mille", "bn": "milliards"}
    scale_singular = {"millions": "million", "milliards": "milliard", "billions": "billion"}
    million_words = frozenset("million millions milliard milliards billion billions billiard billiards".split())
    of = "de"
    codes_after = frozenset("pin code mot postal digicode extension poste".split())
    phone_words = frozenset("tél tel téléphone portable mobile fax appelez appeler appelle appelez-moi whatsapp numéro composez".split())
    phone_sizes = frozenset({(2, 2, 2, 2, 2), (1, 2, 2, 2, 2)})
    roman_after = frozenset(
        "chapitre chap tome volume vol acte partie livre titre article leçon phase grade type niveau scène chant section annexe"
        " classe guerre concile paris lyon république dynastie catégorie groupe année".split()
    )
    ordinal_roman_after = frozenset("Charles Henri Pie Louis Benoît Philippe Georges Jean Paul Félix Frédéric".split())
    century_words = frozenset({"siècle", "siècles"})
    articles = frozenset("la le les du des au un une sa son cette ce".split())
    half_hours = ()
    hour_words = UnitWords("heure", "heures", "f")
    hour_sign = "h|H|heures"
    hour_letter = "hH"
    full_hour = "h|H"
    month_words = tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split())
    day_of = ""
    minus = "moins"
    decimal_word = "virgule"
    point = "point"
    version = "version"
    groups_decimals = True
    range_word = "à"
    score_word = "à"
    and_word = "et"
    between = frozenset({"entre"})
    ordinal_marks = {
        "er": "m", "re": "f", "ère": "f", "ere": "f", "e": "", "è": "", "ème": "", "eme": "", "ième": "", "nd": "s", "nde": "sf",
        "d": "s", "ᵉ": "", "ᵉʳ": "m", "º": "", "ª": "f",
    }  # fmt: skip
    roman_ordinals = True
    degree = UnitWords("degré", "degrés")
    feminine_endings = r"[cst]ions?|[cgst]ités?|tés?|ettes?|ances?|ences?|ures?|ées?|euses?|trices?|iennes?|elles?|esses?|tudes?|aines?|ives?|ières?|ales?|ades?|onnes?|eilles?|illes?"
    feminine_nouns = frozenset(
        "maison maisons rue rues fois heure heures minute minutes seconde secondes femme femmes page pages semaine semaines nuit"
        " nuits chose choses place places tasse tasses pièce pièces voiture voitures table tables chambre chambres porte portes"
        " étoile étoiles vie vies école écoles classe classes carte cartes lettre lettres tonne tonnes personne personnes livres"
        " balle balles boîte boîtes part parts photo photos image images langue langues marche marches île îles usine usines"
        " entreprise entreprises église églises fleur fleurs main mains nation mère mères sœur sœurs nouvelle nouvelles grande"
        " grandes petite petites belle belles bonne bonnes autre vache vaches poule poules plage plages plante plantes pomme pommes"
        " poire poires tranche tranches cuillère cuillères cuillerée goutte gouttes voix fin moitié clé clés feuille feuilles"
        " branche branches chaise chaises ligne lignes équipe équipes étape étapes époque époques".split()
    )
    masculine_nouns = frozenset(
        "côté côtés été comité comités traité traités musée musées lycée lycées trophée trophées million millions bastion"
        " murmure murmures domaine domaines silence silences squelette squelettes".split()
    )
    not_nouns = frozenset(
        "à a y ou et de du des d en avec par pour que qui se est sont était ont le la les un une au aux ne pas plus moins entre sur"
        " sous dans depuis comme quand mais si sans puis ce cette ces son sa ses il elle on mille million millions milliards fois"
        " degrés demi".split()
    ) - {"fois"}
    labels = frozenset(
        "chapitre page pages numéro numéros article tome niveau phase type groupe canal partie version ligne chambre salle porte"
        " étage étape épisode saison leçon thème point unité figure tableau voie quai port catégorie classe formule année"
        " années le les".split()
    )

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "vingt et une"."""
        words = number_words(Decimal(number), self.code)
        return re.sub(r"\bun$", "une", words) if words and gender == "f" else words

    def is_one(self, number: Decimal) -> bool:
        """Whether the singular follows a number: it does below two."""
        return abs(number) < 2

    def after_million(self, spoken: str) -> str:
        """Return "de", which `counted` elides."""
        return super().after_million(spoken)

    def counted(self, number: Decimal, words: UnitWords) -> str | None:
        """Return a number with a noun: "un million d'euros"."""
        spoken = super().counted(number, words)
        return _elided(spoken) if spoken else None

    def money(self, number: Decimal, code: str, scale: str = "") -> str | None:
        """Return an amount of money: "cinq millions d'euros", "quatre euros cinquante"."""
        words = super().money(number, code, scale)
        if not words or scale:
            return _elided(words) if words else None
        # The name of the cents is left out behind euros, if there are ten of them or more.
        cents = int(abs(number) * 100 % 100)
        named = code in self.currencies and abs(number) >= 1 and cents >= 10 and number == round(number, 2)
        return re.sub(r" et ([\w -]+) (?:centimes|cents|pence|centavos)$", r" \1", words) if named else words

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and centimes."""
        return " et ".join(parts)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        if number == 1:
            return "première" if gender == "f" else "premier"
        words = ordinal_words(str(number), self.code, check=False)
        return words.replace("sième", "ième") if words and re.search(r"(?:vingt|cent|million)sième$", words) else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal: "première", "second"."""
        if gender.startswith("s"):
            return "seconde" if gender == "sf" else "second"
        return self.ordinal(number, gender or self.gender(noun))

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "trois quarts"."""
        if denominator == 1 or numerator == 0:
            return None
        named = {2: "demi", 3: "tiers", 4: "quart"}.get(denominator)
        part = named or self.ordinal(denominator)
        plural = "s" if numerator > 1 and part and part[-1] != "s" else ""
        return f"{self.whole(numerator, '')} {part}{plural}"

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "deux et demi"."""
        part = "demi" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} et {part}" if part else None

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a fraction before a noun: "trois quarts de"."""
        words = self.fraction(numerator, denominator)
        if not words or (numerator, denominator) == (1, 2):
            return "une demi" if self.gender(noun) == "f" and words else words
        return f"{words} de"

    def regnal(self, number: int, name: str) -> str | None:
        """Return a cardinal, but "premier" for the first."""
        return self.ordinal(1, self.gender(name)) if number == 1 else self.whole(number, "")


def _elided(words: str) -> str:
    return re.sub(r"\bde (?=[aeiouéêèâîôûyœ])", "d'", words)
