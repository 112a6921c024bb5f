"""Make a recognizer from a request's fields, and format transcripts for the API."""

from __future__ import annotations

from collections.abc import Sequence

from ...jobs.requests.transcribe import resolve_recognizer
from ...jobs.transcribe import Recognizer
from ...media.subtitles.transcript import TranscriptSegment
from ...text.punctuation import WIDE_CLAUSE_MARKS, WIDE_TERMINATORS, is_ideographic
from ...utils.streaming import Word
from .errors import bad_request
from .model_choice import ModelChoice
from .service import Service

MAX_PROMPT_CHARS = 10_000


async def make_recognizer(
    service: Service, model: str, *, language: str, prompt: str, translate: bool = False, words: bool = False
) -> tuple[ModelChoice, Recognizer]:
    """Return the resolved model and a recognizer for it.

    Raises:
        ApiError: Unknown model, one that isn't ready, or a prompt that is too long.
        ValueError: The engine doesn't support the language or the translation.
    """
    choice = await service.resolve_model("recognition", model, language or None)
    if len(prompt) > MAX_PROMPT_CHARS:
        raise bad_request(f"the prompt has {len(prompt)} characters; maximum {MAX_PROMPT_CHARS}", "prompt")
    recognizer = Recognizer(
        engine=choice.spec.name,
        model=choice.model,
        language=language or None,
        translate=translate,
        prompt=prompt,
    )
    return choice, resolve_recognizer(recognizer, service.runtime.registry, words=words)


class RunningText:
    """A growing transcript. The deltas that `add` returns, concatenated, are its text."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> str:
        """Return the delta for the next segment, with a leading space where the script uses spaces."""
        if not text:
            return ""
        joined = not self.text or (_is_spaceless(self.text[-1]) and _is_spaceless(text[0]))
        delta = text if joined else f" {text}"
        self.text += delta
        return delta


def _is_spaceless(character: str) -> bool:
    return is_ideographic(character) or character in WIDE_TERMINATORS + WIDE_CLAUSE_MARKS


def word_rows(words: Sequence[Word]) -> list[dict[str, object]]:
    """Return words in the format of OpenAI's API."""
    return [{"word": word.text.strip(), "start": round(word.start_s, 3), "end": round(word.end_s, 3)} for word in words]


def segment_rows(segments: Sequence[TranscriptSegment]) -> list[dict[str, object]]:
    """Return the segments of a transcript in the format of OpenAI's API."""
    return [
        {"id": number, "start": round(segment.start_s, 3), "end": round(segment.end_s, 3), "text": segment.text}
        for number, segment in enumerate(segments)
    ]
