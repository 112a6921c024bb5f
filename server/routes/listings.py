"""Routes that list models and voices."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...utils.streaming import NamedVoice
from ..service.errors import ApiError
from ..service.model_choice import ModelChoice, list_models, ready_choices, resolve_model
from ..service.service import Service
from ..service.voice_catalog import reference_row, voice_row


def listing_routes(service: Service) -> APIRouter:
    """Return the routes that list models and voices."""
    router = APIRouter(tags=["models and voices"])

    @router.get("/v1/models")
    async def models() -> dict[str, object]:
        """List the models that are ready."""
        return {"object": "list", "data": await asyncio.to_thread(list_models, service.runtime)}

    @router.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, object]:
        """Return one ready model."""
        rows = await asyncio.to_thread(list_models, service.runtime)
        row = next((row for row in rows if row["id"] == name), None)
        if row is None:
            raise ApiError(
                404,
                f"model '{name[:100]}' is unknown or not ready; GET /v1/models lists the ready ones",
                code="model_not_found",
                param="model",
            )
        return row

    @router.get("/v1/audio/voices", operation_id="audio_voices")
    @router.get("/voices", operation_id="voices")
    async def voices(model: str = "") -> dict[str, object]:
        """List the voices of a model, or of all ready engines, and the recordings for voice cloning."""
        rows = []
        choices = await _speech_models(service, model)
        for choice in choices:
            rows += [voice_row(choice, info) for info in (await service.voices.voices_of(choice)).voices]
        cloning = next((choice for choice in choices if choice.spec.can("reference")), None)
        if cloning is not None or not model:
            transcripts = await asyncio.to_thread(service.references.transcripts)
            rows += [reference_row(name, transcript, cloning) for name, transcript in transcripts.items()]
        default = service.settings.default_voice or (choices[0].spec.default_voice if choices else "")
        return {"voices": rows, "total": len(rows), "default_voice": default or None}

    @router.get("/voices/refresh", operation_id="refresh_voices_get")
    @router.post("/voices/refresh", operation_id="refresh_voices_post")
    async def refresh(model: str = "") -> dict[str, object]:
        """Query the engines for their voices again, and list them."""
        service.voices.refresh()
        return await voices(model)

    @router.post("/voices/clear-cache")
    async def clear() -> dict[str, object]:
        """Clear the cached lists of voices, and what the engines keep of recordings; its size is returned."""
        service.voices.refresh()
        return {"cleared": True, "released_bytes": await service.runtime.arun(service.runtime.forget_voices())}

    @router.get("/voices/{name:path}")
    async def voice(name: str, model: str = "") -> dict[str, object]:
        """Return one voice."""
        if name.startswith(LIBRARY_PREFIX):
            return await _reference(service, name, model)
        choice = await service.resolve_model("speech", model)
        resolved, _, _ = await service.voices.resolve(choice, name, fallback=False)
        resolved_name = resolved.name if isinstance(resolved, NamedVoice) else None
        listed = (await service.voices.voices_of(choice)).voices
        info = next((info for info in listed if info.name == resolved_name), None)
        if info is None:
            message = f"'{name[:100]}' is a mix or a variant, not a listed voice"
            raise ApiError(404, message, code="unknown_voice")
        return voice_row(choice, info)

    return router


async def _speech_models(service: Service, model: str) -> list[ModelChoice]:
    if model:
        return [await asyncio.to_thread(resolve_model, service.runtime, "speech", model)]
    choices = await asyncio.to_thread(ready_choices, service.runtime)
    return [choice for choice in choices if choice.spec.task == "speech" and not choice.model]


async def _reference(service: Service, name: str, model: str) -> dict[str, object]:
    exact_name = await asyncio.to_thread(service.references.resolve_name, name)
    choices = await _speech_models(service, model)
    transcript = await asyncio.to_thread(service.references.transcript, exact_name)
    cloning = next((choice for choice in choices if choice.spec.can("reference")), None)
    return reference_row(exact_name, transcript, cloning)
