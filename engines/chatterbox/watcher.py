"""The package's alignment watcher, which multilingual-v2 needs to find the end of a text, without its leftovers.

The package adds hooks at each call and never removes them, and leaves the slower attention on for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Watcher:
    """Watches the rows of one pass.

    Args:
        transformer: The backbone.
        text_ranges: Where each row's text is in its prefix, without padding.
        stop_token: The token that ends the speech.
    """

    def __init__(self, transformer: Any, text_ranges: Sequence[tuple[int, int]], stop_token: int) -> None:
        from chatterbox.models.t3.inference.alignment_stream_analyzer import (
            LLAMA_ALIGNED_HEADS,
            AlignmentStreamAnalyzer,
        )

        class Analyzer(AlignmentStreamAnalyzer):  # type: ignore[misc]
            """The package's, fed by this module's hooks."""

            def _add_attention_spy(self, *_unused: object) -> None:
                pass

        self._transformer = transformer
        self._heads = LLAMA_ALIGNED_HEADS
        # Without a transformer, its constructor has nothing to change.
        self._analyzers = [Analyzer(None, None, text_range, eos_idx=stop_token) for text_range in text_ranges]
        self._seen: dict[int, Any] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let one forward pass show its attention."""
        config = self._transformer.config
        before = config._attn_implementation  # noqa: SLF001  there is no public way to change it for one call
        hooks = []
        self._seen.clear()
        try:
            config._attn_implementation = "eager"  # noqa: SLF001  the only one that returns attention
            for layer, _ in self._heads:
                attention = self._transformer.layers[layer].self_attn
                hooks.append(attention.register_forward_hook(self._hook(layer)))
            yield
        finally:
            for hook in hooks:
                hook.remove()
            config._attn_implementation = before  # noqa: SLF001

    def checked(self, logits: Any, rows: Sequence[int], paddings: Sequence[int], last: Sequence[int]) -> Any:
        """Return logits in which an early end is impossible, and a late one certain.

        Args:
            logits: `[rows, tokens]`; changed.
            rows: The number of each row at the start of the pass.
            paddings: How many positions on the left of each row are padding.
            last: The token before, of each row.
        """
        for index, (row, padding, token) in enumerate(zip(rows, paddings, last, strict=True)):
            analyzer = self._analyzers[row]
            analyzer.last_aligned_attns = [
                self._seen[layer][index, head, padding if analyzer.curr_frame_pos == 0 else 0 :, padding:]
                for layer, head in self._heads
            ]
            logits[index : index + 1] = analyzer.step(logits[index : index + 1], next_token=token)
        return logits

    def _hook(self, layer: int) -> Any:
        def keep(_module: object, _given: object, output: Any) -> None:
            self._seen[layer] = output[1].cpu()

        return keep
