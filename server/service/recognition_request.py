"""Make a recognizer from a request's fields, and format transcripts for the API."""

from __future__ import annotations

from collections.abc import Sequence

from ...jobs.requests.transcribe import resolve_recognizer
from ...jobs.transcribe import Recognizer
from ...text.language_names import language_tag_of
from ...text.punctuation import WIDE_CLAUSE_MARKS, WIDE_TERMINATORS, is_ideographic
from ...utils.streaming import ParamValue, Word
from .errors import bad_request
from .model_choice import ModelChoice
from .service import Service

MAX_PROMPT_CHARS = 10_000
_DETECTED = frozenset({"", "auto", "detect"})


async def make_recognizer(
    service: Service, model: str, *, language: str, prompt: str, translate: bool = False
) -> tuple[ModelChoice, Recognizer]:
    """Return the resolved model and a recognizer for it. Raises what `resolve_recognition` and `recognizer_of` do."""
    choice = await resolve_recognition(service, model, language)
    return choice, recognizer_of(service, choice, language=language, prompt=prompt, translate=translate)


async def resolve_recognition(service: Service, model: str, language: str) -> ModelChoice:
    """Return the model for a request that names a model and a language, either of them perhaps empty.

    Raises:
        ApiError: Unknown model, one that isn't ready, or one without the language.
    """
    tag = read_language(language)
    try:
        return await service.resolve_model("recognition", model, tag)
    except ValueError as error:
        raise bad_request(f"{error}; send a tag such as en or pt-BR, an English name, or auto", "language") from None


def read_language(language: str) -> str | None:
    """Return the BCP-47 tag of a tag, a code or a name; None for `auto` and an empty text: it is detected."""
    return None if language.strip().lower() in _DETECTED else language_tag_of(language)


def recognizer_of(
    service: Service,
    choice: ModelChoice,
    *,
    language: str,
    prompt: str,
    translate: bool = False,
    words: bool = False,
    params: dict[str, ParamValue] | None = None,
    seed: int | None = 0,
) -> Recognizer:
    """Return the recognizer of a resolved model.

    Raises:
        ApiError: A prompt that is too long.
        ValueError: The engine doesn't support the language, the translation or a setting.
    """
    if len(prompt) > MAX_PROMPT_CHARS:
        raise bad_request(f"the prompt has {len(prompt)} characters; maximum {MAX_PROMPT_CHARS}", "prompt")
    recognizer = Recognizer(
        engine=choice.spec.name,
        model=choice.model,
        language=read_language(language),
        translate=translate,
        prompt=prompt,
        seed=seed,
        params=params or {},
    )
    return resolve_recognizer(recognizer, service.runtime.registry, words=words)


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
