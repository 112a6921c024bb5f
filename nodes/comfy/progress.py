"""Show a job's progress on its node: the progress bar, and a line of text if the host supports it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence

from comfy.utils import ProgressBar

from ...jobs.progress import Progress

MIN_INTERVAL_S = 0.1
"""Thousands of cached segments can arrive per second; ten updates are enough for the browser."""
_STEPS = 1000
"""Resolution of a progress bar whose total is unknown."""


class HostProgress:
    """Shows the latest `Progress`, at most ten times a second.

    Create and use it in the thread that executes the node: ComfyUI derives the node from the thread. Showing may raise
    ComfyUI's interruption.
    """

    def __init__(
        self, n_segments: int | None, node_id: str | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`n_segments` is None if it is unknown; the bar then shows `Progress.fraction_done`."""
        self._by_fraction = n_segments is None
        self._bar = ProgressBar(_STEPS if n_segments is None else n_segments)
        self._node_id = node_id
        self._clock = clock
        self._shown_at = -math.inf
        self._latest: Progress | None = None
        """The state that isn't shown yet."""
        self._last: Progress | None = None

    def update(self, progress: Progress) -> None:
        """Store the latest state, and show it if the interval has passed."""
        self._latest = self._last = progress
        self.flush()

    def end(self, notes: Sequence[str] = ()) -> None:
        """Show the last state, with notes below it, which stay on the node."""
        self.flush(now=True)
        if notes:
            done = [progress_text(self._last)] if self._last is not None else []
            _send_text("\n".join([*done, *notes]), self._node_id)

    def flush(self, *, now: bool = False) -> None:
        """Show the pending state if the interval has passed or `now` is true."""
        if self._latest is None or not (now or self._clock() - self._shown_at >= MIN_INTERVAL_S):
            return
        progress, self._latest = self._latest, None
        self._shown_at = self._clock()
        _send_text(progress_text(progress), self._node_id)
        done = round(_STEPS * (progress.fraction_done or 0)) if self._by_fraction else progress.segments_done
        self._bar.update_absolute(done)


def progress_text(progress: Progress) -> str:
    """Return the progress as one line of text."""
    if progress.message:
        return progress.message
    of_total = "" if progress.segments_total is None else f" of {progress.segments_total}"
    parts = [f"{progress.segments_done}{of_total} segments", f"{progress.audio_s:.1f} s of audio"]
    if progress.segments_cached:
        parts.append(f"{progress.segments_cached} from the cache")
    if progress.segments_failed:
        parts.append(f"{progress.segments_failed} failed")
    if progress.remaining_s is not None and progress.remaining_s >= 1:
        parts.append(f"about {progress.remaining_s:.0f} s left")
    return ", ".join(parts)


def _send_text(text: str, node_id: str | None) -> None:
    # Looked up, not imported: a host without a server, or without this method, only shows the bar.
    server = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    send = getattr(server, "send_progress_text", None)
    if node_id is not None and send is not None:
        send(text, node_id, sid=getattr(server, "client_id", None))
