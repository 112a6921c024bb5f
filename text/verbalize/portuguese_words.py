"""The words of Portuguese: signs, abbreviations, units, and what its nouns look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .european import European
from .language import UnitWords
from .rule import word_set


class PortugueseWords(European):
    """The words of Portuguese."""

    signs: ClassVar[Mapping[str, str]] = {
        "&": "e", "+": "mais", "=": "igual a", "×": "vezes", "÷": "dividido por", "≈": "aproximadamente",
        "±": "mais ou menos",
    }  # fmt: skip
    web: ClassVar[Mapping[str, str]] = {
        ".": "ponto", "/": "barra", "@": "arroba", "-": "hífen", "_": "sublinhado", ":": "dois pontos",
        "\\": "barra invertida",
        "?": "interrogação", "=": "igual", "&": "e comercial", "#": "hashtag", "~": "til", "%": "por cento",
        "+": "mais", "www": "dáblio dáblio dáblio", "br": "b r", "pt": "p t", "uk": "u k", "fr": "f r", "eu": "e u",
    }  # fmt: skip
    abbreviations: ClassVar[Mapping[str, str]] = {
        "tel.": "telefone", "Tel.": "telefone",
        "Sr.": "senhor", "sr.": "senhor", "Sra.": "senhora", "sra.": "senhora", "Srta.": "senhorita",
        "srta.": "senhorita", "Srs.": "senhores", "Sras.": "senhoras", "Dr.": "doutor", "dr.": "doutor",
        "Dra.": "doutora", "dra.": "doutora", "Drs.": "doutores", "Prof.": "professor", "prof.": "professor",
        "Profa.": "professora", "profa.": "professora", "Prof.ª": "professora", "Profª": "professora",
        "Dr.ª": "doutora", "Drª": "doutora", "Sr.ª": "senhora", "Srª": "senhora", "Eng.": "engenheiro",
        "Arq.": "arquiteto", "Gen.": "general", "Cel.": "coronel", "Cap.": "capitão", "Ten.": "tenente",
        "Sgt.": "sargento", "Pe.": "padre", "Exmo.": "excelentíssimo", "Ilmo.": "ilustríssimo", "Av.": "avenida",
        "av.": "avenida", "R.": "rua", "Pça.": "praça", "Trav.": "travessa", "Rod.": "rodovia", "Dep.": "deputado",
        "Sen.": "senador", "p. ex.": "por exemplo", "p.ex.": "por exemplo", "ex.": "exemplo", "vs.": "versus",
        "aprox.": "aproximadamente", "máx.": "máximo", "mín.": "mínimo", "ed.": "edição", "apto.": "apartamento",
        "ap.": "apartamento", "depto.": "departamento", "obs.": "observação", "Obs.": "observação",
    }  # fmt: skip
    before_names: ClassVar[Mapping[str, str]] = {
        "D.": "dom",
        "Sto.": "santo",
        "Sta.": "santa",
        "S.": "São",
        "Fr.": "frei",
        "V.": "vossa",
    }
    before_numbers: ClassVar[Mapping[str, str]] = {
        "nº": "número", "n.º": "número", "n°": "número", "Nº": "número", "N.º": "número", "N°": "número",
        "núm.": "número", "#": "número", "pág.": "página", "págs.": "páginas", "p.": "página", "pp.": "páginas",
        "Pág.": "página", "cap.": "capítulo", "Cap.": "capítulo", "vol.": "volume", "Vol.": "volume",
        "art.": "artigo", "Art.": "artigo", "fig.": "figura", "Fig.": "figura",
        "séc.": "século", "Séc.": "século",
        "ext.": "extensão",
    }  # fmt: skip
    closing_abbreviations: ClassVar[Mapping[str, str]] = {
        "etc.": "etcétera", "EUA": "Estados Unidos", "E.U.A.": "Estados Unidos", "a.C.": "antes de Cristo",
        "d.C.": "depois de Cristo", "a. C.": "antes de Cristo", "d. C.": "depois de Cristo", "Ltda.": "limitada",
        "Cia.": "companhia",
    }  # fmt: skip
    after_numbers: ClassVar[Mapping[str, UnitWords]] = {
        "%": UnitWords("por cento", "por cento"), "‰": UnitWords("por mil", "por mil"),
        "mi": UnitWords("milhão", "milhões"), "bi": UnitWords("bilhão", "bilhões"),
        "tri": UnitWords("trilhão", "trilhões"), "M": UnitWords("milhão", "milhões"),
        "s": UnitWords("segundo", "segundos"), "dB": UnitWords("decibel", "decibéis"),
        "seg": UnitWords("segundo", "segundos"), "mph": UnitWords("milha por hora", "milhas por hora", "f"),
        "km/s": UnitWords("quilômetro por segundo", "quilômetros por segundo"),
    }  # fmt: skip
    currencies: ClassVar[Mapping[str, tuple[UnitWords, UnitWords]]] = {
        "BRL": (UnitWords("real", "reais"), UnitWords("centavo", "centavos")),
        "EUR": (UnitWords("euro", "euros"), UnitWords("cêntimo", "cêntimos")),
        "USD": (UnitWords("dólar", "dólares"), UnitWords("centavo", "centavos")),
        "GBP": (UnitWords("libra", "libras", "f"), UnitWords("pêni", "pence")),
        "JPY": (UnitWords("iene", "ienes"), UnitWords("sen", "sen")),
        "CHF": (UnitWords("franco suíço", "francos suíços"), UnitWords("cêntimo", "cêntimos")),
        "INR": (UnitWords("rupia", "rupias", "f"), UnitWords("paisa", "paisas", "f")),
    }  # fmt: skip
    scales: ClassVar[Mapping[str, str]] = {
        "mi": "milhões", "bi": "bilhões", "tri": "trilhões", "M": "milhões", "mil": "mil", "k": "mil", "K": "mil",
        "bn": "bilhões",
    }  # fmt: skip
    scale_singular: ClassVar[Mapping[str, str]] = {"milhões": "milhão", "bilhões": "bilhão", "trilhões": "trilhão"}
    million_words = word_set("bilhão bilhões milhão milhões quatrilhão quatrilhões trilhão trilhões")
    of = "de"
    codes_after = word_set("cep codigo código pin ramal senha")
    phone_words = word_set("celular disque fax ligar ligue liguem número tel telefone whatsapp zap")
    phone_sizes = frozenset({(2, 4, 4), (2, 5, 4), (3, 3, 3), (5, 4)})
    roman_after = word_set("""
        anexo artigo ato canto cap capítulo categoria cena classe fase grau livro lição nível parte secção seção série
        tema tipo tomo título vol volume
        """)
    ordinal_roman_after = word_set("""
        Afonso Bento Carlos Dinis Fernando Filipe Francisco Henrique Isabel Jorge José João Leão Luís Manuel Maria
        Miguel Napoleão Nicolau Paulo Pedro Pio Sancho Sebastião
        """)
    century_words = word_set("séc século séculos")
    articles = word_set("a ao as da das do dos esta este na no o os pela pelo seu sua um uma à")
    half_hours = ("da (?:manhã|tarde|noite|madrugada)",)
    hour_words = UnitWords("hora", "horas", "f")
    hour_sign = "h|hs|hrs|horas|H"
    hour_letter = "hH"
    full_hour = "h|hs|hrs|H"
    month_words = (
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    )  # fmt: skip
    day_of = "de"
    before_times = word_set("à às")
    per = "por"
    less = "menor que"
    more = "maior que"
    before_dates = word_set("em dia no do de até desde")
    minus = "menos"
    decimal_word = "vírgula"
    point = "ponto"
    version = "versão"
    range_word = "a"
    score_word = "a"
    and_word = "e"
    between = word_set("entre")
    ordinal_marks: ClassVar[Mapping[str, str]] = {"º": "m", "ª": "f", "°": "m", "o": "m", "a": "f"}
    degree = UnitWords("grau", "graus")
    feminine_endings = "as?|[çs]ão|[çs]ões|gens?|dades?|tudes?|ez|ezes|triz(?:es)?"
    feminine_nouns = word_set("""
        base bases chave chaves cidade classe classes crise crises cruz cruzes fase fases flor flores fonte fontes
        foto fotos frase frases gente hipótese isabel lei leis luz luzes maria moto motos mulher mulheres mãe mães mão
        mãos nave naves noite noites nuvem nuvens opinião opiniões ordem ordens parte partes ponte pontes rede redes
        região regiões reunião reuniões rua série séries tarde tardes tese torre torres vez vezes voz vozes árvore
        árvores
        """)
    masculine_nouns = word_set("""
        clima cometa dia dias drama dramas esquema grama gramas idioma idiomas mapa mapas miligrama miligramas pijama
        planeta planetas poema poemas problema problemas programa programas quilograma quilogramas sintoma sintomas
        sistema sistemas sofá sofás tema temas
        """)
    not_nouns = word_set("""
        a ao aos as até com como da das de depois desde do dos e em entre era foi h há lhe mais mas menos
        mil milhão milhões na nas nem no nos não o onde os ou para pela pelo por quando que se sem seu sobre sua são
        um uma à às é
        """)
    labels = word_set("""
        andar ano anos artigo canal capítulo categoria classe dia episódio etapa fase figura fórmula grupo linha lição
        nível número números parte passo piso ponto porta porto página páginas quarto rua sala tabela tema temporada
        tipo tomo unidade versão via
        """)
    plural_ending = "s"
