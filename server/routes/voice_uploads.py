"""Routes that add and delete recordings for voice cloning."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from ...jobs.voices.speaker import LIBRARY_PREFIX
from ..service.reference_voices import MAX_BYTES
from ..service.service import Service
from ..service.uploads import stored_upload


def voice_upload_routes(service: Service) -> APIRouter:
    """Return the routes that add and delete recordings. They answer 403 unless uploads are enabled."""
    router = APIRouter(tags=["models and voices"])
    # One upload at a time: decoding is expensive, and two uploads must not use the same name.
    lock = asyncio.Lock()

    @router.post("/v1/audio/voices", operation_id="add_audio_voice")
    @router.post("/voices", operation_id="add_voice")
    async def add(
        name: Annotated[str, Form(max_length=200, description="The new voice's name.")],
        audio_sample: Annotated[UploadFile, File(description="A recording of the voice: 0.5 to 120 s, in any format.")],
        transcript: Annotated[
            str, Form(description="The words of the recording; recognized if an engine needs them.")
        ] = "",
    ) -> dict[str, object]:
        """Add a recording of a voice, for engines that clone voices."""
        service.references.uploads_folder()
        max_bytes = min(MAX_BYTES, service.settings.max_upload_bytes)
        async with stored_upload(audio_sample, max_bytes, "audio_sample") as path, lock:
            added = await asyncio.to_thread(service.references.add, name, path, transcript)
        return {
            "object": "audio.voice",
            "id": added.id,
            "name": added.id,
            "created_at": int(time.time()),
            "duration": round(added.duration_s, 3),
            "sample_rate": added.sample_rate,
            "transcript": added.transcript,
            "notes": list(added.notes),
        }

    @router.delete("/v1/audio/voices/{name:path}", operation_id="delete_audio_voice")
    @router.delete("/voices/{name:path}", operation_id="delete_voice")
    async def delete(name: str) -> dict[str, object]:
        """Delete an uploaded recording."""
        async with lock:
            exact_name = await asyncio.to_thread(service.references.remove, name)
        return {"object": "audio.voice.deleted", "id": LIBRARY_PREFIX + exact_name, "deleted": True}

    return router
