"""Find models on this machine or download them, and identify their workers before they start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ...cache.key import EngineIdentity
from ...environments.resolution import Environments
from ...models.located import LocatedModel
from ..contract.adapter import OnProgress
from ..contract.engine_spec import EngineSpec
from ..contract.errors import EngineStartError, ModelMissingError
from ..contract.model_key import ModelKey

Locate = Callable[[EngineSpec, str], LocatedModel]
Check = Callable[[EngineSpec, str], None]
Fetch = Callable[[EngineSpec, str, OnProgress], Awaitable[object]]


class ModelSource:
    """Finds models' weights. Lives on the runtime loop.

    Args:
        locate: Finds them on this machine; ModelMissingError if they aren't there. Blocks.
        fetch: Downloads them; None to only look for them.
        environments: Resolves the Python of an engine; by default, the host's Python.
        check: Raises LicenseError for a model that mustn't be used. Every use of a model, also of what a cache has of
            it, asks here first.
    """

    def __init__(
        self,
        locate: Locate = lambda _spec, _model: LocatedModel(),
        fetch: Fetch | None = None,
        environments: Environments | None = None,
        check: Check = lambda _spec, _model: None,
    ) -> None:
        self._locate = locate
        self._fetch = fetch
        self._environments = environments or Environments()
        self._check = check
        self._versions: dict[ModelKey, dict[str, str]] = {}

    async def resolved(self, spec: EngineSpec) -> EngineSpec:
        """Return the engine with its interpreter resolved. EngineStartError, with the reason, if it can't run yet."""
        try:
            return await asyncio.to_thread(self._environments.resolved, spec)
        except LookupError as error:
            raise EngineStartError(str(error)) from None

    async def located(self, spec: EngineSpec, model: str, on_progress: OnProgress | None = None) -> LocatedModel:
        """Return where a model is stored, downloaded first if need be. ModelMissingError if that isn't possible.

        LicenseError if it mustn't be used.
        """
        self._check(spec, model)
        if not spec.weights:
            return LocatedModel()
        try:
            return await asyncio.to_thread(self._locate, spec, model)
        except ModelMissingError:
            if self._fetch is None:
                raise
        await self._fetch(spec, model, on_progress or (lambda _message, _fraction: None))
        return await asyncio.to_thread(self._locate, spec, model)

    async def versions(self, spec: EngineSpec, key: ModelKey) -> dict[str, str]:
        """Return the versions of the engine's distributions, looked up once per model."""
        known = self._versions.get(key)
        if known is None:
            known = self._versions[key] = await asyncio.to_thread(self._environments.versions, spec)
        return known

    async def identity(
        self, spec: EngineSpec, key: ModelKey, *, on_progress: OnProgress | None = None
    ) -> EngineIdentity:
        """Return the identity of a model's worker without starting it; cache keys are made with it.

        ModelMissingError if its weights aren't available.
        """
        located = await self.located(spec, key.model, on_progress)
        return identity_of(spec, key, located, await self.versions(spec, key))


def identity_of(spec: EngineSpec, key: ModelKey, located: LocatedModel, versions: dict[str, str]) -> EngineIdentity:
    """Return the identity of a resolved engine's worker for a model, with the versions of its distributions."""
    return EngineIdentity(
        engine=spec.name,
        adapter_version=spec.adapter_version,
        versions=versions,
        model=key.model,
        fingerprint=located.fingerprint,
        dtype=key.dtype,
        voices=dict(located.voices),
    )
