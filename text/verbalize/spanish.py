"""Spanish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .european import European
from .language import UnitWords
from .number_words import number_words

_UNITS = "primero segundo tercero cuarto quinto sexto séptimo octavo noveno".split()
_TEENS = {11: "undécimo", 12: "duodécimo", 18: "decimoctavo"}
_TENS = "décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo nonagésimo".split()
_HUNDREDS = (
    "centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo"
    " noningentésimo"
).split()
_NO_ACCENTS = str.maketrans("áéíóú", "aeiou")
_HALF = re.compile(r"(?P<letter>[ap])", re.IGNORECASE)


class Spanish(European):
    """Spanish, as spoken in Spain unless the region is another one."""

    signs = {"&": "y", "+": "más", "=": "igual a", "×": "por", "÷": "entre", "≈": "aproximadamente", "±": "más menos"}
    web = {".": "punto", "/": "barra", "@": "arroba", "-": "guion", "_": "guion bajo", ":": "dos puntos"}
    web |= {"?": "interrogación", "=": "igual", "&": "y", "#": "almohadilla", "~": "virgulilla", "%": "por ciento"}
    web |= {"+": "más", "www": "uve doble uve doble uve doble", "uk": "u k", "fr": "f r", "br": "b r", "eu": "e u"}
    abbreviations = {
        "Sr.": "señor", "sr.": "señor", "Sra.": "señora", "sra.": "señora", "Srta.": "señorita", "srta.": "señorita",
        "Sres.": "señores", "sres.": "señores", "Sras.": "señoras", "Dr.": "doctor", "dr.": "doctor", "Dra.": "doctora",
        "dra.": "doctora", "Dres.": "doctores", "Prof.": "profesor", "prof.": "profesor", "Profa.": "profesora",
        "Lic.": "licenciado", "Licda.": "licenciada", "Ing.": "ingeniero", "Arq.": "arquitecto", "Gral.": "general",
        "Cnel.": "coronel", "Cap.": "capitán", "Sgto.": "sargento", "Pdte.": "presidente", "Excmo.": "excelentísimo",
        "Ilmo.": "ilustrísimo", "Mons.": "monseñor", "D.ª": "doña", "Dña.": "doña", "Da.": "doña", "da.": "doña",
        "Avda.": "avenida", "avda.": "avenida", "Av.": "avenida", "av.": "avenida", "Pza.": "plaza", "pza.": "plaza",
        "Plza.": "plaza", "Ctra.": "carretera", "dpto.": "departamento", "Dpto.": "departamento", "depto.": "departamento",
        "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "P. ej.": "por ejemplo", "ej.": "ejemplo", "vs.": "versus",
        "aprox.": "aproximadamente", "esq.": "esquina", "izq.": "izquierda", "dcha.": "derecha", "máx.": "máximo",
        "mín.": "mínimo", "ed.": "edición", "Edo.": "estado", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted",
        "c/": "calle", "C/": "calle", "S. M.": "su majestad",
    }  # fmt: skip
    before_names = {"D.": "don", "Fr.": "fray", "Sto.": "santo", "Sta.": "santa", "S.": "san", "M.ª": "María"}
    before_numbers = {
        "n.º": "número", "N.º": "número", "nº": "número", "Nº": "número", "n°": "número", "N°": "número", "núm.": "número",
        "Núm.": "número", "#": "número", "pág.": "página", "págs.": "páginas", "p.": "página", "pp.": "páginas",
        "Pág.": "página", "cap.": "capítulo", "Cap.": "capítulo", "vol.": "volumen", "Vol.": "volumen", "art.": "artículo",
        "Art.": "artículo", "arts.": "artículos", "fig.": "figura", "Fig.": "figura", "tel.": "teléfono", "Tel.": "teléfono",
        "tel.:": "teléfono", "Tel.:": "teléfono", "tfno.": "teléfono", "Tfno.": "teléfono", "ext.": "extensión", "t.": "tomo", "s.": "siglo",
    }  # fmt: skip
    closing_abbreviations = {
        "etc.": "etcétera", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos", "EEUU": "Estados Unidos",
        "a. C.": "antes de Cristo", "d. C.": "después de Cristo", "a. e. c.": "antes de la era común", "Cía.": "compañía",
        "JJ. OO.": "Juegos Olímpicos", "RR. HH.": "recursos humanos", "CC. OO.": "Comisiones Obreras",
    }  # fmt: skip
    after_numbers = {
        "%": UnitWords("por ciento", "por ciento", ""), "‰": UnitWords("por mil", "por mil"),
        "mph": UnitWords("milla por hora", "millas por hora", "f"), "kph": UnitWords("kilómetro por hora", "kilómetros por hora"),
        "M": UnitWords("millón", "millones"), "mill.": UnitWords("millón", "millones"), "in": UnitWords("pulgada", "pulgadas", "f"),
        "s": UnitWords("segundo", "segundos"), "seg": UnitWords("segundo", "segundos"), "K": UnitWords("mil", "mil"),
        "psi": UnitWords("p s i", "p s i"), "dB": UnitWords("decibelio", "decibelios"), "km/s": UnitWords("kilómetro por segundo", "kilómetros por segundo"),
        "kbps": UnitWords("kilobit por segundo", "kilobits por segundo"), "Mbps": UnitWords("megabit por segundo", "megabits por segundo"),
        "°K": UnitWords("grado Kelvin", "grados Kelvin"), "€/h": UnitWords("euro por hora", "euros por hora"),
    }  # fmt: skip
    currencies = {
        "EUR": (UnitWords("euro", "euros"), UnitWords("céntimo", "céntimos")),
        "USD": (UnitWords("dólar", "dólares"), UnitWords("centavo", "centavos")),
        "GBP": (UnitWords("libra", "libras", "f"), UnitWords("penique", "peniques")),
        "JPY": (UnitWords("yen", "yenes"), UnitWords("sen", "sen")),
        "BRL": (UnitWords("real", "reales"), UnitWords("centavo", "centavos")),
        "MXN": (UnitWords("peso mexicano", "pesos mexicanos"), UnitWords("centavo", "centavos")),
        "CHF": (UnitWords("franco suizo", "francos suizos"), UnitWords("céntimo", "céntimos")),
        "INR": (UnitWords("rupia", "rupias", "f"), UnitWords("paisa", "paisas", "f")),
        "CNY": (UnitWords("yuan", "yuanes"), UnitWords("fen", "fen")),
        "RUB": (UnitWords("rublo", "rublos"), UnitWords("kopek", "kopeks")),
        "KRW": (UnitWords("won", "wones"), UnitWords("jeon", "jeon")),
    }  # fmt: skip
    currency_signs = {"$": "USD", "us$": "USD", "usd": "USD", "eur": "EUR", "US$": "USD", "R$": "BRL", "¥": "JPY", "MX$": "MXN", "MEX$": "MXN"}
    scales = {"M": "millones", "MM": "millones", "mill.": "millones", "k": "mil", "K": "mil", "mm": "mil millones", "bn": "mil millones"}
    scale_singular = {"millones": "millón", "billones": "billón"}
    million_words = frozenset("millón millones billón billones trillón trillones".split())
    of = "de"
    codes_after = frozenset("pin código codigo clave contraseña cp extensión ext".split())
    phone_words = frozenset(
        "tel tfno teléfono telefono móvil movil fax llame llama llámame llámeme llamar llamen llamó whatsapp número marque".split()
    )
    phone_sizes = frozenset({(3, 2, 2, 2), (2, 3, 2, 2), (2, 4, 4), (3, 3, 4)})
    roman_after = frozenset(
        "capítulo cap tomo volumen vol acto parte libro título tema lección fase grado tipo nivel escena canto sección anexo"
        " artículo apartado legislatura unidad serie apéndice página año".split()
    )
    ordinal_roman_after = frozenset(
        "Carlos Francisco Enrique Jaime Jorge Fernando Alfonso Felipe Isabel Juan Pedro Pablo Luis Sancho Ramiro Napoleón Nicolás"
        " Alejandro Ricardo Guillermo Pío Benedicto León Gregorio Inocencio Ramsés Otón Federico Carlota Amadeo María".split()
    )
    century_words = frozenset({"siglo", "siglos"})
    articles = frozenset("el la los las del al un una su sus este esta nuestro nuestra nuestros".split())
    half_hours = (r"[ap]\.?\s?m\b\.?", r"[AP]\.?\s?M\b\.?")
    hour_words = UnitWords("hora", "horas", "f")
    hour_sign = "h|hs|hrs|horas|H"
    hour_letter = "hH"
    full_hour = "h|hs|hrs|H"
    month_words = tuple("enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre".split())
    day_of = "de"
    before_times = frozenset({"las", "la"})
    minus = "menos"
    decimal_word = "coma"
    point = "punto"
    version = "versión"
    groups_decimals = True
    range_word = "a"
    score_word = "a"
    and_word = "y"
    between = frozenset({"entre"})
    ordinal_marks = {"º": "m", "ª": "f", "°": "m", "er": "", "ᵉʳ": "", "ro": "m", "ra": "f", "do": "m", "da": "f", "ero": "m"}
    ordinal_marks |= {"to": "m", "ta": "f", "mo": "m", "ma": "f", "vo": "m", "va": "f", "no": "m", "na": "f"}
    degree = UnitWords("grado", "grados")
    feminine_endings = r"as?|[cs]i[óo]n(?:es)?|dad(?:es)?|tad(?:es)?|tud(?:es)?|umbres?|eces|[eiu]z"
    feminine_nouns = frozenset(
        "isabel mujer mujeres vez veces noche noches calle calles clase clases mano manos flor flores parte partes llave llaves luz"
        " luces imagen imágenes tarde tardes serie series nave naves torre torres nube nubes muerte muertes leche carne gente"
        " voz voces cruz cruces ley leyes red redes sangre foto fotos moto motos orden órdenes fuente fuentes base bases madre"
        " madres fase fases frase frases superficie especie especies crisis tesis hipótesis".split()
    )
    masculine_nouns = frozenset(
        "día días mapa mapas problema problemas programa programas sistema sistemas tema temas clima idioma idiomas planeta"
        " planetas poema poemas drama dramas sofá sofás kilogramo avión aviones camión camiones gramo pijama atleta cometa"
        " diplomas diploma esquema esquemas síntoma síntomas".split()
    )
    not_nouns = frozenset(
        "a al y o u e de del en con por para que se es fue era son hay ha han el la los las un una lo le les su sus no ni más"
        " menos entre sobre desde hasta como cuando donde pero si sin tras mil millón millones horas grados".split()
    )
    labels = frozenset(
        "capítulo página páginas número números artículo tomo nivel fase tipo grupo canal parte versión línea habitación sala puerta"
        " piso planta etapa episodio temporada paso lección tema punto unidad figura tabla vía andén puerto categoría clase"
        " fórmula calle año años día los".split()
    )
    plural_ending = "s"

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "veintiún mil", "doscientas una"."""
        words = number_words(Decimal(number), self.code)
        if words is None:
            return None
        words = re.sub(r"veintiuno(?= (?:mil\b|\w+ill))", "veintiún", words)
        words = re.sub(r"\buno(?= (?:mil\b|\w+ill))", "un", words)
        if gender == "m":
            return re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words))
        if gender != "f":
            return words
        head, million, tail = words.rpartition("illones")
        if not million:
            head, million, tail = words.rpartition("illón")
        tail = re.sub(r"(?<=ient)os\b|(?<=uinient)os\b", "as", tail)
        return head + million + re.sub(r"uno$", "una", tail)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words up to 9999, a cardinal above."""
        thousands, rest = divmod(number, 1000)
        if number % 10**6 == 0 and number:
            count = (self.whole(number // 10**6, "m") or "").replace(" ", "") if number > 10**6 else ""
            return f"{count}millonésim{'a' if gender == 'f' else 'o'}"
        if thousands > 9 and rest:
            return self.whole(number, gender)
        many = (self.whole(thousands, "m") or "").replace(" ", "")
        words = [] if not thousands else ["milésimo" if thousands == 1 else f"{many}milésimo"]
        hundreds, rest = divmod(rest, 100)
        if hundreds:
            words.append(_HUNDREDS[hundreds - 1])
        tens, units = divmod(rest, 10)
        if rest in _TEENS:
            words.append(_TEENS[rest])
        elif tens in (1, 2) and units:
            words.append(("decimo" if tens == 1 else "vigesimo") + _UNITS[units - 1])
        else:
            words += [_TENS[tens - 1]] if tens else []
            words += [_UNITS[units - 1]] if units else []
        spoken = " ".join(words).replace("oo", "o")
        return re.sub(r"o\b", "a", spoken) if gender == "f" else spoken

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal: "primer" before a masculine noun."""
        spoken = self.ordinal(number, gender or "m")
        is_short = not gender or (gender == "m" and noun.islower() and noun not in self.not_nouns)
        return re.sub(r"((?:prim|terc)er)o$", r"\1", spoken) if spoken and is_short else spoken

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join euros and cents."""
        return " con ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "diecisiete horas", "nueve y cuarto", "ocho de la tarde"."""
        spoken = self.whole(hours, "f")
        if seconds:
            parts = [(hours, self.hour_words), (minutes, UnitWords("minuto", "minutos")), (seconds, UnitWords("segundo", "segundos"))]
            words = [self.counted(Decimal(value), unit) or "" for value, unit in parts if value]
            return " y ".join(filter(None, [" ".join(words[:-1]), words[-1]]))
        if minutes:
            spoken = f"{spoken} y {({15: 'cuarto', 30: 'media'}).get(minutes) or self.whole(minutes, '')}"
        elif not half and (hours > 12 or hours == 0):
            spoken = f"{spoken} horas"
        return f"{spoken} {_part_of_day(hours, half)}" if half else spoken

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "tres cuartos", "un doceavo"."""
        if denominator == 1 or numerator == 0:
            return None
        if denominator == 2:
            part = "medio"
        elif denominator == 3:
            part = "tercio"
        elif denominator <= 10 or denominator == 100:
            part = self.ordinal(denominator) or ""
        elif denominator < 100:
            stem = (self.whole(denominator, "m") or "").replace(" y ", "i").translate(_NO_ACCENTS)
            part = f"{stem.removesuffix('a')}avo"
        elif denominator in range(200, 1000, 100) or denominator % 1000 == 0:
            part = self.ordinal(denominator) or ""
        else:
            return f"{self.whole(numerator, '')} sobre {self.whole(denominator, '')}"
        return f"{self.whole(numerator, 'm')} {part}{'s' if numerator > 1 else ''}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun without an article: "media" (taza)."""
        if (numerator, denominator) == (1, 2):
            return "media" if self.gender(noun) == "f" else "medio"
        words = self.fraction(numerator, denominator)
        return f"{words} de" if words else None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "dos y medio"."""
        part = "medio" if (numerator, denominator) == (1, 2) else self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} y {part}" if part else None

    def roman_ordinal(self, number: int, gender: str) -> str | None:
        """Return an ordinal before its noun: "la segunda guerra", "el primer congreso"."""
        return self.short_ordinal(number, gender, "x") if number <= 20 else self.whole(number, "")

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal up to ten, a cardinal above: "Felipe segundo", "Luis catorce"."""
        return self.ordinal(number, self.gender(name)) if number <= 10 else self.whole(number, "")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal below ten, a cardinal above."""
        return self.ordinal(number) if number < 10 else self.whole(number, "")


def _part_of_day(hours: int, half: str) -> str:
    is_morning = _HALF.search(half) is not None and half[0] in "aA"
    if is_morning:
        return "de la noche" if hours == 12 else "de la mañana"
    return "del mediodía" if hours == 12 else "de la noche" if 8 < hours < 12 else "de la tarde"
