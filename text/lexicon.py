"""A pronunciation lexicon: words and how to say them, for all languages or for one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .script_types import ScriptError
from .tokens import SPACELESS

MAX_LEXICON_BYTES = 8 << 20
MAX_ENTRIES = 200_000
MAX_WORD_CHARS = 200
MAX_TOKENS = 24
"""What bounds the work for each place of a text."""
MAX_SAID_CHARS = 400

_SPACELESS = SPACELESS.pattern
_TOKEN = re.compile(rf"{_SPACELESS}|(?:(?!{_SPACELESS})[\w\u0300-\u036f])+|[^\w\s]")
_SECTION = re.compile(r"\[\s*(\*|[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)\s*\]")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_IPA = re.compile(r"/\s*([^/()\[\]]*[^/()\[\]\s])\s*/")
_ALL = ""


class LexiconEntry(NamedTuple):
    """How to say a word: in other letters (`respelling`), or in IPA (`phonemes`); the other of them is empty."""

    word: str
    respelling: str
    phonemes: str
    line: int


class LexiconMatch(NamedTuple):
    """A word of a text that the lexicon has."""

    start: int
    end: int
    entry: LexiconEntry


class _Node:
    """A place in the tree of tokens: what may follow, and the entries that end here."""

    __slots__ = ("any_case", "exact", "following")

    def __init__(self) -> None:
        self.following: dict[tuple[bool, str], _Node] = {}
        self.any_case: LexiconEntry | None = None
        self.exact: dict[tuple[str, ...], LexiconEntry] = {}


class LexiconFinder:
    """Finds words in texts of one language, in time linear in the text however many entries there are."""

    def __init__(self, entries: Iterator[LexiconEntry]) -> None:
        """`entries` may hold a word several times: the last one counts."""
        self._root = _Node()
        self._first: set[str] = set()
        for entry in entries:
            self._add(entry)

    def find(self, text: str) -> list[LexiconMatch]:
        """Return the words that are in the lexicon: whole ones, the longest at each place, in order and apart."""
        if self._first.isdisjoint(map(_name, _TOKEN.findall(text.casefold()))):
            return []
        tokens = list(_TOKEN.finditer(text))
        names = [_name(token[0]) for token in tokens]
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
        self._first.add(_name(_TOKEN.findall(entry.word.casefold())[0]))
        names: list[str] = []
        for token in _TOKEN.finditer(entry.word):
            names.append(_name(token[0]))
            key = token.start() > end > 0, names[-1].casefold()
            node = node.following.setdefault(key, _Node())
            end = token.end()
        if entry.word == entry.word.lower():
            node.any_case = entry
        else:
            node.exact[tuple(names)] = entry


class Lexicon:
    """The entries of a lexicon by language."""

    def __init__(self, sections: dict[str, list[LexiconEntry]]) -> None:
        """`sections` by tags in lower case, "" for all languages."""
        self._sections = sections
        self._finders: dict[tuple[str, ...], LexiconFinder | None] = {}

    def finder(self, language: str | None) -> LexiconFinder | None:
        """Return what finds the words of a language (BCP-47): a region's go before the language's, these before all's.

        None if the lexicon has none for it. Without a language only those for all languages count.
        """
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
        """Return one lexicon of several; of two entries for the same word in the same section the later one counts."""
        sections: dict[str, list[LexiconEntry]] = {}
        for lexicon in lexicons:
            for tag, entries in lexicon._sections.items():  # noqa: SLF001  its own kind
                sections.setdefault(tag, []).extend(entries)
        whole = cls(sections)
        if len(whole) > MAX_ENTRIES:
            raise ScriptError(f"a lexicon has at most {MAX_ENTRIES} entries; these have {len(whole)}")
        return whole


def read_lexicon(data: bytes | str) -> Lexicon:
    """Return the lexicon in a file's content (UTF-8). ScriptError names the line and what is wrong with it.

    A line is `word = respelling` or `word = /ipa/`. `[de]` begins the entries of a language, `[*]` those for all, as at
    the start of the file. What follows a `#` at the start of a line or behind a space is a comment. A word in lower
    case stands for any case, one with capitals for itself; it may be several words, with any white space between.
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
            section = _ALL if heading[1] == "*" else heading[1].lower().replace("_", "-")
            continue
        entry = _entry(content, number)
        first = known.setdefault((section, entry.word), number)
        if first != number:
            raise ScriptError(f"'{entry.word}' is already in line {first}", number)
        if len(known) > MAX_ENTRIES:
            raise ScriptError(f"a lexicon has at most {MAX_ENTRIES} entries; this is one more", number)
        sections.setdefault(section, []).append(entry)
    return Lexicon(sections)


def _text(data: bytes | str) -> str:
    if len(data) > MAX_LEXICON_BYTES:
        raise ScriptError(f"a lexicon has at most {MAX_LEXICON_BYTES >> 20} MiB")
    if isinstance(data, str):
        text = data.removeprefix("\ufeff")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ScriptError(
                f"this is no text in UTF-8 ({error.reason})", data.count(b"\n", 0, error.start) + 1
            ) from None
    return text


def _entry(content: str, number: int) -> LexiconEntry:
    word, equals, said = (part.strip() for part in content.partition("="))
    if not equals:
        raise ScriptError(f"expected 'word = how to say it', not '{content[:60]}'", number)
    if not word or not said:
        raise ScriptError(f"there is nothing {'before' if not word else 'behind'} the '='", number)
    word = unicodedata.normalize("NFC", " ".join(word.split()))
    if not word.isprintable() or not said.isprintable():
        raise ScriptError("there is a character that nobody can see", number)
    if len(word) > MAX_WORD_CHARS or len(_TOKEN.findall(word)) > MAX_TOKENS:
        raise ScriptError(f"'{word[:40]}…' is too long for a word ({MAX_WORD_CHARS} characters are the most)", number)
    if len(said) > MAX_SAID_CHARS:
        raise ScriptError(f"how to say '{word[:40]}' is too long ({MAX_SAID_CHARS} characters are the most)", number)
    if not said.startswith("/"):
        return LexiconEntry(word, said, "", number)
    phonemes = _IPA.fullmatch(said)
    if phonemes is None:
        raise ScriptError(f"'{said}' are no phonemes: write /ipa/, without / ( ) [ ] in it", number)
    return LexiconEntry(word, "", phonemes[1], number)


def _name(token: str) -> str:
    return token if token.isascii() else unicodedata.normalize("NFC", token)
