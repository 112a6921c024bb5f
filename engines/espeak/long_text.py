"""Cut long words and clauses before the library's buffers overflow.

The library has room for some 200 phonemes of a word, and for 1,000 phonemes and 300 words of a clause. It drops what
doesn't fit, or overwrites its stack. How many phonemes a character has is known only when it is spoken: a letter that
the voice can't read is spelled by name ("thai character ko"). So each character has a cost, which is about the most
phonemes that it was found to have in any voice, and a word or a clause is cut before its costs reach the limits.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

import langcodes
from langcodes.tag_parser import LanguageTagError

from ...utils.streaming.contract.language_tags import primary_tag


class _Costs(NamedTuple):
    """Cost of a character in its word and in its clause."""

    word: float
    clause: float


_WORD_LIMIT = 150.0
_CLAUSE_LIMIT = 900.0
_HARD_WORD_LIMIT = 180.0
"""Beyond it, a word is also cut between a letter and its marks, each of which is spelled by name if it is unusual."""
_TOKEN_COST = 3.0
"""Added for each text between two spaces: a clause also has a maximum number of words."""
_SPELLED = 44.0
"""Cost in a clause of a letter that is spelled by name."""
_READ_BY_ALL = frozenset(
    ("LATIN", "DEVANAGARI", "BENGALI", "TAMIL", "GEORGIAN", "ARMENIAN", "SINHALA", "MODIFIER", "FULLWIDTH")
)
"""Scripts, as in the names of their characters, that every voice reads or spells with few phonemes."""
_SCRIPTS = {
    "Grek": ("GREEK",),
    "Cyrl": ("CYRILLIC",),
    "Hebr": ("HEBREW",),
    "Arab": ("ARABIC",),
    "Thai": ("THAI",),
    "Jpan": ("HIRAGANA", "KATAKANA"),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Kore": ("HANGUL",),
    "Ethi": ("ETHIOPIC",),
    "Khmr": ("KHMER",),
    "Mymr": ("MYANMAR",),
    "Telu": ("TELUGU",),
    "Knda": ("KANNADA",),
    "Mlym": ("MALAYALAM",),
    "Gujr": ("GUJARATI",),
    "Guru": ("GURMUKHI",),
    "Orya": ("ORIYA",),
    "Cher": ("CHEROKEE",),
}
_DENSE = frozenset(("HIRAGANA", "KATAKANA", "HANGUL", "THAI", "KHMER", "MYANMAR", "ETHIOPIC"))
"""Scripts with several phonemes a character."""
_OTHER_COSTS = dict.fromkeys('’"“”«»()[]-‐‑–,;:!?¡¿', _Costs(1.0, 1.0)) | {
    ".": _Costs(4.0, 6.0),
    "'": _Costs(4.0, 1.0),
}
_VOWELS = frozenset("AEIOUYАЕИОУЫЭЮЯ")
"""A run of capitals with vowels is usually read, one without them is spelled."""
_WORD_BREAKS = frozenset("-‐‑–_/")
_WIDE_MARKS = frozenset("。，、！？；：")
_CLAUSE_ENDS = frozenset(",;:!?") | _WIDE_MARKS
_CLOSING = "'’\"”»)]"
_INITIAL = re.compile(r"(?:^|\W)\w\.$")
"""A letter with a full stop at the end of a text between spaces: the library joins it to the next letter."""
_MAX_REPEATS = 3
"""The library speaks a letter that is repeated with spaces three times, and drops the others."""
_TOKENS = re.compile(r"(\s*)(\S*)")
_MIN_SENTENCE_LETTERS = 4
"""A shorter word with a full stop may be an abbreviation, behind which the library's clause goes on."""


class SpokenText(NamedTuple):
    """A text for the library, and the positions in it of the characters that were inserted, in order."""

    text: str
    inserted: tuple[int, ...] = ()

    def source(self, position: int) -> int:
        """Return a position in the original text."""
        return position - bisect_left(self.inserted, position)


def scripts_of(language: str) -> frozenset[str]:
    """Return the scripts that a voice of a language reads, besides those that all voices read."""
    try:
        tag = langcodes.Language.get(language)
    except LanguageTagError:  # such as "en-us-nyc"
        tag = langcodes.Language.get(primary_tag(language))
    script = tag.maximize().script or ""
    return frozenset(_SCRIPTS.get(script, ()))


def cut_long(text: str, scripts: frozenset[str]) -> SpokenText:
    """Return a text with a comma in each word and each clause that is too long.

    Args:
        text: The text to speak.
        scripts: What `scripts_of` returns for the voice's language.
    """
    if len(text) * _SPELLED < _WORD_LIMIT:
        return SpokenText(text)
    return _Cutter(text, scripts).run()


class _Cutter:
    """One pass over a text.

    A cut is a comma between white space, since the library joins letters with full stops over a space or a comma alone.
    """

    def __init__(self, text: str, scripts: frozenset[str]) -> None:
        self._text = text
        self._scripts = scripts
        self._parts: list[str] = []
        self._inserted: list[int] = []
        self._n_written = 0
        self._clause = 0.0
        self._word = 0.0
        self._last_token = ""
        self._n_repeats = 0

    def run(self) -> SpokenText:
        """Return the text with its cuts."""
        for found in _TOKENS.finditer(self._text):
            space, token = found.groups()
            costs = [_costs(character, self._scripts) for character in token]
            if not _INITIAL.search(self._last_token):
                self._word = 0.0
            if self._must_cut_before(token, costs):
                self._insert(" ,")
            elif "\n\n" in space:
                self._clause = 0.0
            self._write(space)
            self._clause += _TOKEN_COST
            self._add_token(token, costs)
            self._last_token = token
            if _ends_clause(token):
                self._clause = 0.0
        return SpokenText("".join(self._parts), tuple(self._inserted))

    def _must_cut_before(self, token: str, costs: list[_Costs]) -> bool:
        self._n_repeats = self._n_repeats + 1 if token == self._last_token and len(token) == 1 else 1
        too_many = self._n_repeats > _MAX_REPEATS and token.isalnum()
        if too_many:
            self._n_repeats = 1
        clause = self._clause + _TOKEN_COST + sum(cost.clause for cost in costs)
        return bool(
            self._clause and token and (too_many or clause > _CLAUSE_LIMIT or self._word + costs[0].word > _WORD_LIMIT)
        )

    def _add_token(self, token: str, costs: list[_Costs]) -> None:
        begin = 0
        for number, (character, cost) in enumerate(zip(token, costs, strict=True)):
            too_long = self._word + cost.word > _WORD_LIMIT or self._clause + cost.clause > _CLAUSE_LIMIT
            may_cut = not _continues(character) or self._word + cost.word > _HARD_WORD_LIMIT
            if too_long and number and may_cut:
                self._write(token[begin:number])
                begin = number
                self._insert(",\n")
            self._word += cost.word
            self._clause += cost.clause
            if character in _WIDE_MARKS:
                self._word = self._clause = 0.0
            elif character in _WORD_BREAKS:
                self._word = 0.0
        self._write(token[begin:])

    def _insert(self, cut: str) -> None:
        self._inserted += range(self._n_written, self._n_written + len(cut))
        self._write(cut)
        self._word = self._clause = 0.0

    def _write(self, part: str) -> None:
        self._parts.append(part)
        self._n_written += len(part)


@lru_cache(maxsize=4096)
def _costs(character: str, scripts: frozenset[str]) -> _Costs:
    category = unicodedata.category(character)
    if category[0] not in "LM":
        return _OTHER_COSTS.get(character, _Costs(9.0, 16.0))
    script = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    if script == "CJK" and script in scripts:
        return _Costs(1.0, 6.0)
    if script == "GREEK" and script not in scripts:
        return _Costs(6.0, 10.0)
    if script in _READ_BY_ALL or script in scripts:
        if category == "Lu" and character not in _VOWELS:
            return _Costs(13.0, 14.0)
        if script == "LATIN":
            # Voices of other scripts spell what they can't read, some of them in 24 letters to a word.
            return _Costs(6.5 if scripts else 3.5, 2.5)
        return _Costs(4.5, 3.2 if script in _DENSE else 2.5)
    return _Costs(13.0, _SPELLED)


def _continues(character: str) -> bool:
    """Whether a character belongs to the one before it: a mark, a joiner, a variation selector."""
    return unicodedata.category(character)[0] == "M" or unicodedata.category(character) in ("Cf", "Sk")


def _ends_clause(token: str) -> bool:
    bare = token.rstrip(_CLOSING)
    if bare[-1:] in _CLAUSE_ENDS:
        return True
    return bare[-1:] in ".…" and sum(map(str.isalpha, bare)) >= _MIN_SENTENCE_LETTERS
