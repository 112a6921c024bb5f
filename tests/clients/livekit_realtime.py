"""Run by the Python that has LiveKit's agents: its realtime recognition hears a recording. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import wave

from livekit import rtc
from livekit.agents import stt, utils
from livekit.plugins import openai


async def heard(url: str, token: str, recording: str, **options: object) -> list[tuple[str, str]]:
    recognizer = openai.STT(base_url=f"{url}/v1", api_key=token, language="en", use_realtime=True, **options)
    stream = recognizer.stream()
    with wave.open(recording) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    for start in range(0, len(pcm), rate // 10):
        block = pcm[start : start + rate // 10]
        stream.push_frame(rtc.AudioFrame(block, rate, 1, len(block) // 2))
    events = []
    async for event in stream:
        text = event.alternatives[0].text if event.alternatives else ""
        events.append((event.type.value, text))
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            break
    await stream.aclose()
    await recognizer.aclose()
    return events


async def main(url: str, token: str, recording: str) -> None:
    async with utils.http_context.open():
        turns = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 600, "silence_duration_ms": 1000}
        by_server = await heard(
            url, token, recording, model="whisper-1", turn_detection=turns, noise_reduction_type="near_field"
        )
    print(json.dumps(by_server))


asyncio.run(main(*sys.argv[1:]))
