"""The notation of voices: a name, or several with weights."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import NamedTuple

from .voice import MixedVoice, NamedVoice, ReferenceVoice, Voice, VoicePart

MAX_PARTS = 16
MAX_WEIGHT = 1_000_000.0
"""A larger weight is a typing error: it would make the other voices inaudible."""

VOICE_NAME = re.compile(r"\w[\w.]*(?:-+[\w.]+)*")
"""A voice's name in a mix: a `-` with a character of the name on both sides is part of it; any other is a minus."""

_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BRACKET = re.compile(r"[()]")
_QUOTED_CHARACTERS = 60


class _Part(NamedTuple):
    name: str
    weight: Fraction


def parse_voice(text: str, *, can_mix: bool) -> Voice:
    """Parse a voice.

    For an engine that can mix (`can_mix`) the text is one part or several, joined by `+` or `-`, a part being a name
    and, if it isn't 1, its weight in brackets: `af_bella`, `af_bella(2)+af_sky(1)`, `af_bella(2) - af_sky(0.5)`. A
    minus gives the weight its sign, before the first part too. A name holds letters, digits, `_`, `.` and `-`; a `-`
    is part of the name where it has such a character directly on both sides (`my-voice`), and a minus everywhere else:
    next to a space, after a bracket. Spaces are allowed between all these. The same voice twice adds up, and a voice
    whose weight is 0 drops out; if one is left, it is that voice, whatever its weight. Weights stay as they were
    written: `mix_shares` normalizes them.

    For an engine that can't mix, the whole text is the voice's name: `+` and brackets may be part of it.

    ValueError names the invalid part and its position, counted in characters from 1: a missing name, an open
    bracket, a weight that isn't a number from 0 to `MAX_WEIGHT`, a sum of weights that isn't positive, more than
    `MAX_PARTS` parts.
    """
    if not can_mix:
        return NamedVoice(text)
    weights: dict[str, Fraction] = {}
    for part in _Parser(text).parts():
        weights[part.name] = weights.get(part.name, Fraction(0)) + part.weight
    total = sum(weights.values())
    if total <= 0:
        added = _number(float(total))
        raise ValueError(f"voice {_quoted(text)}: the weights add up to {added}; the sum must be more than 0")
    parts = tuple(VoicePart(name, float(weight)) for name, weight in weights.items() if weight)
    return NamedVoice(parts[0].name) if len(parts) == 1 else MixedVoice(parts)


def voice_text(voice: Voice) -> str:
    """Return a voice as a text for reports.

    `parse_voice` parses the text to the same voice again. A tensor or a recording has no name: the text is its kind
    and its digest.
    """
    if isinstance(voice, NamedVoice):
        return voice.name
    if isinstance(voice, MixedVoice):
        return "".join(
            f"{'-' if part.weight < 0 else '+'}{part.name}({_number(abs(part.weight))})" for part in voice.parts
        ).removeprefix("+")
    return f"{'reference' if isinstance(voice, ReferenceVoice) else 'tensor'}:{voice.digest}"


def mix_shares(voice: MixedVoice) -> list[tuple[str, float]]:
    """Return the voices of a mix, each once and in the order of their names, with their shares, which add up to 1.

    The user's decimals are exact, so that 0.2 and 0.1 give the shares of 2 and 1, to the bit. A voice without a share
    is left out. ValueError for a weight that isn't finite, and if the sum isn't positive or is almost 0.
    """
    weights: dict[str, Fraction] = {}
    for part in voice.parts:
        weight = float(part.weight)
        if not math.isfinite(weight):
            raise ValueError(f"the weight of voice '{part.name}' is {weight!r}, not a finite number")
        weights[part.name] = weights.get(part.name, Fraction(0)) + Fraction(repr(weight))
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("the sum of the weights of a voice mix must be more than 0")
    try:
        return [(name, float(weight / total)) for name, weight in sorted(weights.items()) if weight]
    except OverflowError as error:
        raise ValueError("the weights of a voice mix all but cancel each other") from error


def leading_name(voice: object) -> str | None:
    """Return the name of a voice, or of the largest part of a mix, which decides the language; None without a name."""
    if isinstance(voice, MixedVoice):
        # Among equal weights, the first by name.
        parts = sorted(voice.parts, key=lambda part: (-part.weight, part.name))
        return parts[0].name if parts else None
    return voice.name if isinstance(voice, NamedVoice) else None


class _Parser:
    """Reads the parts of a mix from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def parts(self) -> list[_Part]:
        """Return the parts in their order, with the signs in the weights."""
        found: list[_Part] = []
        sign = "-" if self._next() == "-" else ""
        self._position += len(sign)
        while True:
            weight_sign = -1 if sign == "-" else 1
            name = self._name(sign)
            found.append(_Part(name, weight_sign * self._weight(name)))
            if len(found) > MAX_PARTS:
                raise self._error(f"a mix has at most {MAX_PARTS} parts; '{_short(name)}' is one too many")
            sign = self._next()
            if not sign:
                return found
            if sign == ")":
                raise self._error("a ')' without its '('")
            if sign not in "+-":
                raise self._error(f"expected '+' or '-' after '{_short(name)}', not {sign!r}")
            self._position += 1

    def _next(self) -> str:
        """Return the next character that isn't a space, without taking it; empty at the end."""
        while self._position < len(self._text) and self._text[self._position].isspace():
            self._position += 1
        return self._text[self._position : self._position + 1]

    def _name(self, sign: str) -> str:
        character = self._next()
        match = VOICE_NAME.match(self._text, self._position)
        if match is None:
            if not character or character in "+-()":
                before = f" after the '{sign}'" if sign else ""
                raise self._error(f"the name of a voice is missing{before}")
            raise self._error(f"the name of a voice can't begin with {character!r}")
        self._position = match.end()
        return match[0]

    def _weight(self, name: str) -> Fraction:
        if self._next() != "(":
            return Fraction(1)
        bracket = _BRACKET.search(self._text, self._position + 1)
        if bracket is None or bracket[0] == "(":
            raise self._error(f"the bracket after '{_short(name)}' isn't closed")
        written = self._text[self._position + 1 : bracket.start()].strip()
        label = f"the weight of '{_short(name)}'"
        if not _NUMBER.fullmatch(written):
            hint = " (write a minus before the name)" if written.startswith("-") else ""
            raise self._error(f"{label} is {_quoted(written)}, not a number such as 2 or 0.5{hint}")
        # As a float first: the fraction of 1e-999999999 would have a billion digits.
        value = float(written)
        if value > MAX_WEIGHT:
            raise self._error(f"{label} is {_short(written)}; the maximum is {MAX_WEIGHT:.0f}")
        self._position = bracket.end()
        return Fraction(repr(value))

    def _error(self, message: str) -> ValueError:
        return ValueError(f"voice {_quoted(self._text)}: {message} (character {self._position + 1})")


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 1] + "…"


def _quoted(text: str) -> str:
    return repr(_short(text))
