"""What there is: models and voices."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from ...jobs.voices.library import PREFIX
from ..service.errors import ApiError
from ..service.model_choice import Choice, choose, listing, ready_choices
from ..service.service import Service
from ..service.voice_catalog import reference_row, row


def listing_routes(service: Service) -> APIRouter:
    """Return the routes that list."""
    router = APIRouter(tags=["models and voices"])

    @router.get("/v1/models")
    async def models() -> dict[str, object]:
        """List the models that are ready."""
        return {"object": "list", "data": await asyncio.to_thread(listing, service.runtime)}

    @router.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, object]:
        """Return one of them."""
        rows = await asyncio.to_thread(listing, service.runtime)
        found = next((found for found in rows if found["id"] == name), None)
        if found is None:
            raise ApiError(
                404, f"there is no model '{name[:100]}' that is ready", code="model_not_found", param="model"
            )
        return found

    @router.get("/v1/audio/voices", operation_id="audio_voices")
    @router.get("/voices", operation_id="voices")
    async def voices(model: str = "") -> dict[str, object]:
        """List the voices of a model, or of all engines that speak and are ready, and recordings to imitate."""
        rows = []
        choices = await _speakers(service, model)
        for choice in choices:
            rows += [row(choice, info) for info in (await service.voices.of(choice)).voices]
        imitates = next((choice for choice in choices if choice.spec.can("reference")), None)
        if imitates is not None or not model:
            names = await asyncio.to_thread(service.references.names)
            rows += [reference_row(name, imitates) for name in names]
        return {"voices": rows}

    @router.get("/voices/refresh", operation_id="refresh_voices_get")
    @router.post("/voices/refresh", operation_id="refresh_voices_post")
    async def refresh(model: str = "") -> dict[str, object]:
        """Look anew which voices there are, and list them."""
        service.voices.refresh()
        return await voices(model)

    @router.post("/voices/clear-cache")
    async def clear() -> dict[str, object]:
        """Forget which voices there are until somebody asks."""
        service.voices.refresh()
        return {"cleared": True}

    @router.get("/voices/{name:path}")
    async def voice(name: str, model: str = "") -> dict[str, object]:
        """Return one voice."""
        if name.startswith(PREFIX):
            return await _reference(service, name, model)
        choice = await service.choice("speech", model)
        shelf = await service.voices.of(choice)
        own = shelf.names.get(name.lower(), name)
        found = next((info for info in shelf.voices if info.name == own), None)
        if found is None:
            await service.voices.voice(choice, name, fallback=False)
            raise ApiError(404, f"'{name[:100]}' is no voice of its own", code="unknown_voice")
        return row(choice, found)

    return router


async def _speakers(service: Service, model: str) -> list[Choice]:
    if model:
        return [await asyncio.to_thread(choose, service.runtime, "speech", model)]
    choices = await asyncio.to_thread(ready_choices, service.runtime)
    return [choice for choice in choices if choice.spec.task == "speech" and not choice.model]


async def _reference(service: Service, name: str, model: str) -> dict[str, object]:
    found = await asyncio.to_thread(service.references.known, name)
    choices = await _speakers(service, model)
    return reference_row(found, next((choice for choice in choices if choice.spec.can("reference")), None))
