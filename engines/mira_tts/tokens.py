"""Text to speech tokens: the language model in a loop of its own, for several pieces at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it

from ...utils.streaming import Cancelled
from ..speech_tokens.ending import Ending
from ..speech_tokens.sampling import Sampling, Step, draw, probabilities
from .errors import MiraError
from .prompt import N_SPEECH, Vocabulary

_STEPS: tuple[Step, ...] = ("penalty", "temperature", "top_k", "top_p", "min_p")


class Row(NamedTuple):
    """One piece of a pass.

    Args:
        prompt: The ids that the model is given.
        spoken: The tokens of speech among them, which count as drawn before.
        sampling: How tokens are drawn.
        seed: Decides the random numbers.
        ending: Watches for the end; its fault is there when the piece is over.
        cancelled: Whether to stop it.
    """

    prompt: Sequence[int]
    spoken: Sequence[int]
    sampling: Sampling
    seed: int
    ending: Ending
    cancelled: Cancelled


class TokenModel(Protocol):
    """Draws the tokens of speech."""

    def draw(self, rows: Sequence[Row]) -> Iterator[tuple[int, int | None]]:
        """Yield `(row, token)` as tokens are drawn in one pass, and `(row, None)` when a row is over.

        A row that is cancelled is over, too, and so is one with a fault. Each row draws what it would alone.
        """
        ...

    def close(self) -> None:
        """Release what the end of the process doesn't."""
        ...


class Qwen2Tokens:
    """The language model by transformers.

    Args:
        model: A `Qwen2ForCausalLM`.
        vocabulary: Its tokens.
    """

    def __init__(self, model: Any, vocabulary: Vocabulary) -> None:
        self._backbone = model.model
        weight = model.lm_head.weight
        columns = torch.tensor([*vocabulary.speech, *vocabulary.stops], device=weight.device)
        # The 8,200 rows that are drawn from, of 166,000: nothing else can be said, and a token costs less.
        self._head = weight[columns].contiguous()
        self._ids = columns.tolist()

    @classmethod
    def load(cls, folder: Path, vocabulary: Vocabulary, device: torch.device, dtype: torch.dtype) -> Qwen2Tokens:
        """Load the model of a folder, without a connection. MiraError if it is damaged or of another model."""
        from transformers import Qwen2ForCausalLM
        from transformers.utils.logging import disable_progress_bar, set_verbosity_error

        disable_progress_bar()  # they would fill the log
        set_verbosity_error()
        try:
            model, found = Qwen2ForCausalLM.from_pretrained(
                folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
        except Exception as error:  # the package's, safetensors' and json's own
            problem = str(error).strip().partition("\n")[0]
            raise MiraError(f"the model in {folder} is missing or damaged ({problem}); download it again") from error
        if found["missing_keys"]:
            raise MiraError(
                f"the model in {folder} isn't MiraTTS: it has no '{min(found['missing_keys'])}'; download it again"
            )
        n_tokens = model.lm_head.weight.shape[0]
        if max(*vocabulary.speech, *vocabulary.stops) >= n_tokens:
            raise MiraError(
                f"the model in {folder} has {n_tokens} tokens, and its tokenizer.json more; they don't belong together"
            )
        return cls(model.to(device).eval().requires_grad_(requires_grad=False), vocabulary)

    def draw(self, rows: Sequence[Row]) -> Iterator[tuple[int, int | None]]:
        """Yield the tokens of rows: see `TokenModel.draw`."""
        run = _Pass(self._backbone, self._head, self._ids, rows)
        while run.rows:
            cancelled = [index for index in run.rows if rows[index].cancelled()]
            run.drop(cancelled)
            yield from ((index, None) for index in cancelled)
            if not run.rows:
                return
            over = []
            for index, token in run.step():
                ended = token >= N_SPEECH
                if not ended:
                    ended = rows[index].ending.push(token) is not None
                    yield index, token
                if ended:
                    over.append(index)
                    yield index, None
            run.drop(over)

    def close(self) -> None:
        """Do nothing: the process' end releases all."""


class _Pass:
    """One pass: its rows, their prompts padded on the left to one length, and the cache of their past."""

    def __init__(self, backbone: Any, head: Any, ids: Sequence[int], rows: Sequence[Row]) -> None:
        self._backbone, self._head, self._ids = backbone, head, ids
        self._all = rows
        self.rows = list(range(len(rows)))
        """The rows that are not over."""
        self._past: Any = None
        # By release of transformers.
        parameters = inspect.signature(backbone.forward).parameters
        self._past_name = "cache" if "cache" in parameters else "past_key_values"
        longest = max((len(row.prompt) for row in rows), default=0)
        paddings = [longest - len(row.prompt) for row in rows]
        device = head.device
        given = [[0] * padding + list(row.prompt) for padding, row in zip(paddings, rows, strict=True)]
        self._given = torch.tensor(given, device=device)
        self._mask: Any = None
        if any(paddings):
            self._mask = torch.ones_like(self._given)
            for place, padding in enumerate(paddings):
                self._mask[place, :padding] = 0
        self._seen = torch.zeros(len(rows), len(ids), dtype=torch.bool, device=device)
        for place, row in enumerate(rows):
            self._seen[place, list(row.spoken)] = True
        self._generators = [torch.Generator().manual_seed(row.seed) for row in rows]

    @torch.inference_mode()
    def step(self) -> list[tuple[int, int]]:
        """Draw the next token of each row: `(row, column)`."""
        logits = self._forward()
        settings = [self._all[index].sampling for index in self.rows]
        shares = probabilities(logits, self._seen[self.rows], settings, _STEPS)
        tokens = draw(shares, [self._generators[index] for index in self.rows])
        for index, token in zip(self.rows, tokens, strict=True):
            self._seen[index, token] = True
        self._given = torch.tensor([[self._ids[token]] for token in tokens], device=self._given.device)
        return list(zip(self.rows, tokens, strict=True))

    def drop(self, over: Sequence[int]) -> None:
        """Take rows out: what is left costs no more than it would alone."""
        if not over:
            return
        kept = [place for place, index in enumerate(self.rows) if index not in over]
        self.rows = [self.rows[place] for place in kept]
        if not self.rows:
            self._past = None
            return
        places = torch.tensor(kept, device=self._given.device)
        if self._past is not None:
            self._past.batch_select_indices(places)
        self._given = self._given[places]
        if self._mask is not None:
            self._mask = self._mask[places]

    def _forward(self) -> Any:
        from transformers import DynamicCache

        more: dict[str, Any] = {}
        if self._mask is not None:
            if self._past is not None:
                self._mask = F.pad(self._mask, (0, 1), value=1)
            positions = (self._mask.cumsum(1) - 1).clamp(min=0)
            more = {"attention_mask": self._mask, "position_ids": positions[:, -self._given.shape[1] :]}
        if self._past is None:
            self._past = DynamicCache(config=self._backbone.config)
        more[self._past_name] = self._past
        out = self._backbone(input_ids=self._given, use_cache=True, **more)
        return F.linear(out.last_hidden_state[:, -1], self._head).float()
