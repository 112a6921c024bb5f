"""Speak jobs: pieces of text into samples, several jobs in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import Cancelled
from ..speech_tokens.ending import Ending, token_limit
from ..speech_tokens.pieces import spoken_length
from ..speech_tokens.sampling import Sampling
from ..speech_tokens.seeds import seeds_of
from .codec import TOKENS_PER_S, Codec
from .errors import MiraEndlessError
from .prompt import Vocabulary, VoiceTokens
from .sound import PieceSound
from .text import normal_text, with_transcript
from .tokens import Row, TokenModel
from .upsampler import FlashSR

_FASTEST_CHARS_PER_S = 30
"""Nobody speaks faster: before, a text can't have been spoken to its end."""


class Job(NamedTuple):
    """What a segment asks for, checked.

    Args:
        pieces: The parts of its text.
        voice: Whose voice.
        transcript: What the voice's recording says, normal; empty without.
        sampling: How tokens are drawn.
        max_tokens: The maximum of a piece.
        chunk_tokens: How many tokens are decoded at a time.
        ahead_tokens: How many after them are drawn before.
        upsampler: What makes 48 kHz; None for 16 kHz.
        seed: Decides everything random.
    """

    pieces: Sequence[str]
    voice: VoiceTokens
    transcript: str
    sampling: Sampling
    max_tokens: int
    chunk_tokens: int
    ahead_tokens: int
    upsampler: FlashSR | None
    seed: int


class Sound(NamedTuple):
    """Samples, `[n_samples]`, and their rate in Hz."""

    samples: NDArray[np.float32]
    sample_rate: int


Part = Sound | str | MiraEndlessError | None
"""Sound, a note for the user, the error that ends a job, or None for the end of it."""


class Speaker:
    """Speaks with one loaded model, which it never changes.

    Args:
        tokens: Text to speech tokens.
        vocabulary: The tokens.
        codec: Speech tokens to sound.
    """

    def __init__(self, tokens: TokenModel, vocabulary: Vocabulary, codec: Codec) -> None:
        self._tokens = tokens
        self._vocabulary = vocabulary
        self._codec = codec

    def speak(self, jobs: Sequence[Job], cancelled: Sequence[Cancelled], batch: int) -> Iterator[tuple[int, Part]]:
        """Yield `(job, part)` as sound is made: the first pieces of all jobs, `batch` in a pass, then the second ones.

        The last part of a job is None, or the error that it failed with. One that was cancelled ends without either.
        """
        ended = {index for index, job in enumerate(jobs) if not job.pieces}
        yield from ((index, None) for index in sorted(ended))
        for number in range(max((len(job.pieces) for job in jobs), default=0)):
            waiting = [index for index, job in enumerate(jobs) if index not in ended and number < len(job.pieces)]
            for begin in range(0, len(waiting), batch):
                group = waiting[begin : begin + batch]
                for index, part in self._pass([jobs[index] for index in group], number, [cancelled[i] for i in group]):
                    position = group[index]
                    if isinstance(part, MiraEndlessError):
                        ended.add(position)
                    if part is not None:
                        yield position, part
                    elif cancelled[position]():
                        ended.add(position)
                    elif number == len(jobs[position].pieces) - 1:
                        yield position, None

    def _pass(self, jobs: Sequence[Job], number: int, cancelled: Sequence[Cancelled]) -> Iterator[tuple[int, Part]]:
        """Yield the parts of the jobs' pieces of a number, and None at the end of each."""
        rows = [self._row(job, number, check) for job, check in zip(jobs, cancelled, strict=True)]
        sounds = [
            PieceSound(
                self._codec, job.voice, job.upsampler, chunk_tokens=job.chunk_tokens, ahead_tokens=job.ahead_tokens
            )
            for job in jobs
        ]
        for index, token in self._tokens.draw(rows):
            sound, ending = sounds[index], rows[index].ending
            if token is None and cancelled[index]():
                yield index, None
                continue
            samples = sound.finish(ending.n_good) if token is None else sound.push(token)
            if samples.size:
                yield index, Sound(samples, sound.sample_rate)
            if token is None:
                fault = _fault_of(jobs[index].pieces[number], ending)
                if fault is not None:
                    yield index, fault
                if not isinstance(fault, MiraEndlessError):
                    yield index, None

    def _row(self, job: Job, number: int, cancelled: Cancelled) -> Row:
        text = job.pieces[number]
        return Row(
            prompt=self._vocabulary.prompt(with_transcript(job.transcript, normal_text(text)), job.voice),
            spoken=job.voice.spoken,
            sampling=job.sampling,
            seed=seeds_of(job.seed, number).tokens,
            ending=Ending(token_limit(text, TOKENS_PER_S, job.max_tokens), TOKENS_PER_S),
            cancelled=cancelled,
        )


def _fault_of(text: str, ending: Ending) -> str | MiraEndlessError | None:
    """Return what a user should know of a piece's end, or the error that it is."""
    if ending.fault is None:
        return None
    enough = ending.n_good * _FASTEST_CHARS_PER_S >= spoken_length(text) * TOKENS_PER_S
    if ending.fault == "loop" and enough:
        return f"'{text}': the model didn't stop by itself; its end was cut off"
    what = "repeats itself in" if ending.fault == "loop" else "found no end of"
    return MiraEndlessError(
        f"the model {what} '{text}'; choose another seed, write the text differently, or lower the parameter "
        "temperature"
    )
