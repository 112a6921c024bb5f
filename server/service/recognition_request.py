"""Who listens, as clients say it, and what was heard, as they expect it."""

from __future__ import annotations

from collections.abc import Sequence

from ...jobs.transcribe import Recogniser
from ...media.subtitles.transcript import TranscriptPiece
from ...text.punctuation import WIDE_CLAUSE_MARKS, WIDE_TERMINATORS, is_ideographic
from ...utils.streaming import ParamValue, Word
from .errors import bad_request
from .model_choice import Choice
from .service import Service

MAX_PROMPT_CHARS = 10_000


async def recogniser(
    service: Service, model: str, *, language: str, prompt: str, translate: bool = False, words: bool = False
) -> tuple[Choice, Recogniser]:
    """Return who listens. ApiError, or ValueError, for what can't be."""
    choice = await service.choice("recognition", model)
    if len(prompt) > MAX_PROMPT_CHARS:
        raise bad_request(f"a prompt has at most {MAX_PROMPT_CHARS} characters", "prompt")
    params: dict[str, ParamValue] = {}
    if words and "word_timestamps" in choice.spec.params:
        params["word_timestamps"] = True
    made = Recogniser(
        engine=choice.spec.name,
        model=choice.model,
        language=language or None,
        translate=translate,
        prompt=prompt,
        params=params,
    )
    made.check(service.runtime.registry)
    return choice, made


class RunningText:
    """A transcript that grows: what each piece adds to it, so that all of that together is the whole."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> str:
        """Return what a piece of the transcript adds; scripts without spaces get none between."""
        if not text:
            return ""
        joined = not self.text or (_spaceless(self.text[-1]) and _spaceless(text[0]))
        delta = text if joined else f" {text}"
        self.text += delta
        return delta


def _spaceless(character: str) -> bool:
    return is_ideographic(character) or character in WIDE_TERMINATORS + WIDE_CLAUSE_MARKS


def word_rows(words: Sequence[Word]) -> list[dict[str, object]]:
    """Return words as OpenAI's API gives them."""
    return [{"word": word.text.strip(), "start": round(word.start_s, 3), "end": round(word.end_s, 3)} for word in words]


def piece_rows(pieces: Sequence[TranscriptPiece]) -> list[dict[str, object]]:
    """Return pieces of a transcript as OpenAI's API gives segments."""
    return [
        {"id": number, "start": round(piece.start_s, 3), "end": round(piece.end_s, 3), "text": piece.text}
        for number, piece in enumerate(pieces)
    ]
