"""The voice activity helper: frames of audio and a state in, a probability of speech for each frame and a state out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from ...media.audio.speech_frames import FRAME_SAMPLES
from ...utils.streaming.contract.adapter import Cancelled, OnProgress
from ...utils.streaming.contract.helper import HelperProgram
from ...utils.streaming.contract.voice_activity import VadReply, VadRequest
from .state import CONTEXT_SAMPLES, VadState


class SileroVad(HelperProgram[VadRequest, VadReply]):
    """Runs Silero VAD 6, which is part of faster-whisper, on one thread.

    The probabilities don't depend on how a stream is cut into requests: the samples before a frame and the recurrent
    state are passed from one request to the next.
    """

    request_type = VadRequest
    _session: Any

    def load(self) -> None:
        """Load the network. FileNotFoundError if this Python has no faster-whisper with it."""
        import onnxruntime

        file = _network()
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        # The arena would keep the size of the largest request.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(file), providers=["CPUExecutionProvider"], sess_options=options
        )

    def run(self, request: VadRequest, progress: OnProgress, cancelled: Cancelled) -> VadReply:
        """Score frames. ValueError for anything but whole frames of finite samples, and for a damaged state."""
        samples = np.frombuffer(request.pcm, dtype="<f4")
        if len(samples) % FRAME_SAMPLES or not len(samples):
            raise ValueError(f"expected whole frames of {FRAME_SAMPLES} samples, got {len(samples)} samples")
        if not np.isfinite(samples).all():
            raise ValueError("the audio holds NaN or infinite samples")
        before = VadState.of_bytes(request.state)
        frames = samples.reshape(-1, FRAME_SAMPLES)
        context = np.concatenate([before.context[None], frames[:-1, -CONTEXT_SAMPLES:]])
        scores, hidden, cell = self._session.run(
            None, {"input": np.concatenate([context, frames], axis=1), "h": before.hidden, "c": before.cell}
        )
        after = VadState(hidden, cell, frames[-1, -CONTEXT_SAMPLES:])
        return VadReply(
            probabilities=tuple(min(max(float(value), 0.0), 1.0) for value in np.ravel(scores)), state=after.to_bytes()
        )


def _network() -> Path:
    # Found without importing the package, which would load CTranslate2 and much else.
    found = importlib.util.find_spec("faster_whisper")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    for folder in folders:
        for file in sorted((Path(folder) / "assets").glob("silero_vad_v6*.onnx")):
            return file
    raise FileNotFoundError(
        "Silero VAD is missing: it is part of faster-whisper 1.2; install that where the engine runs "
        "(voxweft engines install faster_whisper)"
    )
