"""Silero VAD as a worker: frames of audio and a state in, a probability of speech for each frame and the state out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...media.audio.speech_frames import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ
from ...utils.streaming.contract.adapter import AdapterContext, Cancelled, LoadedModel, StreamingAdapter
from ...utils.streaming.contract.events import TranscriptUpdate, Word
from ...utils.streaming.contract.segment import AudioPayload, StreamingSegment
from .state import CONTEXT_SAMPLES, VadState, read_state

STATE = "state"
"""The segment's parameter that holds the state before its first frame; empty at a stream's beginning."""


class SileroVad(StreamingAdapter):
    """Runs the network that faster-whisper brings along (Silero VAD 6), on one thread.

    Its samples are those of the file as a whole, however it is cut into requests: the context before a frame and the
    recurrent state pass from one to the next.
    """

    _session: Any

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load the network. FileNotFoundError if faster-whisper isn't installed where this runs, or lacks it."""
        import onnxruntime

        file = _network()
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        # Otherwise the threads that it doesn't have spin, and its memory keeps the largest request's size.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(file), providers=["CPUExecutionProvider"], sess_options=options
        )
        return LoadedModel()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[TranscriptUpdate]:
        """Yield one update: a word for each frame, whose probability is that of speech; its text is the new state.

        ValueError for anything but whole frames of finite samples at 16 kHz.
        """
        payload = segment.payload
        if not isinstance(payload, AudioPayload) or payload.sample_rate != SAMPLE_RATE_HZ:
            raise ValueError(f"the VAD takes audio at {SAMPLE_RATE_HZ} Hz")
        samples = np.frombuffer(payload.pcm, dtype="<f4")
        if len(samples) % FRAME_SAMPLES or not len(samples):
            raise ValueError(f"{len(samples)} samples aren't whole frames of {FRAME_SAMPLES}")
        if not np.isfinite(samples).all():
            raise ValueError("the audio holds NaN or infinite samples")
        before = read_state(str(segment.params.get(STATE, "")))
        frames = samples.reshape(-1, FRAME_SAMPLES)
        context = np.concatenate([before.context[None], frames[:-1, -CONTEXT_SAMPLES:]])
        found, hidden, cell = self._session.run(
            None, {"input": np.concatenate([context, frames], axis=1), "h": before.hidden, "c": before.cell}
        )
        words = tuple(
            Word("", number * FRAME_S, (number + 1) * FRAME_S, probability=min(max(float(probability), 0.0), 1.0))
            for number, probability in enumerate(np.ravel(found))
        )
        state = VadState(hidden, cell, frames[-1, -CONTEXT_SAMPLES:])
        yield TranscriptUpdate(text=state.text(), end_s=len(frames) * FRAME_S, words=words)


def _network() -> Path:
    # Found without importing the package, which would load CTranslate2 and much else.
    found = importlib.util.find_spec("faster_whisper")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    for folder in folders:
        for file in sorted((Path(folder) / "assets").glob("silero_vad_v6*.onnx")):
            return file
    raise FileNotFoundError(
        "Silero VAD isn't there: it comes with faster-whisper 1.2; install that where the engine runs "
        "(voxweft engines install faster_whisper)"
    )
