"""The words of French: signs, abbreviations, units, and what its nouns look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .european import European
from .european_speech import CURRENCY_SIGNS
from .language import UnitWords
from .rule import word_set


class FrenchWords(European):
    """The words of French."""

    signs: ClassVar[Mapping[str, str]] = {
        "&": "et", "+": "plus", "=": "égale", "×": "fois", "÷": "divisé par", "≈": "environ", "±": "plus ou moins",
    }  # fmt: skip
    web: ClassVar[Mapping[str, str]] = {
        ".": "point", "/": "slash", "@": "arobase", "-": "tiret", "_": "tiret bas", ":": "deux points",
        "\\": "antislash",
        "?": "point d'interrogation", "=": "égale", "&": "et", "#": "dièse", "~": "tilde", "%": "pour cent",
        "+": "plus", "www": "trois w", "fr": "f r", "be": "b e", "ch": "c h", "ca": "c a", "uk": "u k", "eu": "e u",
    }  # fmt: skip
    abbreviations: ClassVar[Mapping[str, str]] = {
        "M. et Mme": "Monsieur et Madame", "MM. et Mmes": "Messieurs et Mesdames",
        "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle", "Mlles": "Mesdemoiselles", "MM.": "Messieurs",
        "Mr": "Monsieur", "Mr.": "Monsieur", "Mme.": "Madame", "Mlle.": "Mademoiselle", "Mgr": "Monseigneur",
        "Mᵐᵉ": "Madame", "Mᵐᵉˢ": "Mesdames", "Mˡˡᵉ": "Mademoiselle", "Mˡˡᵉˢ": "Mesdemoiselles", "Dʳ": "docteur",
        "Dʳᵉˢ": "docteures", "Dr.": "docteur", "Drs": "docteurs", "Pr.": "professeur", "Prof.": "professeur",
        "p. ex.": "par exemple", "p.ex.": "par exemple", "ex.": "exemple", "c.-à-d.": "c'est-à-dire",
        "cf.": "confer", "env.": "environ", "vs": "versus", "bd": "boulevard", "Bd": "boulevard", "bld": "boulevard",
        "av.": "avenue", "Av.": "avenue", "éd.": "édition", "hab.": "habitants", "N.B.": "nota bene",
        "tél.": "téléphone", "Tél.": "téléphone", "Cie": "compagnie",
    }  # fmt: skip
    before_names: ClassVar[Mapping[str, str]] = {
        "M.": "Monsieur", "Dr": "docteur", "Pr": "professeur", "Me": "Maître", "Vve": "veuve", "St": "Saint",
        "Ste": "Sainte", "Gal": "général", "Cdt": "commandant", "Col.": "colonel", "Gén.": "général",
    }  # fmt: skip
    before_numbers: ClassVar[Mapping[str, str]] = {
        "n°": "numéro", "N°": "numéro", "nº": "numéro", "Nº": "numéro", "no": "numéro", "No": "numéro",
        "n°s": "numéros", "#": "numéro", "p.": "page", "pp.": "pages", "P.": "page", "chap.": "chapitre",
        "Chap.": "chapitre", "vol.": "volume", "Vol.": "volume", "art.": "article", "Art.": "article",
        "fig.": "figure", "Fig.": "figure", "t.": "tome", "s.": "siècle",
    }  # fmt: skip
    closing_abbreviations: ClassVar[Mapping[str, str]] = {
        "etc.": "et cetera", "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ",
        "J.-C.": "Jésus-Christ",
    }  # fmt: skip
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {
        "%": UnitWords("pour cent", "pour cent"), "‰": UnitWords("pour mille", "pour mille"),
        "M": UnitWords("million", "millions"), "Md": UnitWords("milliard", "milliards"),
        "Mds": UnitWords("milliard", "milliards"), "Mrd": UnitWords("milliard", "milliards"),
        "Mo": UnitWords("mégaoctet", "mégaoctets"), "Go": UnitWords("gigaoctet", "gigaoctets"),
        "Ko": UnitWords("kilooctet", "kilooctets"), "ko": UnitWords("kilooctet", "kilooctets"),
        "To": UnitWords("téraoctet", "téraoctets"), "s": UnitWords("seconde", "secondes", "f"),
        "sec": UnitWords("seconde", "secondes", "f"), "dB": UnitWords("décibel", "décibels"),
        "mn": UnitWords("minute", "minutes", "f"), "kms": UnitWords("kilomètre", "kilomètres"),
        "k": UnitWords("mille", "mille"), "Mbit/s": UnitWords("mégabit par seconde", "mégabits par seconde"),
        "km/s": UnitWords("kilomètre par seconde", "kilomètres par seconde"),
    }  # fmt: skip
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {
        "EUR": (UnitWords("euro", "euros"), UnitWords("centime", "centimes")),
        "USD": (UnitWords("dollar", "dollars"), UnitWords("cent", "cents")),
        "GBP": (UnitWords("livre", "livres", "f"), UnitWords("penny", "pence")),
        "JPY": (UnitWords("yen", "yens"), UnitWords("sen", "sen")),
        "BRL": (UnitWords("réal", "réaux"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("franc suisse", "francs suisses"), UnitWords("centime", "centimes")),
        "INR": (UnitWords("roupie", "roupies", "f"), UnitWords("paisa", "paisas")),
    }  # fmt: skip
    currency_signs: ClassVar[Mapping[str, str]] = {**CURRENCY_SIGNS, "$US": "USD"}
    scales: ClassVar[Mapping[str, str]] = {
        "M": "millions", "Md": "milliards", "Mds": "milliards", "Mrd": "milliards", "k": "mille", "K": "mille",
        "bn": "milliards",
    }  # fmt: skip
    scale_singular: ClassVar[Mapping[str, str]] = {
        "millions": "million",
        "milliards": "milliard",
        "billions": "billion",
    }
    million_words = word_set("billiard billiards billion billions milliard milliards million millions")
    of = "de"
    codes_after = word_set("code digicode extension mot pin postal poste")
    phone_words = word_set("""
        appeler appelez appelez-moi appelle composez fax mobile numéro portable tel tél téléphone whatsapp
        """)
    phone_sizes = frozenset({(1, 2, 2, 2, 2), (2, 2, 2, 2, 2)})
    roman_after = word_set("""
        t
        acte annexe année article catégorie chant chap chapitre classe concile dynastie grade groupe guerre leçon
        livre lyon niveau paris partie phase république scène section titre tome type vol volume
        """)
    ordinal_roman_after = word_set("Benoît Charles Frédéric Félix Georges Henri Jean Louis Paul Philippe Pie")
    century_words = word_set("siècle siècles")
    articles = word_set("au ce cette des du la le les sa son un une")
    half_hours = ()
    hour_words = UnitWords("heure", "heures", "f")
    hour_sign = "h|H|heures"
    hour_letter = "hH"
    full_hour = "h|H"
    month_words = (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    )  # fmt: skip
    day_of = ""
    per = "par"
    less = "inférieur à"
    more = "supérieur à"
    before_dates = word_set("le du au")
    month_extras: ClassVar[Mapping[str, int]] = {"juill.": 7}
    minus = "moins"
    decimal_word = "virgule"
    point = "point"
    version = "version"
    groups_decimals = True
    range_word = "à"
    score_word = "à"
    and_word = "et"
    between = word_set("entre")
    ordinal_marks: ClassVar[Mapping[str, str]] = {
        "er": "m", "re": "f", "ère": "f", "ere": "f", "e": "", "è": "", "ème": "", "eme": "", "ième": "", "nd": "s",
        "nde": "sf", "d": "s", "ᵉ": "", "ᵉʳ": "m", "º": "", "ª": "f",
    }  # fmt: skip
    roman_ordinals = True
    degree = UnitWords("degré", "degrés")
    feminine_endings = (
        "[cst]ions?|[cgst]ités?|tés?|ettes?|ances?|ences?|ures?|ées?|euses?|trices?|iennes?|"
        "elles?|esses?|tudes?|aines?|ives?|ières?|ales?|ades?|onnes?|eilles?|illes?"
    )
    feminine_nouns = word_set("""
        chanson chansons façon façons leçon leçons raison raisons saison saisons prison prisons boisson boissons
        autre balle balles belle belles bonne bonnes boîte boîtes branche branches carte cartes chaise chaises chambre
        chambres chose choses classe classes clé clés cuillerée cuillère cuillères entreprise entreprises femme femmes
        feuille feuilles fin fleur fleurs fois goutte gouttes grande grandes heure heures image images langue langues
        lettre lettres ligne lignes livres main mains maison maisons marche marches minute minutes moitié mère mères
        nation nouvelle nouvelles nuit nuits page pages part parts personne personnes petite petites photo photos
        pièce pièces place places plage plages plante plantes poire poires pomme pommes porte portes poule poules rue
        rues seconde secondes semaine semaines sœur sœurs table tables tasse tasses tonne tonnes tranche tranches
        usine usines vache vaches vie vies voiture voitures voix école écoles église églises époque époques équipe
        équipes étape étapes étoile étoiles île îles
        """)
    masculine_nouns = word_set("""
        bastion comité comités côté côtés domaine domaines lycée lycées million millions murmure murmures musée musées
        silence silences squelette squelettes traité traités trophée trophées été
        """)
    not_nouns = word_set("""
        a au aux avec ce ces cette comme d dans de degrés demi depuis des du elle en entre est et il la le les mais
        mille milliards million millions moins ne on ont ou par pas plus pour puis quand que qui sa sans se ses si son
        sont sous sur un une y à était
        """)
    labels = word_set("""
        année années article canal catégorie chambre chapitre classe figure formule groupe le les leçon ligne niveau
        numéro numéros page pages partie phase point port porte quai saison salle tableau thème tome type unité
        version voie épisode étage étape
        """)
