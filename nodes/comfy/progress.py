"""A job's progress on the node that runs: the bar, and a line of text where the host can show one."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from comfy.utils import ProgressBar

from ...jobs.progress import Progress

MIN_INTERVAL_S = 0.1
"""Cached segments come by the thousand in a second; the browser needs to hear of a tenth of a second at most."""


_PARTS = 1000


class HostProgress:
    """Shows the latest `Progress` it was given, at most ten times a second.

    Made and used in the thread that executes the node: ComfyUI knows by that which node is meant. Showing may raise
    ComfyUI's interruption.
    """

    def __init__(
        self, n_segments: int | None, node_id: str | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`n_segments` is None for a job that doesn't know it yet: then the bar shows the part that is done."""
        self._by_part = n_segments is None
        self._bar = ProgressBar(_PARTS if n_segments is None else n_segments)
        self._node_id = node_id
        self._clock = clock
        self._shown_at = -math.inf
        self._latest: Progress | None = None

    def update(self, progress: Progress) -> None:
        """Take the picture in, and show it if it is time to."""
        self._latest = progress
        self.flush()

    def flush(self, *, now: bool = False) -> None:
        """Show what has not been shown yet, if it is time to, or `now`."""
        if self._latest is None or not (now or self._clock() - self._shown_at >= MIN_INTERVAL_S):
            return
        progress, self._latest = self._latest, None
        self._shown_at = self._clock()
        _send_text(progress_text(progress), self._node_id)
        done = round(_PARTS * (progress.fraction_done or 0)) if self._by_part else progress.segments_done
        self._bar.update_absolute(done)


def progress_text(progress: Progress) -> str:
    """Return the line of text for a state."""
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
    # Looked up, not imported: a host without a server, or without this call, shows the bar alone.
    server = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    send = getattr(server, "send_progress_text", None)
    if node_id is not None and send is not None:
        send(text, node_id, sid=getattr(server, "client_id", None))
