"""Models that are loaded before the server is ready, and that stay loaded."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from ...utils.streaming.loading.lease import Lease
from ...utils.streaming.runtime import Runtime
from .errors import ApiError
from .log import LOG, event
from .model_choice import ModelChoice, resolve_model

_log = logging.getLogger(LOG)


class _Voices(Protocol):
    """What lists the voices of a model, once for all requests."""

    async def voices_of(self, choice: ModelChoice) -> object: ...


class Preload:
    """Loads models, one after the other, and holds a lease on each: neither idleness nor another model unloads it.

    `POST /unload` still does: the next request loads the model again, for as long as any other.

    Raises:
        ValueError: A name that no installed model has.
    """

    def __init__(self, runtime: Runtime, names: tuple[str, ...]) -> None:
        self._runtime = runtime
        self._choices = [_choice(runtime, name) for name in names]
        self._leases: list[Lease] = []
        self.loading = [choice.id for choice in self._choices]
        """The models that aren't loaded yet."""

    async def load(self, voices: _Voices) -> None:
        """Load all models, and list their voices.

        Raises:
            EngineStartError: An engine can't start or load its model.
        """
        loader = self._runtime.loader
        for choice in self._choices:
            began = time.monotonic()
            spec = await self._runtime.arun(loader.source.resolved(choice.spec))
            self._leases.append(await self._runtime.arun(loader.acquire(spec, loader.key_of(spec, choice.model))))
            if spec.task == "speech":
                await voices.voices_of(choice)
            self.loading.remove(choice.id)
            load_s = time.monotonic() - began
            fields = event("loaded", model=choice.id, duration_s=round(load_s, 3))
            _log.info("loaded %s in %.1f s", choice.id, load_s, extra=fields)

    async def close(self) -> None:
        """Release the models: they are unloaded when they are idle."""
        leases, self._leases = self._leases, []

        async def release() -> None:
            for lease in leases:
                lease.release()

        if leases and not self._runtime.closed:
            await self._runtime.arun(release())


def _choice(runtime: Runtime, name: str) -> ModelChoice:
    try:
        return resolve_model(runtime, "speech", name)
    except ApiError as error:
        if error.code != "wrong_task":
            raise ValueError(f"--preload: {error}") from None
    try:
        return resolve_model(runtime, "recognition", name)
    except ApiError as error:
        raise ValueError(f"--preload: {error}") from None
