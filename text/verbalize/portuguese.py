"""Portuguese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from .european import European
from .language import UnitWords
from .number_words import number_words, ordinal_words


class Portuguese(European):
    """Portuguese, as spoken in Brazil unless the region is Portugal."""

    signs = {"&": "e", "+": "mais", "=": "igual a", "×": "vezes", "÷": "dividido por", "≈": "aproximadamente", "±": "mais ou menos"}
    web = {".": "ponto", "/": "barra", "@": "arroba", "-": "hífen", "_": "sublinhado", ":": "dois pontos"}
    web |= {"?": "interrogação", "=": "igual", "&": "e comercial", "#": "hashtag", "~": "til", "%": "por cento"}
    web |= {"+": "mais", "www": "dáblio dáblio dáblio", "br": "b r", "pt": "p t", "uk": "u k", "fr": "f r", "eu": "e u"}
    abbreviations = {
        "Sr.": "senhor", "sr.": "senhor", "Sra.": "senhora", "sra.": "senhora", "Srta.": "senhorita", "srta.": "senhorita",
        "Srs.": "senhores", "Sras.": "senhoras", "Dr.": "doutor", "dr.": "doutor", "Dra.": "doutora", "dra.": "doutora",
        "Drs.": "doutores", "Prof.": "professor", "prof.": "professor", "Profa.": "professora", "profa.": "professora",
        "Prof.ª": "professora", "Profª": "professora", "Dr.ª": "doutora", "Drª": "doutora", "Sr.ª": "senhora", "Srª": "senhora",
        "Eng.": "engenheiro", "Arq.": "arquiteto", "Gen.": "general", "Cel.": "coronel", "Cap.": "capitão", "Ten.": "tenente",
        "Sgt.": "sargento", "Pe.": "padre", "Exmo.": "excelentíssimo", "Ilmo.": "ilustríssimo", "Av.": "avenida",
        "av.": "avenida", "R.": "rua", "Pça.": "praça", "Trav.": "travessa", "Rod.": "rodovia", "Dep.": "deputado",
        "Sen.": "senador", "p. ex.": "por exemplo", "p.ex.": "por exemplo", "ex.": "exemplo", "vs.": "versus",
        "aprox.": "aproximadamente", "máx.": "máximo", "mín.": "mínimo", "ed.": "edição", "apto.": "apartamento",
        "ap.": "apartamento", "depto.": "departamento", "obs.": "observação", "Obs.": "observação",
    }  # fmt: skip
    before_names = {"D.": "dom", "Sto.": "santo", "Sta.": "santa", "S.": "São", "Fr.": "frei", "V.": "vossa"}
    before_numbers = {
        "nº": "número", "n.º": "número", "n°": "número", "Nº": "número", "N.º": "número", "N°": "número", "núm.": "número",
        "#": "número", "pág.": "página", "págs.": "páginas", "p.": "página", "pp.": "páginas", "Pág.": "página",
        "cap.": "capítulo", "Cap.": "capítulo", "vol.": "volume", "Vol.": "volume", "art.": "artigo", "Art.": "artigo",
        "fig.": "figura", "Fig.": "figura", "tel.": "telefone", "Tel.": "telefone", "tel.:": "telefone", "Tel.:": "telefone",
        "séc.": "século", "Séc.": "século", "ext.": "extensão", 
    }  # fmt: skip
    closing_abbreviations = {
        "etc.": "etcétera", "EUA": "Estados Unidos", "E.U.A.": "Estados Unidos", "a.C.": "antes de Cristo",
        "d.C.": "depois de Cristo", "a. C.": "antes de Cristo", "d. C.": "depois de Cristo", "Ltda.": "limitada", "Cia.": "companhia",
    }  # fmt: skip
    after_numbers = {
        "%": UnitWords("por cento", "por cento"), "‰": UnitWords("por mil", "por mil"),
        "mi": UnitWords("milhão", "milhões"), "bi": UnitWords("bilhão", "bilhões"), "tri": UnitWords("trilhão", "trilhões"),
        "M": UnitWords("milhão", "milhões"), "s": UnitWords("segundo", "segundos"), "dB": UnitWords("decibel", "decibéis"),
        "seg": UnitWords("segundo", "segundos"), "mph": UnitWords("milha por hora", "milhas por hora", "f"),
        "km/s": UnitWords("quilômetro por segundo", "quilômetros por segundo"),
    }  # fmt: skip
    currencies = {
        "BRL": (UnitWords("real", "reais"), UnitWords("centavo", "centavos")),
        "EUR": (UnitWords("euro", "euros"), UnitWords("cêntimo", "cêntimos")),
        "USD": (UnitWords("dólar", "dólares"), UnitWords("centavo", "centavos")),
        "GBP": (UnitWords("libra", "libras", "f"), UnitWords("pêni", "pence")),
        "JPY": (UnitWords("iene", "ienes"), UnitWords("sen", "sen")),
        "CHF": (UnitWords("franco suíço", "francos suíços"), UnitWords("cêntimo", "cêntimos")),
        "INR": (UnitWords("rupia", "rupias", "f"), UnitWords("paisa", "paisas", "f")),
    }  # fmt: skip
    currency_signs = {"$": "USD", "US$": "USD", "R$": "BRL", "¥": "JPY"}
    scales = {"mi": "milhões", "bi": "bilhões", "tri": "trilhões", "M": "milhões", "mil": "mil", "k": "mil", "K": "mil", "bn": "bilhões"}
    scale_singular = {"milhões": "milhão", "bilhões": "bilhão", "trilhões": "trilhão"}
    million_words = frozenset("milhão milhões bilhão bilhões trilhão trilhões quatrilhão quatrilhões".split())
    of = "de"
    codes_after = frozenset("pin senha código codigo cep ramal".split())
    phone_words = frozenset("tel telefone celular fax ligue ligar liguem whatsapp zap número disque".split())
    phone_sizes = frozenset({(2, 5, 4), (2, 4, 4), (5, 4), (3, 3, 3)})
    roman_after = frozenset(
        "capítulo cap tomo volume vol ato parte livro título tema lição fase grau tipo nível cena canto seção secção anexo artigo"
        " série classe categoria".split()
    )
    ordinal_roman_after = frozenset(
        "Carlos Francisco Henrique João Jorge Fernando Afonso Filipe Isabel Pedro Paulo Luís Manuel Maria Pio Bento Leão Sancho"
        " Dinis Sebastião José Miguel Napoleão Nicolau".split()
    )
    century_words = frozenset({"século", "séculos"})
    articles = frozenset("a o as os da do das dos na no ao à um uma sua seu esta este pela pelo".split())
    half_hours = (r"da (?:manhã|tarde|noite|madrugada)",)
    hour_words = UnitWords("hora", "horas", "f")
    hour_sign = "h|hs|hrs|horas|H"
    hour_letter = "hH"
    full_hour = "h|hs|hrs|H"
    month_words = tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split())
    day_of = "de"
    before_times = frozenset({"às", "à"})
    minus = "menos"
    decimal_word = "vírgula"
    point = "ponto"
    version = "versão"
    range_word = "a"
    score_word = "a"
    and_word = "e"
    between = frozenset({"entre"})
    ordinal_marks = {"º": "m", "ª": "f", "°": "m", "o": "m", "a": "f"}
    degree = UnitWords("grau", "graus")
    feminine_endings = r"as?|[çs]ão|[çs]ões|gens?|dades?|tudes?|ez|ezes|triz(?:es)?"
    feminine_nouns = frozenset(
        "mulher mulheres vez vezes noite noites mão mãos flor flores parte partes chave chaves luz luzes tarde tardes série"
        " séries nave naves torre torres gente voz vozes cruz cruzes lei leis rede redes foto fotos moto motos fonte fontes base"
        " bases mãe mães fase fases frase frases crise crises rua tese hipótese opinião opiniões região regiões reunião"
        " reuniões nuvem nuvens ordem ordens isabel maria cidade árvore árvores ponte pontes classe classes".split()
    )
    masculine_nouns = frozenset(
        "dia dias mapa mapas problema problemas programa programas sistema sistemas tema temas clima idioma idiomas planeta planetas"
        " poema poemas drama dramas sofá sofás grama gramas quilograma quilogramas miligrama miligramas pijama cometa esquema"
        " sintoma sintomas".split()
    )
    not_nouns = frozenset(
        "a ao à às aos e ou de do da dos das em no na nos nas com por para que se é foi era são há o os as um uma lhe seu sua não"
        " nem mais menos entre sobre desde até como quando onde mas sem mil milhão milhões pelo pela h horas graus depois".split()
    )
    labels = frozenset(
        "capítulo página páginas número números artigo tomo nível fase tipo grupo canal parte versão linha quarto sala porta piso"
        " andar etapa episódio temporada passo lição tema ponto unidade figura tabela via porto categoria classe fórmula ano"
        " anos dia rua".split()
    )
    plural_ending = "s"

    def whole(self, number: int, gender: str) -> str | None:
        """Return a number in words: "duas", "vinte e uma", "duzentas"."""
        words = number_words(Decimal(number), self.code if self.code == "pt_PT" else "pt_BR")
        if words is None:
            return None
        words = re.sub(r"(ões|ão) e (?=.*\b(?:mil|\w+lh(?:ão|ões)),? \S)", r"\1 ", words).replace(",", "")
        if gender != "f":
            return words
        head, million, tail = words.rpartition("ões")
        if not million:
            head, million, tail = words.rpartition("lhão")
        tail = re.sub(r"\bdois\b", "duas", re.sub(r"\bum\b", "uma", tail))
        return head + million + re.sub(r"entos\b", "entas", tail)

    def ordinal(self, number: int, gender: str = "m") -> str | None:
        """Return an ordinal in words."""
        words = ordinal_words(str(number), "pt", check=False)
        return re.sub(r"o\b", "a", words) if words and gender == "f" else words

    def short_ordinal(self, number: int, gender: str, noun: str) -> str | None:
        """Return a written ordinal."""
        return self.ordinal(number, gender)

    def joined_money(self, parts: Sequence[str]) -> str:
        """Join reais and cents."""
        return " e ".join(parts)

    def clock(self, hours: int, minutes: int, seconds: int | None, half: str) -> str | None:
        """Return a time: "catorze horas e trinta"."""
        if half and 12 < hours and "manhã" not in half:
            hours -= 12
        words = [self.counted(Decimal(hours), UnitWords("hora" if hours == 1 else "horas", "horas", "f"))]
        if seconds is not None:
            words += [self.counted(Decimal(minutes), UnitWords("minuto", "minutos"))]
            words += [self.counted(Decimal(seconds), UnitWords("segundo", "segundos"))]
        elif minutes:
            words.append(self.whole(minutes, ""))
        spoken = " e ".join(word for word in words if word)
        return f"{spoken} {half}" if half else spoken

    def is_one(self, number: Decimal) -> bool:
        """Whether the singular follows a number: it does below two."""
        return 0 < abs(number) < 2

    def fraction(self, numerator: int, denominator: int) -> str | None:
        """Return a fraction: "três quartos", "três onze avos"."""
        if denominator == 1 or numerator == 0:
            return None
        named = {2: "meio", 3: "terço"}.get(denominator)
        if named is None and (denominator <= 10 or denominator in (20, 30, 100, 1000)):
            named = self.ordinal(denominator)
        part = f"{named}{'s' if numerator > 1 else ''}" if named else f"{self.whole(denominator, '')} avos"
        return f"{self.whole(numerator, '')} {part}"

    def fraction_of(self, numerator: int, denominator: int, noun: str) -> str | None:
        """Return a half before a noun: "meia" (xícara)."""
        if (numerator, denominator) == (1, 2):
            return "meia" if self.gender(noun) == "f" else "meio"
        words = self.fraction(numerator, denominator)
        return f"{words} de" if words else None

    def mixed(self, whole: int, numerator: int, denominator: int) -> str | None:
        """Return a number with a fraction: "dois e um quarto"."""
        part = self.fraction(numerator, denominator)
        return f"{self.whole(whole, '')} e {part}" if part else None

    def regnal(self, number: int, name: str) -> str | None:
        """Return an ordinal up to ten, a cardinal above: "Pedro segundo", "Luís catorze"."""
        return self.ordinal(number, self.gender(name)) if number <= 10 else self.whole(number, "")

    def century(self, number: int, *, follows: bool) -> str | None:
        """Return an ordinal up to ten, a cardinal above."""
        return self.ordinal(number) if number <= 10 else self.whole(number, "")
