"""A rule: where an expression can start, its pattern, and its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

SPACE = r"[ \u00a0\u202f\u2009]"
"""A space within an expression, as in `5 kg`."""


class Verbalized(NamedTuple):
    """The words for `[start, end)` of a text; empty if it isn't spoken."""

    start: int
    end: int
    text: str


class Rule(NamedTuple):
    """An expression of one kind.

    `start` is a pattern, without groups, of where it can start: at a digit, a sign, one of a few words. It should be
    rare in running text, since all rules are tried there, in order. `pattern` is matched at that position. `say`
    returns the words, or None to leave the expression to the rules after it. A pattern has no unbounded repetition of
    what another start may match again, so that texts take linear time.
    """

    start: str
    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]


def rule_of(start: str, pattern: str, say: Callable[[re.Match[str]], str | None]) -> Rule:
    """Return a rule with its pattern compiled."""
    return Rule(start, re.compile(pattern), say)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def word_list(text: str) -> list[str]:
    """Return the words of a text in order."""
    return text.split()


def word_table(text: str) -> dict[str, str]:
    """Return a table that is written as `kg=kilogram km/h=kilometers_per_hour`; an underscore is a space."""
    pairs = (pair.partition("=") for pair in text.split())
    return {written: spoken.replace("_", " ") for written, _, spoken in pairs}


def any_of(words: Iterable[str]) -> str:
    """Return a pattern, without groups, for any of these literal words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) + ")"


def word_before(match: re.Match[str]) -> str:
    """Return the word before a match, with its full stop; empty if anything but a space separates them."""
    found = _LAST_WORD.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
    return found[1] if found else ""


def word_at_end(match: re.Match[str]) -> str:
    """Return the word that a match directly follows."""
    found = _WORD_END.search(match.string, max(0, match.start() - _LOOK_BACK_CHARS), match.start())
    return found[0] if found else ""


_LOOK_BACK_CHARS = 32
_WORD_END = re.compile(r"(?<!\w)[^\W\d_]+$")
_LETTER = "(?:[^\\W\\d_]|[\u0900-\u0963\u0970-\u0dff])"
"""A letter, or a vowel sign of a script of India, which `\\w` doesn't have."""
_LAST_WORD = re.compile(rf"(?<![\w\u0900-\u0dff])({_LETTER}+(?:['’-]{_LETTER}+)*\.?){SPACE}$")
