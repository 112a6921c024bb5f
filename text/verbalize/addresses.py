"""Read web addresses, e-mail addresses, file names, handles and hashtags."""

from __future__ import annotations

import re

from .language import SpokenLanguage
from .rule import Rule

_DOMAINS = (
    "com org net edu gov mil info biz io ai dev app co uk us ca de fr es it pt br in jp cn eu ch at nl be se no ru tv"
    " me xyz"
)
_FILES = (
    "avi csv doc docx epub exe flac gif gz html ini iso jpeg jpg js json log m4b md mkv mov mp3 mp4 ogg pdf png ppt"
    " pptx py rar rtf safetensors sh sql srt svg tar toml ts txt vtt wav webm webp xls xlsx xml yaml yml zip"
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_PATH = r"(?::\d{1,5})?(?:[/?#][\w.~:/?#@!$&'*+,;=%-]{0,1000}(?<=[\w/=]))?"
_URL = (
    rf"<?(?:https?|ftp|file)://[\w.~:/?#@!$&'*+,;=%-]{{1,1000}}(?<=[\w/=])>?|www\.{_LABEL}(?:\.{_LABEL}){{1,8}}{_PATH}"
)
_BARE = rf"(?<![\w.@/-])(?:{_LABEL}\.){{1,6}}(?:{'|'.join(_DOMAINS.split())}){_PATH}(?![\w@-]|\.\w)"
_BARE += rf"|(?<![\w.-])(?:\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?=[:/]\w)|localhost(?=:\d)){_PATH}"
_FILE = rf"(?<![\w.@/-]){_LABEL}\.(?:{'|'.join(_FILES.split())})(?![\w@-]|\.\w)"
_MAIL = rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{1,8}}"
_SCHEME, _WWW = "://", "www."
"""Keys of `web` in languages that read the scheme of an address, and that read `www.` in another way."""
_PORT = re.compile(r"(?<=:)\d{4}(?!\d)")
_PART = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_CAMEL = re.compile(r"[^\W\d_]+?(?=[A-ZÀ-Þ][a-zß-ÿ]|\d|_|$)|\d+")


def address_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for addresses in a language that has words for their characters."""
    web = language.web
    if not web:
        return []

    def address(match: re.Match[str]) -> str:
        written = match[0].strip("<>").rstrip("/")
        scheme, _, rest = written.rpartition("://")
        if scheme and _SCHEME in web:
            rest = f"{scheme} {rest}"
        if _WWW in web:
            rest = rest.replace(_WWW, web[_WWW], 1)
        written = _PORT.sub(lambda port: language.port(port[0]), rest)
        return " ".join(filter(None, (_spoken(part, language) for part in _PART.findall(written))))

    def name(match: re.Match[str]) -> str:
        words = _CAMEL.findall(match[0][1:])
        spoken = (language.number(word) or word if word.isdecimal() else word for word in words)
        return " ".join((web[match[0][0]], *spoken))

    rules = [Rule(pattern, re.compile(pattern), address) for pattern in (_URL, _MAIL, _BARE, _FILE)]
    for sign, pattern in (("@", r"(?<![\w@])@[^\W\d]\w{1,38}"), ("#", r"(?<![\w#&])#[^\W\d_]\w{1,60}")):
        if sign in web:
            rules.append(Rule(pattern, re.compile(pattern), name))
    return rules


def _spoken(part: str, language: SpokenLanguage) -> str:
    if part.isdecimal():
        return (language.number(part) if len(part) <= 4 else language.digits(part)) or part
    return language.web.get(part.casefold(), part if part.isalpha() else "")
