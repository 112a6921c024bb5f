"""Parse a script written with bracket tags and `Name:` labels into passages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from ..utils.suggestions import suggested
from .errors import TextError
from .script_builder import NARRATOR, LineState, PassageBuilder, ScriptVoice
from .script_lexer import Brackets, Mark, Override, blocks, colon_after, label, lines, marks
from .script_report import ScriptReport
from .script_tags import PauseTag, SoundBracket, TagParser, TextBracket, VoiceTag
from .script_types import ScriptPassage

_SHOWN_CHARS = 40
_NO_MARKS: tuple[list[Mark], list[int]] = ([], [])


def plain_passages(text: str, sounds: Collection[str] = ()) -> Iterator[ScriptPassage]:
    """Yield the blocks of a text in which only sounds and moods are tags; for `sounds` see `sound_name`."""
    builder = PassageBuilder(sounds)
    for start, end in blocks(text):
        builder.open_block()
        builder.add_whole(text[start:end], start)
        yield from builder.finished
        builder.finished.clear()


class ScriptParser:
    """Parser for one script. Use it once.

    `state` if the text is the rest of a script (see `LineState`), in the block in which that was cut.
    """

    def __init__(self, text: str, report: ScriptReport, tags: TagParser, state: LineState | None = None) -> None:
        self._text = text
        self._state = state
        self._states: list[tuple[int, LineState]] = []
        """The states at the starts of lines and after tags of voices, by position."""
        self._report = report
        self._tags = tags
        self._has_wide = "：" in text
        self._builder = PassageBuilder(tags.sounds)
        self._pending_from = 0
        """The start of the text that belongs to the current passage but isn't added yet."""

    def passages(self) -> Iterator[ScriptPassage | float]:
        """Yield the passages, then the length of a trailing pause, if any."""
        builder = self._builder
        for start, end in blocks(self._text):
            self._block(start, end)
            yield from builder.finished
            builder.finished.clear()
        if builder.pause_s is not None:
            yield builder.pause_s

    def state_at(self, position: int) -> LineState:
        """Return the state at a position that the parser has passed."""
        found = bisect_right(self._states, position, key=_position_of) - 1
        if found < 0:
            return LineState()
        start, state = self._states[found]
        return state._replace(in_line=state.in_line or not _is_blank(self._text[start:position]))

    def _block(self, start: int, end: int) -> None:
        text = self._text
        self._report.check(start, end)
        self._builder.open_block()
        self._pending_from = start
        state, self._state = self._state or LineState(), None
        self._builder.voice, block_voice = state.voice, state.block_voice
        if state.in_line or self._has_bracket(start, end) or self._has_colon(start, end):
            for line_start, line_end in lines(text, start, end):
                block_voice = self._line(line_start, line_end, block_voice, state)
                state = LineState(block_voice, block_voice)
        else:
            self._states.append((start, state))
        self._flush(end, end)

    def _line(self, start: int, end: int, block_voice: ScriptVoice, state: LineState) -> ScriptVoice:
        """Parse a line, or the rest of one after `state`. Return the voice that applies to the lines after it."""
        text = self._text
        self._states.append((start, state))
        last_voice = state.voice if state.is_switched else None
        names_speaker, has_text = state.names_speaker, state.in_line
        position = start
        named = label(text, start, end) if not state.in_line and self._has_colon(start, end) else None
        if named and named[1].endswith("\\"):
            self._escape(named.end() - 2, named.end())
            has_text, position = True, named.end()
        elif named and (labeled := self._labeled(named)):
            last_voice = self._switch(named.start(1), named.end(), labeled)
            names_speaker, position = True, named.end()
            self._states.append((position, LineState(last_voice, block_voice, True, True, True)))
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
                    self._states.append((position, LineState(last_voice, block_voice, True, names_speaker, True)))
                elif isinstance(tag, PauseTag):
                    position = mark_end
                    self._flush(mark_start, position)
                    self._builder.add_pause(tag.pause_s)
                else:
                    has_text = True  # also a sound: the builder takes it out of the passage
                continue
            if isinstance(mark, Override):
                self._add_override(mark)
            else:
                self._escape(mark_start, mark_end)
            has_text, position = True, mark_end
        for opening in unclosed:
            self._report.note(opening, "bracket not closed on its line; read as text")
        if last_voice is None:
            return block_voice
        if has_text or (position < end and not text[position:end].isspace()):
            block_voice = NARRATOR if names_speaker else block_voice
            self._flush(end, end)
            self._builder.voice = block_voice
            return block_voice
        return last_voice

    def _has_colon(self, start: int, end: int) -> bool:
        return self._text.find(":", start, end) >= 0 or (self._has_wide and self._text.find("：", start, end) >= 0)

    def _has_bracket(self, start: int, end: int) -> bool:
        return self._text.find("[", start, end) >= 0 or self._text.find("]", start, end) >= 0

    def _labeled(self, named: re.Match[str]) -> VoiceTag | None:
        tag = self._tags.label(named[1])
        if isinstance(tag, VoiceTag):
            return tag
        if tag:
            hint = f"(for text, write {named[1]}\\:)"
            raise self._report.error(named.start(1), f"'{named[1]}' is not in the cast{suggested(tag)} {hint}", tag)
        return None

    def _tag(self, mark: Brackets, *, first: bool) -> VoiceTag | PauseTag | SoundBracket | TextBracket:
        """Classify a bracket. `first`: only tags precede it on its line, so a misspelled name is an error."""
        text, content = self._text, self._text[mark.start + 1 : mark.end - 1]
        try:
            tag = TextBracket("contains brackets") if mark.nests else self._tags.bracket(content)
        except TextError as error:
            raise self._report.error(mark.start, f"{error.reason} (for text, write \\[)", error.nearest) from None
        if isinstance(tag, TextBracket):
            shown = text[mark.start : mark.end] if len(content) <= _SHOWN_CHARS else f"[{content[:_SHOWN_CHARS]}…]"
            if tag.near and first:
                raise self._report.error(
                    mark.start, f"{shown} is not in the cast{suggested(tag.near)} (for text, write \\[)", tag.near
                )
            self._report.note(mark.start, f"{shown} {tag.reason}; read as text{suggested(tag.near)}")
        return tag

    def _switch(self, start: int, end: int, tag: VoiceTag) -> ScriptVoice:
        """End the current passage at a tag and continue with the tag's voice."""
        self._flush(start, end)
        voice = ScriptVoice(tag.speaker, tag.language) if tag.names_speaker else self._builder.voice
        if tag.fields:
            try:
                params = self._tags.params(voice.speaker, voice.params, tag.fields)
            except TextError as error:
                raise self._report.error(start, error.reason, error.nearest) from None
            voice = ScriptVoice(voice.speaker, voice.language, params)
        self._builder.voice = voice
        return voice

    def _escape(self, start: int, end: int) -> None:
        self._append_pending(start)
        self._builder.append_replacement(self._text[end - 1], start, end)
        self._pending_from = end

    def _add_override(self, mark: Override) -> None:
        self._append_pending(mark.start)
        first = self._builder.length
        self._builder.append_replacement(self._text[mark.word_start : mark.word_end], mark.start, mark.end)
        self._builder.add_pronunciation(first, mark.phonemes, mark.start, mark.end)
        self._pending_from = mark.end

    def _append_pending(self, end: int) -> None:
        if end > self._pending_from:
            self._builder.append_verbatim(self._text[self._pending_from : end], self._pending_from)

    def _flush(self, end: int, following: int) -> None:
        """End the current passage; the next one begins at `following`."""
        begin, builder = self._pending_from, self._builder
        if builder.length:
            self._append_pending(end)
            builder.flush()
        elif end > begin:
            builder.add_whole(self._text[begin:end], begin)
        self._pending_from = following


def _position_of(item: tuple[int, LineState]) -> int:
    return item[0]


def _is_blank(text: str) -> bool:
    return not text or text.isspace()
