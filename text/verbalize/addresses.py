"""Read web addresses, e-mail addresses, file names, handles and hashtags."""

from __future__ import annotations

import re
from collections.abc import Callable

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
_URL = rf"<?(?<!\w)[a-z][a-z0-9+]{{1,10}}://[\w.~:/?#@!$&'*+,;=%-]{{1,1000}}(?<=[\w/=])>?|www\.{_LABEL}(?:\.{_LABEL}){{1,8}}{_PATH}"
_BARE = rf"(?<![\w.@/-])(?:{_LABEL}\.){{1,6}}(?:{'|'.join(_DOMAINS.split())}){_PATH}(?![\w@-]|\.\w)"
_BARE += rf"|(?<![\w.-])(?:\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?=[:/]\w)|localhost(?=:\d)){_PATH}"
_FILE = rf"(?<![\w.@/-]){_LABEL}\.(?:{'|'.join(_FILES.split())})(?![\w@-]|\.\w)"
_MAIL = rf"(?<![\w.+&!%-])[\w.+][\w.+&!%-]{{0,63}}@{_LABEL}(?:\.{_LABEL}){{1,8}}{_PATH}"
_DOTTED = r"(?<![\w.@/\\-])[a-z][a-z0-9_-]{1,30}(?:\.[a-z][a-z0-9_-]{1,30}){1,5}(?![\w@-]|\.\w)"
"""Names with dots that are neither domains nor files: `node.js`. In prose, a capital follows a full stop."""
_UNIX = r"(?<![\w.~/<>(\[-])(?:(?:~|\.\.?)/[\w.-]{1,60}|/[\w.-]{1,60}/[\w.-]{1,60})(?:/[\w.-]{1,60}){0,20}/?(?<=[\w/])"
_WINDOWS = r"(?<!\w)[A-Za-z]:\\[\w.\\-]{0,300}(?<=[\w\\])"
_SCHEME, _WWW = "://", "www."
"""Keys of `web` in languages that read the scheme of an address, and that read `www.` in another way."""
_BACKSLASH = "\\"
_PORT = re.compile(r"(?<=:)\d{4}(?!\d)")
_PART = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_HANDLE_PART = re.compile(r"[^\W\d_]+?(?=[A-ZÀ-Þ][a-zß-ÿ]|\d|_|\.|$)|\d+|[@.]")
_CAMEL = re.compile(r"[^\W\d_]+?(?=[A-ZÀ-Þ][a-zß-ÿ]|\d|_|$)|\d+")


def address_rules(language: SpokenLanguage) -> list[Rule]:
    """Return the rules for addresses in a language that has words for their characters."""
    web = language.web
    if not web:
        return []

    def address(match: re.Match[str]) -> str:
        written = match[0].strip("<>").rstrip("/") or match[0]
        scheme, _, rest = written.rpartition("://")
        if scheme and _SCHEME in web:
            rest = f"{scheme} {rest}"
        if _WWW in web:
            rest = rest.replace(_WWW, web[_WWW], 1)
        written = _PORT.sub(lambda port: language.port(port[0]), rest)
        return " ".join(filter(None, (_spoken(part, language, digits) for part in _PART.findall(written))))

    def digits(part: str) -> str:
        return _digits(part, language)

    def file(match: re.Match[str]) -> str:
        return " ".join(filter(None, (_spoken(part, language, language.number) for part in _PART.findall(match[0]))))

    def dotted(match: re.Match[str]) -> str | None:
        words = {f"{word}." for word in match[0].split(".")}
        return None if any(not words.isdisjoint(table) for table in abbreviations) else address(match)

    def handle(match: re.Match[str]) -> str:
        words = _HANDLE_PART.findall(match[0])
        return " ".join(_digits(word, language) if word.isdecimal() else web.get(word, word) for word in words)

    def hashtag(match: re.Match[str]) -> str:
        words = _CAMEL.findall(match[0][1:])
        spoken = (language.number(word) or word if word.isdecimal() else word for word in words)
        return " ".join((web["#"], *spoken))

    abbreviations = (
        language.abbreviations,
        language.closing_abbreviations,
        language.before_names,
        language.before_numbers,
        language.after_numbers,
    )
    kinds = [(_URL, address), (_MAIL, address), (_BARE, address), (_FILE, file), (_DOTTED, dotted), (_UNIX, address)]
    if _BACKSLASH in web:
        kinds.append((_WINDOWS, address))
    if "@" in web:
        kinds.append((r"(?<![\w@])@[^\W\d]\w{1,38}(?:\.[a-z]\w{0,20}){0,3}(?!\w)", handle))
    if "#" in web:
        kinds.append((r"(?<![\w#&])#[^\W\d_]\w{1,60}", hashtag))
    return [Rule(pattern, re.compile(pattern), say) for pattern, say in kinds]


def _spoken(part: str, language: SpokenLanguage, number: Callable[[str], str | None]) -> str:
    if part.isdecimal():
        return number(part) or part
    return language.web.get(part.casefold(), part if part.isalpha() else "")


def _digits(digits: str, language: SpokenLanguage) -> str:
    """Return the digits of an address one by one, as people spell it out, except thousands."""
    return (language.number(digits) if digits.endswith("000") else language.digits(digits)) or digits
