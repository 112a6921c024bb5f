"""Text with marks in brackets, and names before colons, into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .script_lines import Brackets, Mark, Override, blocks, colon_after, label, lines, marks
from .script_pieces import NARRATOR, PieceMaker, Voice
from .script_report import ScriptReport
from .script_tags import Fault, PauseTag, PlainBracket, TagReader, VoiceTag, did_you_mean
from .script_types import ScriptPiece

_SHOWN_CHARS = 40
_NO_MARKS: tuple[list[Mark], list[int]] = ([], [])


class MarkReader:
    """Reads a text with marks in brackets, once."""

    def __init__(self, text: str, report: ScriptReport, tags: TagReader) -> None:
        self._text = text
        self._report = report
        self._tags = tags
        self._has_wide = "：" in text
        self._maker = PieceMaker()
        self._begin = 0
        """From here on the text is part of the piece in progress, and not yet put into it."""

    def pieces(self) -> Iterator[ScriptPiece | float]:
        """Yield the pieces, and a pause that nothing follows."""
        maker = self._maker
        for start, end in blocks(self._text):
            self._block(start, end)
            yield from maker.done
            maker.done.clear()
        if maker.pause_s is not None:
            yield maker.pause_s

    def _block(self, start: int, end: int) -> None:
        text = self._text
        self._report.check(start, end)
        self._maker.open_block()
        self._begin = start
        block_voice = self._maker.voice = NARRATOR
        if self._has_bracket(start, end) or self._has_colon(start, end):
            for line_start, line_end in lines(text, start, end):
                block_voice = self._line(line_start, line_end, block_voice)
        self._flush(end, end)

    def _line(self, start: int, end: int, block_voice: Voice) -> Voice:
        """Take a line in; return the voice of the lines behind it."""
        text = self._text
        last_voice: Voice | None = None
        names_speaker = has_text = False
        position = start
        named = label(text, start, end) if self._has_colon(start, end) else None
        if named and named[1].endswith("\\"):
            self._escape(named.end() - 2, named.end())
            has_text, position = True, named.end()
        elif named and (labelled := self._labelled(named)):
            last_voice = self._switch(named.start(1), named.end(), labelled)
            names_speaker, position = True, named.end()
        found, unclosed = marks(text, position, end) if self._has_bracket(position, end) else _NO_MARKS
        for mark in found:
            mark_start, mark_end = mark[0], mark[1]
            if mark_start < position:
                continue
            has_text = has_text or (mark_start > position and not text[position:mark_start].isspace())
            if isinstance(mark, Brackets):
                tag = self._tag(mark, first=not has_text)
                if isinstance(tag, VoiceTag):
                    position = colon_after(text, mark_end, end) if tag.names_speaker else mark_end
                    last_voice = self._switch(mark_start, position, tag)
                    names_speaker = names_speaker or tag.names_speaker
                elif isinstance(tag, PauseTag):
                    position = mark_end
                    self._flush(mark_start, position)
                    self._maker.pause(tag.pause_s)
                else:
                    has_text = True
                continue
            if isinstance(mark, Override):
                self._hold(mark)
            else:
                self._escape(mark_start, mark_end)
            has_text, position = True, mark_end
        for place in unclosed:
            self._report.note(place, "this bracket isn't closed on its line, so it is text")
        if last_voice is None:
            return block_voice
        if has_text or (position < end and not text[position:end].isspace()):
            block_voice = NARRATOR if names_speaker else block_voice
            self._flush(end, end)
            self._maker.voice = block_voice
            return block_voice
        return last_voice

    def _has_colon(self, start: int, end: int) -> bool:
        return self._text.find(":", start, end) >= 0 or (self._has_wide and self._text.find("：", start, end) >= 0)

    def _has_bracket(self, start: int, end: int) -> bool:
        return self._text.find("[", start, end) >= 0 or self._text.find("]", start, end) >= 0

    def _labelled(self, named: re.Match[str]) -> VoiceTag | None:
        tag = self._tags.label(named[1])
        if isinstance(tag, VoiceTag):
            return tag
        if tag:
            hint = f"(for text, write {named[1]}\\:)"
            raise self._report.error(named.start(1), f"'{named[1]}' isn't in the cast{did_you_mean(tag)} {hint}", tag)
        return None

    def _tag(self, mark: Brackets, *, first: bool) -> VoiceTag | PauseTag | PlainBracket:
        """Return what a bracket is; `first`: nothing but other tags stands before it on its line."""
        text, content = self._text, self._text[mark.start + 1 : mark.end - 1]
        try:
            tag = PlainBracket("there are brackets in it") if mark.nests else self._tags.bracket(content)
        except Fault as fault:
            raise self._report.error(mark.start, f"{fault.reason} (for text, write \\[)", fault.nearest) from None
        if isinstance(tag, PlainBracket):
            shown = text[mark.start : mark.end] if len(content) <= _SHOWN_CHARS else f"[{content[:_SHOWN_CHARS]}…]"
            if tag.near and first:
                raise self._report.error(
                    mark.start, f"{shown} isn't in the cast{did_you_mean(tag.near)} (for text, write \\[)", tag.near
                )
            self._report.note(mark.start, f"{shown} is text: {tag.reason}{did_you_mean(tag.near)}")
        return tag

    def _switch(self, start: int, end: int, tag: VoiceTag) -> Voice:
        """End the piece in progress at a tag and go on behind it with its voice."""
        self._flush(start, end)
        before = Voice(tag.speaker, tag.language) if tag.names_speaker else self._maker.voice
        if tag.fields:
            try:
                params = self._tags.params(before.speaker, before.params, tag.fields)
            except Fault as fault:
                raise self._report.error(start, fault.reason, fault.nearest) from None
            before = Voice(before.speaker, before.language, params)
        self._maker.voice = before
        return before

    def _escape(self, start: int, end: int) -> None:
        self._put_rest(start)
        self._maker.replaced(self._text[end - 1], start, end)
        self._begin = end

    def _hold(self, mark: Override) -> None:
        self._put_rest(mark.start)
        first = self._maker.length
        self._maker.replaced(self._text[mark.word_start : mark.word_end], mark.start, mark.end)
        self._maker.hold(first, mark.phonemes, mark.start, mark.end)
        self._begin = mark.end

    def _put_rest(self, end: int) -> None:
        if end > self._begin:
            self._maker.verbatim(self._text[self._begin : end], self._begin)

    def _flush(self, end: int, following: int) -> None:
        """End the piece in progress; the next one begins at `following`."""
        begin, maker = self._begin, self._maker
        if maker.length:
            self._put_rest(end)
            maker.flush()
        elif end > begin:
            maker.whole(self._text[begin:end], begin)
        self._begin = following
