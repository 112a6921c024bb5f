"""Speak jobs: pieces of text into samples, with a second try where the model loses its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import Cancelled
from ..errors import CancelledError
from ..speech_tokens.ending import Ending, token_limit
from ..speech_tokens.pieces import halves
from ..speech_tokens.sampling import Sampling
from ..speech_tokens.seeds import Seeds, seeds_of, token_generator
from ..speech_tokens.windows import Window
from .codes import CodeModel, Piece
from .decoder import N_MELS, FlowDecoder
from .errors import ChatterboxError, EndlessSpeechError
from .noise import NoiseField
from .text import normal_text
from .tokenizers import TextTokens
from .vocoder import PieceVocoder, Vocoder
from .voice import VoiceConditionals
from .watermark import Watermark
from .windows import plan_windows

_MAX_TOKENS = 1000
"""The model's own limit: 40 seconds. It isn't trained beyond."""
_TOKENS_PER_S = 25
_SILENT_CODE = 4299
_ATTEMPTS = 2

Part = NDArray[np.float32] | str
"""Samples, or a note on them for the user."""


class Job(NamedTuple):
    """What a segment asks for, checked.

    Args:
        pieces: The parts of its text.
        language: The model's code of its language.
        tags: The sounds that its model performs.
        voice: Whose voice.
        exaggeration: How strongly emotions are expressed.
        cfg_weight: How closely the pace follows the text and the recording.
        sampling: How codes are drawn.
        steps: The decoder's number of steps.
        watermarked: Whether to write the watermark.
        by_tokens: Whether to send audio within a piece.
        seed: Decides everything random.
    """

    pieces: Sequence[str]
    language: str
    tags: Sequence[str]
    voice: VoiceConditionals
    exaggeration: float
    cfg_weight: float
    sampling: Sampling
    steps: int
    watermarked: bool
    by_tokens: bool
    seed: int


class _Drawing(NamedTuple):
    """The codes of one attempt at a piece, perhaps still being drawn, and the watch over their end."""

    codes: Iterator[int]
    ending: Ending
    seeds: Seeds


class Speaker:
    """Speaks with one loaded model, which it never changes.

    Args:
        codes: Text to speech codes.
        flow: Speech codes to frames.
        vocoder: Frames to samples.
        tokens: The model's tokenizer.
        turbo: Whether it is of the family of turbo.
        device: Where it is.
    """

    def __init__(
        self, codes: CodeModel, flow: FlowDecoder, vocoder: Vocoder, tokens: TextTokens, *, turbo: bool, device: Any
    ) -> None:
        self._codes = codes
        self._flow = flow
        self._vocoder = vocoder
        self._tokens = tokens
        self._turbo = turbo
        self._device = device
        self._watermark: Watermark | None = None

    def speak(self, job: Job, cancelled: Cancelled) -> Iterator[Part]:
        """Yield the samples of a job as they are made.

        Raises:
            CancelledError: It was cancelled.
            EndlessSpeechError: The model found no end.
        """
        if job.pieces and (note := self._tokens.note(job.language)):
            yield note
        for number, text in enumerate(job.pieces):
            yield from self._piece(job, text, (number,), cancelled)

    def speak_many(
        self, jobs: Sequence[Job], cancelled: Sequence[Cancelled], batch: int
    ) -> Iterator[tuple[int, Part | ChatterboxError | None]]:
        """Yield `(job, samples)` of several jobs, whose pieces are drawn together, `batch` at a time.

        `(job, None)` ends a job, `(job, error)` ends one that failed. One that was cancelled ends without either.
        """
        pieces = [(index, number) for index, job in enumerate(jobs) for number in range(len(job.pieces))]
        ended = {index for index, job in enumerate(jobs) if not job.pieces}
        yield from ((index, None) for index in sorted(ended))
        for begin in range(0, len(pieces), batch):
            group = [piece for piece in pieces[begin : begin + batch] if piece[0] not in ended]
            drawn = self._draw_together(jobs, group, cancelled)
            for (index, number), drawing in zip(group, drawn, strict=True):
                if index in ended:
                    continue
                job = jobs[index]
                try:
                    if number == 0 and (note := self._tokens.note(job.language)):
                        yield index, note
                    for part in self._piece(job, job.pieces[number], (number,), cancelled[index], drawing):
                        yield index, part
                except CancelledError:
                    ended.add(index)
                except ChatterboxError as error:
                    ended.add(index)
                    yield index, error
                else:
                    if number == len(job.pieces) - 1:
                        yield index, None

    def _draw_together(
        self, jobs: Sequence[Job], group: Sequence[tuple[int, int]], cancelled: Sequence[Cancelled]
    ) -> list[_Drawing]:
        """Draw the first attempt at several pieces in one pass."""
        seeds = [_seeds(jobs[index], (number,), 0) for index, number in group]
        rows = [
            self._row(jobs[index], jobs[index].pieces[number], of_row, cancelled[index])
            for (index, number), of_row in zip(group, seeds, strict=True)
        ]
        codes: list[list[int]] = [[] for _ in rows]
        for row, code in self._codes.draw(rows):
            if code is not None:
                codes[row].append(code)
        return [
            _Drawing(iter(drawn), row.ending, of_row) for drawn, row, of_row in zip(codes, rows, seeds, strict=True)
        ]

    def _row(self, job: Job, text: str, seeds: Seeds, cancelled: Cancelled) -> Piece:
        normal = normal_text(text, job.tags, turbo=self._turbo)
        return Piece(
            text=self._tokens.ids(normal, job.language),
            voice=job.voice,
            exaggeration=job.exaggeration,
            cfg_weight=job.cfg_weight,
            sampling=job.sampling,
            generator=token_generator(seeds),
            ending=Ending(token_limit(text, _TOKENS_PER_S, _MAX_TOKENS), _TOKENS_PER_S),
            cancelled=cancelled,
        )

    def _draw(self, job: Job, text: str, seeds: Seeds, cancelled: Cancelled) -> _Drawing:
        row = self._row(job, text, seeds, cancelled)
        return _Drawing((code for _, code in self._codes.draw([row]) if code is not None), row.ending, seeds)

    def _piece(
        self, job: Job, text: str, path: tuple[int, ...], cancelled: Cancelled, drawing: _Drawing | None = None
    ) -> Iterator[Part]:
        """Yield the samples of a piece. The path names it within its segment; `drawing` is its first attempt."""
        for attempt in range(_ATTEMPTS):
            if drawing is None or attempt:
                drawing = self._draw(job, text, _seeds(job, path, attempt), cancelled)
            sent = False
            for samples in self._decoded(job, drawing, cancelled, last_attempt=attempt == _ATTEMPTS - 1):
                sent = True
                yield samples
            fault = drawing.ending.fault
            if sent:
                if fault == "endless":
                    raise _endless(text)
                if fault == "loop":
                    yield f"'{text}': the model didn't stop by itself; its end was cut off"
                elif attempt:
                    yield f"'{text}': the model lost its way at first; this is its second try, with another seed"
                return
        parts = halves(text)
        if parts is None:
            raise _endless(text)
        yield f"'{text}': the model found no end; it was spoken in two parts"
        for number, part in enumerate(parts):
            yield from self._piece(job, part, (*path, number), cancelled)

    def _decoded(
        self, job: Job, drawing: _Drawing, cancelled: Cancelled, *, last_attempt: bool
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the samples of an attempt; nothing if it should be repeated."""
        sound = _Sound(self, job, drawing.seeds, cancelled)
        plan = plan_windows()
        codes: list[int] = []
        for code in drawing.codes:
            codes.append(code)
            window = plan.next(len(codes)) if job.by_tokens else None
            if window is not None:
                yield sound.samples(codes, window)
        if cancelled():
            raise CancelledError
        fault, begun = drawing.ending.fault, plan.n_sent > 0
        if not begun and (not codes or fault == "endless" or (fault == "loop" and not last_attempt)):
            return
        if begun and fault == "endless":
            # What was sent can't be taken back. The caller raises, and the segment is a named gap from here.
            return
        if fault == "loop":
            codes = codes[: max(plan.n_sent, drawing.ending.n_good)]
        if self._turbo:
            codes += [_SILENT_CODE] * 3
        yield sound.samples(codes, plan.last(len(codes)))

    def watermark(self) -> Watermark:
        """Return the watermarker, which is loaded when it is first needed."""
        if self._watermark is None:
            self._watermark = Watermark()
        return self._watermark

    def frames(self, codes: Sequence[int], window: Window, job: Job, noise: NoiseField, cancelled: Cancelled) -> Any:
        """Return the final frames of a window."""
        return self._flow.frames(codes, window, job.voice, noise, job.steps, cancelled)

    def piece_vocoder(self, seed: int) -> PieceVocoder:
        """Return a vocoder for one piece."""
        return PieceVocoder(self._vocoder, seed, self._device)


class _Sound:
    """The sound of one attempt at a piece, window by window."""

    def __init__(self, speaker: Speaker, job: Job, seeds: Seeds, cancelled: Cancelled) -> None:
        self._speaker = speaker
        self._job = job
        self._cancelled = cancelled
        self._noise = NoiseField(seeds.decoder, N_MELS)
        self._vocoder = speaker.piece_vocoder(seeds.vocoder)
        self._marker = speaker.watermark().marked_chunks() if job.watermarked else None

    def samples(self, codes: Sequence[int], window: Window) -> NDArray[np.float32]:
        """Return the samples that a window makes final."""
        mel = self._speaker.frames(codes, window, self._job, self._noise, self._cancelled)
        samples = self._vocoder.samples(mel, window)
        return samples if self._marker is None else self._marker.marked(samples, self._vocoder.held)


def _seeds(job: Job, path: tuple[int, ...], attempt: int) -> Seeds:
    return seeds_of(job.seed, *path, attempt)


def _endless(text: str) -> EndlessSpeechError:
    return EndlessSpeechError(
        f"the model found no end of '{text}'; choose another seed, write the text differently, or lower "
        "the parameter temperature"
    )
