"""A client for live speech: text in as it is written, audio out while the rest is still being written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Literal

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

Mode = Literal["live", "buffered", "auto"]
_MOST_FRAME_BYTES = 16 << 20
_READ_TIMEOUT_S = 600.0


class SynthesisError(RuntimeError):
    """The server said no, or broke off: what came before is not the whole."""


async def live_stream_synthesis(
    text: AsyncIterable[str],
    *,
    url: str = "http://127.0.0.1:8880",
    token: str = "",
    mode: Mode = "auto",
    **how: Any,
) -> AsyncIterator[bytes]:
    """Yield PCM (16 bits, little-endian, mono) of a text that is still being written, as a language model writes it.

    Sender and receiver run at the same time: the first audio comes when the first clause is complete. `how` is what a
    first message may hold (`voice`, `language`, `speed`, `model`, `sample_rate`, ...); without a `sample_rate` it has
    the engine's own, so name one to be sure. `mode` is `live` (WebSocket), `buffered` (the whole text in one HTTP
    request, as soon as it is complete), or `auto`: live, but buffered where no WebSocket can be opened or it breaks
    before any audio. SynthesisError where something can't be spoken, with the server's words.
    """
    pieces = _Pieces(text)
    if mode != "buffered":
        live = _live(pieces, url, token, how)
        try:
            async for audio in live:
                yield audio
        except (OSError, WebSocketException) as error:
            if mode == "live" or pieces.heard:
                raise SynthesisError(f"the connection to {url} failed: {error}") from error
        else:
            return
        finally:
            await live.aclose()
    async for audio in _buffered(pieces, url, token, how):
        yield audio


class _Pieces:
    """The text, kept until it is known that somebody has heard it."""

    def __init__(self, text: AsyncIterable[str]) -> None:
        self._text = aiter(text)
        self._taken: list[str] = []
        self.heard = False

    async def each(self) -> AsyncIterator[str]:
        """Yield the pieces that are new."""
        async for piece in self._text:
            if not self.heard:
                self._taken.append(piece)
            yield piece

    async def whole(self) -> str:
        """Return all of it, what was taken before included."""
        async for _ in self.each():
            pass
        return "".join(self._taken)


async def _live(pieces: _Pieces, url: str, token: str, how: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    address = url.replace("http", "ws", 1).rstrip("/") + "/ws/tts/live"
    async with connect(address, additional_headers=_headers(token), max_size=_MOST_FRAME_BYTES) as socket:
        await socket.send(json.dumps(how))
        sending: asyncio.Task[None] | None = None
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    pieces.heard = True
                    yield message
                    continue
                said = json.loads(message)
                if said["type"] == "ready":
                    sending = asyncio.create_task(_send(pieces, socket))
                elif said["type"] == "error":
                    raise SynthesisError(said["message"])
                elif said["type"] == "end":
                    return
            if sending is not None and sending.done() and not sending.cancelled():
                sending.result()
            raise SynthesisError("the server closed the connection before the end")
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)


async def _send(pieces: _Pieces, socket: ClientConnection) -> None:
    try:
        async for piece in pieces.each():
            if piece:
                # As an object, so that no text can be taken for one of the protocol's own messages.
                await socket.send(json.dumps({"type": "text", "text": piece}))
        await socket.send("")
    except ConnectionClosed:
        # Why, the receiver is told.
        return
    except Exception:
        # The text's own source failed: nothing more comes, and the receiver must not wait for it.
        await socket.close(1011)
        raise


async def _buffered(pieces: _Pieces, url: str, token: str, how: dict[str, Any]) -> AsyncIterator[bytes]:
    text = await pieces.whole()
    if not text.strip():
        return
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(30.0, read=_READ_TIMEOUT_S), headers=_headers(token)) as client,
        client.stream("POST", url.rstrip("/") + "/v1/audio/speech-stream", json={**how, "input": text}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            body = await response.aread()
            raise SynthesisError(_message(body, response.status_code))
        try:
            async for audio in response.aiter_bytes():
                yield audio
        except httpx.HTTPError as error:
            raise SynthesisError(f"the audio broke off: {error}") from error


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _message(body: bytes, status: int) -> str:
    try:
        message: str = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return f"the server answered {status}"
    return message
