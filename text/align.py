"""Align a corrected text to recognized words, to keep their times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..utils.streaming.contract.events import Word
from .char_times import CharTimes, without_spaces
from .lcs import common_subsequence
from .tokens import SPACELESS, spoken_words, token_key, token_spans


class _Token(NamedTuple):
    text: str
    start: int
    """The position in the text without white space."""
    spaced: bool
    """Whether white space precedes the token."""

    @property
    def end(self) -> int:
        return self.start + len(without_spaces(self.text))


class _Step(NamedTuple):
    """A range of tokens of the edited text and the recognized tokens it corresponds to, half-open."""

    old: tuple[int, int]
    new: tuple[int, int]
    unchanged: bool


def align(edited: str, words: Sequence[Word]) -> list[Word]:
    """Return the words of the edited text with times in seconds, taken from the recognized words.

    - An unchanged word keeps its exact times and its probability, also if only case or punctuation changed. The
      unchanged text returns the same words.
    - Words that replace others share their time: one to one if the counts are equal, otherwise by length. Inserted
      words share the silence between their neighbors, which may be zero. Such words have no probability.
    - Times ascend if those of `words` do, and stay within them.

    "Unchanged" is the longest common subsequence of the words, ignoring case and punctuation. In scripts without spaces
    it is that of the characters: an unchanged one stays in its word or gets its share of that word's time. The words
    may start with a space, as Whisper's do; the result is written the same way.

    Raises:
        ValueError: There is no word to take times from, or a time isn't finite.
    """
    times = CharTimes(words)
    if without_spaces(edited) == "".join(times.texts):
        return list(words)
    if not times.n_chars:
        raise ValueError("no recognized words to take times from")
    return list(_Alignment(_tokens(edited), words, times).words())


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = end = 0
    for span in token_spans(text):
        token = _Token(text[span.start : span.end], position, span.start > end)
        tokens.append(token)
        position, end = token.end, span.end
    return tokens


def joined_words(words: Sequence[Word]) -> str:
    """Return the words as one text. Spaces are added where the script needs them, unless the words include them."""
    texts = [word.text for word in words if word.text]
    if any(text[0].isspace() or text[-1].isspace() for text in texts):
        return "".join(texts)
    return "".join(
        text if not before or _is_glued(before[-1], text) else f" {text}"
        for before, text in zip(["", *texts], texts, strict=False)
    )


def _is_glued(before: str, text: str) -> bool:
    """Return whether a word is written without a space before it: well|-known, don|'t, or a script without spaces."""
    if text[0] in "-'’":
        return len(text) > 1
    return SPACELESS.match(before) is not None and (SPACELESS.match(text) is not None or not text[0].isalnum())


class _Alignment:
    """The state of `align`: the tokens of both texts, and the times of the old one."""

    def __init__(self, new: list[_Token], words: Sequence[Word], times: CharTimes) -> None:
        self._new, self._words, self._times = new, words, times
        self._old = _tokens(joined_words(words))
        self._spaced = any(word.text[:1].isspace() for word in words)

    def words(self) -> Iterator[Word]:
        """Yield the words of the new text in order."""
        for step in self._steps():
            if step.unchanged:
                yield from self._unchanged(step)
            else:
                yield from self._replace(step)

    def _steps(self) -> Iterator[_Step]:
        """Yield the unchanged ranges and the changes between them, in order. Pure deletions are skipped."""
        pairs = common_subsequence([token_key(t.text) for t in self._old], [token_key(t.text) for t in self._new])
        old = new = 0
        at = 0
        while at <= len(pairs):
            next_old, next_new = pairs[at] if at < len(pairs) else (len(self._old), len(self._new))
            if next_new > new:
                yield _Step((old, next_old), (new, next_new), unchanged=False)
            first = at
            while at < len(pairs) and pairs[at] == (next_old + at - first, next_new + at - first):
                at += 1
            old, new = next_old + at - first, next_new + at - first
            if at > first:
                yield _Step((next_old, old), (next_new, new), unchanged=True)
            else:
                return

    def _unchanged(self, step: _Step) -> Iterator[Word]:
        """Yield the words of an unchanged range: whole recognized words where possible, otherwise its tokens."""
        (old, old_end), new = step.old, step.new[0]
        while old < old_end:
            length, first, last = self._whole_words(old, old_end)
            if not length:
                token = self._old[old]
                times_s = self._times.start_s(token.start), self._times.end_s(token.end)
                yield self._word(new, new + 1, *times_s)
                old, new = old + 1, new + 1
                continue
            tokens = self._old[old : old + length]
            if without_spaces("".join(t.text for t in tokens)) == without_spaces(self._text(new, new + length)):
                yield from self._words[first:last]
            elif word := self._only_spoken(first, last):
                yield self._word(new, new + length, word.start_s, word.end_s, word)
            else:
                for at, token in enumerate(tokens):
                    times_s = self._times.start_s(token.start), self._times.end_s(token.end)
                    yield self._word(new + at, new + at + 1, *times_s)
            old, new = old + length, new + length

    def _whole_words(self, old: int, old_end: int) -> tuple[int, int, int]:
        """Return how many tokens from `old` on make up whole words, and the range of these words; zeros if none."""
        begin = self._old[old].start
        first = self._times.word_from(begin)
        if self._times.starts[first] != begin:
            return 0, 0, 0
        word = first
        for token in range(old, old_end):
            end = self._old[token].end
            while self._times.starts[word] < end:
                word += 1
            if self._times.starts[word] == end:
                return token + 1 - old, first, word
        return 0, 0, 0

    def _only_spoken(self, first: int, last: int) -> Word | None:
        """Return the only word in a range that isn't punctuation, which Whisper returns as separate words."""
        spoken = [word for word in self._words[first:last] if spoken_words(word.text)]
        if len(spoken) == 1:
            return spoken[0]
        return self._words[first] if last - first == 1 else None

    def _replace(self, step: _Step) -> Iterator[Word]:
        """Yield the new tokens with the times of the old ones, or of the silence if there are none."""
        (old, old_end), (new, new_end) = step.old, step.new
        if old_end - old == new_end - new:
            for at in range(old_end - old):
                token = self._old[old + at]
                times_s = self._times.start_s(token.start), self._times.end_s(token.end)
                yield self._word(new + at, new + at + 1, *times_s)
            return
        first, length = self._new[new].start, self._new[new_end - 1].end - self._new[new].start
        for at in range(new, new_end):
            shares = (self._new[at].start - first) / length, (self._new[at].end - first) / length
            yield self._word(at, at + 1, *self._shared_s(old, old_end, *shares))

    def _shared_s(self, old: int, old_end: int, start: float, end: float) -> tuple[float, float]:
        """Return the times of a part of some old tokens' text, given as two fractions of its length."""
        if old == old_end:
            from_s, to_s = self._silence_s(old)
            return from_s + start * (to_s - from_s), min(to_s, from_s + end * (to_s - from_s))
        begin, length = self._old[old].start, self._old[old_end - 1].end - self._old[old].start
        return self._times.start_s(begin + start * length), self._times.end_s(begin + end * length)

    def _silence_s(self, old: int) -> tuple[float, float]:
        """Return the silence before the old token `old`; it is empty at either end of the text."""
        if old == 0:
            from_s = to_s = self._times.start_s(0)
        elif old == len(self._old):
            from_s = to_s = self._times.end_s(self._times.n_chars)
        else:
            to_s = self._times.start_s(self._old[old].start)
            from_s = min(to_s, self._times.end_s(self._old[old - 1].end))
        return from_s, to_s

    def _text(self, new: int, new_end: int) -> str:
        tokens = self._new[new:new_end]
        return "".join((" " if token.spaced and at else "") + token.text for at, token in enumerate(tokens))

    def _word(self, new: int, new_end: int, start_s: float, end_s: float, original: Word | None = None) -> Word:
        space = " " if self._spaced and self._new[new].spaced else ""
        return Word(
            text=space + self._text(new, new_end),
            start_s=start_s,
            end_s=max(start_s, end_s),
            source=original.source if original else None,
            probability=original.probability if original else None,
        )
