"""The progress bar, which calls a hook."""

from __future__ import annotations

from collections.abc import Callable

Hook = Callable[..., None]
_hook: Hook | None = None


def set_progress_bar_global_hook(function: Hook | None) -> None:
    global _hook
    _hook = function


class ProgressBar:
    def __init__(self, total: int, node_id: str | None = None) -> None:
        self.total = total
        self.current = 0
        self.node_id = node_id
        self._told = _hook

    def update_absolute(self, value: int, total: int | None = None, preview: object = None) -> None:
        if total is not None:
            self.total = total
        self.current = min(value, self.total)
        if self._told is not None:
            self._told(self.current, self.total, preview, node_id=self.node_id)
