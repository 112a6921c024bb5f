"""Run by the Python that has the package openai: transcribe a recording, then speak a text. Prints JSON."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import wave

from openai import AsyncOpenAI


async def main(url: str, token: str, recording: str) -> None:
    client = AsyncOpenAI(base_url=f"{url}/v1", api_key=token)
    with wave.open(recording) as file:
        pcm = file.readframes(file.getnframes())
    found: dict[str, object] = {}
    heard = {"format": {"type": "audio/pcm", "rate": 24000}, "transcription": {"model": "whisper-1", "language": "en"}}
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session={"type": "transcription", "audio": {"input": heard}})
        for start in range(0, len(pcm), 4_800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(pcm[start : start + 4_800]).decode())
        kinds = []
        async for event in connection:
            kinds.append(event.type)
            assert event.type != "error", event
            if event.type == "conversation.item.input_audio_transcription.completed":
                found["transcript"] = event.transcript
                found["seconds"] = event.usage.seconds
                break
        found["kinds"] = kinds
    async with client.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(session={"type": "realtime", "audio": {"output": {"voice": "alloy"}}})
        await connection.response.cancel()
        content = [{"type": "input_text", "text": "Good morning to all of you."}]
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await connection.response.create()
        spoken, text = b"", ""
        async for event in connection:
            if event.type == "error":
                found["error"] = event.error.code
            if event.type == "response.output_audio.delta":
                spoken += base64.b64decode(event.delta)
            if event.type == "response.output_audio_transcript.delta":
                text += event.delta
            if event.type == "response.done":
                found |= {"status": event.response.status, "seconds_spoken": len(spoken) / 48_000, "text": text}
                break
    print(json.dumps(found))


asyncio.run(main(*sys.argv[1:]))
