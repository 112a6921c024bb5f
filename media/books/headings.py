"""Find the headings of chapters in plain text, by rules or by a user's regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import regex

from ...text.punctuation import SPEAKABLE, TERMINATORS
from ..errors import BookError
from .book import MAX_CHAPTERS, one_line

MATCH_LIMIT_S = 5.0
"""Maximum time of a user's expression for a whole book."""
_LINE_CHARS = 80
_CONTENTS_CHARS = 200
"""Headings that recur later and are followed by less text than this are lines of a table of contents."""

Kind = Literal["part", "chapter", "section", "name", "number", "custom"]

_PART = "part|book|volume|act|teil|buch|band|akt|partie|livre|tome|acte|parte|libro|tomo|acto|atto|deel|часть|книга|том"
_CHAPTER = "chapter|kapitel|chapitre|capítulo|capitulo|capitolo|hoofdstuk|глава|rozdział|kapitola"
_SECTION = "scene|section|szene|abschnitt|scène|escena|scena"
_UNITS = "one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_TEENS = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|tenth|eleventh|twelfth"
    "|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|last"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|twentieth|thirtieth|fortieth|fiftieth|hundred"
_FOREIGN = (
    "eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    "|premier|première|deuxième|troisième|quatrième|cinquième|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez"
    "|primero|primera|segundo|segunda|tercero|tercera|cuarto|quinto|primo|prima|terzo|terza"
)
_VALUE = rf"\d{{1,4}}|[ivxlcdm]{{1,9}}|(?:the\s)?(?:(?:{_TENS})[\s-](?:{_UNITS})|{_TENS}|{_TEENS}|{_UNITS}|{_FOREIGN})"
_ORDINAL = (
    "erste[rs]?|zweite[rs]?|dritte[rs]?|vierte[rs]?|fünfte[rs]?|sechste[rs]?|siebte[rs]?|siebente[rs]?|achte[rs]?"
    "|neunte[rs]?|zehnte[rs]?|elfte[rs]?|zwölfte[rs]?|first|second|third|fourth|fifth|première?|premier|deuxième"
    "|seconde?|troisième|quatrième|primer|primera|segund[oa]|tercera?|prim[oa]|second[oa]|terz[oa]"
)
_NAMES = (
    "prologue|epilogue|preface|foreword|introduction|afterword|conclusion|postscript|interlude|appendix|dedication"
    "|acknowledge?ments|author's note|prolog|epilog|vorwort|nachwort|einleitung|einführung|anhang|préface|avant-propos"
    "|épilogue|prólogo|epílogo|prefacio|introducción|prefazione|prologo|epilogo|пролог|эпилог|предисловие|послесловие"
    "|序|序章|序言|前言|楔子|引子|尾声|尾聲|终章|終章|后记|後記|プロローグ|エピローグ|あとがき|まえがき|はじめに|おわりに"
)
_HEADING = re.compile(
    rf"""^[ \t\u3000]{{0,40}}(?:
      (?:(?P<part>{_PART})|(?P<chapter>{_CHAPTER})|(?P<section>{_SECTION}))[ \t]{{1,8}}(?P<value>{_VALUE})(?!\w)
    | (?:{_ORDINAL})[ \t]{{1,8}}(?:(?P<part2>{_PART})|(?P<chapter2>{_CHAPTER})|(?P<section2>{_SECTION}))(?!\w)
    | 第[ ]?[0-9０-９〇零一二三四五六七八九十百千两]{{1,8}}[ ]?
        (?:(?P<chapter3>[章回話话])|(?P<part3>[部卷篇編])|(?P<section3>[节節]))
    | (?P<name>{_NAMES})(?!\w)
    | (?P<number>\d{{1,3}}|[ivxlc]{{1,8}})(?=[.]?[ \t]*$)
    )(?P<rest>.*)$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_TITLE_MARK = re.compile(r"[ \t]*[:.)–—-]|[ \t]*$|[ \t]{2,}")


class Heading(NamedTuple):
    """A heading in a text, from `start` to `end`, the end of its line. `key` is equal for equal headings."""

    start: int
    end: int
    title: str
    key: str
    kind: Kind


def find_headings(text: str) -> list[Heading]:
    """Return the headings of a text's chapters in order; empty if no rule applies.

    The first rule that finds a heading applies:

    1. "Chapter 4", "CHAPTER IV. Title", "Erstes Kapitel", 第四章, and the parts and books that contain them.
    2. Scenes and sections.
    3. Numbers on separate lines that count up.

    Headings such as "Prologue" in a separate paragraph are added. Lines of a table of contents are ignored.
    """
    found = [heading for match in _HEADING.finditer(text) if (heading := _heading(text, match)) is not None]
    if any(heading.kind == "chapter" for heading in found):
        chosen = [heading for heading in found if heading.kind in {"part", "chapter", "name"}]
    elif any(heading.kind in {"part", "section"} for heading in found):
        chosen = [heading for heading in found if heading.kind in {"part", "section", "name"}]
    else:
        chosen = _counting(found) or [heading for heading in found if heading.kind == "name"]
    return [_with_title(text, heading) for heading in _without_contents(text, chosen)]


def match_headings(text: str, pattern: str) -> list[Heading]:
    """Return the headings that a user's expression matches; `^` and `$` match at line ends.

    The title is the group `title`, else the first group, else the whole match.

    Raises:
        ValueError: The expression is invalid or takes longer than `MATCH_LIMIT_S`.
        BookError: The expression matches nothing, or more than `MAX_CHAPTERS` times.
    """
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
    except regex.error as error:
        raise ValueError(f"invalid chapter pattern {pattern!r}: {error}") from error
    headings: list[Heading] = []
    named = "title" in compiled.groupindex
    try:
        for match in compiled.finditer(text, timeout=MATCH_LIMIT_S):
            start = text.rfind("\n", 0, match.start()) + 1
            if headings and start < headings[-1].end:
                continue  # a second match on the same line
            end = _line_end(text, max(match.end(), start))
            words = match["title"] if named else (match[1] if compiled.groups else match[0])
            title = one_line(words or "") or one_line(text[start:end])
            headings.append(Heading(start, end, title, title.casefold(), "custom"))
            if len(headings) > MAX_CHAPTERS:
                raise BookError(f"the chapter pattern {pattern!r} matches too often; maximum {MAX_CHAPTERS}")
    except TimeoutError as error:
        raise ValueError(
            f"the chapter pattern {pattern!r} takes longer than {MATCH_LIMIT_S:g} s; simplify it"
        ) from error
    if not headings:
        raise BookError(f"the chapter pattern {pattern!r} matches no line")
    return headings


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _heading(text: str, match: re.Match[str]) -> Heading | None:
    """Return the heading of a line; None for running text that starts like a heading."""
    kind: Kind
    for kind in ("part", "chapter", "section", "name", "number"):
        if any(match.groupdict().get(f"{kind}{form}") for form in ("", "2", "3")):
            break
    line = text[match.start() : match.end()].strip()
    rest = match["rest"].strip()
    if len(line) > _LINE_CHARS or not (line[0].isupper() or line[0].isdigit() or not line[0].islower()):
        return None
    blank_before = not text[text.rfind("\n", 0, max(0, match.start() - 1)) + 1 : match.start()].strip()
    blank_after = not text[match.end() + 1 : _line_end(text, match.end() + 1)].strip()
    starts_paragraph = blank_before or line[0] == "第"
    has_mark = _TITLE_MARK.match(match["rest"]) is not None
    if kind == "name":
        fits = blank_before and blank_after and (not rest or has_mark) and not rest.endswith(tuple(",;"))
    elif kind == "number":
        fits = blank_before and blank_after
    else:
        # "Chapter 4 of the book" is running text, and so is a line that ends like a sentence.
        plain = blank_after and rest[-1:] not in tuple(TERMINATORS) and rest[-1:] not in {",", ";"}
        before = text[: match.start()].rstrip()[-1:] if not starts_paragraph else ""
        fits = (starts_paragraph or before in tuple(TERMINATORS)) and (has_mark or line[0] == "第" or plain)
    if not fits:
        return None
    first = match.start() + (len(match.group()) - len(match.group().lstrip()))
    key = one_line(text[first : match.start("rest")]).casefold().replace("\u3000", "")
    return Heading(match.start(), match.end(), one_line(line), key, kind)


def _counting(found: Sequence[Heading]) -> list[Heading]:
    """Return the numbers on separate lines that count up from 1 (and restart at 1), if there are at least two."""
    counted: list[Heading] = []
    last = 0
    for heading in found:
        value = _value(heading.key) if heading.kind == "number" else None
        if value is not None and value in {last + 1, 1}:
            counted.append(heading)
            last = value
        elif heading.kind == "name":
            counted.append(heading)
    return counted if sum(heading.kind == "number" for heading in counted) > 1 else []


def _value(words: str) -> int | None:
    if words.isdecimal():
        return int(words)
    numbers = [_ROMAN[letter] for letter in words]
    return sum(-here if here < after else here for here, after in zip(numbers, [*numbers[1:], 0], strict=True))


def _without_contents(text: str, headings: Sequence[Heading]) -> list[Heading]:
    """Drop the lines of a table of contents: after each, little text follows, and the same heading recurs later."""
    last_of = {heading.key: number for number, heading in enumerate(headings)}
    kept = []
    for number, heading in enumerate(headings):
        following = headings[number + 1].start if number + 1 < len(headings) else len(text)
        recurs = last_of[heading.key] > number
        if not (recurs and following - heading.end < _CONTENTS_CHARS):
            kept.append(heading)
    return kept


def _with_title(text: str, heading: Heading) -> Heading:
    """Add the line after "Chapter 4" to the title, if it is a separate paragraph and looks like a title."""
    words = heading.title.rstrip(" .:–—-")
    if heading.kind == "name" or one_line(words).casefold() != heading.key.rstrip(" ."):
        return heading
    start = heading.end + 1
    for _ in range(2):
        end = _line_end(text, start)
        line = text[start:end].strip()
        if line:
            break
        start = end + 1
    after = text[end + 1 : _line_end(text, end + 1)].strip()
    is_title = line and len(line) <= _LINE_CHARS and not after and SPEAKABLE.search(line)
    if not is_title or (line[-1] in TERMINATORS + ',;:”"»' and not line.isupper()) or _HEADING.match(line):
        return heading._replace(title=words)
    return heading._replace(title=f"{words}: {one_line(line).rstrip('.')}")
