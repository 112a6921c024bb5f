"""Run by the Python that has pipecat: a pipeline with the defaults of its services for OpenAI. Prints JSON."""

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
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService

RATE_HZ = 24_000


class Collector(FrameProcessor):
    """Notes the transcript and the number of bytes of speech; `done` is set at the last of them, or at an error."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, object] = {"bytes": 0, "text": "", "errors": []}
        self.done = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.found["bytes"] += len(frame.audio)
        elif isinstance(frame, TranscriptionFrame):
            self.found["text"] = frame.text
        elif isinstance(frame, ErrorFrame):
            self.found["errors"].append(frame.error)
            self.done.set()
        if isinstance(frame, (TTSStoppedFrame, TranscriptionFrame)) and self.found["bytes"] and self.found["text"]:
            self.done.set()
        await self.push_frame(frame, direction)


async def main(url: str, token: str, recording: str) -> None:
    recognizer = OpenAISTTService(base_url=f"{url}/v1", api_key=token)
    synthesizer = OpenAITTSService(base_url=f"{url}/v1", api_key=token)
    collector = Collector()
    rates = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
    task = PipelineTask(Pipeline([recognizer, synthesizer, collector]), params=rates)

    async def feed() -> None:
        with wave.open(recording) as file:
            pcm = file.readframes(file.getnframes())
        await task.queue_frame(TTSSpeakFrame("One two."))
        await task.queue_frame(VADUserStartedSpeakingFrame())
        for start in range(0, len(pcm), 4_800):
            block = pcm[start : start + 4_800]
            await task.queue_frame(InputAudioRawFrame(audio=block, sample_rate=RATE_HZ, num_channels=1))
        await task.queue_frame(VADUserStoppedSpeakingFrame())
        await asyncio.wait_for(collector.done.wait(), 60)
        await task.queue_frame(EndFrame())

    runner = PipelineRunner(handle_sigint=False)
    await asyncio.gather(runner.run(task), feed())
    print(json.dumps(collector.found))


asyncio.run(main(*sys.argv[1:]))
