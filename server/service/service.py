"""The state that all routes share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...utils.streaming.loading.memory import resident_bytes
from ...utils.streaming.runtime import Runtime
from .admission import Admission
from .errors import ApiError
from .log import LOG, event
from .model_choice import ModelChoice, Task, resolve_model
from .preload import Preload
from .reference_voices import ReferenceVoices
from .request_registry import RequestRegistry
from .running_request import current
from .script_files import ScriptFiles
from .settings import ServerSettings
from .stats import Current, Stats
from .voice_catalog import VoiceCatalog

_log = logging.getLogger(LOG)


class Service:
    """The runtime, admission, voices, statistics, and threads for encoding."""

    def __init__(self, runtime: Runtime, settings: ServerSettings) -> None:
        self.runtime = runtime
        self.settings = settings
        self.stats = Stats()
        self.admission = Admission(
            active=settings.active,
            queued=settings.queued,
            queue_timeout_s=settings.queue_timeout_s,
            stats=self.stats,
        )
        self.requests = RequestRegistry(self.stats, log_text=settings.log_text)
        self.references = ReferenceVoices(runtime, settings.voice_uploads)
        self.voices = VoiceCatalog(runtime, self.references, self._default_voice())
        library = self.references.resolver.voice_library
        self.scripts = ScriptFiles(library, settings.casts, settings.lexicons, settings.lexicon)
        self.preload = Preload(runtime, settings.preload)
        self.executor = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="voxweft-server")

    async def resolve_model(self, task: Task, name: str, language: str | None = None) -> ModelChoice:
        """Return the engine and model that a client requested, for a language.

        Raises:
            ApiError: Unknown, of another task, or not installed.
            ValueError: It doesn't have the language.
        """
        return await asyncio.to_thread(resolve_model, self.runtime, task, name, language)

    @contextlib.asynccontextmanager
    async def loaded(self, choice: ModelChoice) -> AsyncIterator[None]:
        """Hold a lease on a model, loaded, during the block.

        Raises:
            EngineStartError: The engine can't start or load the model.
        """
        loader = self.runtime.loader
        spec = await self.runtime.arun(loader.source.resolved(choice.spec))
        lease = await self.runtime.arun(loader.acquire(spec, loader.key_of(spec, choice.model)))

        async def release() -> None:
            lease.release()

        try:
            yield
        finally:
            if not self.runtime.closed:
                await self.runtime.arun(release())

    def _default_voice(self) -> str:
        """Return the name of the default voice. ValueError for a recording that isn't in the library."""
        name = self.settings.default_voice
        if name.startswith(LIBRARY_PREFIX):
            try:
                self.references.resolve_name(name)
            except ApiError as error:
                raise ValueError(f"default voice: {error.message}") from None
        return name

    def log_text(self, text: str) -> None:
        """Log a text, if `log_text` is set. If not, its words are kept out of the log of failures."""
        running = current()
        if running is not None:
            running.note_text(text)
        if self.settings.log_text:
            request_id = "-" if running is None else running.id
            _log.info("%s text: %s", request_id, ascii(text), extra=event("text", id=request_id, text=text))

    async def measured(self) -> Current:
        """Measure what the statistics show of the present."""
        runtime, loader = self.runtime, self.runtime.loader
        sockets = self.requests.counts()
        http = max(0, self.stats.n_http_connections() - sockets["websocket"])
        return Current(
            jobs=self.admission.counts(),
            models=await runtime.arun(runtime.stats()),
            worker_starts=dict(loader.worker_starts),
            worker_crashes={engine: loader.worker_crashes[engine] for engine in loader.worker_starts},
            connections={"http": http, **sockets},
            server_bytes=await asyncio.to_thread(resident_bytes),
        )

    def not_ready(self) -> str:
        """Return why the server should get no requests at present, or an empty text."""
        if self.requests.draining:
            return "the server is shutting down"
        return f"loading {', '.join(self.preload.loading)}" if self.preload.loading else ""

    def close(self) -> None:
        """Stop the threads. Models that were kept loaded are released with the runtime."""
        self.executor.shutdown(wait=False, cancel_futures=True)
