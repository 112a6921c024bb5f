"""Plan utterances from text that is still being written, plain or with the tags of a script."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import msgspec

from ...text.errors import TextError
from ...text.incremental_segmenter import (
    FIRST_CLAUSE_CHARS,
    CutEnd,
    IncrementalSegmenter,
    clauses_end,
    ends_sentence,
    longer_clause,
)
from ...text.punctuation import LINE_BREAKS, TERMINATORS
from ...text.script import MAX_NOTES, LineState, Script, read_plain, read_script
from ...text.script_tags import MAX_NAME_CHARS, MAX_NAME_WORDS, MAX_TAG_CHARS
from ...text.script_types import ScriptPassage
from ...text.segmenter import segment_text
from ...text.sound_tags import sounds_by_sentence
from ...text.ssml import may_become_ssml
from ...utils.names import name_key
from ..voices.speaker_resolver import SpeakerResolver
from .pauses import Pauses
from .sentence_languages import SentenceLanguages
from .utterances import Normalizers, PlannedUtterance, script_utterances

CLAUSE_PAUSE_S = 0.1
_FRUITLESS_CHARS = 4000
"""A buffer of this length without a sentence is read again only when it has grown by a quarter."""
_LINE_BREAK = re.compile(f"[{LINE_BREAKS}]")
_OPEN = re.compile(r"(?:\[[^\[\]]*\](?:[:：]|\((?:/[^/()\[\]]*/?)?)?|\\)\Z")
"""The end of a text that the next characters can still make a tag, or no tag."""
_ENDED = re.compile(rf"[{re.escape(TERMINATORS)}]\s")


class Voices(msgspec.Struct, frozen=True):
    """Who speaks a text that arrives in parts, and how it is read."""

    speakers: SpeakerResolver
    normalizers: Normalizers
    pauses: Pauses
    languages: SentenceLanguages | None = None

    def plan(self, script: Script, until: int | None = None) -> list[PlannedUtterance]:
        """Return the utterances of a script that start before a position."""
        if self.languages is not None:
            self.languages.settled_until = until
        planned = script_utterances(script, self.speakers, self.pauses, self.normalizers, self.languages)
        return [one for one in planned if until is None or one.source.start < until]


class LiveText(ABC):
    """Plans the utterances of a text while it arrives. Pure.

    `push` and `flush` return what can be spoken now. `flush` doesn't wait for the end of a sentence, `finish` for
    nothing.
    """

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self.notes: dict[str, None] = {}
        """What the text so far has that isn't spoken as written, each note once, at most `MAX_NOTES`."""

    @property
    @abstractmethod
    def buffered_chars(self) -> int:
        """The number of characters that wait for more text."""

    @property
    @abstractmethod
    def ends_sentence(self) -> bool:
        """Whether the text so far ends like a sentence, so that it can be flushed if no more text arrives."""

    @abstractmethod
    def push(self, text: str) -> list[PlannedUtterance]:
        """Add text. TextError, with its position in the whole text, for an error in a script."""

    @abstractmethod
    def flush(self) -> list[PlannedUtterance]:
        """Return the utterances of the text so far. TextError as for `push`."""

    @abstractmethod
    def finish(self) -> list[PlannedUtterance]:
        """Return the utterances of the rest of the text. TextError as for `push`."""

    @abstractmethod
    def clear(self) -> None:
        """Discard the text that waits."""

    def _noted(self, utterances: list[PlannedUtterance]) -> list[PlannedUtterance]:
        of_voice = self._voices.speakers.narrator.notes
        for utterance in utterances:
            self._note(note for note in utterance.notes if note not in of_voice)
        return utterances

    def _note(self, notes: Iterable[str]) -> None:
        for note in notes:
            if len(self.notes) < MAX_NOTES:
                self.notes[note] = None


class LivePlainText(LiveText):
    """Text in which only sounds and moods are tags."""

    def __init__(self, voices: Voices) -> None:
        super().__init__(voices)
        self._segmenter = IncrementalSegmenter(voices.speakers.sounds)
        self._ended: CutEnd = "sentence"
        """What the text so far ends with."""

    @property
    def buffered_chars(self) -> int:
        """The number of characters that wait for more text."""
        return self._segmenter.buffered_chars

    @property
    def ends_sentence(self) -> bool:
        """Whether the text so far ends like a sentence."""
        return self._segmenter.ends_sentence

    def push(self, text: str) -> list[PlannedUtterance]:
        """Add text."""
        return [utterance for ready in self._segmenter.push(text) for utterance in self._plan(ready.text, ready.end)]

    def flush(self) -> list[PlannedUtterance]:
        """Return the utterances of the text so far."""
        return [utterance for ready in self._segmenter.flush() for utterance in self._plan(ready.text, ready.end)]

    finish = flush

    def clear(self) -> None:
        """Discard the text that waits."""
        self._segmenter.clear()

    def _plan(self, text: str, end: CutEnd) -> list[PlannedUtterance]:
        script = read_plain(text, self._voices.speakers.sounds)
        planned = self._noted(self._voices.plan(script))
        self._note(note.message for note in script.notes)
        # The end of a sentence that was cut isn't a short reply.
        is_part, self._ended = self._ended == "clause", end
        return _with_pause(planned, self._voices.pauses, end, is_part=is_part)


class LiveScript(LiveText):
    """Text with the tags and labels of a script, which may arrive in parts. SSML is planned when all of it is there.

    Invariant: the buffer starts where the last planned sentence ended, and `_state` is what applies there. Text is only
    read as far as nothing that follows can change its meaning.
    """

    def __init__(self, voices: Voices) -> None:
        super().__init__(voices)
        self._buffer = ""
        self._state: LineState | None = None
        self._lines, self._columns = 0, 0
        """The lines, and the characters of the last one, before the buffer."""
        self._last: PlannedUtterance | None = None
        self._fruitless_chars = 0
        self._is_part = False
        self._min_clause_chars = FIRST_CLAUSE_CHARS
        self._names = frozenset(
            name_key(name) for member in voices.speakers.cast.members for name in (member.name, *member.aliases)
        )

    @property
    def buffered_chars(self) -> int:
        """The number of characters that wait for more text."""
        return len(self._buffer)

    @property
    def ends_sentence(self) -> bool:
        """Whether the text so far ends like a sentence."""
        return not self._is_ssml and ends_sentence(self._buffer)

    def push(self, text: str) -> list[PlannedUtterance]:
        """Add text. TextError for an error in the script."""
        self._buffer += text
        if self._is_ssml or len(self._buffer) < self._fruitless_chars:
            return []
        safe = self._buffer[: self._safe_end(holds_labels=True)]
        script = self._script(safe)
        passages = self._read(script)
        sentences = [(passage, *one) for passage in passages for one in _sentences(passage)]
        if len(sentences) > 1:
            ready = self._take(script, sentences[-1][1], is_cut=False)
            self._min_clause_chars = longer_clause(self._min_clause_chars)
            return ready
        if sentences and (cut := self._clauses_end(*sentences[0])):
            self._min_clause_chars = longer_clause(self._min_clause_chars)
            return self._take(script, cut, is_cut=True, end="clause")
        if len(self._buffer) > _FRUITLESS_CHARS:
            self._fruitless_chars = len(self._buffer) * 5 // 4
        return []

    def flush(self) -> list[PlannedUtterance]:
        """Return the utterances of the text so far, without a tag that isn't complete. TextError as for `push`."""
        return [] if self._is_ssml else self._flush(self._safe_end(holds_labels=False))

    def finish(self) -> list[PlannedUtterance]:
        """Return the utterances of the rest of the text. TextError as for `push`."""
        return self._flush(len(self._buffer), is_last=True)

    def clear(self) -> None:
        """Discard the text that waits."""
        self._buffer = ""

    @property
    def _is_ssml(self) -> bool:
        return self._last is None and self._state is None and may_become_ssml(self._buffer)

    def _flush(self, end: int, *, is_last: bool = False) -> list[PlannedUtterance]:
        script = self._script(self._buffer[:end])
        sentences = [one for passage in self._read(script) for one in _sentences(passage)]
        self._min_clause_chars = FIRST_CLAUSE_CHARS
        if not sentences:
            return []
        # After the last text, tags such as a pause belong to the last sentence.
        return self._take(script, end if is_last else sentences[-1][1], is_cut=True)

    def _script(self, text: str) -> Script:
        speakers = self._voices.speakers
        state = self._state
        if state is not None:
            lead = text[: len(text) - len(text.lstrip())]
            n_breaks = len((lead + ".").splitlines()) - 1
            if n_breaks:
                # A blank line starts a block, which nothing before it changes.
                state = LineState() if n_breaks > 1 else state.next_line if state.in_line else state
        return read_script(text, speakers.cast.speaker_names, speakers.engine_params, speakers.sounds, state)

    def _read(self, script: Script) -> list[ScriptPassage]:
        try:
            return list(script)
        except TextError as error:
            raise self._placed(error) from None

    def _placed(self, error: TextError) -> TextError:
        column = error.column + (self._columns if error.line == 1 else 0)
        return TextError(error.reason, error.line + self._lines, column, error.nearest)

    def _take(self, script: Script, cut: int, *, is_cut: bool, end: CutEnd = "sentence") -> list[PlannedUtterance]:
        """Remove the text before `cut` and return its utterances.

        `is_cut` if nothing is known of what follows, so that the last one's pause is the default one for its end.
        """
        text = self._buffer[:cut] if is_cut else script.text
        script = self._script(text)
        try:
            planned = self._voices.plan(script, cut)
        except TextError as error:
            raise self._placed(error) from None
        self._noted(planned)
        for note in script.notes:
            column = note.column + (self._columns if note.line == 1 else 0)
            self._note([str(msgspec.structs.replace(note, line=note.line + self._lines, column=column))])
        if planned:
            planned[0] = self._after_last(planned[0])
            if is_cut:
                planned = _with_pause(planned, self._voices.pauses, end, is_part=self._is_part)
            self._last, self._is_part = planned[-1], end == "clause"
        self._state = script.state_at(cut)
        lines = (self._buffer[:cut] + ".").splitlines()
        self._columns = len(lines[-1]) - 1 + (self._columns if len(lines) == 1 else 0)
        self._lines += len(lines) - 1
        self._buffer = self._buffer[cut:]
        self._fruitless_chars = 0
        return planned

    def _after_last(self, first: PlannedUtterance) -> PlannedUtterance:
        """Return an utterance with what its pause adds to that after the utterance before, which is settled."""
        if self._last is None or not first.pause_before_s:
            return first
        wanted_s = self._last.speaker.spec.added_pause_s(first.pause_before_s)
        return first._replace(pause_before_s=max(0.0, wanted_s - self._last.pause_after_s))

    def _clauses_end(self, passage: ScriptPassage, start: int, end: int, first: int, last: int) -> int:
        """Return the end in the buffer of the complete clauses of a passage's sentence; 0 if they are too short."""
        cut = clauses_end(passage.text[first:last], self._min_clause_chars)
        return passage.source_of(first + cut - 1, first + cut).end if cut else 0

    def _safe_end(self, *, holds_labels: bool) -> int:
        """Return how far nothing that follows can change what the buffer means."""
        text = self._buffer
        breaks = [found.end() for found in _LINE_BREAK.finditer(text)]
        line_start = breaks[-1] if breaks else 0
        line = text[line_start:]
        end = len(text)
        opening = line.rfind("[")
        if opening >= 0 and "]" not in line[opening:] and len(line) - opening <= MAX_TAG_CHARS:
            end = line_start + opening
        elif found := _OPEN.search(line, max(0, len(line) - MAX_TAG_CHARS)):
            end = line_start + found.start()
        is_head = line_start > 0 or self._state is None or not self._state.in_line
        if holds_labels and is_head and self._may_be_label(line):
            end = min(end, line_start)
        return end

    def _may_be_label(self, line: str) -> bool:
        """Return whether the start of a line may become the label of a speaker."""
        head = line.lstrip()
        if head.endswith((":", "：")):
            head = head[:-1]
        if not self._names or not head or len(head) > MAX_NAME_CHARS or len(head.split()) > MAX_NAME_WORDS:
            return False
        if any(mark in head for mark in "[]:："):
            return False
        if not _ENDED.search(head):
            return True
        return any(name.startswith(name_key(head)) for name in self._names)


def _sentences(passage: ScriptPassage) -> Iterator[tuple[int, int, int, int]]:
    """Yield the start and end of each sentence of a passage with its tags, in the script and in the passage's text."""
    if not passage.text:
        if passage.sounds:
            yield passage.sounds[0].source.start, passage.sounds[-1].source.end, 0, 0
        return
    for span, sounds in sounds_by_sentence(segment_text(passage.text), passage.sounds):
        source = passage.source_of(span.start, span.end)
        starts, ends = [tag.source.start for tag in sounds], [tag.source.end for tag in sounds]
        yield min([source.start, *starts]), max([source.end, *ends]), span.start, span.end


def _with_pause(
    planned: list[PlannedUtterance], pauses: Pauses, end: CutEnd, *, is_part: bool
) -> list[PlannedUtterance]:
    """Return utterances with the pause after the last one, unless a script has set it."""
    if not planned or planned[-1].pause_is_explicit:
        return planned
    last = planned[-1]
    if end == "clause":
        pause_s = CLAUSE_PAUSE_S * pauses.scale
    else:
        is_whole = len(planned) > 1 or not is_part
        pause_s = pauses.after_s(last.text if is_whole else "", ends_paragraph=end == "paragraph")
    return [*planned[:-1], last._replace(pause_after_s=last.speaker.spec.added_pause_s(pause_s))]
