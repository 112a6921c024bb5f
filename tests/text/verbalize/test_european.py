import re

import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.text.verbalize.verbalizer import make_verbalizer

LANGUAGES = ["es", "fr", "it", "pt-BR", "de"]

# Readings that depend on what is around an expression; the tables in tests/data/spoken have one line for each kind.
READINGS = """
es|El 8/3 a las 13.30, la 1:00 o las 0:30|El ocho de marzo a las trece y media, la una o las cero y media
es|Son las 8 p. m. o las 20 h|Son las ocho de la tarde o las veinte horas
es|Alfonso X, Carlos V y Benedicto XVI|Alfonso décimo, Carlos quinto y Benedicto dieciséis
es|del s. V al s. XV, la XV edición|del siglo quinto al siglo quince, la decimoquinta edición
es|El CD de Luis, la XL y VIP|El CD de Luis, la XL y VIP
es|1 €, 21 €, 0,99 €|un euro, veintiún euros, noventa y nueve céntimos
es|21 £ y 1.000.000 €|veintiuna libras y un millón de euros
es|A 4 min/km, 2 x 3, 7 > 3, 3-2|A cuatro minutos por kilómetro, dos por tres, siete mayor que tres, tres a dos
es|página 1 del libro, 1 de cada 3|página uno del libro, uno de cada tres
es|1,234.50 o 3.5|mil doscientos treinta y cuatro coma cincuenta o tres punto cinco
es|tel. 91 123 45 67|teléfono nueve uno, uno dos tres, cuatro cinco, seis siete
es|1.034.500 libros|un millón treinta y cuatro mil quinientos libros
es|Ganó 300 M$ y/o 2,5 mill. de euros|Ganó trescientos millones de dólares y o dos coma cinco millones de euros
es|el 21.º puesto, 3/12 y 2 1/2|el vigesimoprimer puesto, tres doceavos y dos y medio
fr|Au XIXe siècle, la Ve République, Le Cid|Au dix-neuvième siècle, la cinquième République, Le Cid
fr|M. et Mme Blanc, bd Voltaire|Monsieur et Madame Blanc, boulevard Voltaire
fr|les 17/18 juin, le 14 juill., 1980|les dix-sept dix-huit juin, le quatorze juillet, mille neuf cent quatre-vingts
fr|1,50 € et 2,5 Md€|un euro cinquante et deux virgule cinq milliards d'euros
fr|81 pages, 31 jours, 200 000 ans|quatre-vingt-une pages, trente et un jours, deux cent mille ans
fr|à 0h05, 23 h 59 et 12h|à zéro heure cinq, vingt-trois heures cinquante-neuf et douze heures
it|1 amico, 1 studente, 1 casa|un amico, uno studente, una casa
it|l'8/3 e il 1° maggio, gli anni '90|l'otto marzo e il primo maggio, gli anni novanta
it|la III edizione, secolo XX, Umberto I|la terza edizione, secolo ventesimo, Umberto primo
it|da 10-15 a tra 5-6 e 3-2|da dieci a quindici a tra cinque e sei e tre a due
pt-BR|Dom João VI, século X, a XV edição|Dom João sexto, século décimo, a décima quinta edição
pt-BR|2 horas, 1 dia, 200 gramas, 22 mil|duas horas, um dia, duzentos gramas, vinte e dois mil
pt-BR|US$ 2,5 bi e R$ 0,99|dois vírgula cinco bilhões de dólares e noventa e nove centavos
pt-PT|16 km|dezasseis quilómetros
de|in der 2. Auflage, die 2. Auflage, ein 2. Versuch|in der zweiten Auflage, die zweite Auflage, ein zweiter Versuch
de|Ludwigs XIV. Hof, unter Wilhelm II. lebte|Ludwigs des Vierzehnten Hof, unter Wilhelm dem Zweiten lebte
de|100. Geburtstag, am 12.|hundertster Geburtstag, am zwölften.
de|1. Einleitung|eins. Einleitung
de|Im II. Weltkrieg|Im zweiten Weltkrieg
de|am 3.10. und am 15. Jan. 2024|am dritten Oktober und am fünfzehnten Januar zweitausendvierundzwanzig
de|1 Tochter, 1 Haus, 0,05 €, 4,05 €|eine Tochter, ein Haus, fünf Cent, vier Euro und fünf Cent
de|die 90er Jahre, 3:2, 24/7|die neunziger Jahre, drei zu zwei, vierundzwanzig sieben
de-CH|1’250 CHF|eintausendzweihundertfünfzig Franken
"""


@pytest.mark.parametrize("row", READINGS.strip().splitlines(), ids=lambda row: row.partition("|")[2][:40])
def test_readings(row):
    language, written, spoken = row.split("|")
    assert make_verbalizer(language).apply(written) == spoken


PIECES = [
    "17:00",
    "17h30",
    "17.30",
    "21h",
    "12/03/2026",
    "2024-03-12",
    "24/7",
    "1/2",
    "15/16",
    "1",
    "2",
    "11",
    "21",
    "201",
    "1.234,50",
    "1,234.50",
    "3.5",
    "0,05",
    "-5",
    "−3",
    "°C",
    "°",
    "25°",
    "3°",
    "%",
    "‰",
    "€",
    "4,50",
    "$",
    "R$",
    "US$",
    "5M€",
    "5",
    "Mio.",
    "mln",
    "mi",
    "km/h",
    "m²",
    "kg",
    "10–15",
    "3-2",
    "1939-1945",
    "+34",
    "(11)",
    "98765-4321",
    "0042",
    "912345678",
    "192.168.1.1",
    "IV",
    "XXI",
    "XXIe",
    "Ier",
    "II",
    "III.",
    "siglo",
    "siècle",
    "Luis",
    "Ludwig",
    "von",
    "Kapitel",
    "la",
    "der",
    "am",
    "3.",
    "20.",
    "Jahrhundert",
    "1º",
    "2ª",
    "3.er",
    "1er",
    "2ème",
    "12.",
    "Sra.",
    "Dr.",
    "M.",
    "z.",
    "B.",
    "usw.",
    "etc.",
    "p.",
    "ex.",
    "n.º",
    "Nr.",
    "&",
    "+",
    "=",
    "#1",
    "@ana",
    "ana@b.es",
    "www.a.org",
    "a/b",
    "y/o",
    "A4",
    "MP3",
    "enero",
    "mayo",
    "gennaio",
    "Oktober",
    "casas",
    "livres",
    "mujeres",
    "millones",
    "de",
    ".",
    ",",
    ";",
    "!",
    "–",
    "—",
    "(",
    ")",
    "«",
    "»",
    "…",
    "½",
    "②",
    "Ⅳ",
    "１２",
    "99999999999999999999",
    "7.000.000.000",
    "palabra",
]


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", " ", "\u00a0"])), max_size=9))
def test_no_word_or_number_is_lost_and_spans_are_exact(pieces):
    text = "".join(piece + space for piece, space in pieces)
    for language in LANGUAGES:
        verbalizer = make_verbalizer(language)
        position = 0
        for start, end, words in verbalizer.find(text):
            assert position <= start < end <= len(text)
            assert any(map(str.isalpha, words)) or not any(map(str.isalnum, text[start:end]))
            position = end
        spoken = verbalizer.apply(text)
        assert not re.search(r"\d", spoken)
        assert "None" not in spoken
        assert len(re.findall(r"\bpalabra\b", spoken)) >= len(re.findall(r"(?<![\w@./-])palabra(?![\w@./-])", text))


@pytest.mark.parametrize("language", ["fr", "de"])
def test_time_is_linear(language):
    find = make_verbalizer(language).find
    for unit in (" ".join(PIECES), "1 ", "1.000.", "1-", "II ", "12/"):
        assert grows_linearly(find, lambda size, unit=unit: unit * (size // len(unit) + 1), 1_000), unit
