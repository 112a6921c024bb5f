"""Split text into segments: sentences, as spans of the source.

A segment is one sentence and depends only on its paragraph. An inserted word changes only the segment that contains it
(except at the end or start of a sentence next to an abbreviation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..utils.streaming.contract.segment import SourceSpan
from .clauses import cut_point
from .paragraphs import paragraphs
from .periods import ends_sentence
from .punctuation import (
    CLOSERS,
    DASHES,
    LATE_CLOSERS,
    LINE_BREAKS,
    NOT_SPACE,
    QUOTES_BEFORE_PARTICLE,
    SPEAKABLE,
    STRONG_TERMINATORS,
    TERMINATORS,
    WIDE_TERMINATORS,
    is_hiragana,
    is_ideographic,
)

_TERMINATOR = re.compile(f"[{re.escape(TERMINATORS)}]")
_GROUP = re.compile(f"[{re.escape(TERMINATORS)}][{re.escape(TERMINATORS + CLOSERS)}]*")
_LATE_CLOSER = re.compile(rf"[ \u00a0\u202f][{re.escape(LATE_CLOSERS)}]+(?=\s)")
_TO_SPACES = dict.fromkeys(map(ord, LINE_BREAKS), " ")


def segment_text(text: str, *, max_chars: int = 400) -> Iterator[SourceSpan]:
    """Return a lazy iterator over the segments of a text, in linear time. ValueError if `max_chars` is below 1.

    - Spans are in order and trimmed. Together they contain every character except white space exactly once.
    - No span crosses a paragraph, heading or list item (see `paragraphs`). A single line break within a paragraph is a
      space.
    - A sentence ends after `.`, `!`, `?`, an ellipsis and their equivalents in other scripts, including closing quotes
      and brackets. It doesn't end after an abbreviation, an initial or a number's full stop, before a word in lower
      case (except after a bare `!` or `?`), or without white space (3.14, example.com), which Chinese and Japanese
      marks and the danda don't need. In doubt it doesn't end: a long segment sounds better than a split sentence.
    - A sentence longer than `max_chars` is cut after a clause mark, else at a space (see `clauses`); a longer single
      word is cut between written characters. No span is longer than `max_chars` code points.
    - Text without a letter or digit belongs to the sentence before it, or at the start of a paragraph to the one after
      it. It is a separate span if the paragraph has nothing else or `max_chars` leaves no space for it.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars is {max_chars}; must be at least 1")
    return _spans(text, max_chars)


def span_text(text: str, span: SourceSpan) -> str:
    """Return the text to speak for a span, with line breaks as spaces. Length and offsets are unchanged."""
    part = text[span.start : span.end]
    # Printable text has no line breaks, and the check is cheaper than translating.
    return part if part.isprintable() else part.translate(_TO_SPACES)


def segment_texts(text: str, *, max_chars: int = 400) -> Iterator[str]:
    """Return an iterator over the texts of the segments (see `span_text`)."""
    return (span_text(text, span) for span in segment_text(text, max_chars=max_chars))


def _spans(text: str, max_chars: int) -> Iterator[SourceSpan]:
    find_terminator, find_spoken = _TERMINATOR.search, SPEAKABLE.search
    for start, end in paragraphs(text):
        sentence = span_start = start
        # Nothing before the first letter can end a sentence.
        spoken = find_spoken(text, start, end)
        position = spoken.start() if spoken else end
        while position < end:
            terminator = find_terminator(text, position, end)
            if terminator is None:
                break
            stop = terminator.start()
            following = find_spoken(text, stop, end)
            if following is None:
                break
            position = following.start()
            cut = _sentence_end(text, sentence, stop, position)
            if cut:
                if cut - span_start <= max_chars:
                    yield SourceSpan(span_start, cut)
                else:
                    yield from _cut_spans(text, span_start, cut, max_chars)
                sentence = span_start = (
                    position if position == cut + 1 and text[cut] == " " else _skip_space(text, cut, end)
                )
            else:
                # Cut without knowing the end of the sentence: it may be a megabyte away.
                while position - span_start >= max_chars:
                    cut = cut_point(text, span_start, position + 1, max_chars)
                    yield _trimmed(text, span_start, cut)
                    span_start = _skip_space(text, cut, end)
        if end - span_start <= max_chars:
            yield SourceSpan(span_start, end)
        else:
            yield from _cut_spans(text, span_start, end, max_chars)


def _cut_spans(text: str, start: int, end: int, max_chars: int) -> Iterator[SourceSpan]:
    while end - start > max_chars:
        cut = cut_point(text, start, end, max_chars)
        yield _trimmed(text, start, cut)
        start = _skip_space(text, cut, end)
    yield SourceSpan(start, end)


def _skip_space(text: str, position: int, end: int) -> int:
    found = NOT_SPACE.search(text, position, end)
    return found.start() if found else end


def _trimmed(text: str, start: int, end: int) -> SourceSpan:
    while text[end - 1].isspace():
        end -= 1
    return SourceSpan(start, end)


def _sentence_end(text: str, begin: int, stop: int, following: int) -> int:
    """Return where the sentence from `begin` ends within `text[stop:following]`, or 0 if it doesn't.

    That span starts with a terminator and has no letter or digit; the next letter or digit is at `following`. The last
    possible end is returned, so that text that can't be spoken stays with the sentence before it.
    """
    if following == stop + 2 and text[stop + 1] == " ":
        # Fast path with the same result, for nearly all sentences: one mark and a space.
        mark = text[stop]
        if mark in "!?":
            return stop + 1
        if mark == "." and stop > begin and not text[stop - 1].isspace():
            return stop + 1 if ends_sentence(text, begin, stop, following) else 0
    end, group, n_groups, late = 0, "", 0, False
    for found in _GROUP.finditer(text, stop, following):
        n_groups += 1
        position = found.end()
        if not text[position].isspace() and not _ends_without_space(text, stop, found):
            continue
        end, group, late = position, found.group(), False
        closing = _LATE_CLOSER.match(text, position, following)
        if closing:
            end, late = closing.end(), True
    if not end:
        return 0
    marks = group.rstrip(CLOSERS)
    last = marks[-1]
    if last in WIDE_TERMINATORS:
        # A straight quote without a space can also be an opening quote.
        opens = group[-1] == '"' and not text[end].isspace() and text.count('"', begin, end) % 2 == 1
        return end - 1 if opens else end
    first = text[following]
    if any(mark in STRONG_TERMINATORS for mark in marks):
        is_quoted = len(group) > len(marks) or late or text[end:following].lstrip()[:1] in tuple(DASHES)
        return 0 if first.islower() and is_quoted else end
    if n_groups > 1 or len(marks) > 1 or last == "…":
        return 0 if first.islower() or first.isdecimal() else end
    if len(marks) == 1 and stop > begin and not text[stop - 1].isspace():
        return end if ends_sentence(text, begin, stop, following) else 0
    return 0 if first.islower() else end


def _ends_without_space(text: str, stop: int, found: re.Match[str]) -> bool:
    """Return whether a group of terminators ends a sentence without white space after it."""
    group, after, before = found.group(), text[found.end()], text[stop - 1]
    last = group.rstrip(CLOSERS)[-1]
    if last in WIDE_TERMINATORS:
        if group[-1] in QUOTES_BEFORE_PARTICLE and is_hiragana(after):
            return False  # 「行く。」と言った
        return not (before.isdecimal() and after.isdecimal())
    return last != "…" and group.count(".") < 2 and is_ideographic(before) and is_ideographic(after)
