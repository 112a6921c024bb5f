"""Voices of the clients' own: recordings sent to be imitated, and deleted again."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from ...jobs.voices.library import PREFIX
from ..service.reference_voices import MOST_BYTES
from ..service.service import Service
from ..service.uploads import uploaded


def voice_upload_routes(service: Service) -> APIRouter:
    """Return the routes that change which recordings there are. They answer 403 unless that is allowed."""
    router = APIRouter(tags=["models and voices"])
    # One after the other: decoding is work, and a name is taken by one.
    turn = asyncio.Lock()

    @router.post("/v1/audio/voices", operation_id="add_audio_voice")
    @router.post("/voices", operation_id="add_voice")
    async def add(
        name: Annotated[str, Form(max_length=200, description="What it shall be called.")],
        audio_sample: Annotated[UploadFile, File(description="A recording of the voice: 0.5 to 120 s, in any format.")],
        transcript: Annotated[str, Form(description="What is said in it.")] = "",
    ) -> dict[str, object]:
        """Add a recording of a voice, for engines that imitate one."""
        service.references.check_may_change()
        most_bytes = min(MOST_BYTES, service.settings.max_upload_bytes)
        async with uploaded(audio_sample, most_bytes, "audio_sample") as path, turn:
            added = await asyncio.to_thread(service.references.add, name, path, transcript)
        return {
            "object": "audio.voice",
            "id": added.id,
            "name": added.id,
            "created_at": int(time.time()),
            "duration": round(added.duration_s, 3),
            "sample_rate": added.sample_rate,
            "transcript": added.transcript,
        }

    @router.delete("/v1/audio/voices/{name:path}", operation_id="delete_audio_voice")
    @router.delete("/voices/{name:path}", operation_id="delete_voice")
    async def delete(name: str) -> dict[str, object]:
        """Delete a recording that was added."""
        async with turn:
            own = await asyncio.to_thread(service.references.remove, name)
        return {"object": "audio.voice.deleted", "id": PREFIX + own, "deleted": True}

    return router
