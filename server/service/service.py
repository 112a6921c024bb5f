"""What all routes of a server share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from ...utils.streaming.runtime import Runtime
from .admission import Admission
from .log import LOG
from .model_choice import Choice, Task, check_ready, choose
from .reference_voices import References
from .settings import ServerSettings
from .stats import Stats
from .voice_catalog import VoiceShelf

_log = logging.getLogger(LOG)


class Service:
    """The runtime with what a server adds: admission, voices, figures, and threads for encoding."""

    def __init__(self, runtime: Runtime, settings: ServerSettings) -> None:
        self.runtime = runtime
        self.settings = settings
        self.admission = Admission(
            active=settings.active, queued=settings.queued, queue_timeout_s=settings.queue_timeout_s
        )
        self.references = References(runtime, settings.voice_uploads)
        self.voices = VoiceShelf(runtime, self.references)
        self.stats = Stats()
        self.executor = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="voxweft-server")

    async def choice(self, task: Task, name: str) -> Choice:
        """Return the engine and model that a client means, ready to work. ApiError if there is none."""
        return await asyncio.to_thread(self._choice, task, name)

    @contextlib.asynccontextmanager
    async def loaded(self, choice: Choice) -> AsyncIterator[None]:
        """Hold a model loaded, which it is at the start of the block. EngineStartError if it can't be."""
        loader = self.runtime.loader
        spec = await self.runtime.arun(loader.source.placed(choice.spec))
        lease = await self.runtime.arun(loader.acquire(spec, loader.key_of(spec, choice.model)))

        async def release() -> None:
            lease.release()

        try:
            yield
        finally:
            if not self.runtime.closed:
                await self.runtime.arun(release())

    def note_text(self, text: str) -> None:
        """Write a text into the log, if that was asked for."""
        if self.settings.log_text:
            _log.info("text: %s", ascii(text))

    def close(self) -> None:
        """End the threads."""
        self.executor.shutdown(wait=False, cancel_futures=True)

    def _choice(self, task: Task, name: str) -> Choice:
        choice = choose(self.runtime, task, name)
        check_ready(self.runtime, choice)
        return choice
