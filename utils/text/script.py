"""Scripts: text with marks for who speaks, in which language, how and after what pause (grammar: docs/script.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..streaming.segment import SourceSpan
from .places import PlacedText
from .script_lines import Brackets, Escape, Override, blocks, colon_after, label, lines, marks
from .script_tags import Fault, PauseTag, PlainBracket, TagReader, VoiceTag, did_you_mean
from .script_types import Held, ParamKeys, Params, ScriptError, ScriptNames, ScriptNote, ScriptPiece

MAX_NOTES = 200
"""So many notes are kept; the others are counted."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_SHOWN_CHARS = 40


class Script:
    """A script, read piece by piece each time it is iterated. ScriptError while iterating, at the first fault.

    `notes` are what the last iteration noted so far, `n_notes` how many there were in all (`MAX_NOTES` are kept).
    """

    def __init__(self, text: str, names: ScriptNames | None = None, param_keys: ParamKeys | None = None) -> None:
        """See `read_script`."""
        self.text = text
        self.notes: list[ScriptNote] = []
        self.n_notes = 0
        self._names = names
        self._param_keys = param_keys
        self._noted = (0, 1)

    def __iter__(self) -> Iterator[ScriptPiece]:
        """Yield the pieces in order, lazily. ScriptError for the first fault."""
        self.notes = []
        self.n_notes = 0
        self._noted = (0, 1)
        return _with_last_pause(_Reader(self, TagReader(self._names, self._param_keys)).pieces())

    def error(self, offset: int, reason: str, nearest: tuple[str, ...] = ()) -> ScriptError:
        """Return the error for a fault at a place of the text."""
        return ScriptError(reason, *self._place(offset, (0, 1))[:2], nearest)

    def note(self, offset: int, message: str) -> None:
        """Note something about a place of the text. Places in ascending order are found fastest."""
        self.n_notes += 1
        if len(self.notes) < MAX_NOTES:
            known = self._noted if offset >= self._noted[0] else (0, 1)
            line, column, begin = self._place(offset, known)
            self._noted = (begin, line)
            self.notes.append(ScriptNote(line, column, message))

    def _place(self, offset: int, known: tuple[int, int]) -> tuple[int, int, int]:
        """Return line and column of a place, 1-based, and its line's start. `known`: the start and number of a line."""
        text, (begin, line) = self.text, known
        n_breaks = text.count("\n", begin, offset) + text.count("\r", begin, offset) - text.count("\r\n", begin, offset)
        line_start = max(text.rfind("\n", begin, offset), text.rfind("\r", begin, offset)) + 1 if n_breaks else begin
        return line + n_breaks, offset - line_start + 1, line_start


def read_script(text: str, names: ScriptNames | None = None, param_keys: ParamKeys | None = None) -> Script:
    r"""Return a script, to be read piece by piece: `for piece in script`.

    `names` is the cast; without one only `[xx:]`, `[|key:value]`, pauses and `[word](/ipa/)` are marks. `param_keys`
    says which parameters beyond `COMMON_PARAMS` a speaker's engine has; without it any name is taken for one.

    ScriptError (while reading) for: an unknown name in `[xx:Name]` or `[Name|key:value]`; an unknown parameter; a value
    or a pause that can't be; a near miss of a cast name (see `is_near_miss`) at the start of a line, in brackets or
    before a colon; a NUL character or a lone surrogate, which no text has. Any other bracket is text, and noted.
    """
    return Script(text, names, param_keys)


class _Voice(NamedTuple):
    speaker: str | None = None
    language: str | None = None
    params: Params = ()


_NARRATOR = _Voice()


class _Reader:
    """Goes through a text once."""

    def __init__(self, script: Script, tags: TagReader) -> None:
        self._script = script
        self._text = script.text
        self._tags = tags
        self._done: list[ScriptPiece] = []
        self._pause_s: float | None = None
        self._voice = _NARRATOR
        self._placed = PlacedText()
        self._held: list[Held] = []
        self._begin = 0
        """From here on the text is part of the piece in progress, and not yet put into it."""
        self._opens_block = True

    def pieces(self) -> Iterator[ScriptPiece | float]:
        """Yield the pieces, and a pause that nothing follows."""
        for start, end in blocks(self._text):
            self._block(start, end)
            yield from self._done
            self._done.clear()
        if self._pause_s is not None:
            yield self._pause_s

    def _block(self, start: int, end: int) -> None:
        text = self._text
        wrong = _NO_TEXT.search(text, start, end)
        if wrong:
            code = ord(wrong[0])
            what = "a NUL character: this is no text" if not code else f"half a character (lone surrogate U+{code:04X})"
            raise self._script.error(wrong.start(), what)
        self._opens_block = True
        self._begin = start
        block_voice = self._voice = _NARRATOR
        if text.find("[", start, end) >= 0 or _has_colon(text, start, end) or text.find("\\]", start, end) >= 0:
            for line_start, line_end in lines(text, start, end):
                block_voice = self._line(line_start, line_end, block_voice)
        self._flush(end, end)

    def _line(self, start: int, end: int, block_voice: _Voice) -> _Voice:
        """Take a line in; return the voice of the lines behind it."""
        text = self._text
        voices: list[_Voice] = []
        names_speaker = has_text = False
        position = start
        named = label(text, start, end) if _has_colon(text, start, end) else None
        if named and named[1].endswith("\\"):
            self._escape(named.end() - 2, named.end())
            has_text, position = True, named.end()
        elif named and (labelled := self._labelled(named)):
            voices.append(self._switch(named.start(1), named.end(), labelled))
            names_speaker, position = True, named.end()
        found, unclosed = marks(text, position, end) if _has_bracket(text, position, end) else ([], [])
        for mark in found:
            if mark.start < position:
                continue
            has_text = has_text or not _is_space(text, position, mark.start)
            if isinstance(mark, Override):
                self._hold(mark)
                has_text, position = True, mark.end
            elif isinstance(mark, Escape):
                self._escape(mark.start, mark.end)
                has_text, position = True, mark.end
            elif not isinstance(tag := self._tag(mark, first=not has_text), PlainBracket):
                position = (
                    colon_after(text, mark.end, end) if isinstance(tag, VoiceTag) and tag.names_speaker else mark.end
                )
                if isinstance(tag, PauseTag):
                    self._flush(mark.start, position)
                    self._pause_s = (self._pause_s or 0.0) + tag.pause_s
                else:
                    voices.append(self._switch(mark.start, position, tag))
                    names_speaker = names_speaker or tag.names_speaker
            else:
                has_text = True
        for place in unclosed:
            self._script.note(place, "this bracket isn't closed on its line, so it is text")
        has_text = has_text or not _is_space(text, position, end)
        if not voices:
            return block_voice
        if has_text:
            block_voice = _NARRATOR if names_speaker else block_voice
            self._flush(end, end)
            self._voice = block_voice
            return block_voice
        return voices[-1]

    def _labelled(self, named: re.Match[str]) -> VoiceTag | None:
        tag = self._tags.label(named[1])
        if isinstance(tag, VoiceTag):
            return tag
        if tag:
            hint = f"(for text, write {named[1]}\\:)"
            raise self._script.error(named.start(1), f"'{named[1]}' isn't in the cast{did_you_mean(tag)} {hint}", tag)
        return None

    def _tag(self, mark: Brackets, *, first: bool) -> VoiceTag | PauseTag | PlainBracket:
        """Return what a bracket is; `first`: nothing but other tags stands before it on its line."""
        text, content = self._text, self._text[mark.start + 1 : mark.end - 1]
        try:
            tag = PlainBracket("there are brackets in it") if mark.nests else self._tags.bracket(content)
        except Fault as fault:
            raise self._script.error(mark.start, fault.reason, fault.nearest) from None
        if isinstance(tag, PlainBracket):
            shown = text[mark.start : mark.end] if len(content) <= _SHOWN_CHARS else f"[{content[:_SHOWN_CHARS]}…]"
            if tag.near and first:
                raise self._script.error(
                    mark.start, f"{shown} isn't in the cast{did_you_mean(tag.near)} (for text, write \\[)", tag.near
                )
            self._script.note(mark.start, f"{shown} is text: {tag.reason}{did_you_mean(tag.near)}")
        return tag

    def _switch(self, start: int, end: int, tag: VoiceTag) -> _Voice:
        """End the piece in progress at a tag and go on behind it with its voice."""
        self._flush(start, end)
        voice = _Voice(tag.speaker, tag.language) if tag.names_speaker else self._voice
        try:
            self._voice = voice._replace(params=self._tags.params(voice.speaker, voice.params, tag.fields))
        except Fault as fault:
            raise self._script.error(start, fault.reason, fault.nearest) from None
        return self._voice

    def _escape(self, start: int, end: int) -> None:
        self._put_rest(start)
        self._placed.replaced(self._text[end - 1], start, end)
        self._begin = end

    def _hold(self, mark: Override) -> None:
        self._put_rest(mark.start)
        word = self._text[mark.word_start : mark.word_end]
        first = self._placed.length
        self._placed.replaced(word, mark.start, mark.end)
        self._held.append(Held(first, self._placed.length, mark.phonemes, SourceSpan(mark.start, mark.end)))
        self._begin = mark.end

    def _put_rest(self, end: int) -> None:
        if end > self._begin:
            self._placed.verbatim(self._text[self._begin : end], self._begin)

    def _flush(self, end: int, following: int) -> None:
        """End the piece in progress; the next one begins at `following`."""
        self._put_rest(end)
        self._begin = following
        placed = self._placed
        if not placed.length:
            return
        text = placed.text()
        if not text.isspace():
            voice = self._voice
            self._done.append(
                ScriptPiece(
                    source=placed.source,
                    text=text,
                    places=placed.places(),
                    held=tuple(self._held),
                    speaker=voice.speaker,
                    language=voice.language,
                    params=voice.params,
                    pause_before_s=self._pause_s,
                    opens_block=self._opens_block,
                )
            )
            self._pause_s, self._opens_block = None, False
        self._placed = PlacedText()
        self._held = []


def _with_last_pause(pieces: Iterator[ScriptPiece | float]) -> Iterator[ScriptPiece]:
    held: ScriptPiece | None = None
    for piece in pieces:
        if isinstance(piece, float):
            if held is not None:
                held = _replaced_pause(held, piece)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _replaced_pause(piece: ScriptPiece, pause_s: float) -> ScriptPiece:
    return msgspec.structs.replace(piece, pause_after_s=pause_s)


def _has_colon(text: str, start: int, end: int) -> bool:
    return text.find(":", start, end) >= 0 or text.find("：", start, end) >= 0


def _has_bracket(text: str, start: int, end: int) -> bool:
    return text.find("[", start, end) >= 0 or text.find("]", start, end) >= 0


def _is_space(text: str, start: int, end: int) -> bool:
    return start >= end or text[start:end].isspace()
