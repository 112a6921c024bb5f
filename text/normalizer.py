"""Normalize the sentences of a passage for an engine: pronunciations, respellings, spoken words, and sounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from ..utils.streaming.contract.segment import SourceSpan
from .lexicon import LexiconEntry, LexiconFinder
from .script_types import GivenPronunciation, ScriptPassage, SoundTag
from .sound_tags import literal_brackets, perform, tag_text
from .verbalize.verbalizer import Verbalizer

_BRACKET = re.compile(r"[\[\]]")


class Edit(NamedTuple):
    """A replacement for `[start, end)` of a passage's text, and its span of the script, which may have it verbatim."""

    start: int
    end: int
    text: str
    source: SourceSpan
    is_verbatim: bool = False


class TextNormalizer(NamedTuple):
    """The rules that rewrite a passage for its engine and language.

    `phonemes` if the engine accepts `[word](/ipa/)`. `lexicon` finds words to respell or to give phonemes for;
    `verbalizer` puts numbers, signs and abbreviations into words and leaves markup out. `performed` are the sounds and
    moods that the engine performs, with its own names for them (`canonical_names`); each sentence starts with the tag
    `mood`.
    """

    phonemes: bool = False
    lexicon: LexiconFinder | None = None
    verbalizer: Verbalizer | None = None
    performed: Mapping[str, str] = {}
    mood: str = ""

    @property
    def rewrites(self) -> bool:
        """Whether it may change a sentence that has neither a pronunciation nor a sound."""
        return bool(self.lexicon is not None or self.verbalizer is not None or self.performed or self.mood)

    def edits(
        self,
        passage: ScriptPassage,
        span: SourceSpan,
        pronunciations: Sequence[GivenPronunciation],
        sounds: Sequence[SoundTag],
    ) -> tuple[list[Edit], tuple[GivenPronunciation, ...]]:
        """Return the replacements in a sentence of a passage, in order, and the pronunciations that are ignored."""
        edits, ignored = _words(passage, span, pronunciations, self)
        return sorted([*edits, *_tags(passage, span, edits, sounds, self)], key=_place), ignored


def _words(
    passage: ScriptPassage, span: SourceSpan, of_script: Sequence[GivenPronunciation], normalizer: TextNormalizer
) -> tuple[list[Edit], tuple[GivenPronunciation, ...]]:
    """Return the replacements of words in a sentence, and its ignored pronunciations."""
    text = passage.text[span.start : span.end]
    given = [pronunciation for pronunciation in of_script if pronunciation.start >= span.start]
    taken = [(pronunciation.start, pronunciation.end) for pronunciation in given]
    edits: list[Edit] = []
    for start, end, literal in _without_overlaps(literal_brackets(text, normalizer.performed), span, taken):
        taken.append((start, end))
        edits.append(Edit(start, end, literal, passage.source_of(start, end)))
    if normalizer.lexicon is not None:
        for start, end, entry in _without_overlaps(normalizer.lexicon.find(text), span, taken):
            taken.append((start, end))
            if entry.phonemes:
                given.append(GivenPronunciation(start, end, entry.phonemes, passage.source_of(start, end)))
            else:
                # A respelling that is only a sound leaves the word to an engine that doesn't perform it.
                respelling = perform(entry.respelling, normalizer.performed).text or passage.text[start:end]
                edits.append(Edit(start, end, respelling, passage.source_of(start, end)))
    if normalizer.verbalizer is not None:
        within = [(start - span.start, end - span.start) for start, end in sorted(taken)]
        for start, end, words in normalizer.verbalizer.find(text, within):
            place = start + span.start, end + span.start
            edits.append(Edit(*place, words, passage.source_of(*place)))
    ignored: list[GivenPronunciation] = []
    for pronunciation in given:
        if normalizer.phonemes and _can_bracket(passage, pronunciation):
            edits.append(_phoneme_edit(passage, pronunciation))
        else:
            ignored.append(pronunciation)
    ignored.sort(key=lambda pronunciation: pronunciation.start)
    return edits, tuple(ignored)


def _tags(
    passage: ScriptPassage,
    span: SourceSpan,
    edits: Sequence[Edit],
    sounds: Sequence[SoundTag],
    normalizer: TextNormalizer,
) -> list[Edit]:
    """Return the insertions of tags into a sentence with these replacements."""
    performed = normalizer.performed
    inserted = [(tag.position, tag.source, performed[tag.name]) for tag in sounds if tag.name in performed]
    if normalizer.mood:
        # It has no characters of its own in the script.
        start = passage.source_of(span.start, span.end).start
        inserted.insert(0, (span.start, SourceSpan(start, start), normalizer.mood))
    at_positions: dict[int, list[tuple[SourceSpan, str]]] = {}
    for written_at, source, name in inserted:
        # No tag splits words that are replaced as one.
        position = next((edit.end for edit in edits if edit.start < written_at < edit.end), written_at)
        at_positions.setdefault(position, []).append((source, name))
    text = passage.text[span.start : span.end]
    return [
        Edit(
            position,
            position,
            tag_text(text, position - span.start, [name for _, name in tags]),
            SourceSpan(min(source.start for source, _ in tags), max(source.end for source, _ in tags)),
        )
        for position, tags in at_positions.items()
    ]


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


_Match = TypeVar("_Match", LexiconEntry, str)


def _without_overlaps(
    matches: Iterable[tuple[int, int, _Match]], span: SourceSpan, taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int, _Match]]:
    """Return the matches in a sentence, as spans of the passage's text, that don't overlap `taken`."""
    result: list[tuple[int, int, _Match]] = []
    rest = sorted(taken)
    at = 0
    for first, last, value in matches:
        start, end = first + span.start, last + span.start
        while at < len(rest) and rest[at][1] <= start:
            at += 1
        if at == len(rest) or rest[at][0] >= end:
            result.append((start, end, value))
    return result


def _can_bracket(passage: ScriptPassage, given: GivenPronunciation) -> bool:
    """Return whether the word can be put in brackets."""
    return not _BRACKET.search(passage.text, given.start, given.end)


def _phoneme_edit(passage: ScriptPassage, given: GivenPronunciation) -> Edit:
    text = f"[{passage.text[given.start : given.end]}](/{given.phonemes}/)"
    # Nothing shorter means the same, so markup of the same length is identical.
    is_verbatim = len(text) == given.source.end - given.source.start
    source = given.source if is_verbatim else passage.source_of(given.start, given.end)
    return Edit(given.start, given.end, text, source, is_verbatim)
