"""Run by the Python that has LiveKit's agents: speech and recognition with the defaults of its plugin. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import wave

from livekit import rtc
from livekit.agents import utils
from livekit.plugins import openai


async def main(url: str, token: str, recording: str) -> None:
    with wave.open(recording) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    async with utils.http_context.open():
        synthesizer = openai.TTS(base_url=f"{url}/v1", api_key=token)
        spoken = await synthesizer.synthesize("One two.").collect()
        recognizer = openai.STT(base_url=f"{url}/v1", api_key=token)
        heard = await recognizer.recognize(rtc.AudioFrame(pcm, rate, 1, len(pcm) // 2))
        await synthesizer.aclose()
        await recognizer.aclose()
    print(json.dumps({"seconds": spoken.duration, "text": heard.alternatives[0].text}))


asyncio.run(main(*sys.argv[1:]))
