"""Pronunciation lexicons: respellings and phonemes of words, for all languages or for one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .errors import TextError
from .tokens import SPACELESS

MAX_LEXICON_BYTES = 8 << 20
MAX_ENTRIES = 200_000
MAX_WORD_CHARS = 200
MAX_TOKENS = 24
"""Limits the work at each position of a text."""
MAX_PRONUNCIATION_CHARS = 400

_SPACELESS = SPACELESS.pattern
_TOKEN = re.compile(rf"{_SPACELESS}|(?:(?!{_SPACELESS})[\w\u0300-\u036f])+|[^\w\s]")
_SECTION = re.compile(r"\[\s*(\*|[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*\]")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_IPA = re.compile(r"/\s*([^/()\[\]]*[^/()\[\]\s])\s*/")
_ALL = ""


class LexiconEntry(NamedTuple):
    """The pronunciation of a word, either as a `respelling` or as `phonemes` in IPA; the other is empty."""

    word: str
    respelling: str
    phonemes: str
    line: int


class LexiconMatch(NamedTuple):
    """A word of a text that is in the lexicon."""

    start: int
    end: int
    entry: LexiconEntry


class _Node:
    """A node in the tree of tokens: the tokens that may follow, and the entries that end here."""

    __slots__ = ("any_case", "exact", "following")

    def __init__(self) -> None:
        self.following: dict[tuple[bool, str], _Node] = {}
        self.any_case: LexiconEntry | None = None
        self.exact: dict[tuple[str, ...], LexiconEntry] = {}


class LexiconFinder:
    """Finds the words of a lexicon in texts of one language. Takes linear time, for any number of entries."""

    def __init__(self, entries: Iterator[LexiconEntry]) -> None:
        """If `entries` contain a word several times, the last one takes precedence."""
        self._root = _Node()
        self._first: set[str] = set()
        for entry in entries:
            self._add(entry)

    def find(self, text: str) -> list[LexiconMatch]:
        """Return the whole words that are in the lexicon, the longest at each position, in order, not overlapping."""
        if self._first.isdisjoint(map(_normalized, _TOKEN.findall(text.casefold()))):
            return []
        tokens = list(_TOKEN.finditer(text))
        names = [_normalized(token[0]) for token in tokens]
        found: list[LexiconMatch] = []
        at = 0
        while at < len(tokens):
            entry, n_tokens = self._longest(tokens, names, at)
            if entry is None:
                at += 1
            else:
                found.append(LexiconMatch(tokens[at].start(), tokens[at + n_tokens - 1].end(), entry))
                at += n_tokens
        return found

    def _longest(self, tokens: list[re.Match[str]], names: list[str], at: int) -> tuple[LexiconEntry | None, int]:
        node: _Node | None = self._root.following.get((False, names[at].casefold()))
        best, n_best = None, 0
        number = at
        while node is not None:
            if node.any_case is not None or node.exact:
                entry = node.exact.get(tuple(names[at : number + 1]), node.any_case)
                if entry is not None:
                    best, n_best = entry, number + 1 - at
            number += 1
            if number == len(tokens):
                break
            spaced = tokens[number].start() > tokens[number - 1].end()
            node = node.following.get((spaced, names[number].casefold()))
        return best, n_best

    def _add(self, entry: LexiconEntry) -> None:
        node, end = self._root, 0
        self._first.add(_normalized(_TOKEN.findall(entry.word.casefold())[0]))
        names: list[str] = []
        for token in _TOKEN.finditer(entry.word):
            names.append(_normalized(token[0]))
            key = token.start() > end > 0, names[-1].casefold()
            node = node.following.setdefault(key, _Node())
            end = token.end()
        if entry.word == entry.word.lower():
            node.any_case = entry
        else:
            node.exact[tuple(names)] = entry


class _StackedFinder(LexiconFinder):
    """Finds the words of two lexicons; where they overlap, those of the first."""

    def __init__(self, first: LexiconFinder, second: LexiconFinder) -> None:
        self._finders = first, second

    def find(self, text: str) -> list[LexiconMatch]:
        """Return the words of both lexicons in order, not overlapping."""
        found, others = (finder.find(text) for finder in self._finders)
        at = 0
        kept: list[LexiconMatch] = []
        for match in others:
            while at < len(found) and found[at].end <= match.start:
                at += 1
            if at == len(found) or found[at].start >= match.end:
                kept.append(match)
        return sorted([*found, *kept])


class Lexicon:
    """The entries of a lexicon by language."""

    def __init__(self, sections: dict[str, list[LexiconEntry]], base: Lexicon | None = None) -> None:
        """`sections` maps language tags in lower case to entries; "" is for all languages. For `base` see `over`."""
        self._sections = sections
        self._base = base
        self._finders: dict[tuple[str, ...], LexiconFinder | None] = {}

    def finder(self, language: str | None) -> LexiconFinder | None:
        """Return a finder for a language (BCP-47), or None if no entry applies to it.

        The entries of a region take precedence over those of its language, which take precedence over those for all
        languages. Without a language, only the entries for all languages apply.
        """
        own = self._own_finder(language)
        base = self._base.finder(language) if self._base is not None else None
        return own if base is None else base if own is None else _StackedFinder(own, base)

    def over(self, base: Lexicon | None) -> Lexicon:
        """Return this lexicon with the entries of `base` for what isn't in it, whatever their languages."""
        return self if base is None else Lexicon(self._sections, base)

    def _own_finder(self, language: str | None) -> LexiconFinder | None:
        parts = (language or "").lower().replace("_", "-").split("-")
        tags = ["-".join(parts[:n]) for n in range(1, len(parts) + 1)] if language else []
        chosen = tuple(tag for tag in (_ALL, *tags) if self._sections.get(tag))
        if chosen not in self._finders:
            entries = (entry for tag in chosen for entry in self._sections[tag])
            self._finders[chosen] = LexiconFinder(entries) if chosen else None
        return self._finders[chosen]

    def __len__(self) -> int:
        return sum(map(len, self._sections.values()))

    @classmethod
    def joined(cls, lexicons: Iterable[Lexicon]) -> Lexicon:
        """Return several lexicons as one. A later entry for the same word and section takes precedence."""
        sections: dict[str, list[LexiconEntry]] = {}
        for lexicon in lexicons:
            for tag, entries in lexicon._sections.items():  # noqa: SLF001  same class
                sections.setdefault(tag, []).extend(entries)
        whole = cls(sections)
        if len(whole) > MAX_ENTRIES:
            raise TextError(f"{len(whole)} lexicon entries; maximum {MAX_ENTRIES}")
        return whole


def lexicon_of(entries: Mapping[str, object]) -> Lexicon:
    """Return a lexicon of words with their pronunciations as in a lexicon file. TextError names the entry.

    A language tag, or `*` for all languages, may have words of its own: `{"GIF": "jiff", "de": {"Chef": "Scheff"}}`.
    """
    sections: dict[str, list[LexiconEntry]] = {}
    n_entries = 0
    for key, value in entries.items():
        section, own = _ALL, {key: value}
        if isinstance(value, Mapping):
            heading = _SECTION.fullmatch(f"[{key}]")
            if heading is None:
                raise TextError(f"'{key[:40]}' isn't a language tag; the entries of a language are under its tag, or *")
            section, own = _section(heading[1]), dict(value)
        n_entries += len(own)
        if n_entries > MAX_ENTRIES:
            raise TextError(f"too many lexicon entries; maximum {MAX_ENTRIES}")
        for word, pronunciation in own.items():
            if not isinstance(pronunciation, str):
                raise TextError(f"the pronunciation of '{word[:40]}' must be text")
            sections.setdefault(section, []).append(_entry(word.strip(), pronunciation.strip(), 0))
    return Lexicon(sections)


def read_lexicon(data: bytes | str) -> Lexicon:
    """Parse a lexicon file (UTF-8). TextError names the line and the mistake.

    A line is `word = respelling` or `word = /ipa/`. `[de]` starts the entries of a language, `[*]` those for all
    languages, which is the default. `#` at the start of a line or after a space starts a comment. A word in lower case
    matches any case; a word with capitals matches only that spelling. An entry may be several words, with any white
    space between them.
    """
    sections: dict[str, list[LexiconEntry]] = {}
    known: dict[tuple[str, str], int] = {}
    section = _ALL
    for number, line in enumerate(_text(data).splitlines(), 1):
        content = _COMMENT.sub("", line, count=1).strip()
        if not content:
            continue
        heading = _SECTION.fullmatch(content)
        if heading:
            section = _section(heading[1])
            continue
        word, equals, pronunciation = (part.strip() for part in content.partition("="))
        if not equals:
            raise TextError(f"expected 'word = pronunciation', not '{content[:60]}'", number)
        entry = _entry(word, pronunciation, number)
        first = known.setdefault((section, entry.word), number)
        if first != number:
            raise TextError(f"duplicate entry '{entry.word}', already on line {first}", number)
        if len(known) > MAX_ENTRIES:
            raise TextError(f"too many lexicon entries; maximum {MAX_ENTRIES}", number)
        sections.setdefault(section, []).append(entry)
    return Lexicon(sections)


def _text(data: bytes | str) -> str:
    if len(data) > MAX_LEXICON_BYTES:
        raise TextError(f"the lexicon is too large; maximum {MAX_LEXICON_BYTES >> 20} MiB")
    if isinstance(data, str):
        text = data.removeprefix("\ufeff")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TextError(
                f"not UTF-8 text ({error.reason}); save the file as UTF-8", data.count(b"\n", 0, error.start) + 1
            ) from None
    return text


def _section(tag: str) -> str:
    return _ALL if tag == "*" else tag.lower().replace("_", "-")


def _entry(word: str, pronunciation: str, number: int) -> LexiconEntry:
    if not word or not pronunciation:
        if number:
            raise TextError(f"nothing {'before' if not word else 'after'} the '='", number)
        raise TextError(f"the pronunciation of '{word[:40]}' is empty" if word else "an entry has no word")
    word = unicodedata.normalize("NFC", " ".join(word.split()))
    if not word.isprintable() or not pronunciation.isprintable():
        raise TextError(f"the entry of {word[:40]!a} contains an invisible character", number)
    if len(word) > MAX_WORD_CHARS or len(_TOKEN.findall(word)) > MAX_TOKENS:
        raise TextError(f"the word '{word[:40]}…' is too long; maximum {MAX_WORD_CHARS} characters", number)
    if len(pronunciation) > MAX_PRONUNCIATION_CHARS:
        raise TextError(
            f"the pronunciation of '{word[:40]}' is too long; maximum {MAX_PRONUNCIATION_CHARS} characters", number
        )
    if not pronunciation.startswith("/"):
        return LexiconEntry(word, pronunciation, "", number)
    phonemes = _IPA.fullmatch(pronunciation)
    if phonemes is None:
        raise TextError(f"invalid phonemes '{pronunciation}'; write /ipa/, without / ( ) [ ] inside", number)
    return LexiconEntry(word, "", phonemes[1], number)


def _normalized(token: str) -> str:
    return token if token.isascii() else unicodedata.normalize("NFC", token)
