"""What the model is given before the first token of speech, and the tokens that it answers with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .errors import MiraError

N_SPEECH, N_CONTEXT = 8192, 4096
_STOPS = ("<|end_semantic_token|>", "<|im_end|>", "<|endoftext|>")


class VoiceTokens(NamedTuple):
    """A recording in tokens.

    Args:
        context: How the voice sounds: 32 tokens, whatever the length of the recording.
        spoken: What it says, 50 tokens a second; empty without a transcript.
    """

    context: tuple[int, ...]
    spoken: tuple[int, ...] = ()


class Vocabulary:
    """The tokens of one model.

    Args:
        tokenizer: A `tokenizers.Tokenizer`.
        source: Its file, for messages.
    """

    def __init__(self, tokenizer: Any, source: Path) -> None:
        self._tokenizer = tokenizer
        self._source = source
        self.speech = [self._id(f"<|speech_token_{number}|>") for number in range(N_SPEECH)]
        """The ids of the tokens of speech."""
        self.stops = [found for name in _STOPS if (found := tokenizer.token_to_id(name)) is not None]
        """The ids of the tokens that end it."""
        if not self.stops:
            raise self._unfit(_STOPS[0])
        self._context = [self._id(f"<|context_token_{number}|>") for number in range(N_CONTEXT)]
        self._begin = self._ids("<|task_tts|>", "<|start_text|>")
        self._middle = self._ids("<|end_text|>", "<|context_audio_start|>")
        self._end = self._ids("<|context_audio_end|>", "<|prompt_speech_start|>")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a `tokenizer.json`. MiraError if it is missing, damaged or of another model."""
        from tokenizers import Tokenizer

        if not path.is_file():
            raise MiraError(f"{path.name} is missing from {path.parent}; copy it there, or download the model again")
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the package raises plain ones
            raise MiraError(f"{path} can't be read ({error}); download it again") from error
        return cls(tokenizer, path)

    def prompt(self, text: str, voice: VoiceTokens) -> list[int]:
        """Return the ids of a prompt: the text (after that of the recording, if any), the voice, what it said."""
        words = self._tokenizer.encode(text, add_special_tokens=False).ids
        context = [self._context[number] for number in voice.context]
        spoken = [self.speech[number] for number in voice.spoken]
        return [*self._begin, *words, *self._middle, *context, *self._end, *spoken]

    def written(self, ids: Sequence[int]) -> str:
        """Return ids as text, from which the tokenizer makes the same ids."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False))

    def _ids(self, *names: str) -> list[int]:
        return [self._id(name) for name in names]

    def _id(self, name: str) -> int:
        found: int | None = self._tokenizer.token_to_id(name)
        if found is None:
            raise self._unfit(name)
        return found

    def _unfit(self, name: str) -> MiraError:
        return MiraError(f"{self._source} isn't MiraTTS' tokenizer: it has no '{name}'; download the model again")
