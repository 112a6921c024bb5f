"""Operation routes: health, readiness, statistics, and unloading models."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

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

    @router.get("/ready", responses={503: {"description": "no speech engine is ready"}})
    async def ready() -> Response:
        """List the ready and the loaded models; 503 if no speech engine is ready."""
        choices = await asyncio.to_thread(ready_choices, runtime)
        can_speak = any(choice.spec.task == "speech" for choice in choices)
        loaded = sorted({f"{model.engine}/{model.model}".rstrip("/") for model in await runtime.arun(runtime.stats())})
        body = {"ready": can_speak, "models": [choice.id for choice in choices], "loaded": loaded}
        return JSONResponse(body, 200 if can_speak else 503)

    @router.get("/stats")
    async def stats() -> dict[str, object]:
        """Return statistics by engine and voice: requests, time to first audio, real-time factor, cache, memory."""
        return service.stats.report(service.admission.counts(), await runtime.arun(runtime.stats()))

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return the statistics in Prometheus' format."""
        data = service.stats.metrics(service.admission.counts(), await runtime.arun(runtime.stats()))
        return Response(data, headers={"Content-Type": CONTENT_TYPE_LATEST})

    @router.post("/unload")
    async def unload(engine: str = "") -> dict[str, object]:
        """Unload the models of one engine or of all, and report the released memory. Jobs that use them fail."""
        if engine:
            runtime.registry.get(engine)
        unloaded = await runtime.arun(runtime.unload(engine or None))
        rows = [{**msgspec.to_builtins(stats), "released_bytes": stats.released_bytes} for stats in unloaded]
        return {"unloaded": rows}

    return router
