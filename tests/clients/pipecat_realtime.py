"""Run by the Python that has pipecat: its realtime recognition in a pipeline hears a recording. Prints JSON.

With `server`, the server finds the turns; with `local`, the pipeline does, and the service commits them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import wave

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.stt import OpenAIRealtimeSTTService

RATE_HZ = 24_000


class Collector(FrameProcessor):
    """Notes what the service reports, and sets `done` at the first transcript or error."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.done = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, (TranscriptionFrame, ErrorFrame)):
            self.found.append((type(frame).__name__, getattr(frame, "text", "") or str(frame)))
            self.done.set()
        elif "SpeakingFrame" in type(frame).__name__ or "Interim" in type(frame).__name__:
            self.found.append((type(frame).__name__, ""))
        await self.push_frame(frame, direction)


async def main(url: str, token: str, recording: str, turns: str) -> None:
    by_server = turns == "server"
    service = OpenAIRealtimeSTTService(
        api_key=token,
        base_url=f"{url.replace('http', 'ws')}/v1/realtime",
        turn_detection={"type": "server_vad"} if by_server else False,
        settings=OpenAIRealtimeSTTService.Settings(model="whisper-1" if by_server else "gpt-realtime-whisper"),
    )
    collector = Collector()
    task = PipelineTask(Pipeline([service, collector]), params=PipelineParams(audio_in_sample_rate=RATE_HZ))

    async def feed() -> None:
        with wave.open(recording) as file:
            pcm = file.readframes(file.getnframes())
        # The service sends audio, and drops it, before it is connected.
        while not service._session_ready:  # noqa: ASYNC110  it has no event for this
            await asyncio.sleep(0.02)
        if not by_server:
            await task.queue_frame(VADUserStartedSpeakingFrame())
        for start in range(0, len(pcm), 4_800):
            block = pcm[start : start + 4_800]
            await task.queue_frame(InputAudioRawFrame(audio=block, sample_rate=RATE_HZ, num_channels=1))
            await asyncio.sleep(0.005)
        if not by_server:
            await task.queue_frame(VADUserStoppedSpeakingFrame())
        try:
            await asyncio.wait_for(collector.done.wait(), 60)
        finally:
            await task.queue_frame(EndFrame())

    runner = PipelineRunner(handle_sigint=False)
    await asyncio.gather(runner.run(task), feed())
    print(json.dumps(collector.found))


asyncio.run(main(*sys.argv[1:]))
