"""The route of the Realtime API."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from ..service.errors import bad_request
from ..service.service import Service
from .session import RealtimeSession
from .session_config import SessionSettings
from .socket import RealtimeSocket


def realtime_routes(service: Service) -> APIRouter:
    """Return the route that transcribes and speaks by OpenAI's Realtime API."""
    router = APIRouter()

    @router.websocket("/v1/realtime")
    async def realtime(socket: WebSocket) -> None:
        """Transcribe and speak by the events of OpenAI's Realtime API."""
        session = RealtimeSocket(socket, service.settings)
        async with session.open():
            intent, model = socket.query_params.get("intent"), socket.query_params.get("model")
            if intent not in (None, "transcription", "realtime", "conversation"):
                raise bad_request(f"unknown intent '{intent[:100]}'; use 'transcription', or omit it", "intent")
            kind = "transcription" if intent == "transcription" else "realtime"
            await RealtimeSession(session, service, SessionSettings(type=kind, model=model)).run()

    return router
