"""What is wrong with a value of JSON, in words for those who wrote it instead of the validator's."""

from __future__ import annotations

import re

import msgspec

_WORDS = {
    "str": "text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`)?")
_LIMIT = re.compile(r"Expected `[^`]+` (of length )?(<=|>=|<|>) (\S+)")
_LENGTH = re.compile(r"Expected `array` of length (\d+)")
_LIMITS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


def problem_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return what a value must be, such as `must be text, not a list`, and where it is: `item.content[0]`, or ''."""
    problem, _, path = str(error).partition(" - at `$")
    return _in_words(problem), path.removesuffix("`").removeprefix(".")


def _in_words(problem: str) -> str:
    if limit := _LIMIT.fullmatch(problem):
        of_length, sign, value = limit.groups()
        return f"must {'have' if of_length else 'be'} {_LIMITS[sign]} {value}{' characters' if of_length else ''}"
    if length := _LENGTH.match(problem):
        return f"must be a list of {length[1]}"
    if found := _EXPECTED.match(problem):
        kinds = found[1].split(" | ")
        # A field that is null is absent, and an integer is a number.
        implied = {"null" if len(kinds) > 1 else "", "int" if "float" in kinds else ""}
        *others, last = [_WORDS.get(kind, kind) for kind in kinds if kind not in implied]
        but = f", not {_WORDS.get(found[2], found[2])}" if found[2] else ""
        expected = f"{', '.join(others)} or {last}" if others else last
        return f"must be {expected}{but}"
    return f"{problem[:1].lower()}{problem[1:]}"
