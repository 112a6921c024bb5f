"""Operation routes: health, readiness, statistics, and unloading models."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from ..service.metrics import metrics
from ..service.model_choice import ready_choices
from ..service.service import Service


def operation_routes(service: Service) -> APIRouter:
    """Return the routes for operators."""
    router = APIRouter(tags=["operation"])
    runtime = service.runtime

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Return `ok` while the server runs."""
        return {"status": "ok"}

    @router.get("/ready", responses={503: {"description": "loading, shutting down, or no speech engine is ready"}})
    async def ready() -> Response:
        """List the ready and the loaded models; 503 with a reason at the start, at a shutdown, or without an engine."""
        choices = await asyncio.to_thread(ready_choices, runtime)
        can_speak = any(choice.spec.task == "speech" for choice in choices)
        loaded = sorted({f"{model.engine}/{model.model}".rstrip("/") for model in await runtime.arun(runtime.stats())})
        reason = service.not_ready() or ("" if can_speak else "no speech engine is ready")
        body = {
            "ready": not reason,
            "reason": reason or None,
            "models": [choice.id for choice in choices],
            "loaded": loaded,
            "loading": service.preload.loading,
        }
        return JSONResponse(body, 503 if reason else 200)

    @router.get("/stats")
    async def stats() -> dict[str, object]:
        """Return statistics by engine and voice: requests, time to first audio, real-time factor, cache, memory."""
        return service.stats.report(await service.measured())

    @router.get("/metrics", response_class=Response)
    async def prometheus() -> Response:
        """Return the statistics in Prometheus' format."""
        return Response(metrics(service.stats, await service.measured()), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @router.post("/unload")
    async def unload(engine: str = "") -> dict[str, object]:
        """Unload the models of one engine or of all, and report the released memory. Jobs that use them fail."""
        if engine:
            runtime.registry.get(engine)
        unloaded = await runtime.arun(runtime.unload(engine or None))
        rows = [{**msgspec.to_builtins(stats), "released_bytes": stats.released_bytes} for stats in unloaded]
        return {"unloaded": rows}

    return router
