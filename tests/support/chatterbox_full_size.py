"""A program that loads a ChatterBox model of the real size and speaks one sentence: `... FOLDER MODEL`.

Prints the seconds for loading, for a voice, and for each second of audio, and the process's peak memory, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from voxweft.engines import AdapterContext, AudioChunk, Blob, ReferenceVoice, StreamingSegment, TextPayload
from voxweft.engines.chatterbox.adapter import ChatterboxAdapter
from voxweft.utils.offline import refuse_egress

RATE_HZ = 24_000


def main(folder: Path, model: str) -> None:
    refuse_egress("the program")
    times = np.arange(6 * RATE_HZ) / RATE_HZ
    clip = (0.3 * np.sin(2 * np.pi * 140 * times) * (0.6 + 0.4 * np.sin(19 * times))).astype(np.float32)
    adapter = ChatterboxAdapter()
    begun = time.perf_counter()
    adapter.load(
        AdapterContext(
            model=model,
            model_path=folder,
            device="cpu",
            dtype="",
            params={},
            progress=lambda _message, _fraction: None,
            blob=lambda _digest: Blob(clip.tobytes(), RATE_HZ),
        )
    )
    load_s = time.perf_counter() - begun
    segment = StreamingSegment(
        index=0,
        payload=TextPayload("The ferry leaves at dawn, and nobody is on it."),
        engine="chatterbox",
        voice=ReferenceVoice("clip"),
        language="en",
        seed=0,
    )
    begun = time.perf_counter()
    adapter._voice(segment)
    voice_s = time.perf_counter() - begun
    begun = time.perf_counter()
    n_samples = sum(e.samples.size for e in adapter.stream(segment, lambda: False) if isinstance(e, AudioChunk))
    speak_s = time.perf_counter() - begun
    figures = {
        "load_s": load_s,
        "voice_s": voice_s,
        "audio_s": n_samples / RATE_HZ,
        "speak_s": speak_s,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "t3_parameters": sum(tensor.numel() for tensor in adapter._parts.t3.parameters()),
        "decoder_parameters": sum(tensor.numel() for tensor in adapter._parts.decoder.parameters()),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
