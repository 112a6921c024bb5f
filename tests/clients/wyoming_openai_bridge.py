"""Home Assistant's events to wyoming_openai, which asks the server over OpenAI's API, and to the server itself.

Arguments: the server's address, its token, its port for Wyoming, a recording. Prints a row for each of the two as JSON.
"""

import asyncio
import json
import socket
import sys
import wave

from wyoming.asr import Transcribe
from wyoming.audio import AudioStart, AudioStop, wav_to_chunks
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

SENTENCES = ["The heating is on. ", "It is nineteen degrees. ", "The door is closed."]


async def conversation(port: int, last: str, *messages) -> list:
    async with AsyncTcpClient("127.0.0.1", port) as client:
        for message in messages:
            await client.write_event(message.event())
        events = []
        while not events or events[-1].type != last:
            event = await asyncio.wait_for(client.read_event(), 60)
            assert event is not None, f"the connection ended before {last}: {[e.type for e in events]}"
            assert event.type != "error", event.data
            events.append(event)
        return events


def seconds(events: list) -> float:
    start = next(event.data for event in events if event.type == "audio-start")
    n_bytes = sum(len(event.payload or b"") for event in events)
    return n_bytes / (start["rate"] * start["width"] * start["channels"])


async def row(port: int, recording: str, voice: str, language: str) -> dict:
    (event,) = await conversation(port, "info", Describe())
    info = Info.from_event(event)
    chosen = SynthesizeVoice(name=voice)
    whole = await conversation(port, "audio-stop", Synthesize(text="".join(SENTENCES), voice=chosen))
    chunks = [SynthesizeChunk(text=sentence) for sentence in SENTENCES]
    copy = Synthesize(text="".join(SENTENCES), voice=chosen)
    written = await conversation(
        port, "synthesize-stopped", SynthesizeStart(voice=chosen), *chunks, copy, SynthesizeStop()
    )
    with wave.open(recording, "rb") as file:
        start = AudioStart(rate=file.getframerate(), width=file.getsampwidth(), channels=file.getnchannels())
        audio = list(wav_to_chunks(file, 1024))
    heard = await conversation(port, "transcript", Transcribe(language=language), start, *audio, AudioStop())
    return {
        "voices": [voice.name for program in info.tts for voice in program.voices],
        "models": [model.name for program in info.asr for model in program.models],
        "streams": [program.supports_synthesize_streaming for program in info.tts],
        "whole_s": seconds(whole),
        "written_s": seconds(written),
        "text": heard[-1].data["text"],
    }


async def opened(port: int, process: asyncio.subprocess.Process) -> None:
    while True:
        assert process.returncode is None, "wyoming_openai ended"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return


async def main(url: str, token: str, wyoming_port: str, recording: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "uri": [f"tcp://127.0.0.1:{port}"],
        "languages": ["en"],
        "stt-openai-url": [f"{url}/v1"],
        "stt-openai-key": [token],
        "stt-models": ["whisper-1"],
        "stt-backend": ["OPENAI"],
        "tts-openai-url": [f"{url}/v1"],
        "tts-openai-key": [token],
        "tts-models": ["tts-1"],
        "tts-streaming-models": ["tts-1"],
        "tts-voices": ["alloy", "nova"],
        "tts-backend": ["OPENAI"],
    }
    arguments = [part for name, values in options.items() for part in (f"--{name}", *values)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "wyoming_openai", *arguments, stdout=sys.stderr
    )
    try:
        await opened(port, process)
        bridge = await row(port, recording, "nova", "en")
    finally:
        process.terminate()
        await process.wait()
    print(json.dumps({"bridge": bridge, "native": await row(int(wyoming_port), recording, "espeak/en-us", "en")}))


asyncio.run(main(*sys.argv[1:]))
