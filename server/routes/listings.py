"""Routes that list models and voices."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query

from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...utils.streaming import NamedVoice
from ..service.encoding import BodyFormat
from ..service.errors import ApiError
from ..service.model_choice import ModelChoice, ready_choices, with_model
from ..service.model_list import find_model, list_models
from ..service.service import Service
from ..service.voice_catalog import reference_row, voice_rows


def listing_routes(service: Service) -> APIRouter:
    """Return the routes that list models and voices."""
    router = APIRouter(tags=["models and voices"])

    @router.get("/limits")
    async def limits() -> dict[str, object]:
        """Return the server's limits on a request."""
        settings = service.settings
        return {
            "max_text_chars": settings.max_text_chars,
            "max_upload_bytes": settings.max_upload_bytes,
            "max_audio_s": settings.max_audio_s,
            "speech_formats": list(get_args(BodyFormat)),
        }

    @router.get("/v1/models")
    async def models() -> dict[str, object]:
        """List the models that are installed."""
        return {"object": "list", "data": await asyncio.to_thread(list_models, service.runtime)}

    @router.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, object]:
        """Return one installed model, by any name that a request may give."""
        return await asyncio.to_thread(find_model, service.runtime, name)

    @router.get("/v1/audio/models", operation_id="v1_audio_models")
    @router.get("/audio/models", operation_id="audio_models")
    async def audio_models() -> dict[str, object]:
        """List the models for speech, as Open WebUI asks for them."""
        return {"models": await asyncio.to_thread(list_models, service.runtime, "speech")}

    @router.get("/v1/audio/voices", operation_id="v1_audio_voices")
    @router.get("/audio/voices", operation_id="audio_voices")
    @router.get("/voices", operation_id="voices")
    async def voices(
        model: str = "",
        shape: Annotated[Literal["list", "map"], Query(alias="format")] = "list",
        *,
        legacy: bool = False,
    ) -> dict[str, object]:
        """List the voices of a model, or of all installed engines, and the recordings for voice cloning.

        `voices` is a list; with `format=map` an object by id; with `legacy=true` a list of ids.
        """
        choices = await _speech_models(service, model)
        rows: list[dict[str, object]] = []
        default = service.settings.default_voice
        for choice in choices:
            listed = await service.voices.voices_of(choice)
            rows += voice_rows(choice, listed)
            default = default or (await service.voices.resolve(choice, "", fallback=False)).name
        cloning = next((choice for choice in choices if choice.spec.can("reference")), None)
        if cloning is not None or not model:
            transcripts = await asyncio.to_thread(service.references.transcripts)
            rows += [reference_row(name, transcript, cloning) for name, transcript in transcripts.items()]
        shown: object = [str(row["id"]) for row in rows] if legacy else rows
        total = len(rows)
        if shape == "map":
            # Of voices with one id, the one that a request without a model gets: the first.
            by_id: dict[str, object] = {}
            for row in rows:
                by_id.setdefault(str(row["id"]), row)
            shown, total = by_id, len(by_id)
        return {"voices": shown, "total": total, "default_voice": default or None}

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
        if name.lower().startswith(LIBRARY_PREFIX):
            return await _reference(service, name[len(LIBRARY_PREFIX) :], model)
        refusal = ApiError(404, "no engine for speech is installed", code="model_not_found")
        for choice in await _speech_models(service, model):
            try:
                found = await service.voices.resolve(choice, name, fallback=False)
            except ApiError as error:
                refusal = ApiError(404, error.message, code=error.code, param="voice")
                continue
            own_name = found.voice.name if isinstance(found.voice, NamedVoice) else found.name
            rows = voice_rows(choice, await service.voices.voices_of(choice))
            row = next((row for row in rows if row["id"] == own_name), None)
            if row is not None:
                return row
            message = f"'{name[:100]}' is a mix or a variant, not a listed voice"
            refusal = ApiError(404, message, code="unknown_voice", param="voice")
        raise refusal

    return router


async def _speech_models(service: Service, model: str) -> list[ModelChoice]:
    """Return the model with a name, or that of each installed engine."""
    if model:
        return [await service.resolve_model("speech", model)]
    choices = await asyncio.to_thread(ready_choices, service.runtime)
    specs = [choice.spec for choice in choices if choice.spec.task == "speech" and not choice.model]
    return [await asyncio.to_thread(with_model, service.runtime, spec, None) for spec in specs]


async def _reference(service: Service, name: str, model: str) -> dict[str, object]:
    exact_name = await asyncio.to_thread(service.references.resolve_name, name)
    choices = await _speech_models(service, model)
    transcript = await asyncio.to_thread(service.references.transcript, exact_name)
    cloning = next((choice for choice in choices if choice.spec.can("reference")), None)
    return reference_row(exact_name, transcript, cloning)
