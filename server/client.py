"""A client for live speech: streaming text in, audio out while the text is still being written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Literal

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ..utils.streaming.contract.errors import Error

Mode = Literal["live", "buffered", "auto"]
_MAX_FRAME_BYTES = 16 << 20
_READ_TIMEOUT_S = 600.0


class SynthesisError(Error, RuntimeError):
    """The server refused the request or aborted it; audio received before is incomplete."""


async def live_stream_synthesis(
    text: AsyncIterable[str],
    *,
    url: str = "http://127.0.0.1:8880",
    token: str = "",
    mode: Mode = "auto",
    **settings: Any,
) -> AsyncIterator[bytes]:
    """Speak a text while it is being written, for example by a language model.

    Sending and receiving are concurrent: the first audio arrives after the first complete clause.

    Args:
        text: The text in parts of any size.
        url: The server's address.
        token: The server's token, if it requires one.
        mode: `live` uses a WebSocket. `buffered` collects the text and sends it in one HTTP request. `auto` is `live`
            and falls back to `buffered` if the WebSocket fails before any audio arrived.
        settings: The fields of the first message (`voice`, `language`, `speed`, `model`, `sample_rate`, ...). Set
            `sample_rate` for a known rate; the default is the engine's rate. With `script=True`, or with a `cast` (its
            content, or the name of one of the server's), the text may have tags and labels, in parts of any size;
            `lexicon` is an object of words, or a name.

    Yields:
        PCM: 16-bit little-endian mono.

    Raises:
        SynthesisError: The server can't be reached, doesn't know a setting, or can't speak the text.
    """
    buffer = _TextBuffer(text)
    if mode != "buffered":
        live = _live(buffer, url, token, settings)
        try:
            async for audio in live:
                yield audio
        except (OSError, WebSocketException) as error:
            if mode == "live" or buffer.was_answered:
                raise SynthesisError(f"the connection to {url} failed: {error}") from error
        else:
            return
        finally:
            await live.aclose()
    try:
        async for audio in _buffered(buffer, url, token, settings):
            yield audio
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SynthesisError(f"the connection to {url} failed: {str(error) or type(error).__name__}") from error


class _TextBuffer:
    """The text, kept until the server has answered with audio."""

    def __init__(self, text: AsyncIterable[str]) -> None:
        self._text = aiter(text)
        self._parts: list[str] = []
        self.was_answered = False

    async def parts(self) -> AsyncIterator[str]:
        """Yield the remaining parts of the text."""
        async for part in self._text:
            if not self.was_answered:
                self._parts.append(part)
            yield part

    async def whole(self) -> str:
        """Return the whole text, including the parts that were yielded before."""
        async for _ in self.parts():
            pass
        return "".join(self._parts)


async def _live(buffer: _TextBuffer, url: str, token: str, settings: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    address = url.replace("http", "ws", 1).rstrip("/") + "/ws/tts/live"
    async with connect(address, additional_headers=_headers(token), max_size=_MAX_FRAME_BYTES) as socket:
        await socket.send(json.dumps(settings))
        sending: asyncio.Task[None] | None = None
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    buffer.was_answered = True
                    yield message
                    continue
                event = json.loads(message)
                if event["type"] == "ready":
                    _check_ignored(event.get("ignored", []))
                    sending = asyncio.create_task(_send(buffer, socket))
                elif event["type"] == "error":
                    raise SynthesisError(event["message"])
                elif event["type"] == "end":
                    return
            if sending is not None and sending.done() and not sending.cancelled():
                sending.result()
            raise SynthesisError("the server closed the connection before the end of the audio")
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)


async def _send(buffer: _TextBuffer, socket: ClientConnection) -> None:
    try:
        async for part in buffer.parts():
            if part:
                # Sent as an object: a text that looks like a control message must stay a text.
                await socket.send(json.dumps({"type": "text", "text": part}))
        # Not an empty text, which is ignored if nothing was said.
        await socket.send('{"type": "end"}')
    except ConnectionClosed:
        # The receiver raises the reason.
        return
    except Exception:
        # The source of the text failed: close, so that the receiver stops waiting.
        await socket.close(1011)
        raise


async def _buffered(buffer: _TextBuffer, url: str, token: str, settings: dict[str, Any]) -> AsyncIterator[bytes]:
    text = await buffer.whole()
    if not text.strip():
        return
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(30.0, read=_READ_TIMEOUT_S), headers=_headers(token)) as client,
        client.stream(
            "POST", url.rstrip("/") + "/v1/audio/speech-stream", json={**settings, "input": text}
        ) as response,
    ):
        if response.status_code != httpx.codes.OK:
            body = await response.aread()
            raise SynthesisError(_message(body, response.status_code))
        _check_ignored([name for name in response.headers.get("X-Voxweft-Ignored", "").split(", ") if name])
        try:
            async for audio in response.aiter_bytes():
                yield audio
        except httpx.HTTPError as error:
            raise SynthesisError(f"the audio is incomplete: {error}") from error


def _check_ignored(names: list[str]) -> None:
    if names:
        raise SynthesisError(f"the server doesn't know {', '.join(map(repr, names))}; leave it out")


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _message(body: bytes, status: int) -> str:
    try:
        message: str = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return f"the server answered with status {status}"
    return message
