"""Text to segments: sentences, with their place in the source.

A segment is a sentence, defined by its own content and its paragraph's, never packed together with others: an inserted
word changes the segment that it stands in and no other (unless it ends or opens a sentence beside an abbreviation).
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
    """Return an iterator over the segments of a text, lazily and in linear time. ValueError if `max_chars` is below 1.

    - Spans are in order, have no white space at their ends, and hold every other character of the text exactly once.
    - No span crosses a paragraph, a heading or a list item; see `paragraphs` for what those are. A single line break
      within a paragraph is a space.
    - A sentence ends after `.`, `!`, `?`, an ellipsis and their like in other scripts, with its closing quotes and
      brackets. Not after an abbreviation, an initial or a number's full stop, nor before a word in lower case (except
      after a bare `!` or `?`), nor where no white space follows (3.14, example.com), which Chinese and Japanese marks
      and the danda don't need. In doubt it doesn't end: one segment too long sounds better than one torn apart.
    - A sentence longer than `max_chars` is cut after a clause mark, else at a space (see `clauses`), and a single word
      longer than that between written characters. No span is longer than `max_chars` code points.
    - What can't be spoken (no letter or digit) is part of the sentence before it, or after it at the start of a
      paragraph. It is a span of its own if it is all the paragraph has, or if `max_chars` leaves it no room.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars is {max_chars}; a segment has at least 1 character")
    return _spans(text, max_chars)


def span_text(text: str, span: SourceSpan) -> str:
    """Return what to speak for a span: as long as the span, so that offsets hold, line breaks turned into spaces."""
    part = text[span.start : span.end]
    # What can be printed is one line, and looking costs less than translating.
    return part if part.isprintable() else part.translate(_TO_SPACES)


def segment_texts(text: str, *, max_chars: int = 400) -> Iterator[str]:
    """Return an iterator over the texts of the segments, as `span_text` gives them."""
    return (span_text(text, span) for span in segment_text(text, max_chars=max_chars))


def _spans(text: str, max_chars: int) -> Iterator[SourceSpan]:
    find_terminator, find_spoken = _TERMINATOR.search, SPEAKABLE.search
    for start, end in paragraphs(text):
        sentence = piece = start
        # What precedes the first letter can't end anything.
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
                if cut - piece <= max_chars:
                    yield SourceSpan(piece, cut)
                else:
                    yield from _pieces(text, piece, cut, max_chars)
                sentence = piece = position if position == cut + 1 and text[cut] == " " else _skip_space(text, cut, end)
            else:
                # Without waiting for its end, which may be a megabyte away.
                while position - piece >= max_chars:
                    cut = cut_point(text, piece, position + 1, max_chars)
                    yield _trimmed(text, piece, cut)
                    piece = _skip_space(text, cut, end)
        if end - piece <= max_chars:
            yield SourceSpan(piece, end)
        else:
            yield from _pieces(text, piece, end, max_chars)


def _pieces(text: str, start: int, end: int, max_chars: int) -> Iterator[SourceSpan]:
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
    """Return where the sentence from `begin` ends within `text[stop:following]`, or 0.

    That stretch begins with a terminator and holds no letter or digit; one stands at `following`. The last place that
    qualifies counts, so that what can't be spoken stays with the sentence before.
    """
    if following == stop + 2 and text[stop + 1] == " ":
        # One mark and a space: what the rest of this comes to, for nearly all sentences.
        mark = text[stop]
        if mark in "!?":
            return stop + 1
        if mark == "." and stop > begin and not text[stop - 1].isspace():
            return stop + 1 if ends_sentence(text, begin, stop, following) else 0
    end, group, n_groups, late = 0, "", 0, False
    for found in _GROUP.finditer(text, stop, following):
        n_groups += 1
        place = found.end()
        if not text[place].isspace() and not _ends_without_space(text, stop, found):
            continue
        end, group, late = place, found.group(), False
        closing = _LATE_CLOSER.match(text, place, following)
        if closing:
            end, late = closing.end(), True
    if not end:
        return 0
    marks = group.rstrip(CLOSERS)
    last = marks[-1]
    if last in WIDE_TERMINATORS:
        # A straight quote without a space may also open what follows.
        opens = group[-1] == '"' and not text[end].isspace() and text.count('"', begin, end) % 2 == 1
        return end - 1 if opens else end
    first = text[following]
    if any(mark in STRONG_TERMINATORS for mark in marks):
        said = len(group) > len(marks) or late or text[end:following].lstrip()[:1] in tuple(DASHES)
        return 0 if first.islower() and said else end
    if n_groups > 1 or len(marks) > 1 or last == "…":
        return 0 if first.islower() or first.isdecimal() else end
    if len(marks) == 1 and stop > begin and not text[stop - 1].isspace():
        return end if ends_sentence(text, begin, stop, following) else 0
    return 0 if first.islower() else end


def _ends_without_space(text: str, stop: int, found: re.Match[str]) -> bool:
    """Whether a group of terminators ends a sentence although the next one follows directly."""
    group, after, before = found.group(), text[found.end()], text[stop - 1]
    last = group.rstrip(CLOSERS)[-1]
    if last in WIDE_TERMINATORS:
        if group[-1] in QUOTES_BEFORE_PARTICLE and is_hiragana(after):
            return False  # 「行く。」と言った
        return not (before.isdecimal() and after.isdecimal())
    return last != "…" and group.count(".") < 2 and is_ideographic(before) and is_ideographic(after)
