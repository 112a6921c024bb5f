"""Which labels of a subtitle file (`ANN:`, `[SPEAKER_00]:`, `（健太）`) are the names of speakers.

A label can also be spoken text ("HTML: the structure of a page"), so the evidence of the whole file decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .sound_words import is_description
from .speaker_words import REMARKS, ROLE_ADJECTIVES, ROLES, SMALL_WORDS, SPEAKER_NUMBER, TITLES

_MAX_NAME_CHARS = 60
_MAX_NAME_WORDS = 4
_MAX_CASELESS_WORDS = 2
_MAX_CASELESS_CHARS = 16
_OPENERS, _CLOSERS = "[(［（【", "])］）】"
_COLONS = ":："
_NO_NAME_SIGNS = '[](){}<>［］（）【】=*+^|"“”„!?…。！？；;'
_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|［[^［］]*］|（[^（）]*）")
_REMARK = re.compile(r"\s*[\[(［（][^\[\]()［］（）]*[\])］）]$")
_MEDIUM = re.compile(
    r",\s.*|\s(?:on|over|through|via|in|im|am|über|por|en|par|au|à|al|alla|per)\s.*", re.IGNORECASE | re.DOTALL
)
"""What follows a name: `ANN ON PHONE`, `Ann, softly`."""
_NUMBER = re.compile(r"[\s_#-]*\d{1,3}$")
_PREFIXED = re.compile(r"(?:Mc|Mac|Fitz|De|Di|Du|La|Le|Van|Von|St|O['’]|D['’]|L['’])(?=.{2})")
_POSSESSIVE = re.compile(r"(?:['’]s|s['’]?)$")
_VOWEL = re.compile("[aeiouyáàâäãåæéèêëíìîïóòôöõøúùûüýаеёиіїоуыэюяαεηιουω]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_MIN_COUNT = 2
_MIN_NAMES = 2
"""With this many repeated names in capitals, a file names its speakers, so that also a name that occurs once is one."""
_SHARES = {"caseless": (2, 0.25), "mixed": (3, 0.5)}
"""By the case of labels before a colon: the least number and share of a file's lines with which they are names."""
_BRACKETED_SHARE = 0.25
_REMARK_STARTS = frozenset(["subtitles", "www", "step", "note", "http", "https"])
_REMARK_ENDS = frozenset(["warning", "note", "tip", "caution", "example", "rule", "question", "answer"])
_SURE_SHARE = 0.75


class Label(NamedTuple):
    """What precedes the words of a line: `name` as written, on one line, and the words after it.

    `spellings` are the name, then the name without what follows it (`ANN (V.O.)`, `Ann on phone`). `is_bracketed`: it
    is in brackets. `has_colon`: a colon follows.
    """

    name: str
    rest: str
    spellings: tuple[str, ...]
    is_bracketed: bool
    has_colon: bool


def label_of(line: str) -> Label | None:
    """Return the label at the start of a line (without dash or chevrons) that has the form of a name, else None."""
    if line[:1] in _OPENERS and line:
        return _bracketed(line)
    colon = min((at for at in (line.find(sign, 0, 2 * _MAX_NAME_CHARS) for sign in _COLONS) if at > 0), default=0)
    after = line[colon + 1 : colon + 2]
    if not colon or after == "/" or (after.isdigit() and line[colon - 1].isdigit()):
        return None
    name = line[:colon].strip()
    plain = _REMARK.sub("", name)
    if not plain or any(sign in plain for sign in _NO_NAME_SIGNS) or not _is_short(plain):
        return None
    return Label(name, line[colon + 1 :].lstrip(), _spellings(plain), is_bracketed=False, has_colon=True)


def _bracketed(line: str) -> Label | None:
    closer = _CLOSERS[_OPENERS.index(line[0])]
    end = line.find(closer, 1, 2 * _MAX_NAME_CHARS)
    inner = line[1:end].strip() if end > 0 else ""
    has_colon = inner[-1:] in _COLONS and bool(inner)
    inner = inner.rstrip(_COLONS + " ")
    if not inner or any(sign in inner for sign in _NO_NAME_SIGNS + _COLONS) or not _is_short(inner):
        return None
    rest = line[end + 1 :].lstrip()
    if rest[:1] in _COLONS and rest:
        has_colon, rest = True, rest[1:].lstrip()
    return Label(inner, rest, _spellings(inner), is_bracketed=True, has_colon=has_colon)


def _is_short(name: str) -> bool:
    return len(name) <= _MAX_NAME_CHARS and any(map(str.isalpha, name))


def _spellings(name: str) -> tuple[str, ...]:
    name = " ".join(name.split())
    return tuple(dict.fromkeys(filter(None, (name, _REMARK.sub("", name), _MEDIUM.sub("", name).rstrip()))))


def key_of(name: str) -> str:
    """Return the form of a name by which labels are compared."""
    return " ".join(name.casefold().split())


class _Evidence:
    """How often a label occurs in a file, by its form; `case` is that of its first spelling."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.case = _case(name)
        self.n_plain = self.n_turns = self.n_colons = self.n_brackets = 0

    @property
    def count(self) -> int:
        return self.n_plain + self.n_colons + self.n_brackets

    def looks_like_name(self) -> bool:
        """Return whether words that aren't in capitals can be a name: in title case, or a script without case."""
        words = self.name.split()
        if self.case == "caps" or is_description(self.name) or not self.name[0].isalnum():
            return False
        if self.case == "caseless":
            return len(words) <= _MAX_CASELESS_WORDS and len(self.name) <= _MAX_CASELESS_CHARS
        is_titled = all(not word[0].islower() or word in SMALL_WORDS for word in words)
        return is_titled and len(words) < _MAX_NAME_WORDS


def is_in_capitals(name: str) -> bool:
    """Return whether a name is in capitals, as `ANN`, `McGEE`, `Dr. O'NEIL-SMITH` and `MAN #2`."""
    return _case(name) == "caps"


def speaker_names(
    cues: Iterable[Sequence[tuple[str, bool]]], texts: Sequence[str] = (), keep: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the names of speakers in a file, by its conventions.

    In this order, a label is a name if it

    1. names a role or a numbered speaker: `[SPEAKER_00]:`, `MAN #2:`, `[woman] ...`;
    2. is in brackets with a colon after it, or follows chevrons: `(Ann): ...`, `>> Ann: ...`;
    3. is in capitals, twice or more; or once, if two others are repeated;
    4. is in brackets before words, twice or more, in title case or a script without case, and isn't a sound;
    5. is before a colon twice or more, in any case, and such labels start half of the file's lines (in scripts without
       case, a quarter); or once, if they start three quarters.

    It is text if it is a word for a remark (`NOTE: ...`), or in capitals and also in capitals within sentences
    (`HTML: ...`).

    Args:
        cues: The lines of each cue, without dashes and chevrons, and whether chevrons precede the line.
        texts: Its cues, to find words in.
        keep: Labels that are text.
    """
    kept = set(map(key_of, keep))
    evidence: dict[str, _Evidence] = {}
    n_lines = 0
    for lines in cues:
        n_lines += len(lines)
        for at, (line, is_turn) in enumerate(lines):
            label = label_of(line)
            if label is None or any(key_of(spelling) in kept for spelling in label.spellings):
                continue
            name = label.spellings[-1]
            found = evidence.setdefault(key_of(name), _Evidence(name))
            has_words = bool(label.rest) or (at + 1 < len(lines) and lines[at + 1][0][:1] not in _OPENERS)
            found.n_plain += not label.is_bracketed
            found.n_turns += is_turn and not label.is_bracketed
            found.n_colons += label.is_bracketed and label.has_colon
            found.n_brackets += label.is_bracketed and not label.has_colon and has_words
    candidates = {
        key: one for key, one in evidence.items() if one.count and not _is_remark(key) and not _is_letter(key)
    }
    text_words = _Words(texts, candidates)
    terms = {
        key
        for key, one in candidates.items()
        if one.case == "caps" and not is_role(key) and text_words.is_term(one.name)
    }
    candidates = {key: one for key, one in candidates.items() if key not in terms}
    n_repeated = sum(
        one.case == "caps" and one.n_plain + one.n_colons > 0 and one.count >= _MIN_COUNT for one in candidates.values()
    )
    look_like_names = [one for one in candidates.values() if one.looks_like_name()]
    n_labeled = {case: sum(one.n_plain for one in look_like_names if one.case == case) for case in _SHARES}
    in_brackets = [one for one in look_like_names if one.n_brackets]
    n_bracketed = sum(one.n_brackets for one in in_brackets)
    names_in_brackets = n_bracketed >= max(_MIN_COUNT, _BRACKETED_SHARE * n_lines)
    names_speakers = n_repeated >= _MIN_NAMES and not text_words.all_caps

    def is_name(key: str, one: _Evidence) -> bool:
        if SPEAKER_NUMBER.fullmatch(key) or one.n_colons or one.n_turns:
            return True
        has_form = one.case != "mixed" or one.n_plain >= _MIN_COUNT
        if is_role(key) and (one.n_brackets or has_form):
            return True
        labeled = one.n_plain
        if one.case == "caps":
            if labeled:
                return one.count >= _MIN_COUNT or names_speakers
            return one.count >= _MIN_COUNT and text_words.names(one.name) and not is_description(one.name)
        if not one.looks_like_name():
            return False
        if one.n_brackets and (one.count >= _MIN_COUNT or names_in_brackets):
            return True
        minimum, share = _SHARES[one.case]
        if not labeled or n_labeled[one.case] < minimum:
            return False
        return n_labeled[one.case] >= (share if labeled >= _MIN_COUNT else _SURE_SHARE) * n_lines

    return tuple(one.name for key, one in candidates.items() if is_name(key, one))


class _Words:
    """The words of a file in capitals and in title case, among those of its labels."""

    def __init__(self, texts: Sequence[str], labels: Iterable[str]) -> None:
        wanted = {word for label in labels for word in _WORD.findall(label)}
        self._caps: Counter[str] = Counter()
        self._titled: Counter[str] = Counter()
        n_upper = n_lower = 0
        for text in texts:
            for line in _BRACKETS.sub(" ", text).split("\n"):
                label = label_of(line.lstrip("-–—‐>≫＞ "))
                words = line if label is None else label.rest
                n_upper += sum(map(str.isupper, words))
                n_lower += sum(map(str.islower, words))
                for match in _WORD.finditer(words) if wanted else ():
                    key = match[0].casefold()
                    if key in wanted and words[match.end() : match.end() + 1] not in (":", "："):
                        (self._caps if match[0].isupper() else self._titled)[key] += 1
        self.all_caps = n_upper > 2 * n_lower

    def is_term(self, name: str) -> bool:
        """Return whether a label in capitals is an abbreviation or a term of the text rather than a name."""
        words = [word.casefold() for word in _WORD.findall(name)]
        if self.all_caps or len(words) != 1:
            return False
        word = words[0]
        if len(word) > 2 and word.isalpha() and not _VOWEL.search(word) and word not in TITLES:
            return True
        return self._caps[word] > self._titled[word]

    def names(self, name: str) -> bool:
        """Return whether the words of the text contain a name."""
        return any(self._titled[word.casefold()] for word in _WORD.findall(name))


def _is_letter(key: str) -> bool:
    """Return whether a label is a letter, as of a list or a dialogue in a textbook. Only a cast makes it a name."""
    return key.isascii() and sum(map(str.isalpha, key)) == 1


def _is_remark(key: str) -> bool:
    words = _NUMBER.sub("", key).strip(" .#").split(" ")
    return " ".join(words) in REMARKS or words[0] in _REMARK_STARTS or words[-1] in _REMARK_ENDS


def is_role(name: str) -> bool:
    """Return whether a name is that of a role, as `Man`, `OLD WOMAN` or `guard 2`."""
    key = key_of(name)
    words = [word for word in _NUMBER.sub("", key).split() if word not in ROLE_ADJECTIVES]
    return (len(words) == 1 and words[0] in ROLES) or (not words and key.split()[:1] in (["male"], ["female"]))


def _case(name: str) -> str:
    words = _WORD.findall(name)
    cased = [word for word in words if word.upper() != word.lower() and not "ა" <= word[0] <= "ჿ"]
    if not words or len(name.split()) > _MAX_NAME_WORDS:
        return "mixed"
    if not cased:
        return "caseless"
    big = [word for word in cased if _is_capital_word(word)]
    others = [word for word in cased if not _is_capital_word(word) and word.casefold() not in SMALL_WORDS]
    letters = sum(character.isalpha() for word in big for character in word)
    return "caps" if letters > 1 and not others else "mixed"


def _is_capital_word(word: str) -> bool:
    core = _POSSESSIVE.sub("", _PREFIXED.sub("", word)) if not word.isupper() else word
    return bool(core) and not any(character.islower() and character != "ß" for character in core)
