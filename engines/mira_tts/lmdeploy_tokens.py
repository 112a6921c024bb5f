"""Text to speech tokens by lmdeploy, which is faster on CUDA for many rows: an option that a user installs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from ..speech_tokens.sampling import Sampling
from .errors import MiraError
from .prompt import Vocabulary
from .tokens import Row

_MEMORY_SHARE = 0.2
"""Of the free memory of the GPU, for the past of all rows; lmdeploy's own default is 0.8."""
_CONTEXT_TOKENS = 8192


class LmdeployTokens:
    """The language model by lmdeploy, with the interface of `TokenModel`.

    Args:
        pipeline: An lmdeploy `Pipeline`.
        settings: Makes its `GenerationConfig` of keywords.
        vocabulary: The model's tokens.
    """

    def __init__(self, pipeline: Any, settings: Callable[..., Any], vocabulary: Vocabulary) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._vocabulary = vocabulary
        self._numbers = {token: number for number, token in enumerate(vocabulary.speech)}

    @classmethod
    def load(cls, folder: Path, vocabulary: Vocabulary, dtype: torch.dtype) -> LmdeployTokens:
        """Load the model of a folder. MiraError, with lmdeploy's reason, if it can't."""
        from lmdeploy import GenerationConfig, TurbomindEngineConfig, pipeline

        config = TurbomindEngineConfig(
            dtype="bfloat16" if dtype == torch.bfloat16 else "auto",
            session_len=_CONTEXT_TOKENS,
            cache_max_entry_count=_MEMORY_SHARE,
        )
        try:
            return cls(pipeline(str(folder), backend_config=config), GenerationConfig, vocabulary)
        except Exception as error:  # the package's own, CUDA's and transformers'
            problem = str(error).strip().partition("\n")[0]
            raise MiraError(f"lmdeploy can't load the model in {folder}: {problem}") from error

    def draw(self, rows: Sequence[Row]) -> Iterator[tuple[int, int | None]]:
        """Yield the tokens of rows: see `TokenModel.draw`."""
        sessions = [self._pipeline.session() for _ in rows]
        waiting = set(range(len(rows)))
        answers = self._pipeline.stream_infer(
            [self._vocabulary.written(row.prompt) for row in rows],
            sessions=sessions,
            gen_config=[self._config(row) for row in rows],
            do_preprocess=False,
        )
        try:
            for answer in answers:
                index = answer.index
                if index not in waiting:
                    continue  # what was on its way when the row was over
                row = rows[index]
                over = answer.finish_reason is not None or row.cancelled()
                if answer.finish_reason == "error":
                    raise MiraError(f"lmdeploy failed: {getattr(answer, 'error_message', '') or 'see the log'}")
                for token in answer.token_ids:
                    number = self._numbers.get(token)
                    if number is None or row.ending.fault is not None or row.cancelled():
                        continue  # not a token of speech, or after the end
                    over = row.ending.push(number) is not None or over
                    yield index, number
                if over:
                    waiting.remove(index)
                    if answer.finish_reason is None:
                        sessions[index].abort()
                    yield index, None
                if not waiting:
                    return
        finally:
            # Also if the listener is gone.
            for index in waiting:
                sessions[index].abort()

    def close(self) -> None:
        """End lmdeploy's threads."""
        self._pipeline.close()

    def _config(self, row: Row) -> Any:
        sampling: Sampling = row.sampling
        return self._settings(
            max_new_tokens=row.ending.limit,
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k or len(self._numbers),
            min_p=sampling.min_p,
            repetition_penalty=sampling.repetition_penalty,
            random_seed=row.seed,
            stop_token_ids=list(self._vocabulary.stops),
            skip_special_tokens=False,
        )
