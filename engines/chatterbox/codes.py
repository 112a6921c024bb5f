"""Text to speech codes: the package's model in a loop of its own, for several pieces at once.

The package's loop returns when all is drawn, can't be stopped, needs guidance, and draws from the global generator.
This one draws the same codes from the same random numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it

from ...utils.streaming import Cancelled
from ..speech_tokens.ending import Ending
from ..speech_tokens.sampling import Sampling, Step, draw, probabilities
from .voice import VoiceConditionals
from .watcher import Watcher

N_CODES = 6561
"""Codes from 0; the tokens above are marks of the model, and unused."""
_STEPS: tuple[Step, ...] = ("penalty", "temperature", "min_p", "top_p")
_TURBO_STEPS: tuple[Step, ...] = ("temperature", "top_k", "top_p", "penalty")


class Piece(NamedTuple):
    """What one row of a pass says.

    Args:
        text: The text's tokens.
        voice: Whose voice.
        exaggeration: How strongly emotions are expressed.
        cfg_weight: How far to move away from what the model would say without the text.
        sampling: How codes are drawn.
        generator: The source of its random numbers.
        ending: Watches for its end; its fault is there when the piece is over.
        cancelled: Whether to stop it.
    """

    text: list[int]
    voice: VoiceConditionals
    exaggeration: float
    cfg_weight: float
    sampling: Sampling
    generator: Any
    ending: Ending
    cancelled: Cancelled


def guided(conditional: Any, unconditional: Any, weights: Any) -> Any:
    """Return logits moved away from what the model would say without the text. All are `[rows, tokens]`."""
    return conditional + weights * (conditional - unconditional)


class CodeModel:
    """The model that turns text into speech codes.

    Args:
        t3: The package's module.
        watched: Whether the package's alignment watcher decides about the end.
    """

    def __init__(self, t3: Any, *, watched: bool) -> None:
        self._t3 = t3
        self._watched = watched
        self._start: int = t3.hp.start_speech_token
        self._stop: int = t3.hp.stop_speech_token

    def draw(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, int | None]]:
        """Yield `(piece, code)` as codes are drawn in one pass, and `(piece, None)` when a piece is over.

        A piece that is cancelled is over, too.
        """
        run = _Pass(self._t3, pieces, watched=self._watched)
        while run.rows:
            drawn = run.step()
            for index, token in drawn:
                piece = pieces[index]
                over = piece.cancelled()
                if token == self._stop:
                    over = True
                elif not over:
                    over = piece.ending.push(token) is not None
                    if token < N_CODES:
                        yield index, token
                if over:
                    run.finish(index)
                    yield index, None


class _Pass:
    """One pass: its rows, their prefixes padded on the left to one length, and the cache of their past.

    First come the rows with text, then those without, of the pieces with guidance.
    """

    def __init__(self, t3: Any, pieces: Sequence[Piece], *, watched: bool) -> None:
        self._t3 = t3
        self._pieces = pieces
        self._n_steps = 0
        self.rows = list(range(len(pieces)))
        """The pieces that are not over."""
        self._finished: set[int] = set()
        self._guided = [index for index in self.rows if pieces[index].cfg_weight > 0 and not t3.is_gpt]
        self._past: Any = None
        self._watcher: Watcher | None = None
        self._begin(watched=watched)

    @torch.inference_mode()
    def _begin(self, *, watched: bool) -> None:
        prefixes = [self._prefix(piece, guided=index in self._guided) for index, piece in enumerate(self._pieces)]
        lengths = [prefix.shape[1] for prefix, _ in prefixes]
        longest = max(lengths)
        self._paddings = [longest - length for length in lengths]

        def padded(index: int, row: int) -> Any:
            return F.pad(prefixes[index][0][row], (0, 0, self._paddings[index], 0))

        self._given = torch.stack(
            [padded(index, 0) for index in self.rows] + [padded(index, 1) for index in self._guided]
        )
        self._mask = None
        if any(self._paddings):
            self._mask = torch.ones(self._given.shape[:2], dtype=torch.long, device=self._given.device)
            for row, index in enumerate((*self.rows, *self._guided)):
                self._mask[row, : self._paddings[index]] = 0
        n_tokens = self._t3.hp.speech_tokens_dict_size
        self._seen = torch.zeros(len(self._pieces), n_tokens, dtype=torch.bool, device=self._given.device)
        self._seen[:, self._t3.hp.start_speech_token] = True
        self._last = [self._t3.hp.start_speech_token] * len(self._pieces)
        if watched:
            ranges = [text_range for _, text_range in prefixes]
            self._watcher = Watcher(self._t3.tfmr, ranges, self._t3.hp.stop_speech_token)

    def _prefix(self, piece: Piece, *, guided: bool) -> tuple[Any, tuple[int, int]]:
        """Return what the model is given before the first code, `[1 or 2, length, width]`, and where the text is."""
        t3, settings = self._t3, self._t3.hp
        device, dtype = t3.speech_head.weight.device, t3.speech_head.weight.dtype
        condition = t3.prepare_conditioning(piece.voice.t3_condition(piece.exaggeration, device, dtype))
        ids = torch.tensor([piece.text], device=device)
        text = t3.text_emb(ids)
        if guided:
            text = torch.cat([text, torch.zeros_like(text)])
        speech = t3.speech_emb(torch.full((len(text), 1), settings.start_speech_token, device=device))
        if settings.input_pos_emb == "learned":
            text = text + t3.text_pos_emb(ids)
            speech = speech + t3.speech_pos_emb(speech)
            # The package begins with two start tokens, and so did the training.
            speech = torch.cat([speech, speech], 1)
        begin = condition.shape[1]
        prefix = torch.cat([condition.expand(len(text), -1, -1), text, speech], 1)
        return prefix, (begin, begin + len(piece.text))

    @torch.inference_mode()
    def step(self) -> list[tuple[int, int]]:
        """Draw the next token of each row."""
        self._drop_finished()
        if not self.rows:
            return []
        t3, settings = self._t3, [self._pieces[index].sampling for index in self.rows]
        logits = self._forward()
        if self._guided:
            with_text = [self.rows.index(index) for index in self._guided]
            without = logits[len(self.rows) :]
            weights = torch.tensor([self._pieces[index].cfg_weight for index in self._guided], device=logits.device)[
                :, None
            ]
            mixed = guided(logits[with_text], without, weights)
            logits = logits[: len(self.rows)].index_copy(0, torch.tensor(with_text, device=logits.device), mixed)
        if self._watcher is not None:
            last = [self._last[index] for index in self.rows]
            logits = self._watcher.checked(logits, self.rows, [self._paddings[index] for index in self.rows], last)
        shares = probabilities(logits, self._seen[self.rows], settings, _TURBO_STEPS if t3.is_gpt else _STEPS)
        tokens = draw(shares, [self._pieces[index].generator for index in self.rows])
        if t3.is_gpt and self._n_steps == 0:
            self._seen.zero_()
        self._n_steps += 1
        for index, token in zip(self.rows, tokens, strict=True):
            self._seen[index, token] = True
            self._last[index] = token
        self._given = self._embedded([*tokens, *(self._last[index] for index in self._guided)])
        return list(zip(self.rows, tokens, strict=True))

    def finish(self, index: int) -> None:
        """Note that a piece is over."""
        self._finished.add(index)

    def _forward(self) -> Any:
        past = {"past_key_values": self._past, "use_cache": True}
        more: dict[str, Any] = {}
        if self._mask is not None:
            if self._n_steps:
                self._mask = F.pad(self._mask, (0, 1), value=1)
            positions = (self._mask.cumsum(1) - 1).clamp(min=0)
            more = {"attention_mask": self._mask, "position_ids": positions[:, -self._given.shape[1] :]}
        if self._watcher is None:
            out = self._t3.tfmr(inputs_embeds=self._given, **past, **more)
        else:
            with self._watcher.watching():
                out = self._t3.tfmr(inputs_embeds=self._given, **past, **more)
        self._past = out.past_key_values
        return self._t3.speech_head(out.last_hidden_state[:, -1]).float()

    def _embedded(self, tokens: list[int]) -> Any:
        t3 = self._t3
        embedded = t3.speech_emb(torch.tensor(tokens, device=t3.speech_head.weight.device)[:, None])
        return (
            embedded if t3.speech_pos_emb is None else embedded + t3.speech_pos_emb.get_fixed_embedding(self._n_steps)
        )

    def _drop_finished(self) -> None:
        """Take the rows of finished pieces out: what is left costs no more than it would alone."""
        if not self._finished:
            return
        all_rows = (*self.rows, *self._guided)
        kept = [row for row, index in enumerate(all_rows) if index not in self._finished]
        self.rows = [index for index in self.rows if index not in self._finished]
        self._guided = [index for index in self._guided if index not in self._finished]
        self._finished.clear()
        if not self.rows:
            self._past = None
            return
        rows = torch.tensor(kept, device=self._given.device)
        self._past.batch_select_indices(rows)
        self._given = self._given[rows]
        if self._mask is not None:
            self._mask = self._mask[rows]
