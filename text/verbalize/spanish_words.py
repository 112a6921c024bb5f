"""The words of Spanish: signs, abbreviations, units, and what its nouns look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .european import European
from .european_speech import CURRENCY_SIGNS
from .language import UnitWords
from .rule import word_set


class SpanishWords(European):
    """The words of Spanish."""

    signs: ClassVar[Mapping[str, str]] = {
        "&": "y",
        "+": "más",
        "=": "igual a",
        "×": "por",
        "÷": "entre",
        "≈": "aproximadamente",
        "±": "más menos",
    }
    web: ClassVar[Mapping[str, str]] = {
        ".": "punto", "/": "barra", "@": "arroba", "-": "guion", "_": "guion bajo", ":": "dos puntos",
        "\\": "barra invertida",
        "?": "interrogación", "=": "igual", "&": "y", "#": "almohadilla", "~": "virgulilla", "%": "por ciento",
        "+": "más", "www": "uve doble uve doble uve doble", "uk": "u k", "fr": "f r", "br": "b r", "eu": "e u",
    }  # fmt: skip
    abbreviations: ClassVar[Mapping[str, str]] = {
        "tel.": "teléfono", "Tel.": "teléfono",
        "Sr.": "señor", "sr.": "señor", "Sra.": "señora", "sra.": "señora", "Srta.": "señorita", "srta.": "señorita",
        "Sres.": "señores", "sres.": "señores", "Sras.": "señoras", "Dr.": "doctor", "dr.": "doctor",
        "Dra.": "doctora", "dra.": "doctora", "Dres.": "doctores", "Prof.": "profesor", "prof.": "profesor",
        "Profa.": "profesora", "Lic.": "licenciado", "Licda.": "licenciada", "Ing.": "ingeniero",
        "Arq.": "arquitecto", "Gral.": "general", "Cnel.": "coronel", "Cap.": "capitán", "Sgto.": "sargento",
        "Pdte.": "presidente", "Excmo.": "excelentísimo", "Ilmo.": "ilustrísimo", "Mons.": "monseñor", "D.ª": "doña",
        "Dña.": "doña", "Da.": "doña", "da.": "doña", "Avda.": "avenida", "avda.": "avenida", "Av.": "avenida",
        "av.": "avenida", "Pza.": "plaza", "pza.": "plaza", "Plza.": "plaza", "Ctra.": "carretera",
        "dpto.": "departamento", "Dpto.": "departamento", "depto.": "departamento", "p. ej.": "por ejemplo",
        "p.ej.": "por ejemplo", "P. ej.": "por ejemplo", "ej.": "ejemplo", "vs.": "versus",
        "aprox.": "aproximadamente", "esq.": "esquina", "izq.": "izquierda", "dcha.": "derecha", "máx.": "máximo",
        "mín.": "mínimo", "ed.": "edición", "Edo.": "estado", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted",
        "c/": "calle", "C/": "calle", "S. M.": "su majestad",
    }  # fmt: skip
    before_names: ClassVar[Mapping[str, str]] = {
        "D.": "don",
        "Fr.": "fray",
        "Sto.": "santo",
        "Sta.": "santa",
        "S.": "san",
        "M.ª": "María",
    }
    before_numbers: ClassVar[Mapping[str, str]] = {
        "n.º": "número", "N.º": "número", "nº": "número", "Nº": "número", "n°": "número", "N°": "número",
        "núm.": "número", "Núm.": "número", "#": "número", "pág.": "página", "págs.": "páginas", "p.": "página",
        "pp.": "páginas", "Pág.": "página", "cap.": "capítulo", "Cap.": "capítulo", "vol.": "volumen",
        "Vol.": "volumen", "art.": "artículo", "Art.": "artículo", "arts.": "artículos", "fig.": "figura",
        "Fig.": "figura",
        "tfno.": "teléfono", "Tfno.": "teléfono", "ext.": "extensión", "t.": "tomo", "s.": "siglo",
    }  # fmt: skip
    closing_abbreviations: ClassVar[Mapping[str, str]] = {
        "etc.": "etcétera", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos", "EEUU": "Estados Unidos",
        "a. C.": "antes de Cristo", "d. C.": "después de Cristo", "a. e. c.": "antes de la era común",
        "Cía.": "compañía", "ee. uu.": "Estados Unidos", "a. c.": "antes de Cristo", "d. c.": "después de Cristo",
        "JJ. OO.": "Juegos Olímpicos", "RR. HH.": "recursos humanos", "CC. OO.": "Comisiones Obreras",
    }  # fmt: skip
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {
        "%": UnitWords("por ciento", "por ciento", ""), "‰": UnitWords("por mil", "por mil"),
        "mph": UnitWords("milla por hora", "millas por hora", "f"),
        "kph": UnitWords("kilómetro por hora", "kilómetros por hora"), "M": UnitWords("millón", "millones"),
        "mill.": UnitWords("millón", "millones"), "in": UnitWords("pulgada", "pulgadas", "f"),
        "s": UnitWords("segundo", "segundos"), "seg": UnitWords("segundo", "segundos"), "K": UnitWords("mil", "mil"),
        "psi": UnitWords("p s i", "p s i"), "dB": UnitWords("decibelio", "decibelios"),
        "km/s": UnitWords("kilómetro por segundo", "kilómetros por segundo"),
        "kbps": UnitWords("kilobit por segundo", "kilobits por segundo"),
        "Mbps": UnitWords("megabit por segundo", "megabits por segundo"),
        "°K": UnitWords("grado Kelvin", "grados Kelvin"), "€/h": UnitWords("euro por hora", "euros por hora"),
    }  # fmt: skip
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {
        "EUR": (UnitWords("euro", "euros"), UnitWords("céntimo", "céntimos")),
        "USD": (UnitWords("dólar estadounidense", "dólares estadounidenses"), UnitWords("centavo", "centavos")),
        "$": (UnitWords("dólar", "dólares"), UnitWords("centavo", "centavos")),
        "₡": (UnitWords("colón", "colones"), UnitWords("céntimo", "céntimos")),
        "₧": (UnitWords("peseta", "pesetas", "f"), UnitWords("céntimo", "céntimos")),
        "NIO": (UnitWords("córdoba", "córdobas"), UnitWords("centavo", "centavos")),
        "HNL": (UnitWords("lempira", "lempiras"), UnitWords("centavo", "centavos")),
        "PAB": (UnitWords("balboa", "balboas"), UnitWords("centésimo", "centésimos")),
        "GTQ": (UnitWords("quetzal", "quetzales"), UnitWords("centavo", "centavos")),
        "rs": (UnitWords("rupia", "rupias", "f"), UnitWords("paisa", "paisas", "f")),
        "fr": (UnitWords("franco", "francos"), UnitWords("céntimo", "céntimos")),
        "kr": (UnitWords("corona", "coronas", "f"), UnitWords("céntimo", "céntimos")),
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
    currency_signs: ClassVar[Mapping[str, str]] = {
        **CURRENCY_SIGNS, "$": "$", "MX$": "MXN", "MEX$": "MXN", "mex$": "MXN", "₡": "₡", "₧": "₧", "ptas": "₧",
        "pta": "₧", "rs": "rs", "fr": "fr", "kr": "kr",
    }  # fmt: skip
    scales: ClassVar[Mapping[str, str]] = {
        "M": "millones", "MM": "millones", "mill.": "millones", "k": "mil", "K": "mil", "mm": "mil millones",
        "bn": "mil millones",
    }  # fmt: skip
    scale_singular: ClassVar[Mapping[str, str]] = {"millones": "millón", "billones": "billón"}
    million_words = word_set("billones billón millones millón trillones trillón")
    of = "de"
    codes_after = word_set("clave codigo contraseña cp código ext extensión pin")
    phone_words = word_set("""
        fax llama llamar llame llamen llamó llámame llámeme marque movil móvil número tel telefono teléfono tfno
        whatsapp
        """)
    phone_sizes = frozenset({(2, 3, 2, 2), (2, 4, 4), (3, 2, 2, 2), (3, 3, 4)})
    roman_after = word_set("""
        acto anexo apartado apéndice artículo año canto cap capítulo escena fase grado lección legislatura libro nivel
        parte página sección serie tema tipo tomo título unidad vol volumen
        """)
    ordinal_roman_after = word_set("""
        Alejandro Alfonso Amadeo Benedicto Carlos Carlota Enrique Federico Felipe Fernando Francisco Gregorio
        Guillermo Inocencio Isabel Jaime Jorge Juan León Luis María Napoleón Nicolás Otón Pablo Pedro Pío Ramiro
        Ramsés Ricardo Sancho
        """)
    century_words = word_set("s siglo siglos")
    articles = word_set("al del el esta este la las los nuestra nuestro nuestros su sus un una")
    half_hours = ("[ap]\\.?\\s?m\\b\\.?", "[AP]\\.?\\s?M\\b\\.?")
    hour_words = UnitWords("hora", "horas", "f")
    hour_sign = "h|hs|hrs|horas|H"
    hour_letter = "hH"
    full_hour = "h|hs|hrs|H"
    month_words = (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "setiembre",
        "octubre", "noviembre", "diciembre",
    )  # fmt: skip
    day_of = "de"
    before_times = word_set("la las")
    per = "por"
    less = "menor que"
    more = "mayor que"
    before_dates = word_set("el del al día")
    month_extras: ClassVar[Mapping[str, int]] = {"set.": 9, "sep.": 9, "sept.": 9, "ago.": 8}
    minus = "menos"
    decimal_word = "coma"
    point = "punto"
    version = "versión"
    groups_decimals = True
    range_word = "a"
    score_word = "a"
    and_word = "y"
    between = word_set("entre")
    ordinal_marks: ClassVar[Mapping[str, str]] = {
        "º": "m", "ª": "f", "°": "m", "er": "", "ᵉʳ": "", "ro": "m", "ra": "f", "do": "m", "da": "f", "ero": "m",
        "to": "m", "ta": "f", "mo": "m", "ma": "f", "vo": "m", "va": "f", "no": "m", "na": "f",
    }  # fmt: skip
    degree = UnitWords("grado", "grados")
    feminine_endings = "as?|[cs]i[óo]n(?:es)?|dad(?:es)?|tad(?:es)?|tud(?:es)?|umbres?|eces|[eiu]z"
    feminine_nouns = word_set("""
        base bases calle calles carne clase clases crisis cruces cruz especie especies fase fases flor flores foto
        fotos frase frases fuente fuentes gente hipótesis imagen imágenes isabel leche ley leyes llave llaves luces
        luz madre madres mano manos moto motos muerte muertes mujer mujeres nave naves noche noches nube nubes orden
        parte partes red redes sangre serie series superficie tarde tardes tesis torre torres veces vez voces voz
        órdenes
        """)
    masculine_nouns = word_set("""
        atleta aviones avión camiones camión clima cometa diploma diplomas drama dramas día días esquema esquemas
        gramo idioma idiomas kilogramo mapa mapas pijama planeta planetas poema poemas problema problemas programa
        programas sistema sistemas sofá sofás síntoma síntomas tema temas
        """)
    not_nouns = word_set("""
        izq dcha izquierda derecha
        a al como con cuando de del desde donde e el en entre era es fue ha han hasta hay la las le les
        lo los menos mil millones millón más ni no o para pero por que se si sin sobre son su sus tras u un una y
        """)
    labels = word_set("""
        andén artículo año años calle canal capítulo categoría clase día episodio etapa fase figura fórmula grupo
        habitación lección los línea nivel número números parte paso piso planta puerta puerto punto página páginas
        sala tabla tema temporada tipo tomo unidad versión vía
        """)
    plural_ending = "s"
