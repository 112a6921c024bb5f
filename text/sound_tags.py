"""Take the tags of sounds and moods, such as `[laughs]`, out of a text, and put those that an engine performs back.

The text between them is segmented, normalized and measured as if there were no tags, so an engine without sounds gets
the same segments as for the text without tags.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import msgspec

from ..utils.streaming.contract.segment import SourceSpan
from .offset_map import MappedTextBuilder
from .punctuation import LINE_BREAKS, NOT_SPACE, STRONG_CLAUSE_MARKS, TERMINATORS, WEAK_CLAUSE_MARKS
from .script_types import GivenPronunciation, ScriptPassage, SoundTag
from .segmenter import span_text
from .sounds import MAX_SOUND_CHARS, canonical_names, sound_name
from .tokens import SPACELESS

_TAG = re.compile(rf"\[(\s*[^\W\d][^\[\]{LINE_BREAKS}]{{0,{MAX_SOUND_CHARS}}})\](?!\(/)")
"""A bracket on one line that may have the name of a sound; `[word](/ipa/)` is a pronunciation."""
_OPEN_TAG = re.compile(rf"\[[^\[\]{LINE_BREAKS}]{{0,{MAX_SOUND_CHARS}}}$")
_LINE_BREAK = re.compile(f"[{LINE_BREAKS}]")
_BEFORE_SPACE = frozenset(TERMINATORS + STRONG_CLAUSE_MARKS + WEAK_CLAUSE_MARKS + ")]}」』】》〉〕）］｝")
"""Marks that follow a word without a space, so that a space before a tag goes with the tag."""
_AFTER_SPACE = frozenset("([{「『【《〈〔（［｛¿¡")


def has_sounds(text: str, others: Collection[str] = ()) -> bool:
    """Return whether a text contains a tag of a sound or mood; for `others` see `sound_name`."""
    return "[" in text and any(sound_name(match[1], others) for match in _TAG.finditer(text))


def without_open_tag(text: str) -> str:
    """Return a text that is still being written without a bracket at its end that may become a tag."""
    found = _OPEN_TAG.search(text, max(0, len(text) - MAX_SOUND_CHARS - 1))
    return text[: found.start()] if found else text


class SpokenText(NamedTuple):
    """The words of a text for an engine, and the tags in it that the engine performs."""

    words: str
    performed: tuple[str, ...]


def spoken_text(text: str, tags: Iterable[str]) -> SpokenText:
    """Separate the text for an engine that performs `tags`, for reports, subtitles and verification."""
    performed = canonical_names(tags)
    if not performed or "[" not in text:
        return SpokenText(text, ())
    passage = take_sounds(ScriptPassage(source=SourceSpan(0, len(text)), text=text), performed, only=performed)
    return SpokenText(passage.text.strip(), tuple(performed[tag.name] for tag in passage.sounds))


def without_tags(text: str, tags: Iterable[str]) -> str:
    """Return the words of `spoken_text`."""
    return spoken_text(text, tags).words


class Performed(NamedTuple):
    """A text for an engine, and the tags that it doesn't perform, as written."""

    text: str
    left_out: tuple[str, ...]


def perform(text: str, performed: Mapping[str, str], others: Collection[str] = ()) -> Performed:
    """Return a text on one line for an engine: its tags in the engine's names, without those it doesn't perform.

    `performed` are those of `canonical_names`; for `others` see `sound_name`.
    """
    whole = take_sounds(ScriptPassage(source=SourceSpan(0, len(text)), text=text), others)
    return insert_tags(whole.text, SourceSpan(0, len(whole.text)), whole.sounds, performed)


def insert_tags(text: str, span: SourceSpan, sounds: Iterable[SoundTag], performed: Mapping[str, str]) -> Performed:
    """Return a span of a text on one line for an engine, with the tags in it; see `perform`."""
    part = span_text(text, span)
    parts: list[str] = []
    position = 0
    left_out: list[str] = []
    for place, tags in groupby(sounds, key=lambda tag: min(max(tag.position - span.start, 0), len(part))):
        names = []
        for tag in tags:
            if tag.name in performed:
                names.append(performed[tag.name])
            else:
                left_out.append(tag.written)
        if names:
            parts += [part[position:place], tag_text(part, place, names)]
            position = place
    return Performed("".join(parts) + part[position:], tuple(left_out))


def take_sounds(
    passage: ScriptPassage, others: Collection[str] = (), *, only: Collection[str] | None = None
) -> ScriptPassage:
    """Return a passage with the tags in its text moved to `sounds`.

    White space around them becomes what it would be without them. An escaped bracket is text. `others` are
    further names (see `sound_name`); with `only`, tags of other names stay.
    """
    groups = _groups(passage, others, only)
    if not groups:
        return passage
    builder = MappedTextBuilder()
    moved = _Moved()
    sounds: list[SoundTag] = []
    position = 0
    for group in groups:
        passage.append_to(builder, position, group.start)
        kept_start, kept_end = group.kept
        first = builder.length
        if group.is_word_break:
            source = passage.source_of(group.start, group.end)
            builder.append_replacement(" ", source.start, source.end)
        before = builder.length
        passage.append_to(builder, kept_start, kept_end)
        for tag in group.tags:
            place = before if kept_start >= tag.end else builder.length
            source = passage.source_of(tag.start, tag.end)
            sounds.append(SoundTag(place, tag.name, passage.text[tag.start : tag.end], source, tag.leads))
        moved.add(group, first, builder.length)
        position = group.end
    passage.append_to(builder, position, len(passage.text))
    text = builder.text()
    if text.isspace() or not text:
        return msgspec.structs.replace(passage, text="", offset_map=None, pronunciations=(), sounds=tuple(sounds))
    return msgspec.structs.replace(
        passage,
        source=builder.source,
        text=text,
        offset_map=builder.offset_map(),
        pronunciations=moved.pronunciations(passage.pronunciations),
        sounds=tuple(sounds),
    )


def sounds_by_sentence(
    spans: Iterable[SourceSpan], sounds: Sequence[SoundTag]
) -> Iterator[tuple[SourceSpan, list[SoundTag]]]:
    """Yield each sentence of a passage's text with its tags, whose positions are within it. Reads one span ahead."""
    rest = iter(spans)
    span = next(rest, None)
    at = 0
    while span is not None:
        following = next(rest, None)
        own: list[SoundTag] = []
        while at < len(sounds):
            tag = sounds[at]
            if following is not None and tag.position >= span.end and (tag.leads or tag.position > following.start):
                break
            own.append(msgspec.structs.replace(tag, position=min(max(tag.position, span.start), span.end)))
            at += 1
        yield span, own
        span = following


def tag_text(text: str, position: int, names: Sequence[str]) -> str:
    """Return the tags to insert at a position of a text, with the spaces that separate them from it."""
    tags = " ".join(f"[{name}]" for name in names)
    before, after = text[:position][-1:], text[position : position + 1]
    if before and not before.isspace() and before not in _AFTER_SPACE:
        tags = f" {tags}"
    return f"{tags} " if after and not after.isspace() and after not in _BEFORE_SPACE else tags


def literal_brackets(text: str, performed: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Yield `(start, end, replacement)` of each bracket that is text but that the engine would take for a tag."""
    for match in _TAG.finditer(text) if performed and "[" in text else ():
        if sound_name(match[1], performed) in performed:
            yield match.start(), match.end(), f"({match[1]})"


def without_literals(text: str, performed: Mapping[str, str]) -> str:
    """Return a text with round brackets where the engine would take square ones for tags."""
    parts: list[str] = []
    position = 0
    for start, end, replacement in literal_brackets(text, performed):
        parts += [text[position:start], replacement]
        position = end
    return "".join(parts) + text[position:]


class _Found(NamedTuple):
    start: int
    end: int
    name: str
    leads: bool = False


class _Group(NamedTuple):
    """Tags with only white space between them: `[start, end)`, with the white space around them.

    `kept` is the white space that stays. With `is_word_break`, a space replaces the tags.
    """

    start: int
    end: int
    kept: tuple[int, int]
    tags: list[_Found]
    is_word_break: bool


class _Moved:
    """Moves positions in a text to where they are after groups of tags were taken out."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int, int, int]] = []

    def add(self, group: _Group, start: int, end: int) -> None:
        """Record that `[start, end)` of the new text replaces a group."""
        self._spans.append((group.start, group.end, start, end))

    def pronunciations(self, given: Sequence[GivenPronunciation]) -> tuple[GivenPronunciation, ...]:
        """Return the pronunciations at their new positions, without those of taken text."""
        moved = []
        for one in given:
            start, end = self._moved(one.start, at_end=False), self._moved(one.end, at_end=True)
            if start < end:
                moved.append(msgspec.structs.replace(one, start=start, end=end))
        return tuple(moved)

    def _moved(self, position: int, *, at_end: bool) -> int:
        by = 0
        for old_start, old_end, start, end in self._spans:
            if position <= old_start:
                break
            if position < old_end:
                return start if at_end else end
            by = end - old_end
        return position + by


def _groups(passage: ScriptPassage, others: Collection[str], only: Collection[str] | None) -> list[_Group]:
    text = passage.text
    groups: list[_Group] = []
    tags: list[_Found] = []
    for match in _TAG.finditer(text) if "[" in text else ():
        name = sound_name(match[1], others)
        if not name or (only is not None and name not in only) or _is_escaped(passage, match):
            continue
        if tags and not _is_blank(text, tags[-1].end, match.start()):
            groups.append(_group(text, tags))
            tags = []
        tags.append(_Found(match.start(), match.end(), name))
    if tags:
        groups.append(_group(text, tags))
    return groups


def _is_escaped(passage: ScriptPassage, match: re.Match[str]) -> bool:
    offset_map = passage.offset_map
    if offset_map is None:
        return False
    brackets = (match.start(), match.end() - 1)
    return any(offset_map.verbatim_source(at, at + 1) is None for at in brackets)


def _is_blank(text: str, start: int, end: int) -> bool:
    return start == end or text[start:end].isspace()


def _group(text: str, tags: list[_Found]) -> _Group:
    start = tags[0].start
    while start and text[start - 1].isspace():
        start -= 1
    found = NOT_SPACE.search(text, tags[-1].end)
    end = found.start() if found else len(text)
    inner = [(tag.end, following.start) for tag, following in pairwise(tags)]
    edges = [(start, tags[0].start), *inner, (tags[-1].end, end)]
    spaces = [edge for edge in edges if edge[0] < edge[1]]
    breaks = [_LINE_BREAK.search(text, *edge) is not None for edge in edges]
    # A tag leads if white space separates it from the text before it, and no line break from the text after it.
    first_space = edges.index(spaces[0]) if spaces else len(edges)
    last_break = max((number for number, is_break in enumerate(breaks) if is_break), default=-1)
    leading = [tag._replace(leads=not start or first_space <= number >= last_break) for number, tag in enumerate(tags)]
    nothing, left, right = (end, end), text[start - 1 : start] if start else "", text[end : end + 1]
    if not left or not right:
        return _Group(start, end, nothing, leading, False)
    if not spaces:
        is_word_break = left.isalnum() and right.isalnum() and not (SPACELESS.match(left) or SPACELESS.match(right))
        return _Group(start, end, nothing, leading, is_word_break)
    if (right in _BEFORE_SPACE and edges[-1][0] == end) or (left in _AFTER_SPACE and edges[0][1] == start):
        return _Group(start, end, nothing, leading, False)
    if len(spaces) == 1:
        return _Group(start, end, spaces[0], leading, False)
    if last_break >= 0:
        spaces = [edge for edge, is_break in zip(edges, breaks, strict=True) if is_break]
    # The white space that is most likely the text's own: a line break, then the longest, then one of its own kind.
    kept = max(spaces, key=lambda edge: (edge[1] - edge[0], text[slice(*edge)] != " ", -edge[0]))
    return _Group(start, end, kept, leading, False)
